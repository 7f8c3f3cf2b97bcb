use omega_common::edge::{Body, ChangingStaff, Exchange, Json, Request, Response, Routes, serve};
use omega_common::problem::Problem;
use omega_common::requests::{FiledRequest, FiledRequestRow};
use omega_common::rest;
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
    let (status, body) = database.answer(call).await?;
    if status >= 300 {
        return Err(refusal(status, &body));
    }
    let settled: FiledRequestRow = rest::read(&body)?;
    if settlement.is_told() {
        exchange.send_mail_now();
    }
    Ok(Json(settled.into()))
}
