use omega_common::edge::{Exchange, Json, Query, Request, Response, Routes, Staff, serve};
use omega_common::paging::PageRequest;
use omega_common::problem::Problem;
use worker::{Context, Env, event};

use crate::{ChangeList, ChangeRow, wanted};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).get(list),
    )
    .await
}

async fn list(
    Staff(user): Staff,
    exchange: Exchange,
    mut query: Query,
) -> Result<Json<ChangeList>, Problem> {
    let page = PageRequest::parse(
        query.take("limit").as_deref(),
        query.take("cursor").as_deref(),
    )?;
    query.finish()?;
    let database = exchange.database(&user);
    let call = database.rpc("list_finance_changes", &wanted(&page));
    let rows: Vec<ChangeRow> = database.one(call).await?;
    Ok(Json(ChangeList::of(rows, &page)))
}
