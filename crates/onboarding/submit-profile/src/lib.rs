//! `POST /functions/v1/onboarding/submit-profile`: saves answers of the onboarding and submits it.

use omega_common::clients::{EntityType, Service, Urgency};
use omega_common::ein::ein;
use omega_common::fields::{Change, Fields};
use omega_common::onboarding::{incomplete, locked};
use omega_common::phone::e164;
use omega_common::problem::Problem;
use omega_common::rest::{self, RestError};
use omega_common::text::{plain_text, version};
use serde_json::{Map, Value};

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

/// What to save.
#[derive(Debug, PartialEq)]
pub struct Submission {
    /// Changed columns of `clients`; `null` clears one.
    changes: Map<String, Value>,
    complete: bool,
    /// `updated_at` of the profile that the caller last saw.
    seen_at: Option<String>,
}

impl Submission {
    /// # Errors
    /// 422 with one entry for each bad field.
    pub fn read(mut fields: Fields) -> Result<Self, Problem> {
        let mut changes = Map::new();
        let mut put = |name: &str, change: Change<Value>| match change {
            Change::Keep => {}
            Change::Clear => drop(changes.insert(name.to_owned(), Value::Null)),
            Change::Set(value) => drop(changes.insert(name.to_owned(), value)),
        };
        put(
            "full_name",
            fields.change("full_name", |text| plain_text(text).map(Value::from)),
        );
        put(
            "business_name",
            fields.change("business_name", |text| plain_text(text).map(Value::from)),
        );
        put(
            "phone",
            fields.change("phone", |text| e164(text).map(Value::from)),
        );
        put(
            "entity_type",
            fields.change("entity_type", |text| {
                text.parse::<EntityType>()
                    .map(|value| value.as_str().into())
            }),
        );
        put(
            "ein",
            fields.change("ein", |text| ein(text).map(Value::from)),
        );
        put(
            "urgency",
            fields.change("urgency", |text| {
                text.parse::<Urgency>().map(|value| value.as_str().into())
            }),
        );
        let services = fields.change_list("services_needed", str::parse::<Service>);
        put(
            "services_needed",
            match services {
                Change::Set(list) => {
                    Change::Set(list.iter().map(|service| service.as_str()).collect())
                }
                _ => Change::Keep,
            },
        );
        let complete = fields.flag("complete");
        let seen_at = fields.nullable("updated_at", version);
        fields.finish()?;
        Ok(Self {
            changes,
            complete,
            seen_at,
        })
    }

    /// The parameters of the database's `submit_profile`.
    pub fn parameters(&self) -> Value {
        serde_json::json!({ "changes": self.changes, "complete": self.complete, "seen_at": self.seen_at })
    }

    pub fn completes(&self) -> bool {
        self.complete
    }
}

/// Why the database's `submit_profile` saved nothing.
#[derive(Debug)]
pub enum Refusal {
    /// These answers were changed after the version that the caller saw.
    ChangedElsewhere(Vec<String>),
    Problem(Problem),
}

/// What a refusal of the database's `submit_profile` means.
pub fn refusal(status: u16, body: &[u8]) -> Refusal {
    let error: RestError = serde_json::from_slice(body).unwrap_or_default();
    let names = || {
        error
            .details
            .as_deref()
            .and_then(|names| serde_json::from_str::<Vec<String>>(names).ok())
    };
    Refusal::Problem(
        match (error.code.as_str(), error.hint.as_deref(), names()) {
            ("PT409", Some("changed-elsewhere"), Some(fields)) => {
                return Refusal::ChangedElsewhere(fields);
            }
            ("PT409", Some("incomplete"), Some(missing)) => incomplete(&missing),
            ("PT409", Some("locked"), Some(fields)) => locked(&fields),
            ("PT404", ..) => Problem::not_found(
                "This account has no client record. Send us a message and we will set it up.",
            ),
            _ => rest::refusal(status, body),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(json: Value) -> Result<Submission, Problem> {
        Submission::read(Fields::parse(json.to_string().as_bytes()).unwrap())
    }

    #[test]
    fn only_what_was_sent_is_changed() {
        let submission =
            read(json!({"ein": "12 3456789", "phone": null, "business_name": " "})).unwrap();
        assert_eq!(
            submission.parameters(),
            json!({"changes": {"ein": "12-3456789", "phone": null, "business_name": null}, "complete": false, "seen_at": null})
        );
    }

    #[test]
    fn services_are_a_set() {
        let submission =
            read(json!({"services_needed": ["payroll", "payroll"], "complete": true})).unwrap();
        assert_eq!(
            submission.parameters(),
            json!({"changes": {"services_needed": ["payroll"]}, "complete": true, "seen_at": null})
        );
        assert_eq!(
            read(json!({"services_needed": ["gardening"]}))
                .unwrap_err()
                .status,
            422
        );
    }

    #[test]
    fn fields_that_are_not_the_clients_are_refused() {
        for field in [
            "id",
            "email",
            "onboarding_status",
            "submitted_at",
            "created_at",
            "client_id",
        ] {
            let problem = read(json!({ field: "x" })).unwrap_err();
            assert_eq!(
                (problem.status, problem.errors[0].field.as_str()),
                (422, field)
            );
        }
    }

    #[test]
    fn the_version_goes_through_to_the_microsecond() {
        let seen = "2026-11-23T07:10:59.123456Z";
        let submission = read(json!({"updated_at": seen})).unwrap();
        assert_eq!(submission.parameters()["seen_at"], seen);
        for bad in ["yesterday", "2026-11-23", "1764000000"] {
            let problem = read(json!({"updated_at": bad})).unwrap_err();
            assert_eq!(problem.errors[0].field, "updated_at", "{bad}");
        }
    }

    #[test]
    fn what_was_changed_elsewhere_is_told_from_what_is_locked() {
        let body = |hint: &str| {
            json!({"code": "PT409", "message": "x", "details": "[\"phone\"]", "hint": hint})
                .to_string()
        };
        let changed = refusal(409, body("changed-elsewhere").as_bytes());
        assert!(matches!(changed, Refusal::ChangedElsewhere(fields) if fields == ["phone"]));
        let locked = refusal(409, body("locked").as_bytes());
        assert!(matches!(locked, Refusal::Problem(problem) if problem.status == 409));
    }

    #[test]
    fn what_is_missing_is_told_one_by_one() {
        let body = br#"{"code":"PT409","message":"x","details":"[\"phone\",\"documents.w9\"]","hint":"incomplete"}"#;
        let Refusal::Problem(problem) = refusal(409, body) else {
            panic!("nothing was changed elsewhere");
        };
        let names: Vec<_> = problem
            .errors
            .iter()
            .map(|error| error.field.as_str())
            .collect();
        assert_eq!(
            (problem.status, names),
            (409, vec!["phone", "documents.w9"])
        );
    }
}
