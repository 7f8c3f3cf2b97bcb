use chrono::Datelike;
use omega_common::edge::{
    Body, ChangingStaff, Exchange, Json, Query, Request, Response, Routes, Staff, now, serve,
};
use omega_common::finance::Expense;
use omega_common::problem::Problem;
use omega_common::requests::day_of;
use worker::{Context, Env, event};

use crate::{Export, ImportReport, Imported, parse, read, refusal, wanted};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).get(export).post(import),
    )
    .await
}

async fn export(
    Staff(user): Staff,
    exchange: Exchange,
    mut query: Query,
) -> Result<Json<Export>, Problem> {
    let (year, parameters) = wanted(query.take("year").as_deref(), day_of(&now()).year())?;
    query.finish()?;
    let database = exchange.database(&user);
    let rows: Vec<Expense> = database
        .one(database.rpc("list_expenses", &parameters))
        .await?;
    Export::of(year, &rows).map(Json)
}

async fn import(
    ChangingStaff(user): ChangingStaff,
    exchange: Exchange,
    Body(fields): Body,
) -> Result<Json<ImportReport>, Problem> {
    let (csv, is_meant) = read(fields)?;
    let mut report = parse(&csv, day_of(&now()));
    if is_meant && report.errors.is_empty() {
        let database = exchange.database(&user);
        let call = database.rpc("import_expenses", &report.parameters());
        let done: Imported = database.one_or(call, refusal).await?;
        report.imported = done.imported;
        report.already = done.already;
    }
    Ok(Json(report))
}
