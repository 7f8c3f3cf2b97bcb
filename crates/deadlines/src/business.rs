//! What the due dates of a business are computed from, as the API tells it and takes it.

use omega_common::clients::EntityType;
use omega_common::fields::{Change, Fields};
use omega_common::problem::{FieldError, Problem};
use omega_common::rest::{self, RestError};
use omega_common::text::uuid;
use serde::Serialize;
use serde_json::{Value, json};
use time::Date;
use time::format_description::well_known::Iso8601;
use uuid::Uuid;

use crate::facts::{DepositSchedule, Facts, Payroll, Place, TaxedAs};
use crate::listing::{ComplianceFile, DeadlineSource, NamedDocument, missing, states_not_computed};
use crate::rules::DOMESTIC_BOI;

/// What a client told of the business; the legal form is told in the onboarding.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct BusinessFacts {
    /// Of an LLC alone.
    pub llc_taxed_as: Option<TaxedAs>,
    /// The month with whose last day the tax year ends.
    #[cfg_attr(not(target_arch = "wasm32"), schema(minimum = 1, maximum = 12))]
    pub fiscal_year_end: u8,
    pub payroll: Payroll,
    pub deposit_schedule: Option<DepositSchedule>,
    pub pays_contractors: bool,
    /// Where the business operates.
    pub states: Vec<Place>,
    pub formed_in: Option<Place>,
    #[cfg_attr(
        not(target_arch = "wasm32"),
        schema(format = "date", example = "2021-03-04")
    )]
    pub formed_on: Option<String>,
}

impl From<&Facts> for BusinessFacts {
    fn from(facts: &Facts) -> Self {
        Self {
            llc_taxed_as: facts.llc_taxed_as,
            fiscal_year_end: facts.fiscal_year_end,
            payroll: facts.payroll,
            deposit_schedule: facts.deposit_schedule,
            pays_contractors: facts.pays_contractors,
            states: facts.states.clone(),
            formed_in: facts.formed_in,
            formed_on: facts.formed_on.map(|date| date.to_string()),
        }
    }
}

/// What many expect to owe and do not.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct NotOwed {
    pub title: &'static str,
    pub why: &'static str,
    pub source: DeadlineSource,
}

/// A business as far as its due dates go.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Business {
    pub client_id: Uuid,
    pub client_name: Option<String>,
    /// Null until it is told in the onboarding.
    pub entity_type: Option<EntityType>,
    /// Null until they are told: nothing is computed before.
    pub facts: Option<BusinessFacts>,
    /// Names of fields that are still needed for some of the due dates.
    pub missing: Vec<&'static str>,
    /// States whose due dates are not computed.
    pub states_not_computed: Vec<&'static str>,
    pub not_owed: Vec<NotOwed>,
    /// Since when there is a secret address of the calendar, RFC 3339; null where there is none.
    pub calendar_since: Option<String>,
    /// The client's documents to choose a proof from, newest first, at most 50.
    pub documents: Vec<NamedDocument>,
    /// For our team: the addresses of those who can look after a due date.
    pub staff: Vec<String>,
}

impl From<ComplianceFile> for Business {
    fn from(file: ComplianceFile) -> Self {
        let facts = file.facts.as_ref();
        let is_domestic = facts
            .and_then(|facts| facts.formed_in)
            .is_some_and(|place| place != Place::Abroad);
        let source = DOMESTIC_BOI.source;
        Self {
            client_id: file.client_id,
            client_name: file.client_name,
            entity_type: file.entity_type,
            missing: facts.map(missing).unwrap_or_default(),
            states_not_computed: facts.map(states_not_computed).unwrap_or_default(),
            not_owed: is_domestic
                .then_some(NotOwed {
                    title: DOMESTIC_BOI.title,
                    why: DOMESTIC_BOI.why,
                    source: DeadlineSource {
                        document: source.document,
                        law: source.law,
                        url: source.url,
                    },
                })
                .into_iter()
                .collect(),
            facts: facts.map(BusinessFacts::from),
            calendar_since: file.calendar_since,
            documents: file.documents,
            staff: file.staff,
        }
    }
}

/// The facts that a client, or our team for a client, sends; all of them at once.
#[derive(Clone, Debug, PartialEq)]
pub struct ToldFacts {
    client: Option<Uuid>,
    facts: BusinessFacts,
}

impl ToldFacts {
    /// # Errors
    /// 422 with one entry for each bad field.
    pub fn read(mut fields: Fields) -> Result<Self, Problem> {
        let client = fields.nullable("client", client_id);
        let llc_taxed_as = fields.optional("llc_taxed_as", str::parse::<TaxedAs>);
        let fiscal_year_end = fields.required("fiscal_year_end", |text| {
            text.trim()
                .parse::<u8>()
                .ok()
                .filter(|month| (1..=12).contains(month))
                .ok_or_else(|| "Send a month from 1 to 12.".to_owned())
        });
        let payroll = fields.required("payroll", str::parse::<Payroll>);
        let deposit_schedule = fields.optional("deposit_schedule", str::parse::<DepositSchedule>);
        let pays_contractors = fields.flag("pays_contractors");
        let states = match fields.change_list("states", str::parse::<Place>) {
            Change::Set(states) => states,
            Change::Keep | Change::Clear => Vec::new(),
        };
        let formed_in = fields.optional("formed_in", str::parse::<Place>);
        let formed_on = fields.optional("formed_on", |text| {
            let text = text.trim();
            Date::parse(text, &Iso8601::DATE)
                .ok()
                .map(|date| (date.year(), date.to_string()))
                .filter(|(year, date)| date == text && (1800..=2199).contains(year))
                .map(|(_, date)| date)
                .ok_or_else(|| "Send a date as 2021-03-04.".to_owned())
        });
        if states.contains(&Place::Abroad) {
            fields.refuse("states", "Choose states.");
        }
        if llc_taxed_as == Some(TaxedAs::SoleProprietor)
            && fiscal_year_end.is_some_and(|month| month != 12)
        {
            fields.refuse(
                "fiscal_year_end",
                "An owner’s own return is for the calendar year: choose December.",
            );
        }
        if payroll == Some(Payroll::None) && deposit_schedule.is_some() {
            fields.refuse(
                "deposit_schedule",
                "Without employees there is nothing to deposit.",
            );
        }
        fields.finish()?;
        let (Some(fiscal_year_end), Some(payroll)) = (fiscal_year_end, payroll) else {
            return Err(Problem::internal("a missing field was not refused"));
        };
        Ok(Self {
            client,
            facts: BusinessFacts {
                llc_taxed_as,
                fiscal_year_end,
                payroll,
                deposit_schedule,
                pays_contractors,
                states,
                formed_in,
                formed_on,
            },
        })
    }

    /// The parameters of the database's `save_compliance_facts`.
    pub fn parameters(&self) -> Value {
        json!({ "facts": self.facts, "client_id": self.client })
    }

    pub fn client(&self) -> Option<Uuid> {
        self.client
    }
}

/// Reads the id of a client.
///
/// # Errors
/// A sentence for the caller.
pub fn client_id(text: &str) -> Result<Uuid, String> {
    uuid("Send the id of a client.")(text)
}

/// The day of a time in RFC 3339.
///
/// # Errors
/// 500 when it is none.
pub fn today(now: &str) -> Result<Date, Problem> {
    now.get(..10)
        .and_then(|day| Date::parse(day, &Iso8601::DATE).ok())
        .ok_or_else(|| Problem::internal("the clock tells no date"))
}

/// What a refusal of the database means.
pub fn refusal(status: u16, body: &[u8]) -> Problem {
    let error: RestError = serde_json::from_slice(body).unwrap_or_default();
    match (error.code.as_str(), error.hint.as_deref()) {
        ("PT404", _) => Problem::not_found("There is no such client."),
        ("PT422", Some("document_id")) => Problem::invalid(vec![FieldError::new(
            "document_id",
            "Choose a document that is there.",
        )]),
        ("PT422", Some("assigned_to")) => Problem::invalid(vec![FieldError::new(
            "assigned_to",
            "Choose somebody of our team.",
        )]),
        _ => rest::refusal(status, body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: Value) -> Result<ToldFacts, Problem> {
        ToldFacts::read(Fields::parse(json.to_string().as_bytes()).unwrap())
    }

    #[test]
    fn the_facts_are_told_all_at_once() {
        let told = read(json!({
            "llc_taxed_as": "partnership", "fiscal_year_end": "6", "payroll": "quarterly", "deposit_schedule": "monthly",
            "pays_contractors": true, "states": ["NY", "TX", "NY"], "formed_in": "DE", "formed_on": "2021-03-04",
        }))
        .unwrap();
        assert_eq!(
            told.parameters(),
            json!({ "client_id": null, "facts": {
                "llc_taxed_as": "partnership", "fiscal_year_end": 6, "payroll": "quarterly", "deposit_schedule": "monthly",
                "pays_contractors": true, "states": ["NY", "TX"], "formed_in": "DE", "formed_on": "2021-03-04",
            } })
        );
        let least =
            read(json!({ "fiscal_year_end": "12", "payroll": "none", "formed_on": "" })).unwrap();
        assert_eq!(least.facts.states, []);
        assert_eq!(least.facts.formed_on, None);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let whole = json!({ "fiscal_year_end": "12", "payroll": "none" });
        for (name, value) in [
            ("client", json!("x")),
            ("fiscal_year_end", json!("13")),
            ("fiscal_year_end", json!(null)),
            ("payroll", json!("weekly")),
            ("deposit_schedule", json!("monthly")),
            ("pays_contractors", json!("yes")),
            ("states", json!(["Texas"])),
            ("states", json!(["abroad"])),
            ("formed_in", json!("Mars")),
            ("formed_on", json!("2021-02-30")),
            ("formed_on", json!("1700-01-01")),
            ("ein", json!("12-3456789")),
        ] {
            let mut body = whole.clone();
            body[name] = value;
            let problem = read(body.clone()).unwrap_err();
            assert_eq!(
                (problem.status, problem.errors[0].field.as_str()),
                (422, name),
                "{body}"
            );
        }
        let fiscal =
            json!({ "fiscal_year_end": "6", "payroll": "none", "llc_taxed_as": "sole-proprietor" });
        assert_eq!(read(fiscal).unwrap_err().errors[0].field, "fiscal_year_end");
    }

    #[test]
    fn refusals_tell_what_to_do() {
        for (code, hint, status, field) in [
            ("PT404", "", 404, None),
            ("PT422", "document_id", 422, Some("document_id")),
            ("PT422", "assigned_to", 422, Some("assigned_to")),
            ("42501", "", 403, None),
        ] {
            let body = json!({ "code": code, "message": "x", "details": null, "hint": hint });
            let problem = refusal(status, body.to_string().as_bytes());
            assert_eq!(problem.status, status, "{code}");
            assert_eq!(
                problem.errors.first().map(|error| error.field.as_str()),
                field
            );
        }
    }
}
