//! compliance/calendar: the feed, as a calendar of somebody else reads it, and its secret address.

use std::io::Write;
use std::process::{Command, Stdio};

use omega_tests::openapi::root;
use omega_tests::{Answer, Client, System};
use reqwest::Method;
use serde_json::{Value, json};

use super::{assert_described, business};

/// What ical.js, the parser of Thunderbird, makes of it.
fn read(text: &str) -> Value {
    let mut reader = Command::new(root().join("node_modules/.bin/node"))
        .arg(root().join("tests/calendar/read.mjs"))
        .current_dir(root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    reader
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    let output = reader.wait_with_output().unwrap();
    assert!(output.status.success(), "{text}");
    serde_json::from_slice(&output.stdout).unwrap()
}

async fn change(client: &Client, action: &str) -> Value {
    let answer = client
        .post("compliance/calendar", &json!({ "action": action }))
        .await;
    assert_described("post", "compliance/calendar", &answer);
    answer.expect(200)["url"].clone()
}

/// As a calendar asks: without a token, by the address alone.
async fn look(system: &System, url: &str) -> Answer {
    let (_, query) = url.split_once('?').unwrap();
    let elsewhere = system.from_elsewhere();
    Answer::to(elsewhere.worker(Method::GET, &format!("compliance/calendar?{query}"))).await
}

#[tokio::test]
async fn a_calendar_reads_the_due_dates_at_the_secret_address_until_it_is_removed() {
    let system = System::connect().await;
    let client = business(&system).await;
    let url = change(&client, "make").await;
    let url = url.as_str().unwrap();
    assert!(
        url.starts_with(&format!(
            "{}/functions/v1/compliance/calendar?key=",
            system.addresses.site
        )),
        "{url}"
    );
    let answer = look(&system, url).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(
        answer.header("content-type"),
        Some("text/calendar; charset=utf-8")
    );
    let text = answer.text();
    // Lines end in CR LF and are 75 octets long at most: RFC 5545, section 3.1.
    assert!(text.ends_with("END:VCALENDAR\r\n"));
    assert!(
        text.split("\r\n")
            .all(|line| line.len() <= 75 && !line.contains('\n'))
    );
    for private in [client.email.as_str(), "Reyes", "3456789"] {
        assert!(!text.contains(private), "{private}");
    }
    let calendar = read(&text);
    assert_eq!(
        (&calendar["version"], &calendar["name"]),
        (&json!("2.0"), &json!("Due dates (OmegaOS)"))
    );
    let events = calendar["events"].as_array().unwrap().clone();
    assert!(events.len() > 8, "{calendar:#}");
    assert!(
        events
            .iter()
            .all(|event| event["isDate"] == true && event["days"] == 1)
    );
    let list = super::list(&client, "").await;
    for one in list["deadlines"].as_array().unwrap() {
        let uid = format!(
            "{}.{}.{}@omegaos.co",
            one["rule"].as_str().unwrap(),
            one["period"].as_str().unwrap(),
            client.id
        );
        let event = events
            .iter()
            .find(|event| event["uid"] == uid)
            .unwrap_or_else(|| panic!("{uid} is not in it"));
        assert_eq!(event["start"], one["due"], "{uid}");
    }
    // Looked at again the names are the same, so that nothing appears twice.
    let uids = |calendar: &Value| {
        calendar["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["uid"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        uids(&read(&look(&system, url).await.text())),
        uids(&calendar)
    );

    // What is done leaves it.
    let first = &list["deadlines"][0];
    let done = json!({ "rule": first["rule"], "period": first["period"], "status": "done" });
    client.post("compliance/record", &done).await.expect(200);
    assert_eq!(
        read(&look(&system, url).await.text())["events"]
            .as_array()
            .unwrap()
            .len(),
        events.len() - 1
    );

    // A new address ends the old one, and a removed one leads nowhere.
    let renewed = change(&client, "make").await;
    look(&system, url).await.problem(404);
    assert_eq!(look(&system, renewed.as_str().unwrap()).await.status, 200);
    assert_eq!(change(&client, "remove").await, Value::Null);
    assert_eq!(change(&client, "remove").await, Value::Null);
    look(&system, renewed.as_str().unwrap()).await.problem(404);
}

#[tokio::test]
async fn a_secret_is_kept_hashed_and_guessing_is_slowed_down() {
    let system = System::connect().await;
    let client = business(&system).await;
    let url = change(&client, "make").await;
    let key = url
        .as_str()
        .unwrap()
        .split_once("key=")
        .unwrap()
        .1
        .to_owned();
    let database = system.database().await;
    let kept: String = database
        .value(
            "select to_jsonb(feed)::text from private.calendar_feeds as feed where client_id = $1",
            &[&client.id],
        )
        .await;
    assert!(!kept.contains(&key));
    // Not even its hash is anybody's to read.
    let rows =
        Answer::to(client.supabase(Method::GET, "/rest/v1/calendar_feeds?select=secret_sha256"))
            .await;
    assert_eq!(rows.status, 404);
    let nameless = Answer::to(system.worker(Method::GET, "compliance/calendar")).await;
    nameless.problem(400);
    for query in ["?key=", "?key=x", &format!("?key={}", "0".repeat(64))] {
        let answer = Answer::to(
            system
                .from_elsewhere()
                .worker(Method::GET, &format!("compliance/calendar{query}")),
        )
        .await;
        answer.problem(404);
    }
    let here = system.from_elsewhere();
    let mut limited = false;
    for _ in 0..70 {
        let answer = Answer::to(here.worker(Method::GET, "compliance/calendar?key=x")).await;
        limited = limited || answer.status == 429;
    }
    assert!(limited, "seventy looks in a row were all let through");
}
