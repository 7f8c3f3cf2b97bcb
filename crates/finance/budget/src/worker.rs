use chrono::Datelike;
use omega_common::edge::{
    Body, ChangingStaff, Exchange, Json, Query, Request, Response, Routes, Staff, now, serve,
};
use omega_common::finance::{StoredYear, YearView};
use omega_common::problem::Problem;
use omega_common::requests::day_of;
use worker::{Context, Env, event};

use crate::{BudgetLine, wanted};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).get(view).post(set),
    )
    .await
}

async fn view(
    Staff(user): Staff,
    exchange: Exchange,
    mut query: Query,
) -> Result<Json<YearView>, Problem> {
    let year = wanted(query.take("year").as_deref(), day_of(&now()).year())?;
    query.finish()?;
    let database = exchange.database(&user);
    let call = database.rpc("finance_year", &serde_json::json!({ "year": year }));
    let stored: StoredYear = database.one(call).await?;
    Ok(Json(YearView::of(year, &stored)))
}

async fn set(
    ChangingStaff(user): ChangingStaff,
    exchange: Exchange,
    Body(fields): Body,
) -> Result<Json<YearView>, Problem> {
    let line = BudgetLine::read(fields)?;
    let database = exchange.database(&user);
    let call = database.rpc("set_budget", &line.parameters());
    let stored: StoredYear = database.one(call).await?;
    Ok(Json(YearView::of(line.year, &stored)))
}
