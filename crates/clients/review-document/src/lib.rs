//! `POST /functions/v1/clients/review-document`: staff accept a client's document, or return it with a reason.

use omega_common::documents::{Verdict, document_id};
use omega_common::fields::Fields;
use omega_common::problem::Problem;
use omega_common::rest::{self, RestError};
use omega_common::text::plain_text;
use serde_json::{Value, json};
use uuid::Uuid;

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

/// What becomes of a document.
#[derive(Debug, PartialEq)]
pub struct Review {
    id: Uuid,
    verdict: Verdict,
    /// There when it is returned, and only then.
    reason: Option<String>,
}

impl Review {
    /// # Errors
    /// 422 with one entry for each bad field.
    pub fn read(mut fields: Fields) -> Result<Self, Problem> {
        let id = fields.required("id", document_id);
        let verdict = fields.required("verdict", str::parse::<Verdict>);
        let reason = match verdict {
            Some(Verdict::Returned) => fields.required("reason", plain_text),
            _ => fields.optional("reason", plain_text),
        };
        if verdict == Some(Verdict::Accepted) && reason.is_some() {
            fields.refuse("reason", "A reason goes with returning only.");
        }
        fields.finish()?;
        let (Some(id), Some(verdict)) = (id, verdict) else {
            return Err(Problem::internal("a missing field was not refused"));
        };
        Ok(Self {
            id,
            verdict,
            reason,
        })
    }

    /// The parameters of the database's `review_document`.
    pub fn parameters(&self) -> Value {
        json!({ "document_id": self.id, "verdict": self.verdict, "reason": self.reason })
    }

    /// Whether the client gets a mail by it.
    pub fn is_told(&self) -> bool {
        self.verdict == Verdict::Returned
    }
}

/// What a refusal of the database means.
pub fn refusal(status: u16, body: &[u8]) -> Problem {
    let error: RestError = serde_json::from_slice(body).unwrap_or_default();
    match error.code.as_str() {
        "PT404" => Problem::not_found(
            "This document is not there any more. The client may have removed it; reload the page.",
        ),
        _ => rest::refusal(status, body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: Value) -> Result<Review, Problem> {
        Review::read(Fields::parse(json.to_string().as_bytes()).unwrap())
    }

    #[test]
    fn a_document_is_returned_with_a_reason_and_accepted_without() {
        let id = Uuid::from_u128(1);
        let returned =
            read(json!({ "id": id, "verdict": "returned", "reason": " It is too dark. " }))
                .unwrap();
        assert_eq!(
            returned.parameters(),
            json!({ "document_id": id, "verdict": "returned", "reason": "It is too dark." })
        );
        let accepted = read(json!({ "id": id, "verdict": "accepted", "reason": " " })).unwrap();
        assert_eq!(
            accepted.parameters(),
            json!({ "document_id": id, "verdict": "accepted", "reason": null })
        );
        assert!(returned.is_told() && !accepted.is_told());
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let id = Uuid::nil();
        for (body, field) in [
            (json!({ "verdict": "accepted" }), "id"),
            (json!({ "id": "7", "verdict": "accepted" }), "id"),
            (json!({ "id": id }), "verdict"),
            (json!({ "id": id, "verdict": "lost" }), "verdict"),
            (json!({ "id": id, "verdict": "returned" }), "reason"),
            (
                json!({ "id": id, "verdict": "returned", "reason": " " }),
                "reason",
            ),
            (
                json!({ "id": id, "verdict": "returned", "reason": "a\nb" }),
                "reason",
            ),
            (
                json!({ "id": id, "verdict": "accepted", "reason": "Nice." }),
                "reason",
            ),
            (
                json!({ "id": id, "verdict": "accepted", "client_id": id }),
                "client_id",
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
}
