//! crates/upkeep/remind: mails before a due date, each once, one a day at most

use omega_tests::{Client, Database, System};
use serde_json::json;

use super::business;

/// Mornings in years of their own, so that no other test is reminded of anything.
async fn remind(system: &System, now: &str) -> i64 {
    let answer = system
        .post("upkeep/remind", &json!({ "now": now }))
        .await
        .expect(200);
    answer["mails"].as_i64().unwrap()
}

async fn owed(database: &Database, client: &Client, year: &str) -> Vec<String> {
    database
        .values(
            "select (select string_agg(one ->> 'title' || ' ' || (one ->> 'due'), ', ' order by at)
               from jsonb_array_elements(mail.context -> 'deadlines') with ordinality as listed (one, at))
             from public.email_outbox as mail
             where mail.client_id = $1 and mail.template = 'deadline-reminder'
               and mail.context -> 'deadlines' -> 0 ->> 'due' like $2 || '-%' order by mail.created_at, mail.id",
            &[&client.id, &year],
        )
        .await
}

#[tokio::test]
async fn a_client_is_reminded_two_weeks_and_three_days_before_once_each_and_once_a_day() {
    let system = System::connect().await;
    let database = system.database().await;
    let client = business(&system).await;
    remind(&system, "2031-04-10T14:00:00Z").await;
    assert_eq!(owed(&database, &client, "2031").await, Vec::<String>::new());
    remind(&system, "2031-04-16T14:00:00Z").await;
    let first = "FUTA deposit 2031-04-30, Form 941 2031-04-30".to_owned();
    assert_eq!(
        owed(&database, &client, "2031").await,
        std::slice::from_ref(&first)
    );
    // Again the same morning, and the day after: nothing more.
    assert_eq!(remind(&system, "2031-04-16T15:00:00Z").await, 0);
    remind(&system, "2031-04-17T14:00:00Z").await;
    assert_eq!(owed(&database, &client, "2031").await.len(), 1);
    system
        .mail(
            &client.email,
            "2 due dates come up, the first on Wednesday, April 30, 2031",
        )
        .await;

    // What is done is not reminded of.
    let done = json!({ "rule": "form-941", "period": "2031-q1", "status": "done" });
    client.post("compliance/record", &done).await.expect(200);
    remind(&system, "2031-04-28T14:00:00Z").await;
    assert_eq!(
        owed(&database, &client, "2031").await,
        [first, "FUTA deposit 2031-04-30".to_owned()]
    );
    let mail = system
        .mail(
            &client.email,
            "Due on Wednesday, April 30, 2031: FUTA deposit",
        )
        .await;
    assert!(mail.html.contains("/deadlines"), "{}", mail.html);
}

#[tokio::test]
async fn an_evening_of_utc_is_still_the_day_of_new_york() {
    let system = System::connect().await;
    let database = system.database().await;
    let client = business(&system).await;
    remind(&system, "2032-04-16T02:00:00Z").await;
    assert_eq!(owed(&database, &client, "2032").await, Vec::<String>::new());
    remind(&system, "2032-04-16T14:00:00Z").await;
    assert_eq!(owed(&database, &client, "2032").await.len(), 1);
    system
        .post("upkeep/remind", &json!({ "now": "tomorrow" }))
        .await
        .problem(422);
}
