use omega_common::edge::{Exchange, Json, Request, Response, Routes, Staff, serve};
use omega_common::problem::Problem;
use worker::{Context, Env, event};

use crate::{StoredTeam, Team};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).get(team),
    )
    .await
}

async fn team(Staff(user): Staff, exchange: Exchange) -> Result<Json<Team>, Problem> {
    let database = exchange.database(&user);
    let call = database.rpc("list_team", &serde_json::json!({}));
    let team: StoredTeam = database.one(call).await?;
    Ok(Json(team.into()))
}
