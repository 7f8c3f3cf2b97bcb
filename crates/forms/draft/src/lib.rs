//! `GET /functions/v1/forms/draft`: one form, with what the caller has answered so far or what the profile answers. `POST` saves
//! the answers, or removes them.

use omega_common::ein;
use omega_common::fields::Fields;
use omega_common::problem::{FieldError, Problem};
use omega_common::rest::{self, RestError};
use omega_common::text::{self, plain_text};
use omega_forms::{CONSENT, CONSENT_VERSION, Form, Prefill, draft, form, known_answers, remaining};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use time::Date;
use time::format_description::well_known::Iso8601;

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

/// What a signer agrees to.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Consent {
    pub version: u16,
    pub text: &'static str,
}

/// A form as its caller finds it.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct OpenForm {
    pub form: &'static Form,
    /// As they were typed: a text for each field, a list of rows for a table. Without a draft, what the profile answers.
    #[cfg_attr(not(target_arch = "wasm32"), schema(additional_properties = true, value_type = Object))]
    pub answers: Map<String, Value>,
    /// What a signature would be refused for as these answers stand: an entry for each, named `answers.<field>`. Numbers that are
    /// secret, which are kept in no draft, are not among them.
    pub remaining: Vec<FieldError>,
    /// When the draft was saved last, RFC 3339, its version; null where there is none.
    pub updated_at: Option<String>,
    /// The EIN of the profile but for its last four digits; null where there is none.
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "XX-XXX6789"))]
    pub ein: Option<String>,
    pub consent: Consent,
}

/// A draft that was saved, or is none any more.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct SavedDraft {
    /// RFC 3339, the version of the draft; null when it was removed.
    pub updated_at: Option<String>,
    /// What a signature would be refused for as the answers stand, as `forms/draft` has it.
    pub remaining: Vec<FieldError>,
}

/// The columns of [`ProfileRow`], for PostgREST's `select`.
pub const PROFILE_COLUMNS: &str =
    "full_name,business_name,email,phone,ein,form_drafts(answers,updated_at)";

/// A row of `clients` with the draft of one form.
#[derive(Debug, Deserialize)]
pub struct ProfileRow {
    full_name: Option<String>,
    business_name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    ein: Option<String>,
    form_drafts: Vec<DraftRow>,
}

/// A row of `form_drafts`.
#[derive(Debug, Deserialize)]
pub struct DraftRow {
    #[serde(default)]
    answers: Map<String, Value>,
    updated_at: String,
}

impl SavedDraft {
    /// `utc_today` as [`remaining`] takes it.
    pub fn of(form: &'static Form, row: DraftRow, utc_today: Date) -> Self {
        Self {
            updated_at: Some(row.updated_at),
            remaining: remaining(form, &row.answers, utc_today),
        }
    }
}

/// The day of an RFC 3339 time in UTC.
///
/// # Errors
/// When it is none.
pub fn day_of(now: &str) -> Result<Date, Problem> {
    now.get(..10)
        .and_then(|day| Date::parse(day, &Iso8601::DATE).ok())
        .ok_or_else(|| Problem::internal("the clock tells no date"))
}

/// Reads the query parameter `form`.
///
/// # Errors
/// 400 without it, 404 when there is no such form.
pub fn wanted_form(id: Option<&str>) -> Result<&'static Form, Problem> {
    let id = id.ok_or_else(|| {
        let detail = "Say which form.";
        Problem::bad_request(detail).with_error("form", detail)
    })?;
    form(id).ok_or_else(|| Problem::not_found("There is no such form. Look for it in the library."))
}

impl OpenForm {
    /// `utc_today` as [`remaining`] takes it.
    pub fn of(form: &'static Form, mut row: ProfileRow, utc_today: Date) -> Self {
        let draft = row.form_drafts.pop();
        let (answers, updated_at) = match draft {
            Some(draft) => (known_answers(form, draft.answers), Some(draft.updated_at)),
            None => (row.prefilled(form), None),
        };
        Self {
            form,
            remaining: remaining(form, &answers, utc_today),
            answers,
            updated_at,
            ein: row.ein.as_deref().map(ein::masked),
            consent: Consent {
                version: CONSENT_VERSION,
                text: CONSENT,
            },
        }
    }
}

impl ProfileRow {
    fn prefilled(&self, form: &Form) -> Map<String, Value> {
        form.fields()
            .filter_map(|field| {
                let answer = match field.prefill? {
                    Prefill::FullName => &self.full_name,
                    Prefill::BusinessName => &self.business_name,
                    Prefill::Email => &self.email,
                    Prefill::Phone => &self.phone,
                };
                Some((field.name.to_owned(), json!(answer.as_deref()?)))
            })
            .collect()
    }
}

/// What is to become of a draft.
#[derive(Debug, PartialEq)]
pub enum DraftChange {
    Save {
        form: &'static Form,
        answers: Map<String, Value>,
        version: Option<String>,
    },
    Remove(&'static Form),
}

impl DraftChange {
    /// # Errors
    /// 422 with one entry for each bad field.
    pub fn read(mut fields: Fields) -> Result<Self, Problem> {
        let known = fields.required("form", |id| {
            let id = plain_text(id)?;
            form(&id).ok_or_else(|| "There is no such form.".to_owned())
        });
        let version = fields.nullable("updated_at", text::version);
        let remove = fields.flag("remove");
        let answers = (!remove)
            .then(|| fields.required_object("answers"))
            .flatten();
        fields.finish()?;
        match (known, answers) {
            (Some(form), None) if remove => Ok(Self::Remove(form)),
            (Some(form), Some(answers)) => {
                draft(form, &answers).map_err(Problem::invalid)?;
                Ok(Self::Save {
                    form,
                    answers,
                    version,
                })
            }
            _ => Err(Problem::internal("a missing field was not refused")),
        }
    }
}

/// What a refusal of the database means.
pub fn refusal(status: u16, body: &[u8]) -> Problem {
    let error: RestError = serde_json::from_slice(body).unwrap_or_default();
    match (error.code.as_str(), error.hint.as_deref()) {
        ("PT409", Some("many")) => Problem::conflict(
            "You have begun very many forms. Finish or remove some of them first.",
        ),
        ("PT409", _) => Problem::conflict(
            "This form was changed somewhere else since you opened it. Reload the page to go on from there.",
        ),
        ("23514", _) => Problem::invalid(vec![FieldError::new(
            "answers",
            "These answers are too long to keep.",
        )]),
        _ => rest::refusal(status, body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: Value) -> Result<DraftChange, Problem> {
        DraftChange::read(Fields::parse(json.to_string().as_bytes()).unwrap())
    }

    fn today() -> Date {
        day_of("2026-11-23T23:59:59.999Z").unwrap()
    }

    fn row(drafts: Value) -> ProfileRow {
        serde_json::from_value(json!({
            "full_name": "Maria Reyes", "business_name": "Reyes Bakery", "email": "maria@example.com", "phone": null,
            "ein": "12-3456789", "form_drafts": drafts,
        }))
        .unwrap()
    }

    #[test]
    fn a_new_form_begins_with_the_profile_and_shows_no_ein() {
        let form = wanted_form(Some("engagement-letter")).unwrap();
        let open = OpenForm::of(form, row(json!([])), today());
        assert_eq!(
            Value::Object(open.answers.clone()),
            json!({ "business_name": "Reyes Bakery", "your_name": "Maria Reyes", "email": "maria@example.com" })
        );
        assert_eq!(
            (open.ein.as_deref(), open.updated_at.as_deref()),
            (Some("XX-XXX6789"), None)
        );
        assert!(!serde_json::to_string(&open).unwrap().contains("3456789"));
        let asked: Vec<_> = open
            .remaining
            .iter()
            .map(|one| one.field.as_str())
            .collect();
        assert_eq!(asked[..2], ["answers.your_role", "answers.phone"]);
    }

    #[test]
    fn a_draft_goes_on_as_far_as_the_form_still_asks_it() {
        let form = wanted_form(Some("mileage-log")).unwrap();
        let draft = json!([{ "answers": { "driver": "Ana", "gone": "x" }, "updated_at": "2026-11-23T12:00:00.1+00:00" }]);
        let open = OpenForm::of(form, row(draft), today());
        assert_eq!(Value::Object(open.answers), json!({ "driver": "Ana" }));
        assert_eq!(
            open.updated_at.as_deref(),
            Some("2026-11-23T12:00:00.1+00:00")
        );
    }

    #[test]
    fn what_remains_is_told_of_what_was_saved() {
        let form = wanted_form(Some("mileage-log")).unwrap();
        let row: DraftRow = serde_json::from_value(
            json!({ "answers": { "driver": "Ana" }, "updated_at": "2026-11-23T12:00:00Z" }),
        )
        .unwrap();
        let saved = SavedDraft::of(form, row, today());
        assert!(
            !saved
                .remaining
                .iter()
                .any(|one| one.field == "answers.driver")
        );
        assert!(
            saved
                .remaining
                .iter()
                .any(|one| one.detail == "Add at least one row.")
        );
        assert_eq!(day_of("x").unwrap_err().status, 500);
    }

    #[test]
    fn what_to_do_is_read_whole() {
        let form = wanted_form(Some("mileage-log")).unwrap();
        assert_eq!(
            read(
                json!({ "form": "mileage-log", "answers": { "driver": "Ana" }, "updated_at": "2026-11-23T12:00:00Z" })
            ),
            Ok(DraftChange::Save {
                form,
                answers: json!({ "driver": "Ana" }).as_object().unwrap().clone(),
                version: Some("2026-11-23T12:00:00.000000Z".to_owned()),
            })
        );
        assert_eq!(
            read(json!({ "form": "mileage-log", "remove": true })),
            Ok(DraftChange::Remove(form))
        );
        for (body, field) in [
            (json!({ "form": "none", "answers": {} }), "form"),
            (json!({ "answers": {} }), "form"),
            (json!({ "form": "mileage-log" }), "answers"),
            (json!({ "form": "mileage-log", "answers": [] }), "answers"),
            (
                json!({ "form": "mileage-log", "answers": {}, "updated_at": "x" }),
                "updated_at",
            ),
            (
                json!({ "form": "mileage-log", "answers": {}, "remove": true }),
                "answers",
            ),
            (
                json!({ "form": "bank-change", "answers": { "account_number": "12345" } }),
                "answers.account_number",
            ),
        ] {
            let problem = read(body.clone()).unwrap_err();
            assert_eq!(
                (problem.status, problem.errors[0].field.as_str()),
                (422, field),
                "{body}"
            );
        }
        assert_eq!(wanted_form(None).unwrap_err().status, 400);
        assert_eq!(wanted_form(Some("none")).unwrap_err().status, 404);
    }

    #[test]
    fn refusals_tell_what_to_do() {
        for (code, hint, status) in [
            ("PT409", "changed", 409),
            ("PT409", "many", 409),
            ("23514", "", 422),
            ("PT403", "", 403),
        ] {
            let body = json!({ "code": code, "message": "x", "details": null, "hint": hint });
            assert_eq!(
                refusal(400, body.to_string().as_bytes()).status,
                status,
                "{code}"
            );
        }
    }
}
