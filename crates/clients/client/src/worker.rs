use omega_common::edge::{Exchange, Json, Query, Request, Response, Routes, Staff, serve};
use omega_common::problem::Problem;
use worker::{Context, Env, event};

use crate::{ClientFile, StoredFile, client_id, refusal};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).get(client),
    )
    .await
}

async fn client(
    Staff(user): Staff,
    exchange: Exchange,
    mut query: Query,
) -> Result<Json<ClientFile>, Problem> {
    let id = client_id(query.take("id").as_deref())?;
    query.finish()?;
    let database = exchange.database(&user);
    let call = database.rpc("client_file", &serde_json::json!({ "client_id": id }));
    let file: StoredFile = database.one_or(call, refusal).await?;
    Ok(Json(file.into()))
}
