use futures_util::future::join_all;
use omega_common::edge::{
    Deadline, Exchange, Json, Request, Response, Routes, Service, log, serve,
};
use omega_common::problem::Problem;
use omega_common::resend::{self, DEFAULT_BASE_URL, Delivery};
use worker::{Context, Env, ScheduleContext, ScheduledEvent, event};

use crate::{OutboxRow, compose, idempotency_key};

/// Mails a run claims at once. Resend takes two requests a second by default.
const BATCH: usize = 10;

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).post(nudge),
    )
    .await
}

#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    console_error_panic_hook::set_once();
    match Service::new(&env) {
        Ok(service) => {
            // Reminders that can't be owed now are owed a minute later; the mail that is there goes all the same.
            if let Err(problem) = remind(&service).await {
                log(
                    "error",
                    serde_json::json!({"cron": "email/deliver", "cause": problem.cause}),
                );
            }
            match deliver(&service).await {
                Ok(0) => {}
                Ok(sent) => log(
                    "info",
                    serde_json::json!({"cron": "email/deliver", "sent": sent}),
                ),
                Err(problem) => log(
                    "error",
                    serde_json::json!({"cron": "email/deliver", "cause": problem.cause}),
                ),
            }
        }
        Err(problem) => log(
            "error",
            serde_json::json!({"cron": "email/deliver", "cause": problem.to_string()}),
        ),
    }
}

/// Reached through a service binding only: the Worker has no route.
async fn nudge(exchange: Exchange) -> Result<Json<serde_json::Value>, Problem> {
    let sent = deliver(&Service::new(exchange.env())?).await?;
    Ok(Json(serde_json::json!({ "sent": sent })))
}

/// Puts the reminders that are due into the outbox.
async fn remind(service: &Service) -> Result<(), Problem> {
    let database = service.database();
    database
        .run(database.rpc("owe_reminders", &serde_json::json!({})))
        .await
}

/// Sends what is due; answers with how many mails went out.
async fn deliver(service: &Service) -> Result<usize, Problem> {
    let mut total = 0;
    loop {
        let database = service.database();
        let claim = database.rpc("claim_emails", &serde_json::json!({ "batch_size": BATCH }));
        let rows: Vec<serde_json::Value> = database.list(claim).await?;
        let claimed = rows.len();
        total += join_all(rows.into_iter().map(|row| send(service, row)))
            .await
            .into_iter()
            .filter(|sent| *sent)
            .count();
        if claimed < BATCH {
            return Ok(total);
        }
    }
}

async fn send(service: &Service, row: serde_json::Value) -> bool {
    let id = row.get("id").cloned().unwrap_or_default();
    let delivery = attempt(service, row).await;
    let database = service.database();
    let settle = match &delivery {
        Delivery::Sent { message_id } => database.rpc(
            "settle_sent_email",
            &serde_json::json!({"email_id": id, "message_id": message_id}),
        ),
        Delivery::Failed { reason, permanent } => {
            log("warn", serde_json::json!({"email": id, "cause": reason}));
            database.rpc(
                "settle_failed_email",
                &serde_json::json!({"email_id": id, "reason": reason, "permanent": permanent}),
            )
        }
    };
    // Unsettled, the row is claimed again when its time is up and the idempotency key keeps it to one mail.
    if let Err(problem) = database.run(settle).await {
        log(
            "error",
            serde_json::json!({"email": id, "cause": problem.cause}),
        );
    }
    matches!(delivery, Delivery::Sent { .. })
}

async fn attempt(service: &Service, row: serde_json::Value) -> Delivery {
    let failed = |reason: String, permanent| Delivery::Failed { reason, permanent };
    let Ok(row) = serde_json::from_value::<OutboxRow>(row) else {
        return failed("the outbox row does not fit its template".to_owned(), true);
    };
    let (Ok(api_key), Ok(from), Ok(site_url)) = (
        service.required("RESEND_API_KEY"),
        service.required("EMAIL_FROM"),
        service.required("SITE_URL"),
    ) else {
        return failed(
            "RESEND_API_KEY, EMAIL_FROM or SITE_URL is not set".to_owned(),
            false,
        );
    };
    let base_url = service
        .optional("RESEND_BASE_URL")
        .unwrap_or_else(|| DEFAULT_BASE_URL.to_owned());
    let mail = match compose(&row, &from, &site_url) {
        Ok(mail) => mail,
        Err(error) => return failed(format!("template: {error}"), true),
    };
    match service
        .send(
            resend::send(&base_url, &api_key, &idempotency_key(&row), &mail),
            Deadline::Service,
        )
        .await
    {
        Ok((status, body)) => resend::read(status, &body),
        Err(problem) => failed(problem.cause.unwrap_or_default(), false),
    }
}
