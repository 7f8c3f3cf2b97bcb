//! crates/email/events: what Resend's webhooks tell of mails, and what follows from it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use omega_tests::browser::{Browser, with_browser};
use omega_tests::{Answer, Client, Database, PASSWORD, System, code_of, unique_address};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use sha2::Sha256;
use uuid::Uuid;

/// The id that Resend would give a mail.
pub fn new_message() -> String {
    format!("re-{}", Uuid::new_v4().simple())
}

/// A webhook of this moment about a mail, of the shape that Resend's documentation shows.
pub fn told(kind: &str, message: &str, to: &str) -> Value {
    let now = chrono::Utc::now().to_rfc3339();
    json!({
        "type": kind,
        "created_at": now,
        "data": {
            "created_at": now, "email_id": message, "from": "OmegaOS <onboarding@resend.dev>", "to": [to],
            "subject": "Welcome to OmegaOS", "tags": { "category": "welcome" },
            "bounce": { "message": "550 5.1.1 No such user.", "subType": "General", "type": "Permanent" },
        },
    })
}

fn now() -> i64 {
    chrono::Utc::now().timestamp()
}

/// What Svix's documentation says how to compute.
fn signature(secret: &str, id: &str, timestamp: i64, body: &[u8]) -> String {
    let key = STANDARD
        .decode(secret.strip_prefix("whsec_").unwrap())
        .unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

fn request(
    system: &System,
    id: &str,
    timestamp: i64,
    signatures: &str,
    body: &[u8],
) -> RequestBuilder {
    system
        .worker(Method::POST, "email/events")
        .header("content-type", "application/json")
        .header("svix-id", id)
        .header("svix-timestamp", timestamp.to_string())
        .header("svix-signature", signatures)
        .body(body.to_vec())
}

/// The webhook `id` as Resend sends it.
pub fn signed(system: &System, id: &str, body: &Value) -> RequestBuilder {
    signed_bytes(system, id, body.to_string().as_bytes())
}

pub fn signed_bytes(system: &System, id: &str, body: &[u8]) -> RequestBuilder {
    let timestamp = now();
    let signature = signature(&system.addresses.webhook_secret, id, timestamp, body);
    request(system, id, timestamp, &signature, body)
}

/// Sends a webhook with an id of its own; answers with what was done with it.
async fn tell(system: &System, body: &Value) -> Value {
    Answer::to(signed(system, &new_message(), body))
        .await
        .expect(200)["event"]
        .take()
}

/// No mail goes to the client any more; answers with the stop as the database has it.
pub async fn stop(client: &Client) -> Value {
    let told = told("email.bounced", &new_message(), &client.email);
    assert_eq!(tell(&client.system, &told).await, "kept");
    let database = client.system.database().await;
    database
        .value(
            "select to_jsonb(stop) from private.mail_stops as stop where address = $1 and lifted_at is null",
            &[&client.email],
        )
        .await
}

/// A mail to the client that is due; answers with its id.
async fn owe(database: &Database, client: &Client) -> Uuid {
    database
        .value(
            "insert into public.email_outbox (client_id, template, recipient) values ($1, 'welcome', $2) returning id",
            &[&client.id, &client.email],
        )
        .await
}

async fn settled(system: &System, database: &Database, id: Uuid) -> Value {
    // A sign-up has the outbox looked at.
    system.sign_up().await;
    system
        .eventually_mailed("the mail to be settled", async || {
            let row = database.row("public.email_outbox", id).await;
            (row["status"] != "queued" && row["status"] != "sending").then_some(row)
        })
        .await
}

#[tokio::test]
async fn a_webhook_is_believed_by_its_signature_and_kept_once() {
    let system = System::connect().await;
    let database = system.database().await;
    let secret = system.addresses.webhook_secret.clone();
    let message = new_message();
    let text = told("email.delivered", &message, "maria@example.com").to_string();
    let body = text.as_bytes();
    let changed = text.replace("delivered", "complained");
    let id = new_message();
    let good = |at| signature(&secret, &id, at, body);
    let other = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    for (what, request) in [
        (
            "unsigned",
            system
                .worker(Method::POST, "email/events")
                .header("content-type", "application/json")
                .body(text.clone()),
        ),
        (
            "by another secret",
            request(
                &system,
                &id,
                now(),
                &signature(other, &id, now(), body),
                body,
            ),
        ),
        (
            "another body",
            request(&system, &id, now(), &good(now()), changed.as_bytes()),
        ),
        (
            "another id",
            request(&system, &new_message(), now(), &good(now()), body),
        ),
        (
            "six minutes ago",
            request(&system, &id, now() - 360, &good(now() - 360), body),
        ),
        (
            "in six minutes",
            request(&system, &id, now() + 360, &good(now() + 360), body),
        ),
        (
            "with a token",
            system
                .sign_up()
                .await
                .worker(Method::POST, "email/events")
                .header("content-type", "application/json")
                .body(text.clone()),
        ),
    ] {
        let answer = Answer::to(request).await;
        assert_eq!(answer.status, 403, "{what}: {}", answer.text());
        answer.problem(403);
    }
    let kept = "select count(*) from private.mail_events where message_id = $1";
    assert_eq!(database.value::<i64>(kept, &[&message]).await, 0);

    // The same eight times at once, and once more later: kept once.
    let at_once = (0..8).map(|_| {
        let at = now();
        // Two signatures, as while the secret is rotated.
        let both = format!("{} {}", signature(other, &id, at, body), good(at));
        Answer::to(request(&system, &id, at, &both, body))
    });
    let mut done: Vec<_> = futures_util::future::join_all(at_once)
        .await
        .iter()
        .map(|answer| answer.expect(200)["event"].to_string())
        .collect();
    done.sort();
    assert_eq!(done[0], "\"kept\"");
    assert!(done[1..].iter().all(|one| one == "\"known\""), "{done:?}");
    let again = Answer::to(request(&system, &id, now() - 200, &good(now() - 200), body)).await;
    assert_eq!(again.expect(200)["event"], "known");
    assert_eq!(database.value::<i64>(kept, &[&message]).await, 1);

    // What tells of nothing that is kept is taken all the same, what is no webhook is not.
    let opened = told("email.opened", &message, "maria@example.com");
    assert_eq!(tell(&system, &opened).await, "ignored");
    let mut strange = told("email.bounced", &message, "maria@example.com");
    strange["data"]["email_id"] = json!(7);
    let answer = Answer::to(signed(&system, &new_message(), &strange)).await;
    assert_eq!(answer.refused_fields(422), ["data"]);
    assert_eq!(database.value::<i64>(kept, &[&message]).await, 1);
}

#[tokio::test]
async fn after_a_hard_bounce_no_mail_goes_until_staff_resume_it() {
    let system = System::connect().await;
    let database = system.database().await;
    let (staff, reader, client) = (
        system.staff().await,
        system.read_only_staff().await,
        system.sign_up().await,
    );
    let sent = "select to_jsonb(mail) from public.email_outbox as mail where client_id = $1 and template = 'welcome' and status = 'sent'";
    let welcome = system
        .eventually_mailed("the welcome mail", async || {
            database
                .rows(sent, &[&client.id])
                .await
                .first()
                .map(|row| row.get::<_, Value>(0))
        })
        .await;
    let message = welcome["provider_message_id"].as_str().unwrap();
    assert_eq!(
        client.get("onboarding/home").await.expect(200)["mail_notice"],
        Value::Null
    );

    // Whatever order they come in, the worst counts; the address is the mail's own.
    let mut earlier = told("email.bounced", message, "somebody.else@example.com");
    earlier["created_at"] = json!((chrono::Utc::now() - chrono::Duration::minutes(1)).to_rfc3339());
    for (event, outcome) in [
        (
            told("email.delivery_delayed", message, &client.email),
            "delayed",
        ),
        (told("email.delivered", message, &client.email), "delivered"),
        (earlier.clone(), "bounced"),
        (told("email.delivered", message, &client.email), "bounced"),
    ] {
        assert_eq!(tell(&system, &event).await, "kept");
        let id = welcome["id"].as_str().unwrap().parse().unwrap();
        assert_eq!(
            database.row("public.email_outbox", id).await["outcome"],
            outcome
        );
    }
    let notice = &client.get("onboarding/home").await.expect(200)["mail_notice"];
    assert_eq!(notice["address"], client.email);
    assert!(
        notice["detail"].as_str().unwrap().contains("came back"),
        "{notice}"
    );
    let file = async || {
        staff
            .get(&format!("clients/client?id={}", client.id))
            .await
            .expect(200)
    };
    let stopped = file().await["mail_stop"].clone();
    assert_eq!(
        (&stopped["outcome"], &stopped["detail"]),
        (&json!("bounced"), &json!("550 5.1.1 No such user."))
    );

    // What is due to the address is set aside; others get theirs.
    let held = settled(&system, &database, owe(&database, &client).await).await;
    assert_eq!(
        (&held["status"], &held["attempts"]),
        (&json!("suppressed"), &json!(0))
    );
    assert_eq!(system.mails(&client.email).await.len(), 1);

    let resume = json!({ "id": stopped["id"], "action": "resume" });
    for caller in [&client, &reader] {
        caller.post("email/outbox", &resume).await.problem(403);
    }
    assert!(file().await["mail_stop"].is_object());
    let unknown = json!({ "id": Uuid::new_v4(), "action": "resume" });
    staff.post("email/outbox", &unknown).await.problem(404);
    let lifted = staff.post("email/outbox", &resume).await.expect(200)["stop"].clone();
    assert_eq!(lifted["lifted_by"], staff.email);
    // By another it stays whose it was.
    let again = system
        .staff()
        .await
        .post("email/outbox", &resume)
        .await
        .expect(200);
    assert_eq!(again["stop"], lifted);
    let now = file().await;
    assert_eq!(now["mail_stop"], Value::Null);
    assert_eq!(
        client.get("onboarding/home").await.expect(200)["mail_notice"],
        Value::Null
    );
    let happened: Vec<_> = now["activity"].as_array().unwrap()[..2]
        .iter()
        .map(|entry| {
            (
                entry["kind"].clone(),
                entry["actor"].clone(),
                entry["by"].clone(),
            )
        })
        .collect();
    assert_eq!(
        happened,
        [
            (json!("mail-resumed"), json!("staff"), json!(staff.email)),
            (json!("mail-stopped"), json!("system"), Value::Null),
        ]
    );

    // A late report of what was before that stops nothing, one of what comes after does.
    assert_eq!(tell(&system, &earlier).await, "kept");
    assert_eq!(file().await["mail_stop"], Value::Null);
    let goes = settled(&system, &database, owe(&database, &client).await).await;
    assert_eq!(goes["status"], "sent");
    let complaint = told(
        "email.complained",
        &new_message(),
        &client.email.to_uppercase(),
    );
    assert_eq!(tell(&system, &complaint).await, "kept");
    assert_eq!(file().await["mail_stop"]["outcome"], "complained");
    let notice = &client.get("onboarding/home").await.expect(200)["mail_notice"];
    assert!(
        notice["detail"].as_str().unwrap().contains("spam"),
        "{notice}"
    );
}

#[tokio::test]
async fn a_report_may_come_before_the_mail_is_settled_and_what_may_work_again_stops_nothing() {
    let system = System::connect().await;
    let database = system.database().await;
    let client = system.sign_up().await;
    let message = new_message();
    let id: Uuid = database
        .value(
            "insert into public.email_outbox (client_id, template, recipient, status, attempts, next_attempt_at)
             values ($1, 'welcome', $2, 'sending', 1, now() + interval '1 hour') returning id",
            &[&client.id, &client.email],
        )
        .await;
    let mut soft = told("email.bounced", &message, &client.email);
    soft["data"]["bounce"]["type"] = json!("Transient");
    assert_eq!(tell(&system, &soft).await, "kept");
    let settle = json!({ "email_id": id, "message_id": message });
    let request = system
        .service(Method::POST, "/rest/v1/rpc/settle_sent_email")
        .json(&settle);
    assert_eq!(Answer::to(request).await.status, 204);
    let row = database.row("public.email_outbox", id).await;
    assert_eq!(
        (&row["status"], &row["outcome"]),
        (&json!("sent"), &json!("soft-bounced"))
    );
    assert_eq!(
        client.get("onboarding/home").await.expect(200)["mail_notice"],
        Value::Null
    );

    // Nobody but the Worker tells: neither over PostgREST, nor whether somebody else's mails are stopped.
    let event = json!({
        "event_id": new_message(), "outcome": "complained", "message_id": message, "recipient": client.email,
        "occurred_at": "2026-11-23T10:00:00Z", "detail": null,
    });
    for request in [
        system.anonymous(Method::POST, "/rest/v1/rpc/record_mail_event"),
        client.supabase(Method::POST, "/rest/v1/rpc/record_mail_event"),
    ] {
        let answer = Answer::to(request.json(&event)).await;
        assert!(matches!(answer.status, 401 | 403), "{}", answer.text());
    }
    let other = system.sign_up().await;
    stop(&other).await;
    let asked = json!({ "client": { "id": other.id, "email": other.email } });
    let request = client
        .supabase(Method::POST, "/rest/v1/rpc/mail_stop")
        .json(&asked);
    assert_eq!(Answer::to(request).await.expect(200), Value::Null);
}

#[tokio::test]
async fn client_and_staff_read_that_no_mail_arrives_and_staff_send_again() {
    let system = System::connect().await;
    let (staff, secret) = system.staff_with_app().await;
    let client = system.sign_up().await;
    stop(&client).await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        browser.become_client(&client).await;
        browser.goto("/home").await;
        browser.see("Our mails do not reach you").await;
        browser.see(&client.email).await;
        browser.check("home-mail-notice").await;
    })
    .await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        let query = format!("?next=/client%3Fid%3D{}", client.id);
        browser.give_password(&query, &staff.email, PASSWORD).await;
        browser.fill("Code from your app", &code_of(&secret)).await;
        browser.press_button("Continue").await;
        browser.see("No mail goes to this client").await;
        browser.see("550 5.1.1 No such user.").await;
        browser.check("client-mail-stop").await;
        browser.press_button("Send mails again").await;
        browser
            .see(&format!("Send mails to {} again?", client.email))
            .await;
        browser.press_button("Yes, send them").await;
        browser.see("Mails go to the client again.").await;
        assert!(
            !browser
                .words()
                .await
                .contains("No mail goes to this client")
        );
    })
    .await;
}

/// A mail to somebody who has no account yet would be one of the contact form's; it is stopped alike.
#[tokio::test]
async fn an_address_of_nobody_is_stopped_too() {
    let system = System::connect().await;
    let database = system.database().await;
    let address = unique_address();
    for kind in ["email.suppressed", "email.bounced", "email.suppressed"] {
        let event = told(kind, &new_message(), &address);
        assert_eq!(tell(&system, &event).await, "kept");
    }
    let stops: Vec<String> = database
        .values(
            "select outcome from private.mail_stops where address = $1",
            &[&address],
        )
        .await;
    assert_eq!(stops, ["bounced"]);
}
