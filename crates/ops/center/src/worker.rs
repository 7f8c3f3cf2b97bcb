use omega_common::edge::{JsonText, Request, Response, Routes, Staff, serve};
use omega_common::problem::Problem;
use worker::{Context, Env, event};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).get(center),
    )
    .await
}

async fn center(_staff: Staff) -> Result<JsonText, Problem> {
    Ok(JsonText(include_bytes!("../center.json").into()))
}
