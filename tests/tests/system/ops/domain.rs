//! GET /functions/v1/ops/domain

use omega_tests::beside::Beside;
use omega_tests::{Answer, System};
use reqwest::Method;
use serde_json::{Value, json};

use super::{name_server, only_staff_may, right_name_server};

async fn domain_seen_by(name_server: &str) -> Value {
    let system = System::connect().await;
    let staff = system.staff().await;
    let beside = Beside::start(
        &system,
        "ops/domain",
        &[("DNS_OVER_HTTPS_URL", name_server)],
    )
    .await;
    let request = beside
        .get(&system)
        .header("authorization", format!("Bearer {}", staff.token));
    Answer::to(request).await.expect(200)
}

fn states(domain: &Value) -> Vec<&Value> {
    domain["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| &record["state"])
        .collect()
}

#[tokio::test]
async fn only_staff_see_it() {
    let system = System::connect().await;
    only_staff_may(&system, Method::GET, "ops/domain").await;
    let domain = system.staff().await.get("ops/domain").await.expect(200);
    assert_eq!(domain["domain"], "omegaos.co");
    assert_eq!(domain["records"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn records_as_they_should_be_are_verified() {
    let domain = domain_seen_by(&right_name_server().await).await;
    assert_eq!(domain["state"], "verified");
    assert_eq!(
        domain["records"][1]["live"],
        json!(["10 feedback-smtp.us-east-1.amazonses.com"])
    );
}

#[tokio::test]
async fn what_is_missing_is_pending_and_what_differs_is_wrong() {
    let server = name_server(&[
        ("MX send.omegaos.co", &["10 mail.example.com."]),
        ("TXT send.omegaos.co", &["\"something else\""]),
    ])
    .await;
    let domain = domain_seen_by(&server).await;
    assert_eq!(domain["state"], "wrong");
    assert_eq!(states(&domain), ["pending", "wrong", "pending"]);
}

#[tokio::test]
async fn without_a_name_server_nothing_is_claimed() {
    let domain = domain_seen_by("http://127.0.0.1:9/dns-query").await;
    assert_eq!(
        (&domain["state"], states(&domain)),
        (&json!("unknown"), vec![&json!("unknown"); 3])
    );
    assert_eq!(domain["records"][0]["live"], Value::Null);
}
