//! `GET /functions/v1/clients/workflow`: the statuses of an onboarding and the ways between them, with how many clients are
//! where, how long a status takes, and how often each way was taken.

use omega_common::activity::Actor;
use omega_common::clients::OnboardingStatus;
use omega_common::moves::MOVES;
use omega_common::problem::Problem;
use omega_common::rest::{self, RestError};
use omega_common::text::uuid;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

/// Ten years: beyond that nothing is kept that would differ.
const MAX_DAYS: u32 = 3660;

/// A status, and who is in it.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Stage {
    pub status: OnboardingStatus,
    /// In words.
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "In review"))]
    pub title: &'static str,
    /// How many are in it now.
    pub clients: i64,
    /// Since when the one who has been in it for longest is there, RFC 3339; null where nobody is.
    pub longest_since: Option<String>,
    /// How many times it was left.
    pub stays: i64,
    /// In seconds, half of those who left had been in it no longer; null where nobody left.
    pub median_seconds: Option<i64>,
    /// In seconds, nine of ten who left had been in it no longer; null where nobody left.
    pub ninth_decile_seconds: Option<i64>,
}

/// A way from a status to another.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Way {
    pub from: OnboardingStatus,
    pub to: OnboardingStatus,
    /// Who goes it.
    pub by: Actor,
    /// Whether a reason must be given, which the client is told.
    pub needs_reason: bool,
    /// In words.
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "Make active"))]
    pub title: &'static str,
    /// How many times it was taken.
    pub count: i64,
}

/// Every status and every way there is.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Workflow {
    /// In the order in which an onboarding goes.
    pub stages: Vec<Stage>,
    pub ways: Vec<Way>,
}

/// The answer of the database's `workflow`, which tells of nothing that did not happen.
#[derive(Debug, Deserialize)]
pub struct StoredWorkflow {
    here: Vec<Here>,
    stays: Vec<Stays>,
    moves: Vec<Made>,
}

#[derive(Debug, Deserialize)]
struct Here {
    status: OnboardingStatus,
    clients: i64,
    longest_since: String,
}

#[derive(Debug, Deserialize)]
struct Stays {
    status: OnboardingStatus,
    stays: i64,
    median_seconds: i64,
    ninth_decile_seconds: i64,
}

#[derive(Debug, Deserialize)]
struct Made {
    from: OnboardingStatus,
    to: OnboardingStatus,
    count: i64,
}

impl From<StoredWorkflow> for Workflow {
    fn from(stored: StoredWorkflow) -> Self {
        let stages = OnboardingStatus::ALL.iter().map(|&status| {
            let here = stored.here.iter().find(|here| here.status == status);
            let stays = stored.stays.iter().find(|stays| stays.status == status);
            Stage {
                status,
                title: status.title(),
                clients: here.map_or(0, |here| here.clients),
                longest_since: here.map(|here| here.longest_since.clone()),
                stays: stays.map_or(0, |stays| stays.stays),
                median_seconds: stays.map(|stays| stays.median_seconds),
                ninth_decile_seconds: stays.map(|stays| stays.ninth_decile_seconds),
            }
        });
        let ways = MOVES.iter().map(|known| Way {
            from: known.from,
            to: known.to,
            by: known.by,
            needs_reason: known.needs_reason,
            title: known.title(),
            count: stored
                .moves
                .iter()
                .find(|made| (made.from, made.to) == (known.from, known.to))
                .map_or(0, |made| made.count),
        });
        Self {
            stages: stages.collect(),
            ways: ways.collect(),
        }
    }
}

/// Whose workflow is asked for, and of what time.
#[derive(Debug, PartialEq)]
pub struct Question {
    client: Option<Uuid>,
    days: Option<u32>,
}

impl Question {
    /// Reads the query parameters `client` and `days`.
    ///
    /// # Errors
    /// 400 with an entry for the bad one.
    pub fn parse(client: Option<&str>, days: Option<&str>) -> Result<Self, Problem> {
        let client = client
            .map(uuid("Name the client by their id."))
            .transpose()
            .map_err(|detail| refused("client", detail))?;
        let days = days
            .map(|days| {
                days.parse()
                    .ok()
                    .filter(|days| (1..=MAX_DAYS).contains(days))
                    .ok_or_else(|| format!("Send a number of days from 1 to {MAX_DAYS}."))
            })
            .transpose()
            .map_err(|detail| refused("days", detail))?;
        Ok(Self { client, days })
    }

    /// The parameters of the database's `workflow`.
    pub fn parameters(&self) -> Value {
        json!({ "days": self.days, "client_id": self.client })
    }
}

fn refused(parameter: &str, detail: String) -> Problem {
    Problem::bad_request(detail.clone()).with_error(parameter, detail)
}

/// What a refusal of the database means.
pub fn refusal(status: u16, body: &[u8]) -> Problem {
    let error: RestError = serde_json::from_slice(body).unwrap_or_default();
    match error.code.as_str() {
        "PT404" => Problem::not_found("There is no such client."),
        _ => rest::refusal(status, body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_and_every_way_is_told_of_also_where_nothing_happened() {
        let stored: StoredWorkflow = serde_json::from_value(json!({
            "here": [{ "status": "in-review", "clients": 4, "longest_since": "2026-11-20T09:00:00+00:00" }],
            "stays": [{ "status": "in_progress", "stays": 7, "median_seconds": 86_400, "ninth_decile_seconds": 259_200 }],
            "moves": [{ "from": "in_progress", "to": "in-review", "count": 7 }],
        }))
        .unwrap();
        let workflow = Workflow::from(stored);
        let stages: Vec<_> = workflow
            .stages
            .iter()
            .map(|stage| (stage.title, stage.clients, stage.median_seconds))
            .collect();
        assert_eq!(
            stages,
            [
                ("Not started", 0, None),
                ("In progress", 0, Some(86_400)),
                ("In review", 4, None),
                ("Active", 0, None),
                ("Archived", 0, None),
            ]
        );
        let taken: Vec<_> = workflow
            .ways
            .iter()
            .filter(|way| way.count > 0)
            .map(|way| (way.title, way.by, way.count))
            .collect();
        assert_eq!(taken, [("Submits the answers", Actor::Client, 7)]);
        assert_eq!(workflow.ways.len(), MOVES.len());
    }

    #[test]
    fn a_bad_parameter_is_named() {
        for (client, days, field) in [
            (Some("maria"), None, "client"),
            (None, Some("0"), "days"),
            (None, Some("3661"), "days"),
            (None, Some("a month"), "days"),
        ] {
            let problem = Question::parse(client, days).unwrap_err();
            assert_eq!(
                (problem.status, problem.errors[0].field.as_str()),
                (400, field)
            );
        }
        let question = Question::parse(None, Some("90")).unwrap();
        assert_eq!(
            question.parameters(),
            json!({ "days": 90, "client_id": null })
        );
    }
}
