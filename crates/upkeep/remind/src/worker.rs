use omega_common::edge::{
    Body, Exchange, Json, Request, Response, Routes, Service, log, now, serve,
};
use omega_common::problem::Problem;
use worker::{Context, Env, ScheduleContext, ScheduledEvent, event};

use crate::{Reminded, parameters, read_now};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).post(at),
    )
    .await
}

#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    console_error_panic_hook::set_once();
    let outcome = match Service::new(&env) {
        Ok(service) => remind(&service, &now()).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(reminded) => log(
            "info",
            serde_json::json!({"cron": "upkeep/remind", "mails": reminded.mails}),
        ),
        Err(problem) => log(
            "error",
            serde_json::json!({"cron": "upkeep/remind", "cause": problem.to_string()}),
        ),
    }
}

/// Reached through a service binding only: the Worker has no route.
async fn at(exchange: Exchange, Body(fields): Body) -> Result<Json<Reminded>, Problem> {
    let at = read_now(fields)?.unwrap_or_else(now);
    remind(&Service::new(exchange.env())?, &at).await.map(Json)
}

async fn remind(service: &Service, now: &str) -> Result<Reminded, Problem> {
    let database = service.database();
    let mails = database
        .one(database.rpc("remind_of_deadlines", &parameters(now)?))
        .await?;
    Ok(Reminded { mails })
}
