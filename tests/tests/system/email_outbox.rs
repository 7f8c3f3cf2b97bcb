//! /functions/v1/email/outbox and the page of our team that shows it.

use omega_tests::browser::{Browser, with_browser};
use omega_tests::{Client, Database, PASSWORD, System, code_of, unique_address};
use serde_json::{Value, json};
use uuid::Uuid;

use super::email_events::stop;

/// A mail of a client in a status, not due for long, with words in its context that nobody of our team is shown.
async fn mail(database: &Database, client: &Client, status: &str) -> Uuid {
    database
        .value(
            "insert into public.email_outbox (client_id, template, recipient, context, status, attempts, last_error, next_attempt_at, sent_at)
             values ($1, 'welcome', $2, '{\"full_name\": \"Whispered Words\"}', $3, case $3 when 'parked' then 6 else 0 end,
               case $3 when 'parked' then 'Resend answered 500' end, now() + interval '1 day', case $3 when 'sent' then now() end)
             returning id",
            &[&client.id, &client.email, &status],
        )
        .await
}

/// Who has signed up is sent a mail; here it is not counted.
async fn client(system: &System, database: &Database) -> Client {
    let client = system.sign_up().await;
    system.mail(&client.email, "Welcome").await;
    database
        .rows(
            "delete from public.email_outbox where client_id = $1",
            &[&client.id],
        )
        .await;
    client
}

async fn ids(staff: &Client, query: &str) -> Vec<String> {
    let outbox = staff
        .get(&format!("email/outbox?{query}"))
        .await
        .expect(200);
    let mails = outbox["mails"].as_array().unwrap();
    mails
        .iter()
        .map(|mail| mail["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn staff_see_every_mail_and_nothing_of_what_it_says() {
    let system = System::connect().await;
    let database = system.database().await;
    let (staff, reader) = (system.staff().await, system.read_only_staff().await);
    let client = client(&system, &database).await;
    let mut made = Vec::new();
    for status in [
        "queued",
        "sending",
        "sent",
        "parked",
        "suppressed",
        "cancelled",
    ] {
        made.push(mail(&database, &client, status).await.to_string());
    }
    made.reverse();
    client.get("email/outbox").await.problem(403);

    let of_client = format!("client={}", client.id);
    assert_eq!(ids(&reader, &of_client).await, made);
    let whole = staff
        .get(&format!("email/outbox?{of_client}"))
        .await
        .expect(200);
    assert!(!whole.to_string().contains("Whispered"), "{whole}");
    let (name, _) = client.email.split_once('@').unwrap();
    for search in [
        client.email.to_uppercase(),
        format!("{name}%20maria"),
        format!("{name}%20example.com"),
    ] {
        assert_eq!(
            ids(&staff, &format!("search={search}")).await.len(),
            6,
            "{search}"
        );
    }
    assert!(
        ids(&staff, &format!("search={name}%25%25nobody"))
            .await
            .is_empty()
    );
    for (at, status) in [
        "cancelled",
        "suppressed",
        "parked",
        "sent",
        "sending",
        "queued",
    ]
    .iter()
    .enumerate()
    {
        assert_eq!(
            ids(&staff, &format!("{of_client}&status={status}")).await,
            [made[at].clone()],
            "{status}"
        );
    }
    assert!(
        ids(&staff, &format!("{of_client}&template=receipt"))
            .await
            .is_empty()
    );
    assert!(
        ids(&staff, &format!("{of_client}&outcome=bounced"))
            .await
            .is_empty()
    );
    for bad in [
        "status=lost",
        "outcome=x",
        "template=x",
        "client=x",
        "sort=x",
    ] {
        staff.get(&format!("email/outbox?{bad}")).await.problem(400);
    }

    // Page after page, each mail once.
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = staff
            .get(&format!("email/outbox?{of_client}&limit=2{cursor}"))
            .await
            .expect(200);
        seen.extend(
            page["mails"]
                .as_array()
                .unwrap()
                .iter()
                .map(|mail| mail["id"].as_str().unwrap().to_owned()),
        );
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, made);
}

#[tokio::test]
async fn only_what_was_not_sent_is_sent_again_or_cancelled() {
    let system = System::connect().await;
    let mut database = system.database().await;
    let (staff, reader, client) = (
        system.staff().await,
        system.read_only_staff().await,
        client(&system, &database).await,
    );
    let change = |id: Uuid, action: &str| json!({ "id": id, "action": action });
    for status in [
        "queued",
        "sending",
        "sent",
        "parked",
        "suppressed",
        "cancelled",
    ] {
        for action in ["retry", "cancel"] {
            let id = mail(&database, &client, status).await;
            let body = change(id, action);
            for caller in [&client, &reader] {
                caller.post("email/outbox", &body).await.problem(403);
            }
            let allowed = matches!(status, "queued" | "parked" | "suppressed")
                || (status, action) == ("cancelled", "cancel");
            let answer = staff.post("email/outbox", &body).await;
            assert_eq!(
                answer.status,
                if allowed { 200 } else { 409 },
                "{action} {status}: {}",
                answer.text()
            );
            // Again it is the same, and on record once.
            let again = staff.post("email/outbox", &body).await;
            assert_eq!(
                again.status,
                answer.status,
                "{action} {status}: {}",
                again.text()
            );
            let changes: i64 = database
                .value("select count(*) from private.email_changes where email_id = $1 and action = $2 and actor_id = $3", &[&id, &action, &staff.id])
                .await;
            assert_eq!(
                changes,
                i64::from(allowed && status != "cancelled"),
                "{action} {status}"
            );
        }
    }
    staff
        .post("email/outbox", &change(Uuid::new_v4(), "retry"))
        .await
        .problem(404);

    // What is sent now arrives now, though it was due tomorrow; what is cancelled never does.
    system
        .eventually_mailed("the mails to be sent", async || {
            let sent: i64 = database
                .value(
                    "select count(*) from public.email_outbox where client_id = $1 and provider_message_id is not null",
                    &[&client.id],
                )
                .await;
            (sent == 3).then_some(())
        })
        .await;
    // The first was the sign-up's.
    assert_eq!(system.mails(&client.email).await.len(), 1 + 3);
    // Past the functions nothing turns back what is final, the service key included.
    let revived = database
        .run_as(omega_tests::Caller::Service, "update public.email_outbox set status = 'queued', sent_at = null where client_id = $1 and status = 'sent'", &[&client.id])
        .await;
    assert!(revived.is_err());

    // To an address that gets no mail nothing is sent, until that is lifted.
    stop(&client).await;
    let held = mail(&database, &client, "suppressed").await;
    let refused = staff
        .post("email/outbox", &change(held, "retry"))
        .await
        .problem(409);
    assert!(
        refused["detail"].as_str().unwrap().contains("address"),
        "{refused}"
    );
    let listed = staff
        .get(&format!(
            "email/outbox?client={}&status=suppressed",
            client.id
        ))
        .await
        .expect(200);
    let listed = &listed["mails"][0];
    assert_eq!(listed["actions"], json!(["cancel"]));
    let resume = json!({ "id": listed["stop"]["id"], "action": "resume" });
    let done = staff.post("email/outbox", &resume).await.expect(200);
    assert_eq!(
        (&done["mail"], &done["stop"]["lifted_by"]),
        (&Value::Null, &json!(staff.email))
    );
    let sent = staff
        .post("email/outbox", &change(held, "retry"))
        .await
        .expect(200);
    assert_eq!(
        (&sent["mail"]["status"], &sent["mail"]["last_change"]["by"]),
        (&json!("queued"), &json!(staff.email))
    );
}

#[tokio::test]
async fn the_outbox_is_searched_and_worked_through_in_the_browser() {
    let system = System::connect().await;
    let database = system.database().await;
    let (staff, secret) = system.staff_with_app().await;
    let client = client(&system, &database).await;
    let parked = mail(&database, &client, "parked").await;
    for _ in 0..21 {
        mail(&database, &client, "sent").await;
    }
    let stranger = unique_address();
    with_browser(&system.addresses.site, async |browser: &Browser| {
        browser.become_client(&client).await;
        browser.goto("/outbox").await;
        browser.heading("This page is for our team").await;
    })
    .await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        browser
            .give_password("?next=/outbox", &staff.email, PASSWORD)
            .await;
        browser.fill("Code from your app", &code_of(&secret)).await;
        browser.press_button("Continue").await;
        browser.heading("Outbox").await;
        browser.fill("Search", &stranger).await;
        browser.press_button("Search").await;
        browser.see("No mail fits").await;
        browser.fill("Search", &client.email).await;
        browser.press_button("Search").await;
        browser.see("20 shown").await;
        browser.press_button("Show more").await;
        browser.see("That is all of them.").await;
        browser.select("Status", "Not sent, gave up").await;
        browser.see("Resend answered 500").await;
        let address = browser.driver.current_url().await.unwrap();
        assert!(
            address.query().unwrap().contains("status=parked"),
            "{address}"
        );
        browser.check("outbox").await;
        browser
            .press_button(&format!("Cancel it Welcome to {}", client.email))
            .await;
        browser.see("Cancel this mail?").await;
        browser.press_button("Cancel the mail").await;
        browser.see("The mail is cancelled.").await;
        browser.select("Status", "Cancelled").await;
        browser.see(&format!("cancelled by {}", staff.email)).await;
    })
    .await;
    assert_eq!(
        database.row("public.email_outbox", parked).await["status"],
        "cancelled"
    );
}
