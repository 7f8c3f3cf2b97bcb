use omega_common::edge::{Body, Exchange, Json, Request, Response, Routes, User, serve};
use omega_common::problem::Problem;
use omega_deadlines::business::{Business, ToldFacts, refusal};
use omega_deadlines::listing::ComplianceFile;
use worker::{Context, Env, event};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).post(save),
    )
    .await
}

async fn save(
    user: User,
    exchange: Exchange,
    Body(fields): Body,
) -> Result<Json<Business>, Problem> {
    let told = ToldFacts::read(fields)?;
    let database = exchange.database(&user);
    let call = database.rpc("save_compliance_facts", &told.parameters());
    let file: ComplianceFile = database.one_or(call, refusal).await?;
    Ok(Json(file.into()))
}
