//! crates/email/deliver and the outbox it empties.
//!
//! Rows that a test wants for itself are due in the far past or future, or are claimed at once, so that
//! neither the running Worker nor another test takes them.

use omega_tests::{Answer, Caller, Database, System, unique_address};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

/// A mail that is being sent: claimed for the `attempts`th time by a sender that has not said how it went.
async fn claimed(database: &Database, attempts: i32) -> Uuid {
    database
        .value(
            "insert into public.email_outbox (template, recipient, status, attempts, next_attempt_at)
             values ('welcome', 'nobody@example.com', 'sending', $1, now() + interval '2 minutes') returning id",
            &[&attempts],
        )
        .await
}

async fn settle_failed(system: &System, id: Uuid, reason: &str, permanent: bool) {
    let body = json!({ "email_id": id, "reason": reason, "permanent": permanent });
    let answer = Answer::to(
        system
            .service(Method::POST, "/rest/v1/rpc/settle_failed_email")
            .json(&body),
    )
    .await;
    assert_eq!(answer.status, 204, "{}", answer.text());
}

async fn minutes_until_retry(database: &Database, id: Uuid) -> f64 {
    database.value("select extract(epoch from next_attempt_at - updated_at)::float8 / 60 from public.email_outbox where id = $1", &[&id]).await
}

#[tokio::test]
async fn a_failed_mail_is_tried_again_after_1_4_16_64_and_256_minutes_then_parked() {
    let system = System::connect().await;
    let database = system.database().await;
    for (attempts, minutes) in [(1, 1.0), (2, 4.0), (3, 16.0), (4, 64.0), (5, 256.0)] {
        let id = claimed(&database, attempts).await;
        settle_failed(&system, id, "Resend answered 500", false).await;
        let row = database.row("public.email_outbox", id).await;
        assert_eq!(
            (&row["status"], &row["last_error"]),
            (&json!("queued"), &json!("Resend answered 500")),
            "attempt {attempts}"
        );
        assert!(
            (minutes_until_retry(&database, id).await - minutes).abs() < 0.01,
            "attempt {attempts}: {row}"
        );
        database
            .rows("delete from public.email_outbox where id = $1", &[&id])
            .await;
    }
    let id = claimed(&database, 6).await;
    settle_failed(&system, id, "Resend answered 500", false).await;
    assert_eq!(
        database.row("public.email_outbox", id).await["status"],
        "parked"
    );
}

#[tokio::test]
async fn what_no_retry_mends_is_parked_at_once() {
    let system = System::connect().await;
    let database = system.database().await;
    let id = claimed(&database, 1).await;
    settle_failed(&system, id, &"x".repeat(1000), true).await;
    let row = database.row("public.email_outbox", id).await;
    assert_eq!(row["status"], "parked");
    assert_eq!(row["last_error"].as_str().map(str::len), Some(500));
}

#[tokio::test]
async fn a_mail_that_was_settled_is_not_settled_again() {
    let system = System::connect().await;
    let database = system.database().await;
    let id = claimed(&database, 1).await;
    let sent = json!({ "email_id": id, "message_id": "first" });
    Answer::to(
        system
            .service(Method::POST, "/rest/v1/rpc/settle_sent_email")
            .json(&sent),
    )
    .await;
    // A second sender, whose lease had run out, comes back late.
    settle_failed(&system, id, "late", true).await;
    let late = json!({ "email_id": id, "message_id": "second" });
    Answer::to(
        system
            .service(Method::POST, "/rest/v1/rpc/settle_sent_email")
            .json(&late),
    )
    .await;
    let row = database.row("public.email_outbox", id).await;
    assert_eq!(
        (
            &row["status"],
            &row["provider_message_id"],
            &row["last_error"]
        ),
        (&json!("sent"), &json!("first"), &Value::Null)
    );
    assert!(row["sent_at"].is_string());
}

#[tokio::test]
async fn two_senders_at_once_never_take_the_same_mail() {
    let system = System::connect().await;
    let (mut first, mut second) = (system.database().await, system.database().await);
    for _ in 0..20 {
        // Due before all other mail of the system, and committed, since a second sender must see it too.
        let recipient = unique_address();
        let insert = "insert into public.email_outbox (template, recipient, next_attempt_at)
                      select 'welcome', $1, timestamptz '2000-01-01Z' + n * interval '1 second' from generate_series(1, 10) as n";
        first.rows(insert, &[&recipient]).await;
        let one = first.transaction().await;
        let taken = claim(&one, 4, &recipient).await;
        let other = second.transaction().await;
        let left = claim(&other, 6, &recipient).await;
        assert!(
            taken.iter().all(|id| !left.contains(id)),
            "taken twice: {taken:?} {left:?}"
        );
        // Neither sends them; they go back and are sent as any mail.
        one.rollback().await.unwrap();
        other.rollback().await.unwrap();
        // The running Worker is a third sender and may have been quicker; then once more.
        if taken.len() == 4 && left.len() == 6 {
            return;
        }
    }
    panic!("in twenty tries the two senders never shared the mail between them");
}

/// Claims as a sender does that waits for nobody; answers with the ids of the mails to `recipient`.
async fn claim(
    transaction: &tokio_postgres::Transaction<'_>,
    size: i32,
    recipient: &str,
) -> Vec<String> {
    transaction
        .batch_execute("set local role service_role; set local lock_timeout = '1s'")
        .await
        .unwrap();
    let sql = "select id::text from public.claim_emails($1) as mail where recipient = $2";
    transaction
        .query(sql, &[&size, &recipient])
        .await
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect()
}

#[tokio::test]
async fn a_claim_is_counted_and_lasts_two_minutes() {
    let system = System::connect().await;
    let mut database = system.database().await;
    let recipient = unique_address();
    let transaction = database.transaction().await;
    transaction
        .execute(
            "insert into public.email_outbox (template, recipient, next_attempt_at, status, attempts) values
             ('welcome', $1, timestamptz '2000-01-01Z', 'queued', 0),
             ('welcome', $1, timestamptz '2000-01-02Z', 'sending', 2),
             ('welcome', $1, now() + interval '1 hour', 'queued', 1),
             ('welcome', $1, now() + interval '1 minute', 'sending', 1),
             ('welcome', $1, timestamptz '2000-01-01Z', 'parked', 6)",
            &[&recipient],
        )
        .await
        .unwrap();
    transaction
        .batch_execute("set local role service_role")
        .await
        .unwrap();
    let rows = transaction
        .query(
            "select attempts, status, extract(epoch from next_attempt_at - now())::float8 from public.claim_emails(5) as mail where recipient = $1 order by attempts",
            &[&recipient],
        )
        .await
        .unwrap();
    // The new one and the one whose sender died; neither what is not due, nor what another sender holds,
    // nor what is parked.
    let seen: Vec<(i32, String, f64)> = rows
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2)))
        .collect();
    assert_eq!(
        seen,
        [
            (1, "sending".to_owned(), 120.0),
            (3, "sending".to_owned(), 120.0)
        ]
    );
    transaction.rollback().await.unwrap();
}

#[tokio::test]
async fn the_running_worker_parks_a_mail_that_fits_no_template_and_sends_the_others() {
    let system = System::connect().await;
    let database = system.database().await;
    let recipient = unique_address();
    let id: Uuid = database
        .value("insert into public.email_outbox (template, recipient, context) values ('welcome', $1, '{\"full_name\": 7}') returning id", &[&recipient])
        .await;
    // A sign-up nudges the Worker, which takes all that is due.
    let client = system.sign_up().await;
    let row = system
        .eventually_mailed("the mail to be parked", async || {
            let row = database.row("public.email_outbox", id).await;
            (row["status"] == "parked").then_some(row)
        })
        .await;
    assert!(
        row["last_error"].as_str().unwrap().contains("template"),
        "{row}"
    );
    assert!(system.mails(&recipient).await.is_empty());
    system.mail(&client.email, "Welcome").await;
}

#[tokio::test]
async fn a_mail_left_by_a_sender_that_died_is_sent_later_once() {
    let system = System::connect().await;
    let database = system.database().await;
    let recipient = unique_address();
    let id: Uuid = database
        .value(
            "insert into public.email_outbox (template, recipient, context, status, attempts, next_attempt_at)
             values ('welcome', $1, '{\"full_name\": \"Maria Reyes\"}', 'sending', 1, now() - interval '1 second') returning id",
            &[&recipient],
        )
        .await;
    system.sign_up().await;
    let row = system
        .eventually_mailed("the mail to be sent", async || {
            let row = database.row("public.email_outbox", id).await;
            (row["status"] == "sent").then_some(row)
        })
        .await;
    assert_eq!(row["attempts"], 2);
    assert_eq!(system.mails(&recipient).await.len(), 1);
}

#[tokio::test]
async fn staff_see_what_is_parked_and_why_and_clients_do_not() {
    let system = System::connect().await;
    let (staff, client) = (system.staff().await, system.sign_up().await);
    let mut database = system.database().await;
    let id: Uuid = database
        .value(
            "insert into public.email_outbox (client_id, template, recipient, status, attempts, last_error)
             values ($1, 'welcome', $2, 'parked', 6, 'Resend answered 500') returning id",
            &[&client.id, &client.email],
        )
        .await;
    let path = format!("/rest/v1/email_outbox?id=eq.{id}&select=status,last_error,attempts");
    let seen = Answer::to(staff.supabase(Method::GET, &path))
        .await
        .expect(200);
    assert_eq!(
        seen,
        json!([{ "status": "parked", "last_error": "Resend answered 500", "attempts": 6 }])
    );
    assert_eq!(
        Answer::to(client.supabase(Method::GET, &path))
            .await
            .expect(200),
        json!([])
    );
    let reached = database
        .run_as(
            Caller::Staff(staff.id),
            "delete from public.email_outbox where status = 'parked'",
            &[],
        )
        .await;
    assert!(reached.is_err_and(|denied| denied.is_privilege()));
}

/// It has no address of its own on the site: only other Workers and the cron reach it.
#[tokio::test]
async fn nobody_can_call_the_deliver_worker_from_outside_in_production() {
    let file = omega_tests::openapi::root().join("crates/email/deliver/wrangler.toml");
    let config = std::fs::read_to_string(file).unwrap();
    assert!(
        !config.contains("routes") && !config.contains("route ="),
        "the Worker has a route"
    );
    assert!(config.contains("workers_dev = false"));
}
