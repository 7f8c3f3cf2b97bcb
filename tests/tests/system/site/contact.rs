//! POST /functions/v1/site/contact

use futures_util::future::join_all;
use omega_tests::openapi::{Api, root};
use omega_tests::{Answer, Database, System, unique_address};
use reqwest::Method;
use serde_json::{Value, json};

const ENDPOINT: &str = "site/contact";

fn message(email: &str) -> Value {
    json!({ "name": "Maria Reyes", "email": email, "message": "Do you also work in Vermont?" })
}

async fn kept(database: &Database, email: &str) -> Vec<Value> {
    database
        .values(
            "select to_jsonb(r) - 'id' from public.contact_requests as r where email = $1 order by created_at",
            &[&email],
        )
        .await
}

/// Sends a form as a browser does that has no script.
async fn send_form(system: &System, fields: &[(&str, &str)]) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let request = system
        .worker(Method::POST, ENDPOINT)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("origin", &system.addresses.site);
    Answer::to(request.body(body)).await
}

#[tokio::test]
async fn a_message_is_cleaned_and_kept_for_staff() {
    let system = System::connect().await;
    let email = unique_address();
    let body = json!({
        "name": " Zoe\u{308} Reyes ", "email": format!(" {} ", email.to_uppercase()), "business_name": "",
        "message": "  Good morning,\r\n\r\ndo you work in Vermont?\n",
    });
    let answer = system.post(ENDPOINT, &body).await;
    assert_eq!(answer.expect(201), json!({ "received": true }));
    let api = Api::of("site");
    let schema = api.answer_schema("post", ENDPOINT, 201, "application/json");
    assert!(jsonschema::is_valid(&schema, &answer.json()));

    let rows = kept(&system.database().await, &email).await;
    insta::assert_json_snapshot!(rows, { "[].email" => "[email]", "[].created_at" => "[time]" }, @r#"
    [
      {
        "name": "Zoë Reyes",
        "email": "[email]",
        "message": "Good morning,\n\ndo you work in Vermont?",
        "created_at": "[time]",
        "handled_at": null,
        "business_name": null
      }
    ]
    "#);
    let staff = system.staff().await;
    let path = format!("/rest/v1/contact_requests?email=eq.{email}&select=name");
    let seen = Answer::to(staff.supabase(Method::GET, &path)).await;
    assert_eq!(seen.expect(200), json!([{ "name": "Zoë Reyes" }]));
}

#[tokio::test]
async fn the_same_message_sent_again_is_kept_once() {
    let system = System::connect().await;
    let email = unique_address();
    let body = message(&email);
    // Several at once, each from an address of its own: a browser that tries again may have another.
    let callers: Vec<_> = (0..8).map(|_| system.from_elsewhere()).collect();
    for answer in join_all(callers.iter().map(|caller| caller.post(ENDPOINT, &body))).await {
        answer.expect(201);
    }
    assert_eq!(kept(&system.database().await, &email).await.len(), 1);
}

#[tokio::test]
async fn every_bad_field_is_named_at_once() {
    let system = System::connect().await;
    let body = json!({ "name": "a\nb", "email": "maria", "business_name": 7, "message": "x".repeat(2001), "phone": "1" });
    let mut fields = system.post(ENDPOINT, &body).await.refused_fields(422);
    fields.sort();
    assert_eq!(
        fields,
        ["business_name", "email", "message", "name", "phone"]
    );
    let longest = json!({ "name": "M", "email": unique_address(), "message": "é".repeat(2000) });
    system.post(ENDPOINT, &longest).await.expect(201);
}

/// The field that people do not see. Whoever fills it in is told, as it may be their browser's doing.
#[tokio::test]
async fn a_message_with_the_hidden_field_filled_in_is_not_kept() {
    let system = System::connect().await;
    let email = unique_address();
    let mut body = message(&email);
    body["subject"] = json!("Cheap loans");
    let refused = system.post(ENDPOINT, &body).await.refused_fields(422);
    assert_eq!(refused, ["subject"]);
    assert!(kept(&system.database().await, &email).await.is_empty());
}

#[tokio::test]
async fn the_sixth_try_in_a_minute_from_one_address_has_to_wait() {
    let system = System::connect().await;
    let mut refusals = Vec::new();
    // The minute may turn in between, which counts anew; within two windows the limit shows for sure.
    for _ in 0..11 {
        let answer = system.post(ENDPOINT, &json!({})).await;
        if answer.status == 429 {
            refusals.push(answer);
        }
    }
    let refused = refusals
        .first()
        .expect("11 tries in a row were all let through");
    refused.problem(429);
    assert!(refused.header("retry-after").is_some());
    assert_eq!(
        system
            .from_elsewhere()
            .post(ENDPOINT, &json!({}))
            .await
            .status,
        422
    );
}

#[tokio::test]
async fn the_sixth_message_in_an_hour_from_one_mail_address_has_to_wait() {
    let system = System::connect().await;
    let email = unique_address();
    let send = |number: i32| {
        let mut body = message(&email);
        body["message"] = json!(format!("Question {number}"));
        let caller = system.from_elsewhere();
        async move { caller.post(ENDPOINT, &body).await }
    };
    for number in 1..=5 {
        send(number).await.expect(201);
    }
    let refused = send(6).await;
    let problem = refused.problem(429);
    assert!(
        problem["detail"].as_str().unwrap().contains("hour"),
        "{problem}"
    );
    assert_eq!(refused.header("retry-after"), Some("3600"));
    // What was kept already is no new message, and others are not kept from writing.
    send(1).await.expect(201);
    system
        .from_elsewhere()
        .post(ENDPOINT, &message(&unique_address()))
        .await
        .expect(201);
    assert_eq!(kept(&system.database().await, &email).await.len(), 5);
}

/// The public key lets anybody call the function past the Worker, from any number of addresses.
#[tokio::test]
async fn all_together_send_500_messages_an_hour() {
    let system = System::connect().await;
    let mut database = system.database().await;
    let transaction = database.transaction().await;
    transaction
        .execute(
            "insert into public.contact_requests (name, email, message)
             select 'Maria', 'maria-' || n || '@example.com', 'Hello' from generate_series(1, 500) as n",
            &[],
        )
        .await
        .unwrap();
    transaction
        .batch_execute("set local role anon")
        .await
        .unwrap();
    let refused = transaction
        .execute(
            "select public.send_contact_request('Omar', 'omar@example.com', null, 'Hello')",
            &[],
        )
        .await
        .expect_err("the 501st message was taken");
    assert_eq!(refused.code().map(|code| code.code()), Some("PT429"));
    transaction.rollback().await.unwrap();
}

#[tokio::test]
async fn what_is_sent_past_the_worker_keeps_to_the_same_rules() {
    let system = System::connect().await;
    let send = |body: Value| {
        let request = system.anonymous(Method::POST, "/rest/v1/rpc/send_contact_request");
        async move { Answer::to(request.json(&body)).await }
    };
    let database = system.database().await;
    let email = unique_address();
    for (field, value) in [
        ("name", json!("a\nb")),
        ("name", json!(null)),
        ("email", json!("maria")),
        ("email", json!(email.to_uppercase())),
        ("message", json!("x".repeat(2001))),
        ("message", json!(" ")),
        ("message", json!("a\u{1b}b")),
        ("business_name", json!("")),
    ] {
        let mut body = message(&email);
        body["business_name"] = json!(null);
        body[field] = value;
        let answer = send(body).await;
        let code = answer.json()["code"].clone();
        assert!(
            code == "23514" || code == "23502",
            "{field}: {}",
            answer.text()
        );
    }
    assert!(kept(&database, &email).await.is_empty());
    let mut good = message(&email);
    good["business_name"] = json!(null);
    assert_eq!(send(good).await.status, 204);
    assert_eq!(kept(&database, &email).await.len(), 1);
    // And nothing comes back out.
    let read = Answer::to(system.anonymous(Method::GET, "/rest/v1/contact_requests")).await;
    assert_eq!(read.status, 401, "{}", read.text());
}

#[tokio::test]
async fn the_firm_gets_a_mail_about_it_where_an_address_is_set() {
    let system = System::connect().await;
    let mut database = system.database().await;
    // Within a transaction that is never committed, so that messages of other tests make no mail.
    let transaction = database.transaction().await;
    let call = "select public.send_contact_request('Maria Reyes', $1, null, 'Hello')";
    let owed = "select to_jsonb(m) -> 'context' from public.email_outbox as m where recipient = $1";
    let (office, before, after) = (unique_address(), unique_address(), unique_address());
    transaction
        .batch_execute("set local role anon")
        .await
        .unwrap();
    transaction.execute(call, &[&before]).await.unwrap();
    transaction.batch_execute("reset role").await.unwrap();
    transaction
        .execute(
            "insert into private.settings values ('contact_notify_address', $1)",
            &[&office],
        )
        .await
        .unwrap();
    transaction
        .batch_execute("set local role anon")
        .await
        .unwrap();
    transaction.execute(call, &[&after]).await.unwrap();
    transaction.batch_execute("reset role").await.unwrap();
    let mails: Vec<Value> = transaction
        .query(owed, &[&office])
        .await
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    transaction.rollback().await.unwrap();
    assert_eq!(
        mails,
        [
            json!({ "name": "Maria Reyes", "email": after, "business_name": null, "message": "Hello" })
        ]
    );
}

#[tokio::test]
async fn the_mail_to_the_firm_is_sent() {
    let system = System::connect().await;
    let office = unique_address();
    let context = json!({ "name": "Maria Reyes", "email": "maria@example.com", "business_name": "Reyes Bakery", "message": "Hello\nagain" });
    system
        .database()
        .await
        .rows(
            "insert into public.email_outbox (template, recipient, context) values ('contact-request', $1, $2)",
            &[&office, &context],
        )
        .await;
    let mail = system.mail(&office, "Message from Maria Reyes").await;
    for words in ["Reyes Bakery", "Hello\nagain", "maria@example.com"] {
        assert!(mail.html.contains(words), "{words}: {}", mail.html);
    }
}

#[tokio::test]
async fn nobody_reads_or_sets_where_that_mail_goes() {
    let system = System::connect().await;
    let staff = system.staff().await;
    let mut database = system.database().await;
    for caller in [
        omega_tests::Caller::Anonymous,
        staff.caller(),
        omega_tests::Caller::Staff(staff.id),
        omega_tests::Caller::Service,
    ] {
        for sql in [
            "select from private.settings",
            "insert into private.settings values ('contact_notify_address', 'x@example.com')",
            "update private.settings set value = 'x@example.com'",
            "delete from private.settings",
        ] {
            let refused = database.run_as(caller, sql, &[]).await;
            assert!(
                refused.is_err_and(|denied| denied.is_privilege()),
                "{caller:?}: {sql}"
            );
        }
    }
}

#[tokio::test]
async fn a_form_without_a_script_leads_to_a_page_that_says_what_came_of_it() {
    let system = System::connect().await;
    let database = system.database().await;
    let email = unique_address();
    let fields = [
        ("name", "Maria Reyes"),
        ("email", &email),
        ("business_name", "Reyes & Sons"),
        ("message", "One\r\ntwo"),
        ("subject", ""),
    ];
    let sent = send_form(&system, &fields).await;
    assert_eq!(
        (sent.status, sent.header("location")),
        (303, Some("/contact-sent")),
        "{}",
        sent.text()
    );
    let rows = kept(&database, &email).await;
    assert_eq!(
        (&rows[0]["business_name"], &rows[0]["message"]),
        (&json!("Reyes & Sons"), &json!("One\ntwo"))
    );

    let page = std::fs::read_to_string(root().join("omega-site/contact-problem.html")).unwrap();
    let other = unique_address();
    for (field, value, part) in [
        ("name", "", "name"),
        ("email", "maria", "email"),
        ("business_name", "a\u{7}b", "business-name"),
        ("message", " ", "message"),
        ("subject", "Cheap loans", "form"),
        ("surprise", "x", "form"),
    ] {
        let mut wrong: Vec<_> = vec![("name", "Maria"), ("email", &other), ("message", "Hello")];
        wrong.retain(|(name, _)| *name != field);
        wrong.push((field, value));
        let answer = send_form(&system.from_elsewhere(), &wrong).await;
        assert_eq!(answer.status, 303);
        assert_eq!(
            answer.header("location"),
            Some(format!("/contact-problem#{part}").as_str()),
            "{field}"
        );
        assert!(
            page.contains(&format!("id=\"{part}\"")),
            "the page has no part {part}"
        );
    }
    assert!(kept(&database, &other).await.is_empty());
    for part in ["too-many", "our-side"] {
        assert!(
            page.contains(&format!("id=\"{part}\"")),
            "the page has no part {part}"
        );
    }
}

/// Any page of the web can make its visitors send a form to us.
#[tokio::test]
async fn a_form_on_a_page_of_somebody_else_is_not_kept() {
    let system = System::connect().await;
    let email = unique_address();
    let form = format!("name=Maria&email={email}&message=Hello");
    let send = |origin: &str| {
        let request = system
            .worker(Method::POST, ENDPOINT)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("origin", origin);
        Answer::to(request.body(form.clone()))
    };
    for origin in ["https://evil.example", "null"] {
        let answer = send(origin).await;
        assert_eq!(
            answer.header("location"),
            Some("/contact-problem#form"),
            "{origin}"
        );
    }
    assert!(kept(&system.database().await, &email).await.is_empty());
    assert_eq!(
        send(&system.addresses.site).await.header("location"),
        Some("/contact-sent")
    );
}

#[tokio::test]
async fn other_kinds_of_body_and_other_methods_are_refused() {
    let system = System::connect().await;
    for content_type in ["text/plain", "multipart/form-data; boundary=x"] {
        let request = system
            .worker(Method::POST, ENDPOINT)
            .header("content-type", content_type);
        Answer::to(request.body("name=Maria")).await.problem(415);
    }
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let answer = Answer::to(system.worker(method, ENDPOINT)).await;
        answer.problem(405);
        assert_eq!(answer.header("allow"), Some("POST"));
    }
}
