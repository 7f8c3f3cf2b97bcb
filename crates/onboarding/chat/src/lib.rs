//! `POST /functions/v1/onboarding/chat`: one message to the assistant. `GET` gives the conversation.

use omega_assistant::{ClientState, Event, Question, Settings, Turn, suggestions};
use omega_common::clients::ClientRow;
use omega_common::fields::Fields;
use omega_common::messages::{Author, MESSAGE_COLUMNS, Message, Source, message_text};
use omega_common::paging::PageRequest;
use omega_common::problem::Problem;
use omega_common::rest::{self, RestError};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod backend;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

/// Earlier messages that the assistant is given.
pub const REMEMBERED_MESSAGES: usize = 12;

/// What a client sends.
#[derive(Debug, PartialEq, Eq)]
pub struct Sent {
    text: String,
    /// Chosen by the sender, so that sending again is harmless.
    id: Option<Uuid>,
}

impl Sent {
    /// # Errors
    /// 422 with one entry for each bad field.
    pub fn read(mut fields: Fields) -> Result<Self, Problem> {
        let text = fields.required("message", message_text);
        let id = fields.nullable("id", |id| {
            Uuid::parse_str(id).map_err(|_| "Send a UUID.".to_owned())
        });
        fields.finish()?;
        let text = text.ok_or_else(|| Problem::internal("a missing field was not refused"))?;
        Ok(Self { text, id })
    }

    /// The parameters of the database's `send_message`.
    pub fn parameters(&self) -> serde_json::Value {
        serde_json::json!({ "content": self.text, "message_id": self.id })
    }
}

/// What a refusal of the database's `send_message` means.
pub fn refusal(status: u16, body: &[u8]) -> Problem {
    let error: RestError = serde_json::from_slice(body).unwrap_or_default();
    match (error.code.as_str(), error.hint.as_deref()) {
        ("PT409", Some("taken")) => {
            Problem::conflict("This id was used for another message. Send this one with a new id.")
                .with_error("id", "This id was used for another message.")
        }
        _ => rest::refusal(status, body),
    }
}

/// A message as it is kept, with its answer when there is one already.
#[derive(Debug, PartialEq, Eq)]
pub struct Kept {
    pub message: Message,
    pub reply: Option<Message>,
}

impl Kept {
    /// # Errors
    /// 502 when the database did not answer with the message first.
    pub fn of(turns: Vec<Message>) -> Result<Self, Problem> {
        let mut turns = turns.into_iter();
        let message = turns
            .next()
            .ok_or_else(|| Problem::bad_gateway("send_message answered without the message"))?;
        Ok(Self {
            message,
            reply: turns.next(),
        })
    }
}

/// Both turns of an exchange, as they are stored.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Turns {
    pub message: Message,
    pub reply: Message,
}

/// One page of the conversation, and how it could go on.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Conversation {
    /// Newest first.
    pub messages: Vec<Message>,
    /// For the page before it in time; null on the first of the conversation.
    pub next_cursor: Option<String>,
    /// Questions that follow from where the client stands; may be empty.
    pub suggestions: Vec<String>,
    /// What would answer the next message: `built-in`, or the name of an outside model.
    pub backend: String,
}

impl Conversation {
    pub fn of(state: ClientWithHistory, request: &PageRequest, settings: &Settings) -> Self {
        let ClientWithHistory {
            client,
            history: mut messages,
        } = state;
        let next_cursor = request.cut(&mut messages, |message| (&message.created_at, message.id));
        let asked = messages
            .iter()
            .filter(|message| message.author == Author::Client)
            .map(|message| message.content.as_str());
        Self {
            suggestions: suggestions(&ClientState::from(&client), asked),
            messages,
            next_cursor,
            backend: settings.model().unwrap_or("built-in").to_owned(),
        }
    }
}

/// The client's row with messages embedded: all that an answer needs, in one query.
#[derive(Debug, Deserialize)]
pub struct ClientWithHistory {
    #[serde(flatten)]
    client: ClientRow,
    /// Newest first.
    history: Vec<Message>,
}

impl ClientWithHistory {
    /// Leaves out a message: the one that is asked now may already be among the earlier ones.
    pub fn forget(&mut self, message: Uuid) {
        self.history.retain(|earlier| earlier.id != message);
    }
}

/// The columns of [`ClientWithHistory`] beside those of the client, for PostgREST's `select`.
pub fn history_columns() -> String {
    format!("history:messages({MESSAGE_COLUMNS})")
}

/// What the assistant is asked.
pub fn question(sent: Sent, state: ClientWithHistory) -> Question {
    let history = state
        .history
        .into_iter()
        .rev()
        .map(|turn| Turn::new(turn.author, turn.content))
        .collect();
    Question {
        message: sent.text,
        history,
        client: ClientState::from(&state.client),
    }
}

/// The reply as it comes together.
#[derive(Debug, Default)]
pub struct ReplyDraft {
    pub content: String,
    pub sources: Vec<Source>,
}

impl ReplyDraft {
    pub fn take(&mut self, event: &Event) {
        match event {
            Event::Delta(words) => self.content.push_str(words),
            Event::Sources(sources) => self.sources.clone_from(sources),
        }
    }

    /// The row to insert.
    pub fn row(&self, client_id: Uuid, question: Uuid, model: Option<&str>) -> serde_json::Value {
        serde_json::json!({
            "client_id": client_id,
            "author": Author::Assistant,
            "reply_to": question,
            "content": self.content,
            "sources": self.sources,
            "model": model,
        })
    }
}

/// Why the assistant gave no answer, for the caller.
pub fn no_answer(error: &omega_assistant::Error) -> Problem {
    let mut problem = Problem::new(
        error.status(),
        "The assistant can't answer right now. Your message is kept; ask again in a moment.",
    )
    .because(error.to_string());
    problem.retry_after = Some(
        error
            .retry_after()
            .map_or(5, |wait| wait.as_secs().try_into().unwrap_or(60)),
    );
    problem
}

/// One server-sent event (WHATWG HTML, section 9.2).
pub fn server_sent_event(name: &str, data: &impl Serialize) -> Vec<u8> {
    // JSON escapes line breaks, so one data line is enough.
    let data = serde_json::to_string(data).unwrap_or_default();
    format!("event: {name}\ndata: {data}\n\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_of_data() {
        let event = server_sent_event("delta", &serde_json::json!({"text": "a\nb\r"}));
        assert_eq!(event, b"event: delta\ndata: {\"text\":\"a\\nb\\r\"}\n\n");
    }

    #[test]
    fn deltas_make_the_reply() {
        let mut draft = ReplyDraft::default();
        for words in ["An ", "EIN"] {
            draft.take(&Event::Delta(words.to_owned()));
        }
        let row = draft.row(Uuid::nil(), Uuid::max(), None);
        assert_eq!(
            (row["content"].as_str(), row["author"].as_str()),
            (Some("An EIN"), Some("assistant"))
        );
        assert_eq!(row["reply_to"], serde_json::json!(Uuid::max()));
    }

    fn read(body: serde_json::Value) -> Result<Sent, Problem> {
        Sent::read(Fields::parse(body.to_string().as_bytes()).unwrap())
    }

    #[test]
    fn an_id_is_the_senders_to_choose() {
        let id = Uuid::from_u128(7);
        for (body, id) in [
            (
                serde_json::json!({"message": "Hello", "id": id}),
                serde_json::json!(id),
            ),
            (
                serde_json::json!({"message": "Hello", "id": null}),
                serde_json::Value::Null,
            ),
            (
                serde_json::json!({"message": "Hello"}),
                serde_json::Value::Null,
            ),
        ] {
            assert_eq!(
                read(body).unwrap().parameters(),
                serde_json::json!({"content": "Hello", "message_id": id})
            );
        }
        let refused = read(serde_json::json!({"message": "Hello", "id": "7"})).unwrap_err();
        assert_eq!(
            (refused.status, refused.errors[0].field.as_str()),
            (422, "id")
        );
    }

    #[test]
    fn an_id_with_other_words_is_a_conflict() {
        let body = br#"{"code":"PT409","message":"x","details":null,"hint":"taken"}"#;
        let problem = refusal(409, body);
        assert_eq!(
            (problem.status, problem.errors[0].field.as_str()),
            (409, "id")
        );
        assert_eq!(refusal(403, br#"{"code":"42501"}"#).status, 403);
    }
}
