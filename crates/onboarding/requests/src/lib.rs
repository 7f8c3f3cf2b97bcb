//! `GET /functions/v1/onboarding/requests`: what our team asked the client for. `POST` answers one.

use omega_common::fields::Fields;
use omega_common::paging::PageRequest;
use omega_common::problem::{FieldError, Problem};
use omega_common::requests::{ClientRequest, MAX_ANSWER_CHARACTERS};
use omega_common::rest::{self, RestError};
use omega_common::text::{paragraphs, uuid};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

/// One page of requests.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct RequestList {
    /// Newest first.
    pub requests: Vec<ClientRequest>,
    /// For the next page; null on the last one.
    pub next_cursor: Option<String>,
}

impl RequestList {
    pub fn of(mut requests: Vec<ClientRequest>, page: &PageRequest) -> Self {
        let next_cursor = page.cut(&mut requests, |request| (&request.made_at, request.id));
        Self {
            requests,
            next_cursor,
        }
    }
}

/// Reads the query parameter `waiting`.
///
/// # Errors
/// 400 when it is neither true nor false.
pub fn only_waiting(value: Option<&str>) -> Result<bool, Problem> {
    match value {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => {
            let detail = "Send true or false.";
            Err(Problem::bad_request(detail).with_error("waiting", detail))
        }
    }
}

/// What the client answers.
#[derive(Debug, PartialEq)]
pub struct GivenAnswer {
    id: Uuid,
    answer: Option<String>,
    document_id: Option<Uuid>,
}

impl GivenAnswer {
    /// Whether words are enough depends on what is wanted, which the database tells.
    ///
    /// # Errors
    /// 422 with one entry for each bad field.
    pub fn read(mut fields: Fields) -> Result<Self, Problem> {
        let id = fields.required("id", uuid("Send the id of a request."));
        let answer = fields.optional("answer", |text| paragraphs(text, MAX_ANSWER_CHARACTERS));
        let document_id =
            fields.nullable("document_id", uuid("Send the id of a document of yours."));
        fields.finish()?;
        let id = id.ok_or_else(|| Problem::internal("a missing field was not refused"))?;
        if answer.is_none() && document_id.is_none() {
            return Err(Problem::invalid(vec![FieldError::new(
                "answer",
                "Write an answer, or send a file.",
            )]));
        }
        Ok(Self {
            id,
            answer,
            document_id,
        })
    }

    /// The parameters of the database's `answer_request`.
    pub fn parameters(&self) -> Value {
        json!({ "request_id": self.id, "answer": self.answer, "document_id": self.document_id })
    }
}

/// What a refusal of the database means.
pub fn refusal(status: u16, body: &[u8]) -> Problem {
    let error: RestError = serde_json::from_slice(body).unwrap_or_default();
    match (error.code.as_str(), error.hint.as_deref()) {
        ("PT404", Some("document")) => Problem::invalid(vec![FieldError::new(
            "document_id",
            "This document is not there any more. Upload it again.",
        )]),
        ("PT404", _) => Problem::not_found("This request is not there any more. Reload the page."),
        ("PT409", Some("settled")) => {
            Problem::conflict("Our team has settled this meanwhile. There is nothing left to do.")
        }
        ("PT422", Some("answer")) => Problem::invalid(vec![FieldError::new(
            "answer",
            "Write an answer. A file alone is not enough here.",
        )]),
        _ => rest::refusal(status, body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: Value) -> Result<GivenAnswer, Problem> {
        GivenAnswer::read(Fields::parse(json.to_string().as_bytes()).unwrap())
    }

    #[test]
    fn an_answer_is_words_or_a_document_or_both() {
        let (id, document) = (Uuid::from_u128(1), Uuid::from_u128(2));
        for (body, answer, document_id) in [
            (
                json!({ "id": id, "answer": " 1,200\nmiles " }),
                json!("1,200\nmiles"),
                Value::Null,
            ),
            (
                json!({ "id": id, "answer": "", "document_id": document }),
                Value::Null,
                json!(document),
            ),
            (
                json!({ "id": id, "answer": "Both", "document_id": document }),
                json!("Both"),
                json!(document),
            ),
        ] {
            assert_eq!(
                read(body).unwrap().parameters(),
                json!({ "request_id": id, "answer": answer, "document_id": document_id })
            );
        }
        for (body, field) in [
            (json!({ "id": id }), "answer"),
            (json!({ "id": id, "answer": " " }), "answer"),
            (json!({ "id": id, "answer": "x".repeat(4001) }), "answer"),
            (json!({ "answer": "x" }), "id"),
            (json!({ "id": id, "document_id": "x" }), "document_id"),
            (
                json!({ "id": id, "answer": "x", "status": "accepted" }),
                "status",
            ),
        ] {
            let problem = read(body.clone()).unwrap_err();
            assert_eq!(
                (problem.status, problem.errors[0].field.as_str()),
                (422, field),
                "{body}"
            );
        }
    }

    #[test]
    fn refusals_tell_what_to_do() {
        for (code, hint, status) in [
            ("PT404", "request", 404),
            ("PT404", "document", 422),
            ("PT409", "settled", 409),
            ("PT422", "answer", 422),
            ("PT403", "", 403),
        ] {
            let body = json!({ "code": code, "message": "x", "details": null, "hint": hint });
            let problem = refusal(400, body.to_string().as_bytes());
            assert_eq!(problem.status, status, "{code} {hint}");
        }
    }

    #[test]
    fn waiting_is_true_or_false() {
        assert_eq!(only_waiting(None), Ok(false));
        assert_eq!(only_waiting(Some("true")), Ok(true));
        assert_eq!(only_waiting(Some("1")).unwrap_err().status, 400);
    }
}
