use omega_common::edge::{
    Body, ChangingStaff, Exchange, Json, Query, Request, Response, Routes, Staff, now, serve,
};
use omega_common::finance::Expense;
use omega_common::paging::PageRequest;
use omega_common::problem::Problem;
use omega_common::requests::day_of;
use worker::{Context, Env, event};

use crate::{ExpenseList, entry, refusal, wanted};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).get(list).post(log),
    )
    .await
}

async fn list(
    Staff(user): Staff,
    exchange: Exchange,
    mut query: Query,
) -> Result<Json<ExpenseList>, Problem> {
    let page = PageRequest::parse(
        query.take("limit").as_deref(),
        query.take("cursor").as_deref(),
    )?;
    let (year, month, category) = (
        query.take("year"),
        query.take("month"),
        query.take("category"),
    );
    query.finish()?;
    let given = [year.as_deref(), month.as_deref(), category.as_deref()];
    let parameters = wanted(given, &page, day_of(&now()))?;
    let database = exchange.database(&user);
    let rows: Vec<Expense> = database
        .one(database.rpc("list_expenses", &parameters))
        .await?;
    Ok(Json(ExpenseList::of(rows, &page)))
}

async fn log(
    ChangingStaff(user): ChangingStaff,
    exchange: Exchange,
    Body(fields): Body,
) -> Result<Json<Expense>, Problem> {
    let entry = entry(fields)?;
    let database = exchange.database(&user);
    let call = database.rpc("log_expense", &entry);
    database.one_or(call, refusal).await.map(Json)
}
