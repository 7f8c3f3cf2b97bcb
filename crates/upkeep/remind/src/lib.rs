//! Owes clients the mails that remind of due dates: each morning, and when asked. Which are due is computed here, whom they
//! concern and what was told already is the database's to say; reminding twice is the same as once.

use chrono::DateTime;
use omega_common::fields::Fields;
use omega_common::problem::Problem;
use omega_deadlines::business::today;
use omega_deadlines::schedule::{Candidate, Occurrence, occurrences};
use serde::Serialize;
use serde_json::{Value, json};
use time::Duration;

#[cfg(target_arch = "wasm32")]
mod worker;

/// How many days ahead the database looks; it has the same number.
const AHEAD: i64 = 14;

/// What a run owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Reminded {
    pub mails: usize,
}

/// Reads from which time on it is to be reminded, where that is not now.
///
/// # Errors
/// 422 for what is no time.
pub fn read_now(mut fields: Fields) -> Result<Option<String>, Problem> {
    let now = fields.nullable("now", |text| match DateTime::parse_from_rfc3339(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err("Send a time as 2026-04-15T14:00:00Z.".to_owned()),
    });
    fields.finish()?;
    Ok(now)
}

#[derive(Serialize)]
struct Words {
    #[serde(flatten)]
    candidate: Candidate,
    title: &'static str,
    label: String,
}

impl From<&Occurrence> for Words {
    fn from(one: &Occurrence) -> Self {
        Self {
            candidate: one.into(),
            title: one.rule.title,
            label: one.label.clone(),
        }
    }
}

/// The parameters of the database's `remind_of_deadlines`; `now` is in RFC 3339.
///
/// # Errors
/// 500 when `now` is no time.
pub fn parameters(now: &str) -> Result<Value, Problem> {
    // The day of New York may be the one before that of UTC.
    let from = today(now)?.saturating_sub(Duration::DAY);
    let candidates: Vec<Words> =
        occurrences(from, from.saturating_add(Duration::days(AHEAD + 1)), None)
            .iter()
            .map(Words::from)
            .collect();
    Ok(json!({ "candidates": candidates, "now": now }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_two_weeks_are_looked_at_with_words_for_the_mail() {
        let sent = parameters("2026-04-02T14:00:00Z").unwrap();
        let candidates = sent["candidates"].as_array().unwrap();
        let has = |rule: &str| candidates.iter().find(|one| one["rule"] == rule);
        assert_eq!(
            has("form-1040").unwrap()["title"],
            "Form 1040 with Schedule C"
        );
        assert_eq!(has("form-1040").unwrap()["label"], "tax year 2025");
        assert_eq!(has("form-941"), None);
    }

    #[test]
    fn another_time_is_taken_for_now_where_it_is_one() {
        let read = |json: &str| read_now(Fields::parse(json.as_bytes()).unwrap());
        assert_eq!(read("{}").unwrap(), None);
        assert_eq!(
            read(r#"{"now": "2026-04-02T14:00:00Z"}"#)
                .unwrap()
                .as_deref(),
            Some("2026-04-02T14:00:00Z")
        );
        assert_eq!(read(r#"{"now": "today"}"#).unwrap_err().status, 422);
    }
}
