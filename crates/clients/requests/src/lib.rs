//! `POST /functions/v1/clients/requests`: staff ask a client for files and answers, one by one or from a template.

use chrono::NaiveDate;
use omega_common::fields::Fields;
use omega_common::problem::Problem;
use omega_common::request_templates::Template;
use omega_common::requests::{FiledRequest, FiledRequestRow, MAX_AT_ONCE, NewRequest};
use omega_common::rest::{self, RestError};
use omega_common::text::uuid;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

/// What a client is to be asked for.
#[derive(Debug, PartialEq)]
pub struct Wish {
    /// Chosen by the sender, so that sending again is harmless.
    id: Uuid,
    client_id: Uuid,
    template: Option<&'static str>,
    items: Vec<NewRequest>,
}

impl Wish {
    /// `today` is that of UTC.
    ///
    /// # Errors
    /// 422 with one entry for each bad field.
    pub fn read(mut fields: Fields, today: NaiveDate) -> Result<Self, Problem> {
        let uuid = uuid("Send a UUID.");
        let id = fields.required("id", uuid);
        let client_id = fields.required("client_id", uuid);
        let template = fields.nullable("template", Template::find);
        let items = fields.objects("items", MAX_AT_ONCE, |one| NewRequest::read(one, today));
        fields.finish()?;
        let (Some(id), Some(client_id), Some(items)) = (id, client_id, items) else {
            return Err(Problem::internal("a missing field was not refused"));
        };
        Ok(Self {
            id,
            client_id,
            template: template.map(|template| template.id),
            items,
        })
    }

    /// The parameters of the database's `make_requests`.
    pub fn parameters(&self) -> Value {
        json!({
            "client_id": self.client_id,
            "batch_id": self.id,
            "items": self.items,
            "template": self.template,
        })
    }
}

/// The answer of the database's `make_requests`.
#[derive(Debug, Deserialize)]
pub struct StoredRequests {
    requests: Vec<FiledRequestRow>,
}

/// What was asked for.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct MadeRequests {
    /// In the order in which they were sent.
    pub requests: Vec<FiledRequest>,
}

impl From<StoredRequests> for MadeRequests {
    fn from(stored: StoredRequests) -> Self {
        Self {
            requests: stored
                .requests
                .into_iter()
                .map(FiledRequest::from)
                .collect(),
        }
    }
}

/// What a refusal of the database means.
pub fn refusal(status: u16, body: &[u8]) -> Problem {
    let error: RestError = serde_json::from_slice(body).unwrap_or_default();
    match (error.code.as_str(), error.hint.as_deref()) {
        ("PT404", _) => Problem::not_found("There is no such client."),
        ("PT409", Some("archived")) => {
            Problem::conflict("This client’s onboarding is closed. Open it again first, then ask.")
        }
        ("PT409", Some("many")) => Problem::conflict(
            "More than fifty requests would be open for this client. Settle or withdraw some first.",
        ),
        ("PT409", Some("taken")) => {
            Problem::conflict("This id was used for other requests. Send these with a new id.")
                .with_error("id", "This id was used for other requests.")
        }
        _ => rest::refusal(status, body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(change: Value) -> Result<Wish, Problem> {
        let mut body = json!({
            "id": Uuid::from_u128(1), "client_id": Uuid::from_u128(2),
            "items": [{ "title": "Bank statement", "wanted": "file", "due_on": "2026-12-01" }],
        });
        body.as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        let today = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        Wish::read(Fields::parse(body.to_string().as_bytes()).unwrap(), today)
    }

    #[test]
    fn a_wish_is_a_client_and_what_they_are_asked_for() {
        assert_eq!(
            read(json!({ "template": "year-end-llc" }))
                .unwrap()
                .parameters(),
            json!({
                "client_id": Uuid::from_u128(2), "batch_id": Uuid::from_u128(1), "template": "year-end-llc",
                "items": [{
                    "title": "Bank statement", "description": null, "wanted": "file", "document_category": null,
                    "due_on": "2026-12-01",
                }],
            })
        );
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (change, field) in [
            (json!({ "id": null }), "id"),
            (json!({ "client_id": "x" }), "client_id"),
            (json!({ "template": "year-end" }), "template"),
            (json!({ "items": [] }), "items"),
            (
                json!({ "items": [{ "title": "x", "wanted": "file" }] }),
                "items.0.due_on",
            ),
            (json!({ "made_by": "x" }), "made_by"),
        ] {
            let problem = read(change.clone()).unwrap_err();
            assert_eq!(
                (problem.status, problem.errors[0].field.as_str()),
                (422, field),
                "{change}"
            );
        }
    }

    #[test]
    fn refusals_tell_what_to_do() {
        for (code, hint, status) in [
            ("PT404", "", 404),
            ("PT409", "archived", 409),
            ("PT409", "many", 409),
            ("PT409", "taken", 409),
            ("42501", "", 403),
        ] {
            let body = json!({ "code": code, "message": "x", "details": null, "hint": hint });
            assert_eq!(
                refusal(status, body.to_string().as_bytes()).status,
                status,
                "{hint}"
            );
        }
    }
}
