use omega_common::edge::{Exchange, JsonText, Request, Response, Routes, User, serve};
use omega_common::problem::Problem;
use worker::{Context, Env, event};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).get(export),
    )
    .await
}

/// Largest export in bytes. Who has more than this has told the assistant some 5,000 messages.
const MAX_EXPORT_BYTES: u32 = 32 * 1024 * 1024;

/// It is taken whole before the answer begins, so that what breaks off on the way is never taken for all there is.
async fn export(user: User, exchange: Exchange) -> Result<JsonText, Problem> {
    exchange
        .rate_limit("EXPORT_LIMITER", user.id.to_string())
        .await?;
    let database = exchange.database(&user);
    let call = database.rpc("account_export", &serde_json::json!({}));
    let export = database.json(call, MAX_EXPORT_BYTES).await?;
    Ok(JsonText(export.into()))
}
