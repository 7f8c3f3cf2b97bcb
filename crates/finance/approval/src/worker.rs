use omega_common::edge::{Body, Exchange, Json, OwnerStaff, Request, Response, Routes, serve};
use omega_common::problem::Problem;
use omega_common::services::{Service, ServiceRow, refusal};
use worker::{Context, Env, event};

use crate::Decision;

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).post(decide),
    )
    .await
}

async fn decide(
    OwnerStaff(user): OwnerStaff,
    exchange: Exchange,
    Body(fields): Body,
) -> Result<Json<Service>, Problem> {
    let decision = Decision::read(fields)?;
    let database = exchange.database(&user);
    let call = database.rpc("settle_service", &decision.parameters());
    let row: ServiceRow = database.one_or(call, refusal).await?;
    Ok(Json(row.into()))
}
