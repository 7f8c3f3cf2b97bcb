use omega_common::edge::{Json, Query, Request, Response, Routes, serve};
use omega_common::problem::Problem;
use std::time::Duration;
use worker::{Context, Delay, Env, event};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    if request.url().ends_with('/') {
        return Ok(Response::text("ready"));
    }
    let routes = Routes::new(env!("CARGO_PKG_NAME")).get(answer);
    serve(request, env, context, routes).await
}

async fn answer(mut query: Query) -> Result<Json<serde_json::Value>, Problem> {
    if query.take("panic").is_some() {
        panic!("as was asked for");
    }
    if query.take("wait").is_some() {
        Delay::from(Duration::from_millis(100)).await;
    }
    query.finish()?;
    Ok(Json(serde_json::json!({ "ok": true })))
}
