use omega_common::edge::{Exchange, Json, Query, Request, Response, Routes, User, serve};
use omega_common::paging::PageRequest;
use omega_common::problem::Problem;
use worker::{Context, Env, event};

use crate::{ActivityList, ClientWithActivity, columns};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).get(activity),
    )
    .await
}

async fn activity(
    user: User,
    exchange: Exchange,
    mut query: Query,
) -> Result<Json<ActivityList>, Problem> {
    let page = PageRequest::parse(
        query.take("limit").as_deref(),
        query.take("cursor").as_deref(),
    )?;
    query.finish()?;

    let database = exchange.database(&user);
    let select = database
        .from("clients")
        .select(columns())
        .eq("id", user.id.to_string());
    let client: ClientWithActivity = database.one(page.apply(select, Some("page"), "at")).await?;
    Ok(Json(ActivityList::of(client, &page)))
}
