use omega_common::documents::{DOCUMENT_COLUMNS, Document, refusal};
use omega_common::edge::{Body, Exchange, Json, Request, Response, Routes, User, serve};
use omega_common::problem::Problem;
use worker::{Context, Env, event};

use crate::Update;

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).post(update_document),
    )
    .await
}

async fn update_document(
    user: User,
    exchange: Exchange,
    Body(fields): Body,
) -> Result<Json<Document>, Problem> {
    let update = Update::read(fields)?;
    let database = exchange.database(&user);
    let call = database
        .rpc("update_document", &update.parameters())
        .select(DOCUMENT_COLUMNS);
    database.one_or(call, refusal).await.map(Json)
}
