//! `POST /functions/v1/clients/bulk`: staff do one thing to several clients: give them an owner, ask from a template, move.

use chrono::NaiveDate;
use omega_common::clients::OnboardingStatus;
use omega_common::fields::Fields;
use omega_common::problem::Problem;
use omega_common::request_templates::Template;
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

/// Clients of one request; `private.change_each` in the database has the same bound.
pub const MAX_CLIENTS: usize = 100;

omega_common::string_enum! {
    /// What is done.
    Action {
        Assign = "assign", "Give them to somebody of our team";
        Ask = "ask", "Ask for what is in a template";
        Move = "move", "Move to another status";
    }
}

omega_common::string_enum! {
    /// What came of it for one client.
    Outcome {
        Done = "done", "Done";
        Unchanged = "unchanged", "Was so already";
        Missing = "missing", "Not there any more";
        Refused = "refused", "Not possible";
    }
}

/// What is done to which clients.
#[derive(Debug, PartialEq)]
pub struct BulkChange {
    ids: Vec<Uuid>,
    action: Action,
    change: Value,
}

impl BulkChange {
    /// `today` is that of UTC; what is asked for from a template is due so many days after it.
    ///
    /// # Errors
    /// 422 with one entry for each bad field.
    pub fn read(mut fields: Fields, today: NaiveDate) -> Result<Self, Problem> {
        let uuid = uuid("Send a UUID.");
        let ids = fields.required_list("ids", MAX_CLIENTS, uuid);
        let action = fields.required("action", str::parse::<Action>);
        let owner_id = fields.nullable("owner_id", uuid);
        let batch_id = fields.nullable("request_id", uuid);
        let template = fields.nullable("template", Template::find);
        let status = fields.nullable("status", str::parse::<OnboardingStatus>);
        let reason = fields.optional("reason", plain_text);
        for (field, is_there, of) in [
            ("owner_id", owner_id.is_some(), Action::Assign),
            ("request_id", batch_id.is_some(), Action::Ask),
            ("template", template.is_some(), Action::Ask),
            ("status", status.is_some(), Action::Move),
            ("reason", reason.is_some(), Action::Move),
        ] {
            let is_needed = !matches!(field, "owner_id" | "reason");
            match action {
                Some(action) if is_there && action != of => {
                    fields.refuse(field, format!("This goes with {of} only."));
                }
                Some(action) if !is_there && action == of && is_needed => {
                    fields.miss(field);
                }
                _ => {}
            }
        }
        fields.finish()?;
        let (Some(ids), Some(action)) = (ids, action) else {
            return Err(Problem::internal("a missing field was not refused"));
        };
        let change = match action {
            Action::Assign => json!({ "action": action, "owner_id": owner_id }),
            Action::Ask => json!({
                "action": action,
                "batch_id": batch_id,
                "template": template.map(|template| template.id),
                "entity_type": template.and_then(|template| template.entity_type),
                "items": template.map(|template| template.requests(today)),
            }),
            Action::Move => json!({ "action": action, "status": status, "reason": reason }),
        };
        Ok(Self {
            ids,
            action,
            change,
        })
    }

    /// The parameters of the database's `change_clients`.
    pub fn parameters(&self) -> Value {
        json!({ "client_ids": self.ids, "change": self.change })
    }

    /// Whether clients may get mail by it.
    pub fn is_told(&self) -> bool {
        self.action != Action::Assign
    }
}

/// The answer of the database's `change_clients`.
#[derive(Debug, Deserialize)]
pub struct StoredOutcomes {
    outcomes: Vec<StoredOutcome>,
}

#[derive(Debug, Deserialize)]
struct StoredOutcome {
    id: Uuid,
    name: Option<String>,
    outcome: Outcome,
    why: Option<String>,
}

/// What came of it for one client.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct ClientOutcome {
    pub id: Uuid,
    /// Of the business or the person; null for a client who is not there.
    pub name: Option<String>,
    pub outcome: Outcome,
    /// Why it was refused; null otherwise.
    pub detail: Option<&'static str>,
}

/// What came of it.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Outcomes {
    /// One for each client, in the order of their ids.
    pub outcomes: Vec<ClientOutcome>,
}

impl From<StoredOutcomes> for Outcomes {
    fn from(stored: StoredOutcomes) -> Self {
        let outcomes = stored.outcomes.into_iter().map(|one| ClientOutcome {
            id: one.id,
            name: one.name,
            outcome: one.outcome,
            detail: (one.outcome == Outcome::Refused)
                .then(|| reason(one.why.as_deref().unwrap_or_default())),
        });
        Self {
            outcomes: outcomes.collect(),
        }
    }
}

/// Why it was refused, by the hint that the database gave.
fn reason(hint: &str) -> &'static str {
    match hint {
        "move" => "Can’t be moved there from where they are.",
        "reason" => "This move needs a reason.",
        "entity-type" => "The template is for another legal form.",
        "archived" => "The onboarding is closed.",
        "many" => "Too many requests are open.",
        "taken" => "The id was used for other requests.",
        "owner" => "Clients go to staff who may change things.",
        _ => "It was refused.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &Value) -> Result<BulkChange, Problem> {
        let today = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        BulkChange::read(Fields::parse(body.to_string().as_bytes()).unwrap(), today)
    }

    #[test]
    fn one_thing_is_done_to_several_clients() {
        let ids = [Uuid::from_u128(1), Uuid::from_u128(2)];
        let owner = Uuid::from_u128(3);
        for (body, change, told) in [
            (
                json!({ "ids": ids, "action": "assign", "owner_id": owner }),
                json!({ "action": "assign", "owner_id": owner }),
                false,
            ),
            (
                json!({ "ids": ids, "action": "assign", "owner_id": null }),
                json!({ "action": "assign", "owner_id": null }),
                false,
            ),
            (
                json!({ "ids": ids, "action": "move", "status": "archived", "reason": " They stop. " }),
                json!({ "action": "move", "status": "archived", "reason": "They stop." }),
                true,
            ),
        ] {
            let read = read(&body).unwrap();
            assert_eq!(
                read.parameters(),
                json!({ "client_ids": ids, "change": change })
            );
            assert_eq!(read.is_told(), told);
        }
        let asked = read(&json!({ "ids": ids, "action": "ask", "template": "year-end-llc", "request_id": owner })).unwrap();
        let change = asked.parameters()["change"].clone();
        assert_eq!(
            (
                &change["entity_type"],
                &change["batch_id"],
                &change["items"][0]["due_on"]
            ),
            (&json!("llc"), &json!(owner), &json!("2026-12-14"))
        );
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let id = Uuid::nil();
        let many: Vec<_> = (0..101).map(Uuid::from_u128).collect();
        for (body, field) in [
            (json!({ "action": "assign", "owner_id": id }), "ids"),
            (json!({ "ids": [], "action": "assign" }), "ids"),
            (json!({ "ids": many, "action": "assign" }), "ids"),
            (json!({ "ids": ["x"], "action": "assign" }), "ids"),
            (json!({ "ids": [id] }), "action"),
            (json!({ "ids": [id], "action": "remove" }), "action"),
            (
                json!({ "ids": [id], "action": "assign", "owner_id": "x" }),
                "owner_id",
            ),
            (
                json!({ "ids": [id], "action": "assign", "status": "active" }),
                "status",
            ),
            (json!({ "ids": [id], "action": "move" }), "status"),
            (
                json!({ "ids": [id], "action": "ask", "request_id": id, "template": "x" }),
                "template",
            ),
            (
                json!({ "ids": [id], "action": "ask", "template": "year-end-llc" }),
                "request_id",
            ),
        ] {
            let problem = read(&body).unwrap_err();
            assert_eq!(
                (problem.status, problem.errors[0].field.as_str()),
                (422, field),
                "{body}"
            );
        }
    }

    #[test]
    fn each_client_has_an_outcome_and_only_a_refusal_says_why() {
        let stored: StoredOutcomes = serde_json::from_value(json!({ "outcomes": [
            { "id": Uuid::nil(), "name": "Reyes Bakery", "outcome": "done", "why": null },
            { "id": Uuid::nil(), "name": null, "outcome": "missing", "why": "client" },
            { "id": Uuid::nil(), "name": "Haddad", "outcome": "refused", "why": "move" },
        ] }))
        .unwrap();
        let details: Vec<_> = Outcomes::from(stored)
            .outcomes
            .into_iter()
            .map(|one| one.detail)
            .collect();
        assert_eq!(
            details,
            [
                None,
                None,
                Some("Can’t be moved there from where they are.")
            ]
        );
    }
}
