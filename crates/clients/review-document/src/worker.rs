use omega_common::documents::FiledDocument;
use omega_common::edge::{Body, ChangingStaff, Exchange, Json, Request, Response, Routes, serve};
use omega_common::problem::Problem;
use worker::{Context, Env, event};

use crate::{Review, refusal};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).post(review),
    )
    .await
}

async fn review(
    ChangingStaff(user): ChangingStaff,
    exchange: Exchange,
    Body(fields): Body,
) -> Result<Json<FiledDocument>, Problem> {
    let review = Review::read(fields)?;
    let database = exchange.database(&user);
    let call = database.rpc("review_document", &review.parameters());
    let document = database.one_or(call, refusal).await?;
    if review.is_told() {
        exchange.send_mail_now();
    }
    Ok(Json(document))
}
