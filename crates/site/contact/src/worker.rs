use omega_common::edge::{
    Body, Created, Exchange, FormBody, FromExchange, IntoResponse, Request, Response, Routes,
    SeeOther, log, serve,
};
use omega_common::fields::Fields;
use omega_common::problem::Problem;
use worker::{Context, Env, event};

use crate::{ContactReceived, ContactRequest, SENT_PAGE, page_of, read_answer};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).post(contact),
    )
    .await
}

async fn contact(exchange: Exchange) -> Result<Response, Problem> {
    if !exchange.is_form() {
        let received = keep::<Body>(&exchange).await?;
        return Created(received).into_response();
    }
    let outcome = if exchange.is_from_own_page() {
        keep::<FormBody>(&exchange).await
    } else {
        Err(Problem::forbidden("Use the form on our own page."))
    };
    let page = match outcome {
        Ok(_) => SENT_PAGE,
        Err(problem) => {
            log(
                if problem.status >= 500 {
                    "error"
                } else {
                    "info"
                },
                serde_json::json!({
                    "request_id": exchange.request_id(),
                    "refused": problem.status,
                    "cause": problem.cause,
                }),
            );
            page_of(&problem)
        }
    };
    SeeOther(page).into_response()
}

async fn keep<B: FromExchange + Into<Fields>>(
    exchange: &Exchange,
) -> Result<ContactReceived, Problem> {
    let address = exchange.client_address().unwrap_or_default();
    exchange.rate_limit("CONTACT_LIMITER", address).await?;
    let request = ContactRequest::read(B::from_exchange(exchange).await?.into())?;

    exchange
        .require_person(request.turnstile_token.as_deref())
        .await?;

    let database = exchange.public_database();
    let (status, body) = database
        .answer(database.rpc("send_contact_request", &request.parameters()))
        .await?;
    read_answer(status, &body)
}
