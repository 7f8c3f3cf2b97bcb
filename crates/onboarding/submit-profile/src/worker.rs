use omega_common::clients::{CLIENT_COLUMNS, ClientRow};
use omega_common::edge::{Body, Exchange, Json, Request, Response, Routes, User, serve};
use omega_common::onboarding::{ProfileDocument, changed_elsewhere};
use omega_common::problem::Problem;
use omega_common::rest;
use worker::{Context, Env, event};

use crate::{Refusal, Submission, refusal};

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
        return Err(match refusal(status, &body) {
            Refusal::Problem(problem) => problem,
            Refusal::ChangedElsewhere(fields) => {
                // Nothing was saved; what is there by now is what the caller has to look at.
                let query = database
                    .from("clients")
                    .select(CLIENT_COLUMNS)
                    .eq("id", user.id.to_string());
                let row: ClientRow = database.one(query).await?;
                changed_elsewhere(&fields, &row.into())
                    .map_err(|error| Problem::internal(format!("profile: {error}")))?
            }
        });
    }
    let row: ClientRow = rest::read(&body)?;
    if submission.completes() {
        exchange.send_mail_now();
    }
    Ok(Json(row.into()))
}
