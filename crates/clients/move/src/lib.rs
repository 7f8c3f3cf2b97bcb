//! `POST /functions/v1/clients/move`: staff move a client to another status, where there is such a move.

use omega_common::clients::OnboardingStatus;
use omega_common::fields::Fields;
use omega_common::moves::{AllowedMove, allowed};
use omega_common::problem::{FieldError, Problem};
use omega_common::rest::{self, RestError};
use omega_common::text::{plain_text, uuid};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

/// Where a client is to be moved.
#[derive(Debug, PartialEq)]
pub struct WantedMove {
    id: Uuid,
    status: OnboardingStatus,
    reason: Option<String>,
}

impl WantedMove {
    /// Whether the move exists and needs a reason depends on where the client is, which the database tells.
    ///
    /// # Errors
    /// 422 with one entry for each bad field.
    pub fn read(mut fields: Fields) -> Result<Self, Problem> {
        let id = fields.required("id", uuid("Send the id of a client."));
        let status = fields.required("status", str::parse::<OnboardingStatus>);
        let reason = fields.optional("reason", plain_text);
        fields.finish()?;
        let (Some(id), Some(status)) = (id, status) else {
            return Err(Problem::internal("a missing field was not refused"));
        };
        Ok(Self { id, status, reason })
    }

    /// The parameters of the database's `move_client`.
    pub fn parameters(&self) -> Value {
        json!({ "client_id": self.id, "status": self.status, "reason": self.reason })
    }
}

/// The answer of the database's `move_client`.
#[derive(Debug, Deserialize)]
pub struct MovedRow {
    id: Uuid,
    onboarding_status: OnboardingStatus,
    status_reason: Option<String>,
    status_changed_at: String,
}

/// Where the client is now.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct MovedClient {
    pub id: Uuid,
    pub onboarding_status: OnboardingStatus,
    /// Why; null where nothing was said.
    pub status_reason: Option<String>,
    /// Since when, RFC 3339.
    pub status_changed_at: String,
    /// Where staff can move the client from there.
    pub moves: Vec<AllowedMove>,
}

impl From<MovedRow> for MovedClient {
    fn from(row: MovedRow) -> Self {
        Self {
            id: row.id,
            onboarding_status: row.onboarding_status,
            status_reason: row.status_reason,
            status_changed_at: row.status_changed_at,
            moves: allowed(row.onboarding_status),
        }
    }
}

/// What a refusal of the database means.
pub fn refusal(status: u16, body: &[u8]) -> Problem {
    let error: RestError = serde_json::from_slice(body).unwrap_or_default();
    match (error.code.as_str(), error.hint.as_deref()) {
        ("PT404", _) => Problem::not_found("There is no such client."),
        ("PT409", Some("move")) => Problem::conflict(
            "The client can’t be moved there from where they are now. Reload the page to see where that is.",
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

    fn read(json: Value) -> Result<WantedMove, Problem> {
        WantedMove::read(Fields::parse(json.to_string().as_bytes()).unwrap())
    }

    #[test]
    fn a_move_is_a_client_a_status_and_perhaps_a_reason() {
        let id = Uuid::from_u128(1);
        assert_eq!(
            read(json!({ "id": id, "status": "active", "reason": "" }))
                .unwrap()
                .parameters(),
            json!({ "client_id": id, "status": "active", "reason": null })
        );
        assert_eq!(
            read(json!({ "id": id, "status": "in_progress", "reason": " The year is wrong. " }))
                .unwrap()
                .parameters(),
            json!({ "client_id": id, "status": "in_progress", "reason": "The year is wrong." })
        );
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let id = Uuid::nil();
        for (body, field) in [
            (json!({ "status": "active" }), "id"),
            (json!({ "id": "x", "status": "active" }), "id"),
            (json!({ "id": id }), "status"),
            (json!({ "id": id, "status": "open" }), "status"),
            (
                json!({ "id": id, "status": "active", "reason": "a\u{7}" }),
                "reason",
            ),
            (
                json!({ "id": id, "status": "active", "onboarding_status": "active" }),
                "onboarding_status",
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
            ("PT404", "", 404),
            ("PT409", "move", 409),
            ("PT422", "reason", 422),
            ("42501", "", 403),
        ] {
            let body = json!({ "code": code, "message": "x", "details": null, "hint": hint });
            let problem = refusal(status, body.to_string().as_bytes());
            assert_eq!(problem.status, status, "{code}");
        }
    }

    #[test]
    fn the_answer_tells_where_to_go_from_there() {
        let moved: MovedRow = serde_json::from_value(json!({
            "id": Uuid::nil(), "onboarding_status": "active", "status_reason": null,
            "status_changed_at": "2026-11-23T03:44:05.123456+00:00",
        }))
        .unwrap();
        let moves: Vec<_> = MovedClient::from(moved)
            .moves
            .into_iter()
            .map(|one| one.to.as_str())
            .collect();
        assert_eq!(moves, ["in-review", "in_progress", "archived"]);
    }
}
