//! `GET`, `POST /functions/v1/compliance/calendar`: the client's due dates as an iCalendar feed (RFC 5545) behind a secret
//! address, and making, renewing and removing that address.

use chrono::{DateTime, Days, NaiveDate, Utc};
use icalendar::{Calendar, Component, Event, EventLike, Property};
use omega_common::fields::Fields;
use omega_common::problem::Problem;
use omega_deadlines::facts::Facts;
use omega_deadlines::listing::{Deadline, DeadlineStatus, Record, listed};
use serde::{Deserialize, Serialize};
use time::{Date, Duration};
use uuid::Uuid;

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

/// How far back and ahead the feed reaches, in days.
const BACK: i64 = 92;
const AHEAD: i64 = 550;

omega_common::string_enum! {
    /// What to do with the address of the calendar.
    CalendarAction {
        Make = "make", "Make";
        Remove = "remove", "Remove";
    }
}

/// Reads what to do. An address that is made replaces the one before.
///
/// # Errors
/// 422 with one entry for each bad field.
pub fn read_action(mut fields: Fields) -> Result<CalendarAction, Problem> {
    let action = fields.required("action", str::parse);
    fields.finish()?;
    action.ok_or_else(|| Problem::internal("a missing field was not refused"))
}

/// The address of the calendar.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct CalendarAddress {
    /// Told this once; null when it was removed. Whoever has it can read the due dates.
    #[cfg_attr(
        not(target_arch = "wasm32"),
        schema(example = "https://omegaos.co/functions/v1/compliance/calendar?key=0123…")
    )]
    pub url: Option<String>,
}

impl CalendarAddress {
    pub fn of(site_url: &str, secret: Option<&str>) -> Self {
        Self {
            url: secret
                .map(|secret| format!("{site_url}/functions/v1/compliance/calendar?key={secret}")),
        }
    }
}

/// Whether a key can be a secret of ours: 64 hexadecimal digits.
pub fn is_secret(key: &str) -> bool {
    key.len() == 64
        && key
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The answer of the database's `calendar_feed`; null for a secret that is none.
#[derive(Debug, Deserialize)]
pub struct Feed {
    client_id: Uuid,
    facts: Option<Facts>,
    records: Vec<Record>,
}

impl Feed {
    /// The calendar in iCalendar's own words. What is done or does not apply is left out: a calendar shows what is to come.
    ///
    /// `now` is in RFC 3339.
    ///
    /// # Errors
    /// 500 when `now` is no time.
    pub fn calendar(&self, now: &str, today: Date, site_url: &str) -> Result<String, Problem> {
        let stamp = DateTime::parse_from_rfc3339(now)
            .map_err(|_| Problem::internal("the clock tells no time"))?
            .with_timezone(&Utc);
        let from = today.saturating_sub(Duration::days(BACK));
        let to = today.saturating_add(Duration::days(AHEAD));
        let mut calendar = Calendar::empty();
        calendar
            .append_property(("VERSION", "2.0"))
            .append_property(("PRODID", "-//OmegaOS//Due dates//EN"))
            .append_property(("CALSCALE", "GREGORIAN"))
            .append_property(("METHOD", "PUBLISH"))
            .name("Due dates (OmegaOS)")
            .append_property(
                Property::new("REFRESH-INTERVAL", "PT12H")
                    .add_parameter("VALUE", "DURATION")
                    .done(),
            )
            .append_property(("X-PUBLISHED-TTL", "PT12H"));
        for one in listed(self.facts.as_ref(), &self.records, from, to) {
            if one.status == DeadlineStatus::Open {
                calendar.push(self.event(&one, stamp, site_url)?);
            }
        }
        Ok(calendar.done().to_string())
    }

    fn event(
        &self,
        one: &Deadline,
        stamp: DateTime<Utc>,
        site_url: &str,
    ) -> Result<Event, Problem> {
        let fault = || Problem::internal("a due date is none");
        let due: NaiveDate = one.due.parse().map_err(|_| fault())?;
        let after = due.checked_add_days(Days::new(1)).ok_or_else(fault)?;
        let later = one.later.as_ref().map_or_else(String::new, |later| {
            format!("\nUntil {} {}.", later.date, later.condition)
        });
        Ok(Event::new()
            // The same at every look, so that a date that changes moves and does not appear twice.
            .uid(&format!(
                "{}.{}.{}@omegaos.co",
                one.rule, one.period, self.client_id
            ))
            .timestamp(stamp)
            .starts(due)
            .ends(after)
            .summary(&format!("{} due: {}", one.title, one.period_title))
            .description(&format!(
                "{}{later}\nSource: {}\n{site_url}/deadlines",
                one.about, one.source.document
            ))
            .append_property(("TRANSP", "TRANSPARENT"))
            .append_property(("CATEGORIES", "OmegaOS"))
            .done())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use time::macros::date;

    fn feed(records: serde_json::Value) -> Feed {
        serde_json::from_value(json!({
            "client_id": Uuid::from_u128(7),
            "facts": {
                "entity_type": "s-corp", "llc_taxed_as": null, "fiscal_year_end": 12, "payroll": "quarterly",
                "deposit_schedule": null, "pays_contractors": false, "states": ["TX"], "formed_in": null, "formed_on": null,
            },
            "records": records,
        }))
        .unwrap()
    }

    fn text(feed: &Feed, now: &str) -> String {
        feed.calendar(now, date!(2026 - 04 - 01), "https://omegaos.co")
            .unwrap()
            .replace("\r\n ", "")
    }

    #[test]
    fn a_due_date_is_a_whole_day_with_a_name_that_stays() {
        let one = text(&feed(json!([])), "2026-04-01T09:00:00.000Z");
        for line in [
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//OmegaOS//Due dates//EN\r\n",
            "\r\nUID:form-941.2026-q1.00000000-0000-0000-0000-000000000007@omegaos.co\r\n",
            "\r\nDTSTART;VALUE=DATE:20260430\r\n",
            "\r\nDTEND;VALUE=DATE:20260501\r\n",
            "\r\nSUMMARY:Form 941 due: 1st quarter of 2026\r\n",
            "\r\nDTSTAMP:20260401T090000Z\r\n",
            "\r\nUID:tx-franchise.2026.",
        ] {
            assert!(one.contains(line), "{line}\n{one}");
        }
        let uids = |text: &str| {
            text.lines()
                .filter(|line| line.starts_with("UID:"))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            uids(&one),
            uids(&text(&feed(json!([])), "2026-04-01T15:00:00.000Z"))
        );
        assert!(one.lines().all(|line| !line.contains("EIN")));
    }

    #[test]
    fn what_is_done_is_not_in_it() {
        let records = json!([{
            "rule": "form-941", "period": "2026-q1", "status": "done", "assigned_to": null, "document_id": null,
            "document_name": null, "done_at": "2026-04-01T00:00:00+00:00", "done_by": "client",
        }]);
        let text = text(&feed(records), "2026-04-01T09:00:00.000Z");
        assert!(!text.contains("form-941.2026-q1"));
        assert!(text.contains("form-941.2026-q2"));
    }

    #[test]
    fn a_key_is_looked_up_only_when_it_can_be_one() {
        assert!(is_secret(&"0a".repeat(32)));
        for key in ["", "x", &"0A".repeat(32), &"0a".repeat(33), &"é".repeat(32)] {
            assert!(!is_secret(key), "{key}");
        }
    }

    #[test]
    fn an_action_is_one_of_two() {
        let read = |json: &str| read_action(Fields::parse(json.as_bytes()).unwrap());
        assert_eq!(read(r#"{"action": "make"}"#).unwrap(), CalendarAction::Make);
        for json in [
            "{}",
            r#"{"action": "read"}"#,
            r#"{"action": "make", "key": "x"}"#,
        ] {
            assert_eq!(read(json).unwrap_err().status, 422, "{json}");
        }
    }
}
