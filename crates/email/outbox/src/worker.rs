use omega_common::edge::{
    Body, ChangingStaff, Exchange, Json, Query, Request, Response, Routes, Staff, serve,
};
use omega_common::mail::{MailAction, MailStop};
use omega_common::paging::PageRequest;
use omega_common::problem::Problem;
use serde_json::json;
use worker::{Context, Env, event};

use crate::{Asked, Done, MailRow, Outbox, Wish, refusal};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).get(list).post(change),
    )
    .await
}

async fn list(
    Staff(user): Staff,
    exchange: Exchange,
    mut query: Query,
) -> Result<Json<Outbox>, Problem> {
    let page = PageRequest::parse(
        query.take("limit").as_deref(),
        query.take("cursor").as_deref(),
    )?;
    let asked = Asked {
        search: query.take("search"),
        status: query.take("status"),
        outcome: query.take("outcome"),
        template: query.take("template"),
        client: query.take("client"),
    };
    query.finish()?;
    let database = exchange.database(&user);
    let rows: Vec<MailRow> = database
        .list(database.rpc("list_emails", &asked.parameters(&page)?))
        .await?;
    Ok(Json(Outbox::of(rows, &page)))
}

async fn change(
    ChangingStaff(user): ChangingStaff,
    exchange: Exchange,
    Body(fields): Body,
) -> Result<Json<Done>, Problem> {
    let database = exchange.database(&user);
    let done = match Wish::read(fields)? {
        Wish::Change { mail, action } => {
            let call = database.rpc(
                "change_email",
                &json!({ "email_id": mail, "action": action }),
            );
            let row: MailRow = database.one_or(call, refusal).await?;
            if action == MailAction::Retry {
                exchange.send_mail_now();
            }
            Done {
                mail: Some(row.into()),
                stop: None,
            }
        }
        Wish::Resume { stop } => {
            let call = database.rpc("resume_mail", &json!({ "stop_id": stop }));
            let stop: MailStop = database.one_or(call, refusal).await?;
            Done {
                mail: None,
                stop: Some(stop),
            }
        }
    };
    Ok(Json(done))
}
