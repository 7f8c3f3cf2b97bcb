//! `GET /functions/v1/compliance/deadlines`: the due dates of the client, for staff those of one client or of all.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use omega_common::paging::{DEFAULT_LIMIT, MAX_LIMIT};
use omega_common::problem::Problem;
use omega_deadlines::business::{Business, refusal};
use omega_deadlines::listing::{ComplianceFile, Deadline, DeadlineClient, Record, listed};
use omega_deadlines::schedule::{Candidate, Occurrence, occurrences};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::format_description::well_known::Iso8601;
use time::{Date, Duration};
use uuid::Uuid;

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

/// Days that one list may span at most, of one client and of all.
pub const MAX_DAYS: i64 = 400;
pub const MAX_DAYS_OF_ALL: i64 = 100;

/// Due dates from one day to another.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct DeadlineList {
    /// Soonest first.
    pub deadlines: Vec<Deadline>,
    /// For the next page of all clients; null on the last one, and for one client, who is paged by `from` and `to`.
    pub next_cursor: Option<String>,
    /// The first day of the list.
    #[cfg_attr(
        not(target_arch = "wasm32"),
        schema(format = "date", example = "2026-11-01")
    )]
    pub from: String,
    /// Its last day.
    #[cfg_attr(
        not(target_arch = "wasm32"),
        schema(format = "date", example = "2027-10-31")
    )]
    pub to: String,
    /// What the due dates of one client are computed from; null for a list over all.
    pub business: Option<Business>,
}

/// What is asked for.
#[derive(Debug, PartialEq)]
pub struct Wanted {
    client: Option<Uuid>,
    from: Date,
    to: Date,
    open_only: bool,
    limit: usize,
    after: Option<After>,
}

/// The last row of the page before.
#[derive(Debug, PartialEq)]
struct After {
    due: Date,
    client: Uuid,
    rule: String,
}

impl After {
    fn encode(row: &MatchedRow) -> String {
        URL_SAFE_NO_PAD.encode(format!("{} {} {}", row.due, row.client_id, row.rule))
    }

    fn decode(cursor: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        let mut parts = text.splitn(3, ' ');
        Some(Self {
            due: date(parts.next()?)?,
            client: parts.next()?.parse().ok()?,
            rule: parts
                .next()
                .filter(|rule| omega_deadlines::rules::rule(rule).is_some())?
                .to_owned(),
        })
    }
}

fn date(text: &str) -> Option<Date> {
    // Longer forms of ISO 8601 are dates too, but none of ours.
    let date = Date::parse(text, &Iso8601::DATE).ok()?;
    (date.to_string() == text && (2000..=2100).contains(&date.year())).then_some(date)
}

/// The query parameters as they came.
#[derive(Debug, Default)]
pub struct Parameters {
    pub client: Option<String>,
    pub from: Option<String>,
    pub to: Option<String>,
    pub status: Option<String>,
    pub limit: Option<String>,
    pub cursor: Option<String>,
}

impl Wanted {
    /// `today` is where a list begins that says nothing else: with the month of it for one client, with it for all.
    ///
    /// # Errors
    /// 400 with an entry for the bad one.
    pub fn parse(given: &Parameters, over_all: bool, today: Date) -> Result<Self, Problem> {
        let client = given
            .client
            .as_deref()
            .map(|id| {
                id.parse()
                    .map_err(|_| refused("client", "Send the id of a client."))
            })
            .transpose()?;
        let over_all = over_all && client.is_none();
        let day = |name: &str, text: &Option<String>| {
            text.as_deref()
                .map(|text| date(text).ok_or_else(|| refused(name, "Send a date as 2026-04-15.")))
                .transpose()
        };
        let from = day("from", &given.from)?.unwrap_or(match over_all {
            true => today,
            false => today.replace_day(1).unwrap_or(today),
        });
        let span = if over_all { 31 } else { 365 };
        let to = day("to", &given.to)?.unwrap_or(from.saturating_add(Duration::days(span)));
        let longest = if over_all { MAX_DAYS_OF_ALL } else { MAX_DAYS };
        if to < from || (to - from).whole_days() > longest {
            let words = format!("Send a last day that is at most {longest} days after the first.");
            return Err(refused("to", &words));
        }
        let open_only = match given.status.as_deref() {
            None => false,
            Some("open") => true,
            Some(_) => return Err(refused("status", "Choose one of: open.")),
        };
        let limit = match &given.limit {
            None => DEFAULT_LIMIT,
            Some(text) => text
                .parse()
                .ok()
                .filter(|limit| (1..=MAX_LIMIT).contains(limit))
                .ok_or_else(|| {
                    refused(
                        "limit",
                        &format!("limit must be a number from 1 to {MAX_LIMIT}."),
                    )
                })?,
        };
        let after = given
            .cursor
            .as_deref()
            .map(|cursor| {
                After::decode(cursor).ok_or_else(|| {
                    refused(
                        "cursor",
                        "This page marker is not valid. Start again from the first page.",
                    )
                })
            })
            .transpose()?;
        if !over_all && (given.limit.is_some() || after.is_some()) {
            return Err(refused(
                "limit",
                "One client’s due dates are paged by from and to.",
            ));
        }
        Ok(Self {
            client,
            from,
            to,
            open_only,
            limit,
            after,
        })
    }

    /// Whose due dates, for the database's `compliance_file`.
    pub fn of_client(&self) -> Value {
        json!({ "client_id": self.client })
    }

    /// The client who is named, if one is.
    pub fn client(&self) -> Option<Uuid> {
        self.client
    }

    /// The parameters of the database's `list_deadlines`. One row more than shown tells whether a next page exists.
    pub fn over_all(&self) -> Value {
        let candidates: Vec<Candidate> = self.candidates().iter().map(Candidate::from).collect();
        json!({
            "candidates": candidates,
            "open_only": self.open_only,
            "after_due": self.after.as_ref().map(|after| after.due.to_string()),
            "after_client": self.after.as_ref().map(|after| after.client),
            "after_rule": self.after.as_ref().map(|after| &after.rule),
            "page_size": self.limit + 1,
        })
    }

    fn candidates(&self) -> Vec<Occurrence> {
        let from = self
            .after
            .as_ref()
            .map_or(self.from, |after| after.due.max(self.from));
        occurrences(from, self.to, None)
    }

    /// The list of one client.
    pub fn list(&self, file: ComplianceFile) -> DeadlineList {
        let mut deadlines = listed(file.facts.as_ref(), &file.records, self.from, self.to);
        if self.open_only {
            deadlines.retain(|one| one.status == omega_deadlines::listing::DeadlineStatus::Open);
        }
        DeadlineList {
            deadlines,
            next_cursor: None,
            from: self.from.to_string(),
            to: self.to.to_string(),
            business: Some(file.into()),
        }
    }

    /// The list over all clients.
    ///
    /// # Errors
    /// 502 when the database names a due date that it was not asked for.
    pub fn list_all(&self, mut rows: Vec<MatchedRow>) -> Result<DeadlineList, Problem> {
        let more = rows.len() > self.limit;
        rows.truncate(self.limit);
        let next_cursor = rows.last().filter(|_| more).map(After::encode);
        let candidates = self.candidates();
        let deadlines = rows
            .into_iter()
            .map(|row| {
                let one = candidates
                    .iter()
                    .find(|one| {
                        one.rule.id == row.rule
                            && one.period == row.period
                            && one.due.to_string() == row.due
                    })
                    .ok_or_else(|| Problem::bad_gateway("the database made up a due date"))?;
                let client = DeadlineClient {
                    id: row.client_id,
                    name: row.client_name,
                };
                Ok(Deadline::of(one.clone(), row.record.as_ref(), Some(client)))
            })
            .collect::<Result<_, Problem>>()?;
        Ok(DeadlineList {
            deadlines,
            next_cursor,
            from: self.from.to_string(),
            to: self.to.to_string(),
            business: None,
        })
    }
}

/// A row of the database's `list_deadlines`.
#[derive(Debug, Deserialize)]
pub struct MatchedRow {
    due: String,
    client_id: Uuid,
    rule: String,
    period: String,
    client_name: Option<String>,
    record: Option<Record>,
}

/// What a refusal of the database means.
pub fn refusal_of(status: u16, body: &[u8]) -> Problem {
    refusal(status, body)
}

fn refused(parameter: &str, detail: &str) -> Problem {
    Problem::bad_request(detail.to_owned()).with_error(parameter, detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    const TODAY: Date = date!(2026 - 11 - 23);

    fn wanted(given: Parameters, over_all: bool) -> Result<Wanted, Problem> {
        Wanted::parse(&given, over_all, TODAY)
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn a_client_is_told_a_year_from_the_first_of_the_month_and_our_team_a_month_from_today() {
        let own = wanted(Parameters::default(), false).unwrap();
        assert_eq!(
            (own.from, own.to),
            (date!(2026 - 11 - 01), date!(2027 - 11 - 01))
        );
        let all = wanted(Parameters::default(), true).unwrap();
        assert_eq!((all.from, all.to), (TODAY, date!(2026 - 12 - 24)));
    }

    #[test]
    fn a_bad_parameter_is_named() {
        let cases = [
            (
                Parameters {
                    client: some("x"),
                    ..Default::default()
                },
                "client",
            ),
            (
                Parameters {
                    from: some("2026-13-01"),
                    ..Default::default()
                },
                "from",
            ),
            (
                Parameters {
                    from: some("20260101"),
                    ..Default::default()
                },
                "from",
            ),
            (
                Parameters {
                    from: some("9999-01-01"),
                    ..Default::default()
                },
                "from",
            ),
            (
                Parameters {
                    from: some("2026-02-01"),
                    to: some("2026-01-31"),
                    ..Default::default()
                },
                "to",
            ),
            (
                Parameters {
                    from: some("2026-01-01"),
                    to: some("2026-12-31"),
                    ..Default::default()
                },
                "to",
            ),
            (
                Parameters {
                    status: some("done"),
                    ..Default::default()
                },
                "status",
            ),
            (
                Parameters {
                    limit: some("0"),
                    ..Default::default()
                },
                "limit",
            ),
            (
                Parameters {
                    cursor: some("x"),
                    ..Default::default()
                },
                "cursor",
            ),
        ];
        for (given, field) in cases {
            let problem = wanted(given, true).unwrap_err();
            assert_eq!(
                (problem.status, problem.errors[0].field.as_str()),
                (400, field)
            );
        }
        let given = Parameters {
            limit: some("5"),
            ..Default::default()
        };
        assert_eq!(wanted(given, false).unwrap_err().errors[0].field, "limit");
    }

    fn row(due: &str, rule: &str, period: &str) -> MatchedRow {
        serde_json::from_value(json!({
            "due": due, "client_id": Uuid::from_u128(7), "rule": rule, "period": period, "client_name": "Reyes Bakery", "record": null,
        }))
        .unwrap()
    }

    #[test]
    fn a_page_goes_on_after_its_last_row() {
        let given = || Parameters {
            from: some("2026-04-01"),
            to: some("2026-04-30"),
            limit: some("1"),
            ..Default::default()
        };
        let first = wanted(given(), true).unwrap();
        let rows = vec![
            row("2026-04-15", "form-1040", "2025-12"),
            row("2026-04-15", "form-4868", "2025-12"),
        ];
        let list = first.list_all(rows).unwrap();
        assert_eq!(list.deadlines.len(), 1);
        assert_eq!(
            list.deadlines[0].client.as_ref().unwrap().name.as_deref(),
            Some("Reyes Bakery")
        );
        let next = wanted(
            Parameters {
                cursor: list.next_cursor,
                ..given()
            },
            true,
        )
        .unwrap();
        let sent = next.over_all();
        assert_eq!(
            (&sent["after_due"], &sent["after_rule"]),
            (&json!("2026-04-15"), &json!("form-1040"))
        );
        let candidates = sent["candidates"].as_array().unwrap();
        assert!(
            candidates
                .iter()
                .all(|one| one["due"].as_str() >= Some("2026-04-15"))
        );
        assert!(
            next.list_all(vec![row("2026-04-15", "form-941", "2026-q1")])
                .is_err()
        );
    }
}
