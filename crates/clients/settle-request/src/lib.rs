//! `POST /functions/v1/clients/settle-request`: staff accept an answer, send it back with a reason, or withdraw a request.

use omega_common::fields::Fields;
use omega_common::problem::{FieldError, Problem};
use omega_common::requests::RequestVerdict;
use omega_common::rest::{self, RestError};
use omega_common::text::{plain_text, uuid};
use serde_json::{Value, json};
use uuid::Uuid;

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

/// What becomes of a request.
#[derive(Debug, PartialEq)]
pub struct Settlement {
    id: Uuid,
    verdict: RequestVerdict,
    /// There when it is sent back, and only then.
    reason: Option<String>,
}

impl Settlement {
    /// # Errors
    /// 422 with one entry for each bad field.
    pub fn read(mut fields: Fields) -> Result<Self, Problem> {
        let id = fields.required("id", uuid("Send the id of a request."));
        let verdict = fields.required("verdict", str::parse::<RequestVerdict>);
        let reason = match verdict {
            Some(RequestVerdict::Returned) => fields.required("reason", plain_text),
            _ => fields.optional("reason", plain_text),
        };
        if verdict.is_some_and(|verdict| verdict != RequestVerdict::Returned) && reason.is_some() {
            fields.refuse("reason", "A reason goes with sending back only.");
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

    /// The parameters of the database's `settle_request`.
    pub fn parameters(&self) -> Value {
        json!({ "request_id": self.id, "verdict": self.verdict, "reason": self.reason })
    }

    /// Whether the client gets a mail by it.
    pub fn is_told(&self) -> bool {
        self.verdict == RequestVerdict::Returned
    }
}

/// What a refusal of the database means.
pub fn refusal(status: u16, body: &[u8]) -> Problem {
    let error: RestError = serde_json::from_slice(body).unwrap_or_default();
    match (error.code.as_str(), error.hint.as_deref()) {
        ("PT404", _) => Problem::not_found("There is no such request. Reload the page."),
        ("PT409", Some("verdict")) => Problem::conflict(
            "This can’t be done as the request stands now. Reload the page to see how that is.",
        ),
        ("PT422", Some("reason")) => Problem::invalid(vec![FieldError::new(
            "reason",
            "Say why, in words that the client understands.",
        )]),
        _ => rest::refusal(status, body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: Value) -> Result<Settlement, Problem> {
        Settlement::read(Fields::parse(json.to_string().as_bytes()).unwrap())
    }

    #[test]
    fn what_is_sent_back_has_a_reason_and_nothing_else_has() {
        let id = Uuid::from_u128(1);
        let returned =
            read(json!({ "id": id, "verdict": "returned", "reason": " Of which year? " })).unwrap();
        assert_eq!(
            returned.parameters(),
            json!({ "request_id": id, "verdict": "returned", "reason": "Of which year?" })
        );
        let accepted = read(json!({ "id": id, "verdict": "accepted", "reason": "" })).unwrap();
        assert_eq!(
            accepted.parameters(),
            json!({ "request_id": id, "verdict": "accepted", "reason": null })
        );
        assert!(returned.is_told() && !accepted.is_told());
        for (body, field) in [
            (json!({ "verdict": "accepted" }), "id"),
            (json!({ "id": "7", "verdict": "accepted" }), "id"),
            (json!({ "id": id }), "verdict"),
            (json!({ "id": id, "verdict": "open" }), "verdict"),
            (json!({ "id": id, "verdict": "returned" }), "reason"),
            (
                json!({ "id": id, "verdict": "withdrawn", "reason": "x" }),
                "reason",
            ),
            (json!({ "id": id, "verdict": "accepted", "by": "x" }), "by"),
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
