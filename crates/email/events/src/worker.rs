use omega_common::edge::{
    Exchange, FromExchange, Json, RawBody, Request, Response, Routes, log, now_seconds, serve,
};
use omega_common::problem::Problem;
use worker::{Context, Env, event};

use crate::signature::{self, Headers, Refused};
use crate::{EventTaken, MailEvent, Taken};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).post(receive),
    )
    .await
}

/// A webhook that Resend has signed. It has no token: the signature is what lets it in, before its body is read.
struct Signed {
    id: String,
    body: Vec<u8>,
}

impl FromExchange for Signed {
    async fn from_exchange(exchange: &Exchange) -> Result<Self, Problem> {
        let secret = exchange.required_variable("RESEND_WEBHOOK_SECRET")?;
        let RawBody(body) = RawBody::from_exchange(exchange).await?;
        let unsigned = |cause: &'static str| {
            Problem::forbidden("This takes webhooks that Resend has signed, and nothing else.")
                .because(cause)
        };
        let (Some(id), Some(timestamp), Some(signatures)) = (
            exchange.header("svix-id"),
            exchange.header("svix-timestamp"),
            exchange.header("svix-signature"),
        ) else {
            return Err(unsigned("a header of the signature is missing"));
        };
        let headers = Headers {
            id: &id,
            timestamp: &timestamp,
            signatures: &signatures,
        };
        match signature::verify(&secret, headers, &body, now_seconds()) {
            Ok(()) => Ok(Self { id, body }),
            Err(Refused::Secret) => Err(Problem::internal(
                "RESEND_WEBHOOK_SECRET is no signing secret of Resend, which begins with whsec_",
            )),
            Err(Refused::Time) => Err(unsigned("the time is too far from ours")),
            Err(Refused::Signature) => Err(unsigned("no signature fits")),
        }
    }
}

async fn receive(signed: Signed, exchange: Exchange) -> Result<Json<EventTaken>, Problem> {
    let Some(event) = MailEvent::read(&signed.body)? else {
        return Ok(Json(EventTaken {
            event: Taken::Ignored,
        }));
    };
    let secret_key = exchange.required_variable("SUPABASE_SERVICE_ROLE_KEY")?;
    let database = exchange.service_database(&secret_key);
    let kept: bool = database
        .one(database.rpc("record_mail_event", &event.parameters(&signed.id)))
        .await?;
    log(
        "info",
        serde_json::json!({"request_id": exchange.request_id(), "mail": event.message_id, "outcome": event.outcome, "kept": kept}),
    );
    Ok(Json(EventTaken {
        event: if kept { Taken::Kept } else { Taken::Known },
    }))
}
