use omega_common::edge::{
    Body, ChangingStaff, Exchange, Json, Request, Response, Routes, now, serve,
};
use omega_common::problem::Problem;
use omega_common::requests::day_of;
use worker::{Context, Env, event};

use crate::{BulkChange, Outcomes, StoredOutcomes};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).post(change_clients),
    )
    .await
}

async fn change_clients(
    ChangingStaff(user): ChangingStaff,
    exchange: Exchange,
    Body(fields): Body,
) -> Result<Json<Outcomes>, Problem> {
    let change = BulkChange::read(fields, day_of(&now()))?;
    let database = exchange.database(&user);
    let call = database.rpc("change_clients", &change.parameters());
    let outcomes: StoredOutcomes = database.one(call).await?;
    if change.is_told() {
        exchange.send_mail_now();
    }
    Ok(Json(outcomes.into()))
}
