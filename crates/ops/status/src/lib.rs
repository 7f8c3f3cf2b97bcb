//! `GET /functions/v1/ops/status`: each part of the system, asked now, and how it answers.

use omega_common::mail_domain::{DnsRecord, DnsState, overall};
use omega_common::rest::RestError;
use omega_common::string_enum;
use serde::Serialize;

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

/// How long what was measured is told again, in milliseconds: however many look, the parts are asked at
/// most four times a minute by each isolate.
pub const REMEMBERED_FOR: u64 = 15_000;

/// Longer than this, in milliseconds, and a part that is asked over HTTP counts as slow: a page that needs
/// two such answers is then later than people wait without doubt (Nielsen, "Response Times", one second
/// without an interruption of thought).
const SLOW_ANSWER: u64 = 1_500;

/// The same for a small query inside the database, where milliseconds are usual.
const SLOW_QUERY: u64 = 250;

string_enum! {
    /// The parts that are looked at, in the order in which they are shown.
    PartId {
        Site = "site", "Website";
        Workers = "workers", "Our services";
        Rest = "rest", "Reading and saving data";
        Database = "database", "Database";
        Auth = "auth", "Signing in";
        Storage = "storage", "Files";
        Email = "email", "Sending email";
        MailDomain = "mail-domain", "Our email address";
    }
}

string_enum! {
    /// How a part does.
    State {
        Up = "up", "Working";
        Slow = "slow", "Slow";
        Down = "down", "Not working";
        Unknown = "unknown", "Not known";
    }
}

/// What was found at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Status {
    pub checked_at: String,
    pub parts: Vec<Part>,
}

/// One part of the system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Part {
    pub id: PartId,
    pub title: &'static str,
    pub state: State,
    /// Milliseconds to the whole answer. For staff alone; null for others and where nothing was measured.
    pub latency_ms: Option<u64>,
    /// What was found, in a sentence. For staff alone; null for others.
    pub detail: Option<String>,
}

impl Status {
    /// What anybody may see: how fast and why is for the firm.
    #[must_use]
    pub fn for_the_public(mut self) -> Self {
        for part in &mut self.parts {
            part.latency_ms = None;
            part.detail = None;
        }
        self
    }

    /// Puts the parts in their order.
    pub fn of(checked_at: String, mut parts: Vec<Part>) -> Self {
        parts.sort_by_key(|part| part.id);
        Self { checked_at, parts }
    }
}

/// What came of asking a part over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// Status and body; `Err` with whether the deadline passed when there was no answer.
    pub answer: Result<(u16, Vec<u8>), NoAnswer>,
    pub latency_ms: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    Deadline,
    Unreachable,
}

impl Part {
    fn new(id: PartId, state: State, latency_ms: Option<u64>, detail: impl Into<String>) -> Self {
        Self {
            id,
            title: id.title(),
            state,
            latency_ms,
            detail: Some(detail.into()),
        }
    }

    fn timed(id: PartId, latency_ms: u64, slow_from: u64, detail: impl Into<String>) -> Self {
        let state = if latency_ms < slow_from {
            State::Up
        } else {
            State::Slow
        };
        Self::new(id, state, Some(latency_ms), detail)
    }
}

/// A part that answers as it should with a status that `is_healthy` knows.
pub fn judge(id: PartId, measured: &Measured, is_healthy: impl Fn(u16) -> bool) -> Part {
    match &measured.answer {
        Ok((status, _)) if is_healthy(*status) => Part::timed(
            id,
            measured.latency_ms,
            SLOW_ANSWER,
            format!("Answered {status}, as it should."),
        ),
        Ok((status, _)) => Part::new(
            id,
            State::Down,
            Some(measured.latency_ms),
            format!("Answered {status}, which it does not when all is well."),
        ),
        Err(NoAnswer::Deadline) => Part::new(
            id,
            State::Down,
            Some(measured.latency_ms),
            "Gave no answer before the deadline.",
        ),
        Err(NoAnswer::Unreachable) => Part::new(id, State::Down, None, "Could not be reached."),
    }
}

/// PostgREST and the database behind it, from one call of `measure_database`: the whole of it is
/// PostgREST's time, what the function says is the database's.
pub fn judge_database(measured: &Measured) -> [Part; 2] {
    let unknown = |detail: &str| Part::new(PartId::Database, State::Unknown, None, detail);
    let (status, body) = match &measured.answer {
        Ok((status, body)) => (*status, body),
        Err(_) => {
            return [
                judge(PartId::Rest, measured, |_| true),
                unknown("Nothing can be said of it while PostgREST does not answer."),
            ];
        }
    };
    if (200..300).contains(&status)
        && let Ok(milliseconds) = serde_json::from_slice::<f64>(body)
    {
        // A clock that was set back must not give a negative time.
        let milliseconds = milliseconds.max(0.0).ceil() as u64;
        return [
            judge(PartId::Rest, measured, |_| true),
            Part::timed(
                PartId::Database,
                milliseconds,
                SLOW_QUERY,
                "Time of a small query, inside the database.",
            ),
        ];
    }
    let error: RestError = serde_json::from_slice(body).unwrap_or_default();
    let answered = |detail| Part::timed(PartId::Rest, measured.latency_ms, SLOW_ANSWER, detail);
    match error.code.as_str() {
        // PostgREST, "Errors", group 0: the connection to the database.
        "PGRST000" | "PGRST001" | "PGRST002" | "PGRST003" => [
            answered(format!("Answers, with {}: it has no database.", error.code)),
            Part::new(
                PartId::Database,
                State::Down,
                None,
                "PostgREST can't connect to it.",
            ),
        ],
        "PGRST202" => [
            answered("Answers.".to_owned()),
            unknown("The function that measures it is not there: apply the migrations."),
        ],
        // Class 57: operator intervention, such as a shutdown; 53: no resources are left.
        code if code.starts_with("57") || code.starts_with("53") => [
            answered("Answers.".to_owned()),
            Part::new(
                PartId::Database,
                State::Down,
                None,
                format!("It refuses with {code}."),
            ),
        ],
        _ => [
            judge(PartId::Rest, measured, |status| {
                (200..300).contains(&status)
            }),
            unknown("PostgREST did not hand on its answer."),
        ],
    }
}

/// The mail domain: what is not verified does not work, as mail then leaves from a sender that reaches
/// nobody but ourselves.
pub fn judge_mail_domain(records: &[DnsRecord], latency_ms: u64) -> Part {
    let verified = records
        .iter()
        .filter(|record| record.state == DnsState::Verified)
        .count();
    let (state, latency_ms) = match overall(records) {
        DnsState::Verified => (State::Up, Some(latency_ms)),
        DnsState::Pending | DnsState::Wrong => (State::Down, Some(latency_ms)),
        DnsState::Unknown => (State::Unknown, None),
    };
    let detail = match state {
        State::Unknown => "The name server did not answer, so nothing can be said.".to_owned(),
        _ => format!(
            "{verified} of {} DNS records are as they should be.",
            records.len()
        ),
    };
    Part::new(PartId::MailDomain, state, latency_ms, detail)
}

#[cfg(test)]
mod tests {
    use omega_common::mail_domain::RECORDS;

    use super::*;

    fn answered(status: u16, body: &str, latency_ms: u64) -> Measured {
        Measured {
            answer: Ok((status, body.as_bytes().to_vec())),
            latency_ms,
        }
    }

    fn states(measured: &Measured) -> [State; 2] {
        judge_database(measured).map(|part| part.state)
    }

    #[test]
    fn a_part_is_up_slow_or_down_by_its_answer() {
        let state = |status, latency| {
            judge(PartId::Site, &answered(status, "", latency), |status| {
                status == 200
            })
            .state
        };
        assert_eq!(state(200, 20), State::Up);
        assert_eq!(state(200, 2_000), State::Slow);
        assert_eq!(state(404, 20), State::Down);
        for no_answer in [NoAnswer::Deadline, NoAnswer::Unreachable] {
            let measured = Measured {
                answer: Err(no_answer),
                latency_ms: 4_000,
            };
            assert_eq!(judge(PartId::Site, &measured, |_| true).state, State::Down);
        }
    }

    #[test]
    fn postgrest_and_the_database_are_told_apart() {
        assert_eq!(states(&answered(200, "0.7", 20)), [State::Up, State::Up]);
        assert_eq!(
            states(&answered(200, "900.5", 1_000)),
            [State::Up, State::Slow]
        );
        assert_eq!(states(&answered(200, "-3", 20)), [State::Up, State::Up]);
        let error = |code: &str| format!(r#"{{"code":"{code}","message":"m"}}"#);
        assert_eq!(
            states(&answered(503, &error("PGRST001"), 20)),
            [State::Up, State::Down]
        );
        assert_eq!(
            states(&answered(500, &error("57P03"), 20)),
            [State::Up, State::Down]
        );
        assert_eq!(
            states(&answered(404, &error("PGRST202"), 20)),
            [State::Up, State::Unknown]
        );
        assert_eq!(
            states(&answered(502, "<html>", 20)),
            [State::Down, State::Unknown]
        );
        let unreachable = Measured {
            answer: Err(NoAnswer::Unreachable),
            latency_ms: 1,
        };
        assert_eq!(states(&unreachable), [State::Down, State::Unknown]);
    }

    #[test]
    fn the_mail_domain_is_down_until_every_record_is_verified() {
        let records = |live: fn(&str, Option<u16>) -> Option<Vec<String>>| {
            RECORDS
                .iter()
                .map(|record| record.judge(live(record.value, record.priority)))
                .collect::<Vec<_>>()
        };
        let right = |value: &str, priority: Option<u16>| {
            Some(vec![priority.map_or(value.to_owned(), |priority| {
                format!("{priority} {value}")
            })])
        };
        assert_eq!(judge_mail_domain(&records(right), 9).state, State::Up);
        assert_eq!(
            judge_mail_domain(&records(|_, _| Some(Vec::new())), 9).state,
            State::Down
        );
        let unknown = judge_mail_domain(&records(|_, _| None), 9);
        assert_eq!((unknown.state, unknown.latency_ms), (State::Unknown, None));
    }

    #[test]
    fn the_public_is_told_states_alone() {
        let part = judge(PartId::Auth, &answered(500, "", 20), |status| status == 200);
        let status = Status::of("2026-11-23T10:00:00Z".to_owned(), vec![part]).for_the_public();
        assert_eq!(
            serde_json::to_value(&status).unwrap()["parts"],
            serde_json::json!([{"id": "auth", "title": "Signing in", "state": "down", "latency_ms": null, "detail": null}])
        );
    }
}
