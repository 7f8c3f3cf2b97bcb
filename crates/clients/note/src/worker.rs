use omega_common::edge::{Body, ChangingStaff, Exchange, Json, Request, Response, Routes, serve};
use omega_common::problem::Problem;
use worker::{Context, Env, event};

use crate::{NewNote, Note, refusal};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).post(note),
    )
    .await
}

async fn note(
    ChangingStaff(user): ChangingStaff,
    exchange: Exchange,
    Body(fields): Body,
) -> Result<Json<Note>, Problem> {
    let wanted = NewNote::read(fields)?;
    let database = exchange.database(&user);
    let call = database.rpc("note_on_client", &wanted.parameters());
    Ok(Json(database.one_or(call, refusal).await?))
}
