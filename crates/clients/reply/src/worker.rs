use omega_common::edge::{Body, ChangingStaff, Exchange, Json, Request, Response, Routes, serve};
use omega_common::problem::Problem;
use omega_common::rest;
use worker::{Context, Env, event};

use crate::{NewMessage, TeamMessage, refusal};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).post(reply),
    )
    .await
}

async fn reply(
    ChangingStaff(user): ChangingStaff,
    exchange: Exchange,
    Body(fields): Body,
) -> Result<Json<TeamMessage>, Problem> {
    let wanted = NewMessage::read(fields)?;
    let database = exchange.database(&user);
    let call = database.rpc("write_to_client", &wanted.parameters());
    let (status, body) = database.answer(call).await?;
    if status >= 300 {
        return Err(refusal(status, &body));
    }
    Ok(Json(rest::read(&body)?))
}
