//! Addresses under /functions/v1/ops, and the pages that show them.

mod center;
mod domain;
mod pages;
mod secrets;
mod staff;
mod status;

use std::collections::HashMap;

use omega_common::problem::SECOND_STEP_NEEDED;
use omega_tests::openapi::{Api, operations_with_a_token};
use omega_tests::{Answer, System};
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Who may see what staff sees: nobody but staff.
async fn only_staff_may(system: &System, method: Method, endpoint: &str) {
    let send = async |token: Option<&str>| {
        let mut request = system.worker(method.clone(), endpoint);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        Answer::to(request).await
    };
    send(None).await.problem(401);
    let client = system.sign_up().await;
    let refused = send(Some(&client.token)).await;
    assert_eq!(
        refused.problem(403)["detail"],
        "This is for our team. Sign in with an account of the team to see it."
    );
}

/// Whatever endpoints for staff there are: the password alone does not open them.
#[tokio::test]
async fn every_endpoint_for_staff_wants_the_second_step() {
    let system = System::connect().await;
    let by_password = system.staff_by_password_alone().await;
    let (staff, _) = by_password.with_app("Office").await;
    let mut looked_at = 0;
    for operation in operations_with_a_token() {
        if operation.description["tags"] != json!(["staff"]) {
            continue;
        }
        looked_at += 1;
        for client in [&by_password, &staff.sign_in().await] {
            let request = client.worker(operation.method.clone(), &operation.endpoint);
            Answer::to(request)
                .await
                .problem_of(403, SECOND_STEP_NEEDED);
        }
    }
    assert!(looked_at >= 4, "only {looked_at} were looked at");
}

#[tokio::test]
async fn every_answer_is_as_described() {
    let system = System::connect().await;
    let staff = system.staff().await;
    let api = Api::of("ops");
    let reads = api
        .operations()
        .into_iter()
        .filter(|operation| operation.method == Method::GET);
    for operation in reads {
        let answer = staff.get(&operation.endpoint).await.expect(200);
        let schema = api.answer_schema("get", &operation.endpoint, 200, "application/json");
        let validator = jsonschema::options().build(&schema).unwrap();
        let errors: Vec<_> = validator
            .iter_errors(&answer)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{}: {errors:?}", operation.endpoint);
    }
}

/// A name server that speaks DNS over HTTPS in JSON, and knows `records` by `<type> <name>`. The form of its
/// answers is Cloudflare's ("DNS over HTTPS, Using JSON").
async fn name_server(records: &[(&str, &[&str])]) -> String {
    let records: HashMap<String, Vec<String>> = records
        .iter()
        .map(|(question, data)| {
            (
                (*question).to_owned(),
                data.iter().map(|&data| data.to_owned()).collect(),
            )
        })
        .collect();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/dns-query", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 4096];
            let Ok(length) = stream.read(&mut request).await else {
                continue;
            };
            let head = String::from_utf8_lossy(&request[..length]).into_owned();
            let target = head.split(' ').nth(1).unwrap_or_default();
            let parameter = |name: &str| {
                let (_, rest) = target.split_once(&format!("{name}="))?;
                Some(rest.split('&').next()?.to_owned())
            };
            let question = format!(
                "{} {}",
                parameter("type").unwrap_or_default(),
                parameter("name").unwrap_or_default()
            );
            let number = if question.starts_with("MX") { 15 } else { 16 };
            let body = match records.get(&question) {
                None => serde_json::json!({ "Status": 3, "TC": false, "RD": true, "RA": true }),
                Some(data) => serde_json::json!({
                    "Status": 0, "TC": false, "RD": true, "RA": true,
                    "Answer": data.iter().map(|data| serde_json::json!({ "name": "x", "type": number, "TTL": 300, "data": data })).collect::<Vec<_>>(),
                }),
            }
            .to_string();
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/dns-json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    url
}

/// The records as they should be, as a name server gives them.
fn right_records() -> Vec<(String, Vec<String>)> {
    omega_common::mail_domain::RECORDS
        .iter()
        .map(|record| {
            let value = match record.priority {
                Some(priority) => format!("{priority} {}.", record.value),
                None => format!("\"{}\"", record.value),
            };
            (
                format!("{} {}", record.kind.as_str(), record.full_name()),
                vec![value],
            )
        })
        .collect()
}

pub async fn right_name_server() -> String {
    let records = right_records();
    let borrowed: Vec<(&str, Vec<&str>)> = records
        .iter()
        .map(|(question, data)| (question.as_str(), data.iter().map(String::as_str).collect()))
        .collect();
    let slices: Vec<(&str, &[&str])> = borrowed
        .iter()
        .map(|(question, data)| (*question, data.as_slice()))
        .collect();
    name_server(&slices).await
}
