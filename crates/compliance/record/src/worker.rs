use omega_common::edge::{Body, Database, Exchange, Json, Request, Response, Routes, User, serve};
use omega_common::problem::Problem;
use omega_deadlines::business::refusal;
use omega_deadlines::listing::{ComplianceFile, Deadline};
use worker::{Context, Env, event};

use crate::WantedRecord;

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).post(keep),
    )
    .await
}

async fn keep(
    user: User,
    exchange: Exchange,
    Body(fields): Body,
) -> Result<Json<Deadline>, Problem> {
    let wanted = WantedRecord::read(fields, user.acts_as_staff())?;
    let database = exchange.database(&user);
    // A due date is computed, so whether there is one of that name is found out here.
    let file = ask(&database, "compliance_file", &wanted.of_client()).await?;
    wanted.found_in(&file)?;
    let file = ask(&database, "set_deadline", &wanted.parameters()).await?;
    wanted.found_in(&file).map(Json)
}

async fn ask(
    database: &Database<'_>,
    function: &str,
    parameters: &serde_json::Value,
) -> Result<ComplianceFile, Problem> {
    database
        .one_or(database.rpc(function, parameters), refusal)
        .await
}
