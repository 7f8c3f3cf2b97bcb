use omega_common::edge::{Exchange, Json, Query, Request, Response, Routes, Staff, serve};
use omega_common::paging::PageRequest;
use omega_common::problem::Problem;
use worker::{Context, Env, event};

use crate::{ClientList, ClientRow, Filter};

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
) -> Result<Json<ClientList>, Problem> {
    let page = PageRequest::parse(
        query.take("limit").as_deref(),
        query.take("cursor").as_deref(),
    )?;
    let filter = Filter::parse(
        query.take("search").as_deref(),
        query.take("status").as_deref(),
        query.take("owner").as_deref(),
    )?;
    query.finish()?;
    let database = exchange.database(&user);
    let call = database.rpc("list_clients", &filter.parameters(&page));
    let rows: Vec<ClientRow> = database.list(call).await?;
    Ok(Json(ClientList::of(rows, &page)))
}
