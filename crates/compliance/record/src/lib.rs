//! `POST /functions/v1/compliance/record`: what became of a due date: done, with proof, open again, or not applicable, and who
//! of our team looks after it.

use omega_common::fields::{Change, Fields};
use omega_common::problem::{FieldError, Problem};
use omega_common::text::plain_text;
use omega_deadlines::business::client_id;
use omega_deadlines::listing::{ComplianceFile, Deadline, DeadlineStatus, named};
use serde_json::{Map, Value, json};
use uuid::Uuid;

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

/// What is to be kept of a due date.
#[derive(Debug, PartialEq)]
pub struct WantedRecord {
    client: Option<Uuid>,
    rule: String,
    period: String,
    change: Map<String, Value>,
}

impl WantedRecord {
    /// Whether there is such a due date depends on the client's facts, which the database tells.
    ///
    /// # Errors
    /// 422 with one entry for each bad field; 403 for what is our team's to decide.
    pub fn read(mut fields: Fields, is_staff: bool) -> Result<Self, Problem> {
        let client = fields.nullable("client", client_id);
        let rule = fields.required("rule", plain_text);
        let period = fields.required("period", plain_text);
        let status = fields.nullable("status", str::parse::<DeadlineStatus>);
        let document = fields.nullable("document_id", |id| {
            id.parse::<Uuid>()
                .map_err(|_| "Send the id of a document.".to_owned())
        });
        let assigned_to = fields.change("assigned_to", plain_text);
        if document.is_some() && status != Some(DeadlineStatus::Done) {
            fields.refuse("document_id", "A proof goes with what is done.");
        }
        fields.finish()?;
        if status.is_none() && assigned_to == Change::Keep {
            let nothing = FieldError::new("status", "Say what became of it.");
            return Err(Problem::invalid(vec![nothing]));
        }
        if !is_staff
            && (status == Some(DeadlineStatus::NotApplicable) || assigned_to != Change::Keep)
        {
            return Err(Problem::forbidden(
                "Our team decides that. Ask us, and we look at it.",
            ));
        }
        let (Some(rule), Some(period)) = (rule, period) else {
            return Err(Problem::internal("a missing field was not refused"));
        };
        let mut change = Map::new();
        if let Some(status) = status {
            change.insert("status".to_owned(), json!(status));
            change.insert("document_id".to_owned(), json!(document));
        }
        match assigned_to {
            Change::Keep => {}
            Change::Clear => {
                change.insert("assigned_to".to_owned(), Value::Null);
            }
            Change::Set(address) => {
                change.insert("assigned_to".to_owned(), json!(address.to_lowercase()));
            }
        }
        Ok(Self {
            client,
            rule,
            period,
            change,
        })
    }

    /// Whose due date, for the database's `compliance_file`.
    pub fn of_client(&self) -> Value {
        json!({ "client_id": self.client })
    }

    /// The due date as it stands in a client's file.
    ///
    /// # Errors
    /// 404 when the client has none of that name.
    pub fn found_in(&self, file: &ComplianceFile) -> Result<Deadline, Problem> {
        named(file.facts.as_ref(), &file.records, &self.rule, &self.period).ok_or_else(|| {
            Problem::not_found("There is no such due date. Reload the page to see which there are.")
        })
    }

    /// The parameters of the database's `set_deadline`.
    pub fn parameters(&self) -> Value {
        json!({ "rule": self.rule, "period": self.period, "change": self.change, "client_id": self.client })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: Value, is_staff: bool) -> Result<WantedRecord, Problem> {
        WantedRecord::read(
            Fields::parse(json.to_string().as_bytes()).unwrap(),
            is_staff,
        )
    }

    #[test]
    fn a_client_says_that_it_is_done_and_names_the_proof() {
        let document = Uuid::from_u128(7);
        let body = json!({ "rule": "form-941", "period": "2026-q1", "status": "done", "document_id": document });
        assert_eq!(
            read(body, false).unwrap().parameters(),
            json!({
                "rule": "form-941", "period": "2026-q1", "client_id": null,
                "change": { "status": "done", "document_id": document },
            })
        );
    }

    #[test]
    fn our_team_alone_says_that_it_does_not_apply_and_who_looks_after_it() {
        for (body, change) in [
            (
                json!({ "rule": "a", "period": "b", "status": "not-applicable" }),
                json!({ "status": "not-applicable", "document_id": null }),
            ),
            (
                json!({ "rule": "a", "period": "b", "assigned_to": "Ana@example.com" }),
                json!({ "assigned_to": "ana@example.com" }),
            ),
            (
                json!({ "rule": "a", "period": "b", "assigned_to": null }),
                json!({ "assigned_to": null }),
            ),
        ] {
            assert_eq!(read(body.clone(), false).unwrap_err().status, 403, "{body}");
            assert_eq!(read(body, true).unwrap().parameters()["change"], change);
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let proof = Uuid::nil();
        for (body, field) in [
            (json!({ "period": "b", "status": "done" }), "rule"),
            (json!({ "rule": "a", "status": "done" }), "period"),
            (json!({ "rule": "a", "period": "b" }), "status"),
            (
                json!({ "rule": "a", "period": "b", "status": "late" }),
                "status",
            ),
            (
                json!({ "rule": "a", "period": "b", "status": "open", "document_id": proof }),
                "document_id",
            ),
            (
                json!({ "rule": "a", "period": "b", "status": "done", "document_id": "x" }),
                "document_id",
            ),
            (
                json!({ "rule": "a", "period": "b", "status": "done", "due": "2026-01-01" }),
                "due",
            ),
        ] {
            let problem = read(body.clone(), true).unwrap_err();
            assert_eq!(
                (problem.status, problem.errors[0].field.as_str()),
                (422, field),
                "{body}"
            );
        }
    }
}
