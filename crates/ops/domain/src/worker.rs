use omega_common::edge::{
    Exchange, Json, Request, Response, Routes, Staff, mail_domain, now, serve,
};
use omega_common::problem::Problem;
use worker::{Context, Env, event};

use crate::MailDomain;

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).get(domain),
    )
    .await
}

async fn domain(_staff: Staff, exchange: Exchange) -> Result<Json<MailDomain>, Problem> {
    let records = mail_domain(&exchange).await;
    Ok(Json(MailDomain::of(records, now())))
}
