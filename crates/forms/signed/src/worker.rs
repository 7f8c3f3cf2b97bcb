use omega_common::edge::{Exchange, Json, Query, Request, Response, Routes, User, serve};
use omega_common::paging::PageRequest;
use omega_common::problem::Problem;
use worker::{Context, Env, event};

use crate::{SignedFormList, Wanted};

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
    user: User,
    exchange: Exchange,
    mut query: Query,
) -> Result<Json<SignedFormList>, Problem> {
    let page = PageRequest::parse(
        query.take("limit").as_deref(),
        query.take("cursor").as_deref(),
    )?;
    let wanted = Wanted::read(
        query.take("client").as_deref(),
        query.take("sha256").as_deref(),
        page,
    )?;
    query.finish()?;
    let database = exchange.database(&user);
    let call = database.rpc("list_signed_forms", &wanted.parameters());
    let signed = database.list(call).await?;
    Ok(Json(SignedFormList::of(signed, wanted.page())))
}
