//! `POST /functions/v1/finance/approval`: an owner of the firm approves what a service costs, or declines it.

use omega_common::fields::Fields;
use omega_common::problem::Problem;
use omega_common::text::{plain_text, uuid, version};
use serde_json::{Value, json};
use uuid::Uuid;

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

omega_common::string_enum! {
    /// What the owner says.
    Verdict {
        Approved = "approved", "Approve";
        Declined = "declined", "Decline";
    }
}

/// What the owner says of what waits at a service.
#[derive(Debug, PartialEq)]
pub struct Decision {
    id: Uuid,
    verdict: Verdict,
    reason: Option<String>,
    seen: String,
}

impl Decision {
    /// # Errors
    /// 422 with one entry for each bad field.
    pub fn read(mut fields: Fields) -> Result<Self, Problem> {
        let id = fields.required("id", uuid("Send the id of a service."));
        let verdict = fields.required("verdict", str::parse::<Verdict>);
        let reason = fields.optional("reason", plain_text);
        let seen = fields.required("updated_at", version);
        if verdict == Some(Verdict::Declined) && reason.is_none() {
            fields.miss("reason");
        }
        if verdict == Some(Verdict::Approved) && reason.is_some() {
            fields.refuse("reason", "A reason goes with declining.");
        }
        fields.finish()?;
        let (Some(id), Some(verdict), Some(seen)) = (id, verdict, seen) else {
            return Err(Problem::internal("a missing field was not refused"));
        };
        Ok(Self {
            id,
            verdict,
            reason,
            seen,
        })
    }

    /// The parameters of the database's `settle_service`.
    pub fn parameters(&self) -> Value {
        json!({ "service_id": self.id, "verdict": self.verdict, "reason": self.reason, "seen": self.seen })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: Value) -> Result<Decision, Problem> {
        Decision::read(Fields::parse(json.to_string().as_bytes()).unwrap())
    }

    #[test]
    fn a_decision_names_the_version_that_the_owner_saw() {
        let seen = "2026-11-23T10:00:00.123456Z";
        let body = json!({ "id": Uuid::nil(), "verdict": "approved", "updated_at": seen });
        assert_eq!(
            read(body).unwrap().parameters(),
            json!({ "service_id": Uuid::nil(), "verdict": "approved", "reason": null, "seen": seen })
        );
    }

    #[test]
    fn who_declines_says_why_and_who_approves_needs_not() {
        let seen = "2026-11-23T10:00:00Z";
        for (body, field) in [
            (
                json!({ "verdict": "declined", "id": Uuid::nil(), "updated_at": seen }),
                "reason",
            ),
            (
                json!({ "verdict": "approved", "id": Uuid::nil(), "updated_at": seen, "reason": "x" }),
                "reason",
            ),
            (
                json!({ "verdict": "approved", "id": Uuid::nil() }),
                "updated_at",
            ),
            (
                json!({ "verdict": "paid", "id": Uuid::nil(), "updated_at": seen }),
                "verdict",
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
