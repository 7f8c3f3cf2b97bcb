//! Addresses under /functions/v1/compliance, and the page of due dates.

mod calendar;
mod deadlines;
mod matching;
mod pages;
mod reminders;

use omega_tests::openapi::Api;
use omega_tests::{Answer, Client, System};
use serde_json::{Value, json};

/// What a partnership in Texas with employees tells.
fn facts() -> Value {
    json!({
        "llc_taxed_as": "partnership", "fiscal_year_end": "12", "payroll": "quarterly", "deposit_schedule": "semiweekly",
        "pays_contractors": true, "states": ["TX"], "formed_in": "DE", "formed_on": "2021-03-04",
    })
}

/// An LLC whose facts are told.
async fn business(system: &System) -> Client {
    let client = system.sign_up().await;
    client.answer_everything().await;
    client.post("compliance/facts", &facts()).await.expect(200);
    client
}

async fn list(caller: &Client, query: &str) -> Value {
    caller
        .get(&format!("compliance/deadlines?{query}"))
        .await
        .expect(200)
}

/// The due dates of a list as `2026-04-30 form-941:2026-q1`.
fn names(list: &Value) -> Vec<String> {
    list["deadlines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let text = |name: &str| one[name].as_str().unwrap().to_owned();
            format!("{} {}:{}", text("due"), text("rule"), text("period"))
        })
        .collect()
}

fn assert_described(method: &str, endpoint: &str, answer: &Answer) {
    let media_type = answer.header("content-type").unwrap();
    let schema = Api::of("compliance").answer_schema(method, endpoint, answer.status, media_type);
    let validator = jsonschema::options().build(&schema).unwrap();
    let errors: Vec<_> = validator
        .iter_errors(&answer.json())
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(
        errors.is_empty(),
        "{endpoint} {}: {errors:?}",
        answer.status
    );
}
