use omega_common::clients::{CLIENT_COLUMNS, ClientRow};
use omega_common::edge::{Body, Exchange, Json, Routes, User, serve};
use omega_common::onboarding::ProfileDocument;
use omega_common::problem::Problem;
use omega_common::rest;
use worker::{Context, Env, Request, Response, event};

use crate::{Submission, refusal};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).post(submit_profile),
    )
    .await
}

async fn submit_profile(
    user: User,
    exchange: Exchange,
    Body(fields): Body,
) -> Result<Json<ProfileDocument>, Problem> {
    let submission = Submission::read(fields)?;
    let database = exchange.database(&user);
    let call = database
        .rpc("submit_profile", &submission.parameters())
        .select(CLIENT_COLUMNS);
    let (status, body) = database.answer(call).await?;
    if status >= 300 {
        return Err(refusal(status, &body));
    }
    let row: ClientRow = rest::read(&body)?;
    Ok(Json(row.into()))
}
