//! `POST /functions/v1/onboarding/chat`: one message to the assistant. `GET` gives the conversation.

use omega_assistant::{ClientState, Event, Question, Turn};
use omega_common::clients::ClientRow;
use omega_common::messages::{Author, MESSAGE_COLUMNS, Message, Source};
use omega_common::paging::PageRequest;
use omega_common::problem::Problem;
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

/// Both turns of an exchange, as they are stored.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Turns {
    pub message: Message,
    pub reply: Message,
}

/// One page of the conversation.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Conversation {
    /// Newest first.
    pub messages: Vec<Message>,
    /// For the page before it in time; null on the first of the conversation.
    pub next_cursor: Option<String>,
}

impl Conversation {
    pub fn of(mut messages: Vec<Message>, request: &PageRequest) -> Self {
        let next_cursor = request.cut(&mut messages, |message| (&message.created_at, message.id));
        Self {
            messages,
            next_cursor,
        }
    }
}

/// The client's row with the last messages embedded: all that an answer needs, in one query.
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
pub fn question(message: &str, state: ClientWithHistory) -> Question {
    let history = state
        .history
        .into_iter()
        .rev()
        .map(|turn| Turn::new(turn.author, turn.content))
        .collect();
    Question {
        message: message.to_owned(),
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
    pub fn row(&self, client_id: Uuid, model: Option<&str>) -> serde_json::Value {
        serde_json::json!({
            "client_id": client_id,
            "author": Author::Assistant,
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
        let row = draft.row(Uuid::nil(), None);
        assert_eq!(
            (row["content"].as_str(), row["author"].as_str()),
            (Some("An EIN"), Some("assistant"))
        );
    }
}
