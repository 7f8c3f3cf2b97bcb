use omega_common::edge::{Body, Exchange, Json, Query, Request, Response, Routes, User, serve};
use omega_common::paging::PageRequest;
use omega_common::problem::Problem;
use omega_common::requests::{ClientRequest, REQUEST_COLUMNS, RequestStatus};
use worker::{Context, Env, event};

use crate::{GivenAnswer, RequestList, only_waiting, refusal};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).get(list).post(answer),
    )
    .await
}

async fn list(
    user: User,
    exchange: Exchange,
    mut query: Query,
) -> Result<Json<RequestList>, Problem> {
    let page = PageRequest::parse(
        query.take("limit").as_deref(),
        query.take("cursor").as_deref(),
    )?;
    let waiting = only_waiting(query.take("waiting").as_deref())?;
    query.finish()?;
    let database = exchange.database(&user);
    let mut select = database
        .from("client_requests")
        .select(REQUEST_COLUMNS)
        .eq("client_id", user.id.to_string());
    if waiting {
        select = select.in_("status", RequestStatus::WAITING.map(RequestStatus::as_str));
    }
    let requests = database.list(page.apply(select, None, "made_at")).await?;
    Ok(Json(RequestList::of(requests, &page)))
}

async fn answer(
    user: User,
    exchange: Exchange,
    Body(fields): Body,
) -> Result<Json<ClientRequest>, Problem> {
    let given = GivenAnswer::read(fields)?;
    let database = exchange.database(&user);
    let call = database.rpc("answer_request", &given.parameters());
    Ok(Json(database.one_or(call, refusal).await?))
}
