//! Reminders of what a client was asked for: which days, which hours, once, and as one mail

use omega_tests::{Answer, Client, Database};
use reqwest::Method;
use serde_json::{Value, json};

use super::{ask, settle, staff_and_client, statement};

/// Due on a day of one's own, with the first reminder as the database works it out.
async fn due(database: &Database, client: &Client, day: &str, after: &str) {
    database
        .rows(
            "update public.client_requests set due_on = $2::text::date,
               remind_on = private.next_reminder($2::text::date, $3::text::date)
             where client_id = $1 and status in ('open', 'returned')",
            &[&client.id, &day, &after],
        )
        .await;
}

/// Noon of today in New York: whatever the time is, it is not by night, and no other test's reminder is due by it.
pub async fn noon_at_the_firm(database: &Database) -> String {
    database
        .value("select to_char((private.firm_time(now())::date + time '12:00') at time zone 'America/New_York', 'YYYY-MM-DD\"T\"HH24:MI:SSOF')", &[])
        .await
}

/// Runs the reminders at these times, one after the other, in a transaction that comes to nothing, so that no other test's
/// client is reminded; answers with the mails for a client and the day of each.
async fn reminded(
    database: &mut Database,
    client: &Client,
    times: &[&str],
) -> Vec<(String, Value)> {
    let transaction = database.transaction().await;
    // Whoever else waits for a reminder is another test's.
    transaction
        .execute("update public.client_requests set remind_on = null where client_id <> $1 and remind_on is not null", &[&client.id])
        .await
        .unwrap();
    let before = transaction
        .query_one("select count(*) from public.email_outbox where client_id = $1 and template = 'requests-reminder'", &[&client.id])
        .await
        .unwrap()
        .get::<_, i64>(0);
    assert_eq!(before, 0);
    let mut mails = Vec::new();
    for at in times {
        transaction
            .execute("select public.owe_reminders($1::text::timestamptz)", &[at])
            .await
            .unwrap();
        let sent = transaction
            .query(
                "with sent as (
                   delete from public.email_outbox where client_id = $1 and template = 'requests-reminder' returning context)
                 select (private.firm_time($2::text::timestamptz)::date)::text, context from sent",
                &[&client.id, at],
            )
            .await
            .unwrap();
        mails.extend(sent.iter().map(|row| (row.get(0), row.get(1))));
    }
    transaction.rollback().await.unwrap();
    mails
}

#[tokio::test]
async fn reminders_come_before_and_after_the_day_until_it_is_done() {
    let (staff, client) = staff_and_client().await;
    let mut database = client.system.database().await;
    let asked = ask(&staff, &client, &[statement()]).await;
    due(&database, &client, "2031-03-10", "2031-02-01").await;
    // Every hour of six weeks: as often as the cron may come, one mail a day and on these days alone.
    let hours: Vec<String> = (0..42 * 24)
        .map(|hour| {
            let start: chrono::DateTime<chrono::Utc> = "2031-03-01T05:30:00Z".parse().unwrap();
            (start + chrono::Duration::hours(hour)).to_rfc3339()
        })
        .collect();
    let hours: Vec<_> = hours.iter().map(String::as_str).collect();
    let mails = reminded(&mut database, &client, &hours).await;
    // Three days before, on the day, one and three days after, then every week.
    let days: Vec<_> = mails.iter().map(|(day, _)| day.as_str()).collect();
    assert_eq!(
        days,
        [
            "2031-03-07",
            "2031-03-10",
            "2031-03-11",
            "2031-03-13",
            "2031-03-17",
            "2031-03-24",
            "2031-03-31",
            "2031-04-07"
        ]
    );
    let overdue: Vec<_> = mails
        .iter()
        .map(|(_, mail)| mail["requests"][0]["overdue"] == true)
        .collect();
    assert_eq!(overdue, [false, false, true, true, true, true, true, true]);
    for (day, comes) in [
        ("2031-03-06", false),
        ("2031-03-07", true),
        // A day on which nothing ran is made up for.
        ("2031-03-08", true),
    ] {
        let at = format!("{day}T17:00:00Z");
        assert_eq!(
            !reminded(&mut database, &client, &[&at]).await.is_empty(),
            comes,
            "{day}"
        );
    }
    // What is answered is not reminded of.
    client
        .post(
            "onboarding/requests",
            &json!({ "id": asked[0]["id"], "answer": "There is none." }),
        )
        .await
        .expect(200);
    assert_eq!(reminded(&mut database, &client, &hours).await, Vec::new());
    settle(
        &staff,
        &asked[0]["id"],
        "returned",
        Some("Please ask your bank."),
    )
    .await
    .expect(200);
    due(&database, &client, "2031-03-10", "2031-02-01").await;
    assert_eq!(
        reminded(&mut database, &client, &["2031-03-07T17:00:00Z"])
            .await
            .len(),
        1
    );
}

/// Nine to six in New York, in winter and in summer.
#[tokio::test]
async fn nobody_is_reminded_by_night() {
    let (staff, client) = staff_and_client().await;
    let mut database = client.system.database().await;
    ask(&staff, &client, &[statement()]).await;
    for (due_on, day, from_utc) in [
        ("2031-01-15", "2031-01-15", 14),
        ("2031-07-15", "2031-07-15", 13),
    ] {
        due(&database, &client, due_on, "2030-12-31").await;
        database
            .rows(
                "update public.client_requests set remind_on = $2::text::date where client_id = $1",
                &[&client.id, &day],
            )
            .await;
        for (minutes, comes) in [(-1, false), (0, true), (9 * 60 - 1, true), (9 * 60, false)] {
            let start: chrono::DateTime<chrono::Utc> =
                format!("{day}T{from_utc}:00:00Z").parse().unwrap();
            let at = (start + chrono::Duration::minutes(minutes)).to_rfc3339();
            assert_eq!(
                !reminded(&mut database, &client, &[&at]).await.is_empty(),
                comes,
                "{at}"
            );
        }
    }
}

#[tokio::test]
async fn all_that_waits_is_one_mail_and_two_senders_at_once_write_one() {
    let (staff, client) = staff_and_client().await;
    let database = client.system.database().await;
    let mut second = statement();
    second["title"] = json!("Form W-9");
    ask(&staff, &client, &[statement(), second]).await;
    let noon = noon_at_the_firm(&database).await;
    database
        .rows(
            "update public.client_requests set remind_on = private.firm_time(now())::date where client_id = $1",
            &[&client.id],
        )
        .await;
    let run = || async {
        let request = client
            .system
            .service(Method::POST, "/rest/v1/rpc/owe_reminders");
        Answer::to(request.json(&json!({ "at": noon })))
            .await
            .expect(200);
    };
    tokio::join!(run(), run(), run());
    run().await;
    let mail = client
        .system
        .mail(&client.email, "Reminder: 2 things wait on you")
        .await;
    let text = mail.text.unwrap();
    assert!(
        text.contains("Form W-9") && text.contains("/requests"),
        "{text}"
    );
    let owed: i64 = database
        .value(
            "select count(*) from public.email_outbox where client_id = $1 and template = 'requests-reminder'",
            &[&client.id],
        )
        .await;
    assert_eq!(owed, 1);
}

#[tokio::test]
async fn nobody_but_the_service_reminds() {
    let (staff, client) = staff_and_client().await;
    for caller in [&staff, &client] {
        let request = caller.supabase(Method::POST, "/rest/v1/rpc/owe_reminders");
        Answer::to(request.json(&json!({}))).await.expect(403);
    }
}
