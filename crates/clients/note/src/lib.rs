//! `POST /functions/v1/clients/note`: staff note something on a client, for our team alone.

use omega_common::fields::Fields;
use omega_common::messages::Written;
use omega_common::problem::Problem;
use omega_common::rest::{self, RestError};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

/// A note on a client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Note {
    pub id: Uuid,
    pub content: String,
    /// The address of who wrote it.
    pub by: Option<String>,
    /// RFC 3339.
    pub created_at: String,
}

/// What is to be kept.
#[derive(Debug, PartialEq)]
pub struct NewNote(Written);

impl NewNote {
    /// # Errors
    /// 422 with one entry for each bad field.
    pub fn read(fields: Fields) -> Result<Self, Problem> {
        Written::read(fields).map(Self)
    }

    /// The parameters of the database's `note_on_client`.
    pub fn parameters(&self) -> Value {
        let Written {
            id,
            client_id,
            content,
        } = &self.0;
        json!({ "note_id": id, "client_id": client_id, "content": content })
    }
}

/// What a refusal of the database means.
pub fn refusal(status: u16, body: &[u8]) -> Problem {
    let error: RestError = serde_json::from_slice(body).unwrap_or_default();
    match (error.code.as_str(), error.hint.as_deref()) {
        ("PT404", _) => Problem::not_found("There is no such client."),
        ("PT409", Some("taken")) => {
            Problem::conflict("This id was used for another note. Send this one with a new id.")
                .with_error("id", "This id was used for another note.")
        }
        _ => rest::refusal(status, body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_lines_are_fine_and_nothing_is_not() {
        let (id, client_id) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let read = |content: &str| {
            let body = json!({ "id": id, "client_id": client_id, "content": content });
            NewNote::read(Fields::parse(body.to_string().as_bytes()).unwrap())
        };
        assert_eq!(
            read(" One\r\ntwo ").unwrap().parameters(),
            json!({ "note_id": id, "client_id": client_id, "content": "One\ntwo" })
        );
        for bad in ["", " \n ", "a\u{0}b", &"x".repeat(4001)] {
            let problem = read(bad).unwrap_err();
            assert_eq!(
                (problem.status, problem.errors[0].field.as_str()),
                (422, "content")
            );
        }
    }

    #[test]
    fn an_id_of_other_words_is_a_conflict() {
        let body = br#"{"code":"PT409","message":"x","details":null,"hint":"taken"}"#;
        assert_eq!(refusal(409, body).errors[0].field, "id");
        assert_eq!(refusal(403, br#"{"code":"42501"}"#).status, 403);
    }
}
