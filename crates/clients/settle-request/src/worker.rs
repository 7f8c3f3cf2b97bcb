use omega_common::edge::{Body, ChangingStaff, Exchange, Json, Request, Response, Routes, serve};
use omega_common::problem::Problem;
use omega_common::requests::{FiledRequest, FiledRequestRow};
use worker::{Context, Env, event};

use crate::{Settlement, refusal};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).post(settle_request),
    )
    .await
}

async fn settle_request(
    ChangingStaff(user): ChangingStaff,
    exchange: Exchange,
    Body(fields): Body,
) -> Result<Json<FiledRequest>, Problem> {
    let settlement = Settlement::read(fields)?;
    let database = exchange.database(&user);
    let call = database.rpc("settle_request", &settlement.parameters());
    let settled: FiledRequestRow = database.one_or(call, refusal).await?;
    if settlement.is_told() {
        exchange.send_mail_now();
    }
    Ok(Json(settled.into()))
}
