use omega_common::edge::{Exchange, Json, Query, Request, Response, Routes, Staff, serve};
use omega_common::problem::Problem;
use worker::{Context, Env, event};

use crate::{Question, StoredWorkflow, Workflow, refusal};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).get(workflow),
    )
    .await
}

async fn workflow(
    Staff(user): Staff,
    exchange: Exchange,
    mut query: Query,
) -> Result<Json<Workflow>, Problem> {
    let question = Question::parse(
        query.take("client").as_deref(),
        query.take("days").as_deref(),
    )?;
    query.finish()?;
    let database = exchange.database(&user);
    let call = database.rpc("workflow", &question.parameters());
    let stored: StoredWorkflow = database.one_or(call, refusal).await?;
    Ok(Json(stored.into()))
}
