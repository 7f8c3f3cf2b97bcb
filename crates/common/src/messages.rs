//! The conversation of a client with the assistant.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::fields::Fields;
use crate::problem::Problem;
use crate::text::{paragraphs, uuid};

/// Longest message in characters; `messages_content_is_in_bounds` has the same bound for every author.
pub const MAX_MESSAGE_CHARACTERS: usize = 4000;

crate::string_enum! {
    /// Who wrote a message.
    Author {
        Client = "client", "You";
        Assistant = "assistant", "Assistant";
        Staff = "staff", "Our team";
    }
}

/// Where an answer comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Source {
    pub title: String,
    /// A page of the site.
    pub url: String,
}

/// A stored message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Message {
    pub id: Uuid,
    pub author: Author,
    /// Who of our team wrote it; null for all others.
    pub author_name: Option<String>,
    pub content: String,
    pub sources: Vec<Source>,
    /// Which model answered; null for people and for the built-in assistant.
    pub model: Option<String>,
    /// The message that this answers; null for what no message asked for.
    pub reply_to: Option<Uuid>,
    /// RFC 3339.
    pub created_at: String,
}

/// The columns of [`Message`], for PostgREST's `select`.
pub const MESSAGE_COLUMNS: &str = "id,author,author_name,content,sources,model,reply_to,created_at";

/// What our team writes on or to a client.
#[derive(Debug, PartialEq)]
pub struct Written {
    /// Chosen by the sender, so that sending again is harmless.
    pub id: Uuid,
    pub client_id: Uuid,
    pub content: String,
}

impl Written {
    /// # Errors
    /// 422 with one entry for each bad field.
    pub fn read(mut fields: Fields) -> Result<Self, Problem> {
        let uuid = uuid("Send a UUID.");
        let id = fields.required("id", uuid);
        let client_id = fields.required("client_id", uuid);
        let content = fields.required("content", |text| paragraphs(text, MAX_MESSAGE_CHARACTERS));
        fields.finish()?;
        let (Some(id), Some(client_id), Some(content)) = (id, client_id, content) else {
            return Err(Problem::internal("a missing field was not refused"));
        };
        Ok(Self {
            id,
            client_id,
            content,
        })
    }
}

/// Reads what a client wrote: several lines are fine, other control characters are not.
///
/// # Errors
/// A sentence for the client.
pub fn message_text(value: &str) -> Result<String, String> {
    let text = value.trim();
    if text.is_empty() {
        return Err("Write a message first.".to_owned());
    }
    if value.chars().count() > MAX_MESSAGE_CHARACTERS {
        return Err(format!("Use {MAX_MESSAGE_CHARACTERS} characters or fewer."));
    }
    if text
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
    {
        return Err("Use plain text.".to_owned());
    }
    Ok(text.to_owned())
}
