use omega_common::edge::{Body, ChangingStaff, Exchange, Json, Request, Response, Routes, serve};
use omega_common::problem::Problem;
use worker::{Context, Env, event};

use crate::{MovedClient, MovedRow, WantedMove, refusal};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).post(move_client),
    )
    .await
}

async fn move_client(
    ChangingStaff(user): ChangingStaff,
    exchange: Exchange,
    Body(fields): Body,
) -> Result<Json<MovedClient>, Problem> {
    let wanted = WantedMove::read(fields)?;
    let database = exchange.database(&user);
    let call = database.rpc("move_client", &wanted.parameters());
    let moved: MovedRow = database.one_or(call, refusal).await?;
    exchange.send_mail_now();
    Ok(Json(moved.into()))
}
