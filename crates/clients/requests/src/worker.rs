use omega_common::edge::{
    Body, ChangingStaff, Exchange, Json, Request, Response, Routes, now, serve,
};
use omega_common::problem::Problem;
use omega_common::requests::day_of;
use worker::{Context, Env, event};

use crate::{MadeRequests, StoredRequests, Wish, refusal};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).post(make_requests),
    )
    .await
}

async fn make_requests(
    ChangingStaff(user): ChangingStaff,
    exchange: Exchange,
    Body(fields): Body,
) -> Result<Json<MadeRequests>, Problem> {
    let wanted = Wish::read(fields, day_of(&now()))?;
    let database = exchange.database(&user);
    let call = database.rpc("make_requests", &wanted.parameters());
    let stored: StoredRequests = database.one_or(call, refusal).await?;
    exchange.send_mail_now();
    Ok(Json(stored.into()))
}
