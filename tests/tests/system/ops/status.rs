//! GET /functions/v1/ops/status

use omega_tests::beside::Beside;
use omega_tests::{Answer, System};
use reqwest::Method;
use serde_json::{Value, json};

use super::right_name_server;

fn part<'a>(status: &'a Value, id: &str) -> &'a Value {
    status["parts"]
        .as_array()
        .unwrap()
        .iter()
        .find(|part| part["id"] == id)
        .unwrap_or_else(|| panic!("no part {id}: {status}"))
}

fn assert_working(part: &Value) {
    assert!(part["state"] == "up" || part["state"] == "slow", "{part}");
}

#[tokio::test]
async fn anybody_sees_which_parts_work_and_no_more() {
    let system = System::connect().await;
    let status = Answer::to(system.worker(Method::GET, "ops/status"))
        .await
        .expect(200);
    let ids: Vec<_> = status["parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part["id"].clone())
        .collect();
    assert_eq!(
        json!(ids),
        json!([
            "site",
            "workers",
            "rest",
            "database",
            "auth",
            "storage",
            "email",
            "mail-domain"
        ])
    );
    for part in status["parts"].as_array().unwrap() {
        assert_eq!(
            (&part["latency_ms"], &part["detail"]),
            (&Value::Null, &Value::Null),
            "{part}"
        );
        // Whether the mail domain is verified is not the running system's to decide.
        if part["id"] != "mail-domain" {
            assert_working(part);
        }
    }
    // A client is anybody.
    let client = system.sign_up().await;
    let status = client.get("ops/status").await.expect(200);
    assert_eq!(part(&status, "database")["detail"], Value::Null);
}

#[tokio::test]
async fn staff_see_how_long_each_part_took_and_what_was_found() {
    let system = System::connect().await;
    let status = system.staff().await.get("ops/status").await.expect(200);
    for id in [
        "site", "workers", "rest", "database", "auth", "storage", "email",
    ] {
        let part = part(&status, id);
        assert!(
            part["latency_ms"].is_u64() && part["detail"].is_string(),
            "{part}"
        );
    }
}

#[tokio::test]
async fn a_token_that_is_not_valid_is_refused_and_not_taken_for_none() {
    let system = System::connect().await;
    let request = system
        .worker(Method::GET, "ops/status")
        .header("authorization", "Bearer a.b.c");
    Answer::to(request).await.problem(401);
}

#[tokio::test]
async fn what_was_measured_is_told_again_for_a_while() {
    let system = System::connect().await;
    let beside = Beside::start(&system, "ops/status", &[]).await;
    let first = Answer::to(beside.get(&system)).await.expect(200);
    let second = Answer::to(beside.get(&system)).await.expect(200);
    assert_eq!(first, second);
}

#[tokio::test]
async fn a_part_that_is_down_is_told_and_the_others_are_not_taken_along() {
    let system = System::connect().await;
    let staff = system.staff().await;
    let name_server = right_name_server().await;
    // Nothing listens on the discard port.
    let settings = [
        ("RESEND_BASE_URL", "http://127.0.0.1:9"),
        ("DNS_OVER_HTTPS_URL", name_server.as_str()),
    ];
    let beside = Beside::start(&system, "ops/status", &settings).await;
    let request = beside
        .get(&system)
        .header("authorization", format!("Bearer {}", staff.token));
    let status = Answer::to(request).await.expect(200);
    assert_eq!(part(&status, "email")["state"], "down");
    assert_eq!(part(&status, "email")["detail"], "Could not be reached.");
    assert_working(part(&status, "rest"));
    assert_working(part(&status, "database"));
    assert_eq!(part(&status, "mail-domain")["state"], "up");
}

#[tokio::test]
async fn without_supabase_the_database_is_not_known() {
    let system = System::connect().await;
    let settings = [
        ("SUPABASE_URL", "http://127.0.0.1:9"),
        ("DNS_OVER_HTTPS_URL", "http://127.0.0.1:9"),
    ];
    let beside = Beside::start(&system, "ops/status", &settings).await;
    let status = Answer::to(beside.get(&system)).await.expect(200);
    for id in ["rest", "auth", "storage"] {
        assert_eq!(part(&status, id)["state"], "down", "{id}");
    }
    for id in ["database", "mail-domain"] {
        assert_eq!(part(&status, id)["state"], "unknown", "{id}");
    }
    assert_working(part(&status, "site"));
}
