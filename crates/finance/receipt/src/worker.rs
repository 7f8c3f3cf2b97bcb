use omega_common::edge::{Body, ChangingStaff, Exchange, Json, Request, Response, Routes, serve};
use omega_common::files::RECEIPTS_BUCKET;
use omega_common::finance::Expense;
use omega_common::problem::Problem;
use worker::{Context, Env, event};

use crate::{Attachment, refusal};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).post(attach),
    )
    .await
}

async fn attach(
    ChangingStaff(user): ChangingStaff,
    exchange: Exchange,
    Body(fields): Body,
) -> Result<Json<Expense>, Problem> {
    let attachment = Attachment::read(fields, user.id)?;
    exchange
        .inspect(&user, RECEIPTS_BUCKET, &attachment.path)
        .await?;
    let database = exchange.database(&user);
    let call = database.rpc("attach_receipt", &attachment.parameters());
    database.one_or(call, refusal).await.map(Json)
}
