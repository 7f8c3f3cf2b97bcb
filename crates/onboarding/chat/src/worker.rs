use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::StreamExt;
use futures_util::future::try_join;
use omega_assistant::{Assistant, Event, Question};
use omega_common::clients::CLIENT_COLUMNS;
use omega_common::edge::{
    Body, Database, EventStream, Exchange, IntoResponse, Json, Query, Request, Response, Routes,
    User, log, serve,
};
use omega_common::messages::{MESSAGE_COLUMNS, Message};
use omega_common::paging::PageRequest;
use omega_common::problem::Problem;
use omega_common::rest;
use uuid::Uuid;
use worker::{Context, Env, event};

use crate::{
    ClientWithHistory, Conversation, Kept, REMEMBERED_MESSAGES, ReplyDraft, Sent, Turns, backend,
    history_columns, no_answer, question, refusal, server_sent_event,
};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).post(send).get(history),
    )
    .await
}

async fn history(
    user: User,
    exchange: Exchange,
    mut query: Query,
) -> Result<Json<Conversation>, Problem> {
    let page = PageRequest::parse(
        query.take("limit").as_deref(),
        query.take("cursor").as_deref(),
    )?;
    query.finish()?;
    let settings = backend::settings(&exchange)?;
    let state = state(&exchange.database(&user), user.id, &page).await?;
    Ok(Json(Conversation::of(state, &page, &settings)))
}

async fn send(user: User, exchange: Exchange, Body(fields): Body) -> Result<Response, Problem> {
    exchange
        .rate_limit("CHAT_LIMITER", user.id.to_string())
        .await?;
    let sent = Sent::read(fields)?;
    let assistant = backend::assistant(&exchange)?;
    let secret_key = exchange.required_variable("SUPABASE_SERVICE_ROLE_KEY")?;

    // The state is read as the user, so no message can make it another client's.
    let database = exchange.database(&user);
    let last = PageRequest {
        limit: REMEMBERED_MESSAGES,
        cursor: None,
    };
    let (mut state, Kept { message, reply }) =
        try_join(state(&database, user.id, &last), keep(&database, &sent)).await?;

    let (parts, answer) = unbounded();
    match reply {
        // Answered before; the line broke before the sender heard of it.
        Some(reply) => {
            let _ = parts.unbounded_send(Part::Words(reply.content.clone()));
            let _ = parts.unbounded_send(Part::Stored(reply));
        }
        None => {
            state.forget(message.id);
            let background = Answering {
                exchange: exchange.clone(),
                client_id: user.id,
                message_id: message.id,
                secret_key,
                parts,
            };
            exchange.wait_until(background.run(assistant, question(sent, state)));
        }
    }

    let streams = exchange
        .header("accept")
        .is_some_and(|accept| accept.contains("text/event-stream"));
    if streams {
        EventStream(events(message, answer, exchange)).into_response()
    } else {
        whole(message, answer).await?.into_response()
    }
}

async fn state(
    database: &Database<'_>,
    client_id: Uuid,
    page: &PageRequest,
) -> Result<ClientWithHistory, Problem> {
    let select = database
        .from("clients")
        .select(format!("{CLIENT_COLUMNS},{}", history_columns()))
        .eq("id", client_id.to_string());
    database
        .one(page.apply(select, Some("history"), "created_at"))
        .await
}

async fn keep(database: &Database<'_>, sent: &Sent) -> Result<Kept, Problem> {
    let call = database
        .rpc("send_message", &sent.parameters())
        .select(MESSAGE_COLUMNS);
    let (status, body) = database.rows(call).await?;
    if status >= 300 {
        return Err(refusal(status, &body));
    }
    Kept::of(rest::read(&body)?)
}

/// What the background work tells the answer, if there is still somebody to tell.
enum Part {
    Words(String),
    Stored(Message),
    Failed(Problem),
}

/// Lets the assistant answer and stores the reply, whether or not the browser stays.
struct Answering {
    exchange: Exchange,
    client_id: Uuid,
    message_id: Uuid,
    secret_key: String,
    parts: UnboundedSender<Part>,
}

impl Answering {
    async fn run(self, assistant: Box<dyn Assistant>, question: Question) {
        let outcome = match self.answer(assistant.as_ref(), question).await {
            Ok(reply) => Part::Stored(reply),
            Err(problem) => {
                log(
                    "error",
                    serde_json::json!({"request_id": self.exchange.request_id(), "cause": problem.cause}),
                );
                Part::Failed(problem)
            }
        };
        // A browser that has left takes no part of it.
        let _ = self.parts.unbounded_send(outcome);
    }

    async fn answer(
        &self,
        assistant: &dyn Assistant,
        question: Question,
    ) -> Result<Message, Problem> {
        let mut draft = ReplyDraft::default();
        let mut reply = assistant.reply(question);
        while let Some(event) = reply.next().await {
            let event = event.map_err(|error| no_answer(&error))?;
            draft.take(&event);
            if let Event::Delta(words) = event {
                let _ = self.parts.unbounded_send(Part::Words(words));
            }
        }
        // Only the service key may write what the assistant says; the id is the verified user's.
        let database = self.exchange.service_database(&self.secret_key);
        let row = draft.row(self.client_id, self.message_id, assistant.model());
        let insert = database
            .from("messages")
            .insert(row.to_string())
            .select(MESSAGE_COLUMNS);
        let (status, body) = database.answer(insert).await?;
        match status {
            200..300 => rest::read(&body),
            // The same message was sent twice at once, and its other answer was there first.
            409 => {
                let first = database
                    .from("messages")
                    .select(MESSAGE_COLUMNS)
                    .eq("reply_to", self.message_id.to_string());
                database.one(first).await
            }
            _ => Err(rest::refusal(status, &body)),
        }
    }
}

async fn whole(
    message: Message,
    mut reply: UnboundedReceiver<Part>,
) -> Result<Json<Turns>, Problem> {
    while let Some(part) = reply.next().await {
        match part {
            Part::Words(_) => {}
            Part::Stored(reply) => return Ok(Json(Turns { message, reply })),
            Part::Failed(problem) => return Err(problem),
        }
    }
    Err(Problem::internal("the assistant ended without an answer"))
}

fn events(
    message: Message,
    reply: UnboundedReceiver<Part>,
    exchange: Exchange,
) -> impl futures_util::Stream<Item = worker::Result<Vec<u8>>> {
    let first = server_sent_event("message", &message);
    let rest = reply.map(move |part| match part {
        Part::Words(words) => server_sent_event("delta", &serde_json::json!({ "text": words })),
        Part::Stored(reply) => server_sent_event("done", &reply),
        Part::Failed(problem) => {
            server_sent_event("error", &problem.document(exchange.request_id()))
        }
    });
    futures_util::stream::once(async { first })
        .chain(rest)
        .map(Ok)
}
