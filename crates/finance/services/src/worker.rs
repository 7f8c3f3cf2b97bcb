use omega_common::edge::{
    Body, ChangingStaff, Exchange, Json, Query, Request, Response, Routes, Staff, serve,
};
use omega_common::paging::PageRequest;
use omega_common::problem::Problem;
use omega_common::services::{Service, ServiceRow, refusal};
use worker::{Context, Env, event};

use crate::{ServiceList, StoredServices, Wish, wanted};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).get(list).post(save),
    )
    .await
}

async fn list(
    Staff(user): Staff,
    exchange: Exchange,
    mut query: Query,
) -> Result<Json<ServiceList>, Problem> {
    let page = PageRequest::parse(
        query.take("limit").as_deref(),
        query.take("cursor").as_deref(),
    )?;
    let parameters = wanted(query.take("status").as_deref(), &page)?;
    query.finish()?;
    let database = exchange.database(&user);
    let stored: StoredServices = database
        .one(database.rpc("list_services", &parameters))
        .await?;
    Ok(Json(ServiceList::of(stored, &page)))
}

async fn save(
    ChangingStaff(user): ChangingStaff,
    exchange: Exchange,
    Body(fields): Body,
) -> Result<Json<Service>, Problem> {
    let wish = Wish::read(fields)?;
    let database = exchange.database(&user);
    let call = database.rpc("save_service", &wish.parameters());
    let row: ServiceRow = database.one_or(call, refusal).await?;
    Ok(Json(row.into()))
}
