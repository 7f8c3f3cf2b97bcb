use omega_common::edge::{Exchange, Request, Response, Routes, UpstreamResponse, User, serve};
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

async fn export(user: User, exchange: Exchange) -> Result<(u16, UpstreamResponse), Problem> {
    exchange
        .rate_limit("EXPORT_LIMITER", user.id.to_string())
        .await?;
    let database = exchange.database(&user);
    let call = database.rpc("account_export", &serde_json::json!({}));
    Ok((200, database.open(call).await?))
}
