//! A client's due dates with what became of them, as the API tells them.

use omega_common::clients::EntityType;
use omega_common::string_enum;
use serde::{Deserialize, Serialize};
use time::Date;
use uuid::Uuid;

use crate::facts::Facts;
use crate::rules::{self, Jurisdiction, Kind};
use crate::schedule::{self, Occurrence};

string_enum! {
    /// What became of a due date.
    DeadlineStatus {
        Open = "open", "Open";
        Done = "done", "Done";
        NotApplicable = "not-applicable", "Does not apply";
    }
}

string_enum! {
    /// Who did it.
    DoneBy {
        Client = "client", "Client";
        Staff = "staff", "Our team";
    }
}

/// What is stored of a due date, by rule and period.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Record {
    pub rule: String,
    pub period: String,
    pub status: DeadlineStatus,
    pub assigned_to: Option<String>,
    pub document_id: Option<Uuid>,
    pub document_name: Option<String>,
    pub done_at: Option<String>,
    pub done_by: Option<DoneBy>,
}

/// The answer of the database's `compliance_file`.
#[derive(Clone, Debug, Deserialize)]
pub struct ComplianceFile {
    pub client_id: Uuid,
    pub client_name: Option<String>,
    pub entity_type: Option<EntityType>,
    pub facts: Option<Facts>,
    pub records: Vec<Record>,
    pub calendar_since: Option<String>,
    pub documents: Vec<NamedDocument>,
    pub staff: Vec<String>,
}

/// A document of the client, to choose as proof.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct NamedDocument {
    pub id: Uuid,
    pub name: String,
}

/// Whose due date it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct DeadlineClient {
    pub id: Uuid,
    pub name: Option<String>,
}

/// Where the rule is written.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct DeadlineSource {
    #[cfg_attr(
        not(target_arch = "wasm32"),
        schema(example = "IRS Pub. 509, Employer’s Tax Calendar")
    )]
    pub document: &'static str,
    #[cfg_attr(
        not(target_arch = "wasm32"),
        schema(example = "26 CFR 31.6071(a)-1(a)")
    )]
    pub law: &'static str,
    pub url: &'static str,
}

/// Until when it may be filed on a condition.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct LaterDate {
    #[cfg_attr(
        not(target_arch = "wasm32"),
        schema(format = "date", example = "2026-05-11")
    )]
    pub date: String,
    pub condition: &'static str,
}

/// One due date.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Deadline {
    /// With `period` the name of this due date.
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "form-941"))]
    pub rule: &'static str,
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "2026-q1"))]
    pub period: String,
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "Form 941"))]
    pub title: &'static str,
    /// The period in words.
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "1st quarter of 2026"))]
    pub period_title: String,
    pub about: &'static str,
    pub jurisdiction: Jurisdiction,
    pub kind: Kind,
    /// With weekends and holidays counted in.
    #[cfg_attr(
        not(target_arch = "wasm32"),
        schema(format = "date", example = "2026-04-30")
    )]
    pub due: String,
    /// Null where there is none.
    pub later: Option<LaterDate>,
    pub source: DeadlineSource,
    pub status: DeadlineStatus,
    /// The address of who of our team looks after it; null where nobody does.
    pub assigned_to: Option<String>,
    /// The proof that it is done.
    pub document: Option<NamedDocument>,
    /// RFC 3339; null until it is done.
    pub done_at: Option<String>,
    pub done_by: Option<DoneBy>,
    /// For our team over all clients; otherwise null.
    pub client: Option<DeadlineClient>,
}

impl Deadline {
    pub fn of(one: Occurrence, record: Option<&Record>, client: Option<DeadlineClient>) -> Self {
        let rule = one.rule;
        Self {
            rule: rule.id,
            title: rule.title,
            period_title: one.label,
            about: rule.about,
            jurisdiction: rule.jurisdiction,
            kind: rule.kind,
            due: one.due.to_string(),
            later: one.later.zip(rule.later).map(|(date, later)| LaterDate {
                date: date.to_string(),
                condition: later.condition,
            }),
            source: DeadlineSource {
                document: rule.source.document,
                law: rule.source.law,
                url: rule.source.url,
            },
            status: record.map_or(DeadlineStatus::Open, |record| record.status),
            assigned_to: record.and_then(|record| record.assigned_to.clone()),
            document: record.and_then(|record| {
                let (id, name) = (record.document_id?, record.document_name.clone()?);
                Some(NamedDocument { id, name })
            }),
            done_at: record.and_then(|record| record.done_at.clone()),
            done_by: record.and_then(|record| record.done_by),
            client,
            period: one.period,
        }
    }
}

/// The due dates of a business from one day to another, both included, soonest first, but for those that an extension or
/// a return that was filed has settled. None before the facts are told.
pub fn listed(facts: Option<&Facts>, records: &[Record], from: Date, to: Date) -> Vec<Deadline> {
    let Some(facts) = facts else {
        return Vec::new();
    };
    schedule::deadlines(facts, from, to)
        .into_iter()
        .filter(|one| is_owed(one, records))
        .map(|one| {
            let record = record_of(&one, records);
            Deadline::of(one, record, None)
        })
        .collect()
}

/// One due date of a business by its name; `None` when it has none of that name, or none any more.
pub fn named(
    facts: Option<&Facts>,
    records: &[Record],
    rule: &str,
    period: &str,
) -> Option<Deadline> {
    let one = schedule::find(facts?, rule, period)?;
    if !is_owed(&one, records) {
        return None;
    }
    let record = record_of(&one, records);
    Some(Deadline::of(one, record, None))
}

fn record_of<'a>(one: &Occurrence, records: &'a [Record]) -> Option<&'a Record> {
    records
        .iter()
        .find(|record| record.rule == one.rule.id && record.period == one.period)
}

fn is_owed(one: &Occurrence, records: &[Record]) -> bool {
    let is_done = |rule: &str| {
        records.iter().any(|record| {
            record.rule == rule
                && record.period == one.period
                && record.status == DeadlineStatus::Done
        })
    };
    !schedule::settled_by(one.rule).into_iter().any(is_done)
        && schedule::owed_after(one.rule).is_none_or(is_done)
}

/// What is still to be told for all of the due dates to be computed, as names of fields of the facts.
pub fn missing(facts: &Facts) -> Vec<&'static str> {
    use crate::facts::{Payroll, Place};
    let mut missing = Vec::new();
    if facts.entity_type.is_none() {
        missing.push("entity_type");
    }
    if facts.entity_type == Some(EntityType::Llc) && facts.llc_taxed_as.is_none() {
        missing.push("llc_taxed_as");
    }
    if facts.payroll != Payroll::None && facts.deposit_schedule.is_none() {
        missing.push("deposit_schedule");
    }
    let asks_where = [Place::Delaware, Place::California, Place::NewYork];
    if facts.formed_in.is_none() && facts.states.iter().any(|state| asks_where.contains(state)) {
        missing.push("formed_in");
    }
    let asks_when = [Place::California, Place::NewYork, Place::Abroad];
    if facts.formed_on.is_none()
        && facts
            .formed_in
            .is_some_and(|place| asks_when.contains(&place))
    {
        missing.push("formed_on");
    }
    missing
}

/// The states of a business whose due dates nobody has written rules for.
pub fn states_not_computed(facts: &Facts) -> Vec<&'static str> {
    facts
        .states
        .iter()
        .filter(|state| !rules::STATES.contains(state))
        .map(|state| state.title())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Payroll;
    use time::macros::date;

    fn partnership() -> Facts {
        Facts {
            entity_type: Some(EntityType::Partnership),
            llc_taxed_as: None,
            fiscal_year_end: 12,
            payroll: Payroll::None,
            deposit_schedule: None,
            pays_contractors: false,
            states: Vec::new(),
            formed_in: None,
            formed_on: None,
        }
    }

    fn done(rule: &str) -> Record {
        Record {
            rule: rule.to_owned(),
            period: "2025-12".to_owned(),
            status: DeadlineStatus::Done,
            assigned_to: Some("ana@example.com".to_owned()),
            document_id: Some(Uuid::from_u128(7)),
            document_name: Some("Confirmation.pdf".to_owned()),
            done_at: Some("2026-03-02T09:00:00+00:00".to_owned()),
            done_by: Some(DoneBy::Staff),
        }
    }

    fn rules_of(records: &[Record]) -> Vec<&'static str> {
        listed(
            Some(&partnership()),
            records,
            date!(2026 - 01 - 01),
            date!(2026 - 12 - 31),
        )
        .into_iter()
        .map(|one| one.rule)
        .collect()
    }

    #[test]
    fn an_extension_moves_the_return_and_a_return_leaves_nothing_to_extend() {
        assert_eq!(rules_of(&[]), ["form-1065", "form-7004-1065"]);
        assert_eq!(
            rules_of(&[done("form-7004-1065")]),
            ["form-7004-1065", "form-1065-extended"]
        );
        assert_eq!(rules_of(&[done("form-1065")]), ["form-1065"]);
    }

    #[test]
    fn what_was_done_is_told_with_its_proof() {
        let records = [done("form-1065")];
        let one = named(Some(&partnership()), &records, "form-1065", "2025-12").unwrap();
        assert_eq!(
            (one.due.as_str(), one.status),
            ("2026-03-16", DeadlineStatus::Done)
        );
        assert_eq!(one.document.unwrap().name, "Confirmation.pdf");
        assert_eq!(one.done_by, Some(DoneBy::Staff));
        assert_eq!(
            named(Some(&partnership()), &records, "form-7004-1065", "2025-12"),
            None
        );
        assert_eq!(named(None, &[], "form-1065", "2025-12"), None);
    }

    #[test]
    fn nothing_is_made_up_before_the_facts_are_told() {
        assert_eq!(
            listed(None, &[], date!(2026 - 01 - 01), date!(2026 - 12 - 31)),
            []
        );
        let mut facts = partnership();
        assert_eq!(missing(&facts), Vec::<&str>::new());
        facts.entity_type = Some(EntityType::Llc);
        facts.payroll = Payroll::Quarterly;
        facts.states = vec![crate::facts::Place::NewYork, crate::facts::Place::Ohio];
        assert_eq!(
            missing(&facts),
            ["llc_taxed_as", "deposit_schedule", "formed_in"]
        );
        assert_eq!(states_not_computed(&facts), ["Ohio"]);
    }
}
