//! POST /functions/v1/onboarding/signup

use futures_util::future::join_all;
use omega_tests::{Answer, PASSWORD, System, unique_address};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

fn sign_up_body(email: &str) -> Value {
    json!({ "email": email, "password": PASSWORD, "full_name": "Maria Reyes" })
}

#[tokio::test]
async fn answers_with_the_account_and_a_session() {
    let system = System::connect().await;
    let email = unique_address();
    let signed_up = system
        .post("onboarding/signup", &sign_up_body(&email))
        .await
        .expect(201);
    insta::assert_json_snapshot!(signed_up, {
        ".user.id" => "[id]",
        ".user.email" => "[email]",
        ".session.access_token" => "[token]",
        ".session.refresh_token" => "[token]",
        ".session.expires_at" => "[time]",
    }, @r#"
    {
      "user": {
        "id": "[id]",
        "email": "[email]"
      },
      "session": {
        "access_token": "[token]",
        "refresh_token": "[token]",
        "token_type": "bearer",
        "expires_in": 3600,
        "expires_at": "[time]"
      },
      "email_confirmation_required": false
    }
    "#);
    assert_eq!(signed_up["user"]["email"], email);
}

#[tokio::test]
async fn the_session_works_at_once_and_can_be_refreshed() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client.get("onboarding/profile").await.expect(200);
    let refresh = json!({ "refresh_token": client.refresh_token });
    let refreshed = Answer::to(
        system
            .anonymous(Method::POST, "/auth/v1/token?grant_type=refresh_token")
            .json(&refresh),
    )
    .await
    .expect(200);
    assert_eq!(refreshed["user"]["id"], client.id.to_string());
}

#[tokio::test]
async fn what_was_typed_is_cleaned_and_kept() {
    let system = System::connect().await;
    let email = unique_address();
    let body = json!({
        "email": format!("  {}", email.to_uppercase()), "password": PASSWORD, "full_name": "  Zoe\u{308} Reyes ",
        "business_name": " Reyes  Bakery ", "phone": "(555) 234-5678",
    });
    let signed_up = system.post("onboarding/signup", &body).await.expect(201);
    assert_eq!(signed_up["user"]["email"], email);
    let id: Uuid = signed_up["user"]["id"].as_str().unwrap().parse().unwrap();
    insta::assert_json_snapshot!(system.database().await.row("public.clients", id).await, {
        ".id" => "[id]", ".email" => "[email]", ".created_at" => "[time]", ".updated_at" => "[time]",
        ".status_changed_at" => "[time]", ".waiting_since" => "[time]",
    }, @r#"
    {
      "id": "[id]",
      "ein": null,
      "email": "[email]",
      "phone": "+15552345678",
      "urgency": null,
      "full_name": "Zoë Reyes",
      "created_at": "[time]",
      "updated_at": "[time]",
      "entity_type": null,
      "submitted_at": null,
      "business_name": "Reyes  Bakery",
      "status_reason": null,
      "waiting_since": "[time]",
      "receipt_number": null,
      "services_needed": [],
      "onboarding_status": "pending",
      "status_changed_at": "[time]",
      "answers_changed_at": {}
    }
    "#);
}

#[tokio::test]
async fn account_client_and_mail_are_written_in_one_transaction() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let database = system.database().await;
    // Rows of one transaction have one creator, however often they are updated since: compare times of
    // `now()`, which stands still in a transaction.
    let same: bool = database
        .value(
            "select c.created_at = m.created_at from public.clients c join public.email_outbox m on m.client_id = c.id where c.id = $1",
            &[&client.id],
        )
        .await;
    assert!(same);
}

#[tokio::test]
async fn when_the_client_row_can_not_be_written_there_is_no_account_either() {
    let system = System::connect().await;
    let mut database = system.database().await;
    let transaction = database.transaction().await;
    // Within a transaction that is never committed, the outbox refuses every row.
    transaction
        .batch_execute(
            "alter table public.email_outbox add constraint refuse check (false) not valid",
        )
        .await
        .unwrap();
    let id = Uuid::new_v4();
    let error = transaction
        .execute("insert into auth.users (id, aud, role, email, raw_user_meta_data) values ($1, 'authenticated', 'authenticated', $2, '{}')", &[&id, &unique_address()])
        .await
        .unwrap_err();
    assert_eq!(error.as_db_error().unwrap().constraint(), Some("refuse"));
}

#[tokio::test]
async fn a_welcome_mail_arrives_once() {
    let system = System::connect().await;
    let client = system
        .sign_up_as(&unique_address(), "Maria del Carmen Reyes")
        .await;
    let mail = system.mail(&client.email, "Welcome").await;
    assert_eq!(mail.subject, "Welcome to OmegaOS, Maria");
    assert_eq!(mail.to, std::slice::from_ref(&client.email));
    assert!(mail.from.contains("onboarding@"), "{}", mail.from);
    let text = mail.text.clone().unwrap_or_default();
    assert!(text.starts_with("Hello Maria,\n"), "{text}");
    // The next step is one press away, on the site that the client signed up at.
    for body in [&text, &mail.html] {
        assert!(
            body.contains(&format!("{}/onboarding", system.addresses.site)),
            "{body}"
        );
        assert!(
            !body.contains("{{") && !body.contains("{%"),
            "an unfilled template: {body}"
        );
    }

    // The outbox knows it was sent, as what, and in one try.
    let database = system.database().await;
    let row = system
        .eventually_mailed("the outbox to note the mail as sent", async || {
            let row: Value = database
                .value(
                    "select to_jsonb(m) from public.email_outbox m where client_id = $1",
                    &[&client.id],
                )
                .await;
            (row["status"] == "sent").then_some(row)
        })
        .await;
    assert_eq!(
        (&row["attempts"], &row["template"]),
        (&json!(1), &json!("welcome"))
    );
    assert_eq!(row["provider_message_id"], mail.id);
    assert!(row["sent_at"].is_string() && row["last_error"].is_null());

    // Sent again with the same key, as after a settlement that got lost, it stays one mail.
    let again = json!({ "from": mail.from, "to": mail.to, "subject": mail.subject, "html": mail.html, "text": text });
    let key = format!("outbox/{}", row["id"].as_str().unwrap());
    let request = system
        .http
        .post(format!("{}/emails", system.addresses.inbox))
        .bearer_auth("re_local")
        .header("idempotency-key", key);
    assert_eq!(
        Answer::to(request.json(&again)).await.expect(200)["id"],
        mail.id
    );
    assert_eq!(system.mails(&client.email).await.len(), 1);
}

#[tokio::test]
async fn every_bad_field_is_named_at_once() {
    let system = System::connect().await;
    let body = json!({ "email": "maria", "password": "short", "full_name": "\u{7}", "business_name": "x".repeat(201), "phone": "call me", "role": "staff" });
    let answer = system.post("onboarding/signup", &body).await;
    insta::assert_json_snapshot!(answer.problem(422), { ".request_id" => "[id]" }, @r#"
    {
      "type": "about:blank",
      "title": "Unprocessable Entity",
      "status": 422,
      "detail": "Some of what was sent needs another look.",
      "errors": [
        {
          "field": "email",
          "detail": "Enter an email address like name@example.com."
        },
        {
          "field": "password",
          "detail": "Use 12 characters or more. A few words in a row make a good password."
        },
        {
          "field": "full_name",
          "detail": "Use letters, numbers and signs only, on one line."
        },
        {
          "field": "business_name",
          "detail": "Use 200 characters or fewer."
        },
        {
          "field": "phone",
          "detail": "Enter a phone number with area code, for example (555) 234-5678, or with + and the country code."
        },
        {
          "field": "role",
          "detail": "This field is not known here."
        }
      ],
      "request_id": "[id]"
    }
    "#);
}

#[tokio::test]
async fn each_field_is_refused_for_a_reason_of_its_own() {
    let system = System::connect().await;
    let long_address = format!("{}@example.com", "a".repeat(65));
    for (field, value) in [
        ("email", json!("")),
        ("email", json!(null)),
        ("email", json!(7)),
        ("email", json!("a@b@example.com")),
        ("email", json!(long_address)),
        ("email", json!("a@example.com\r\nBcc: b@example.com")),
        ("password", json!("elevenchars")),
        ("password", json!("x".repeat(73))),
        ("full_name", json!("   ")),
        ("full_name", json!(["Maria"])),
        ("business_name", json!("a\nb")),
        ("phone", json!("555-123-4567")),
        ("onboarding_status", json!("active")),
        ("id", json!(Uuid::nil())),
        ("app_metadata", json!({ "role": "staff" })),
    ] {
        let mut body = sign_up_body(&unique_address());
        body[field] = value.clone();
        let answer = system
            .from_elsewhere()
            .post("onboarding/signup", &body)
            .await;
        assert_eq!(answer.refused_fields(422), [field], "{value}");
    }
}

#[tokio::test]
async fn a_taken_address_is_a_conflict_that_names_the_way_on() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let again = system
        .post(
            "onboarding/signup",
            &sign_up_body(&client.email.to_uppercase()),
        )
        .await;
    insta::assert_json_snapshot!(again.problem(409), { ".request_id" => "[id]" }, @r#"
    {
      "type": "about:blank",
      "title": "Conflict",
      "status": 409,
      "detail": "There is an account with this email address. Sign in, or reset your password.",
      "errors": [
        {
          "field": "email",
          "detail": "There is an account with this email address."
        }
      ],
      "request_id": "[id]"
    }
    "#);
    // The account that was there has neither a new password nor a second mail.
    client.sign_in().await;
    let mails: i64 = system
        .database()
        .await
        .value(
            "select count(*) from public.email_outbox where client_id = $1",
            &[&client.id],
        )
        .await;
    assert_eq!(mails, 1);
}

#[tokio::test]
async fn of_twenty_sign_ups_for_one_address_at_once_one_makes_an_account() {
    let system = System::connect().await;
    let email = unique_address();
    let body = sign_up_body(&email);
    // Each from a network of its own, so that no limit takes part.
    let callers: Vec<System> = (0..20).map(|_| system.from_elsewhere()).collect();
    let answers = join_all(
        callers
            .iter()
            .map(|caller| caller.post("onboarding/signup", &body)),
    )
    .await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [vec![201], vec![409; 19]].concat());

    let database = system.database().await;
    let accounts: i64 = database
        .value(
            "select count(*) from auth.users where email = $1",
            &[&email],
        )
        .await;
    let clients: i64 = database
        .value(
            "select count(*) from public.clients where email = $1",
            &[&email],
        )
        .await;
    let owed: i64 = database
        .value(
            "select count(*) from public.email_outbox where recipient = $1",
            &[&email],
        )
        .await;
    assert_eq!((accounts, clients, owed), (1, 1, 1));
    system.eventually_mailed("the mail to be sent", async || {
        let left: i64 = database.value("select count(*) from public.email_outbox where recipient = $1 and status <> 'sent'", &[&email]).await;
        (left == 0).then_some(())
    })
    .await;
    assert_eq!(system.mails(&email).await.len(), 1);
}

#[tokio::test]
async fn the_eleventh_try_in_a_minute_from_one_address_has_to_wait() {
    let system = System::connect().await;
    let mut refusals = Vec::new();
    // The minute may turn in between, which counts anew; within two windows the limit shows for sure.
    for _ in 0..21 {
        let answer = system.post("onboarding/signup", &json!({})).await;
        if answer.status == 429 {
            refusals.push(answer);
        }
    }
    let refused = refusals
        .first()
        .expect("21 tries in a row were all let through");
    refused.problem(429);
    let wait: u32 = refused
        .header("retry-after")
        .expect("no Retry-After")
        .parse()
        .unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    // Others are not kept from signing up.
    assert_eq!(
        system
            .from_elsewhere()
            .post("onboarding/signup", &json!({}))
            .await
            .status,
        422
    );
}

/// The public key lets anybody call Auth past the Worker, with metadata of any shape.
#[tokio::test]
async fn odd_metadata_straight_at_auth_does_not_fail_the_sign_up() {
    let system = System::connect().await;
    let database = system.database().await;
    for data in [
        json!({}),
        json!({ "full_name": "x".repeat(5000), "business_name": "a\u{0007}b", "phone": "not a number" }),
        json!({ "full_name": ["a"], "business_name": { "a": 1 }, "phone": 5 }),
        json!({ "full_name": null, "phone": "+0123" }),
        json!({ "onboarding_status": "active", "id": Uuid::nil(), "entity_type": "llc" }),
    ] {
        let email = unique_address();
        let body = json!({ "email": email, "password": PASSWORD, "data": data });
        let answer = Answer::to(
            system
                .anonymous(Method::POST, "/auth/v1/signup")
                .json(&body),
        )
        .await
        .expect(200);
        let id: Uuid = answer["user"]["id"].as_str().unwrap().parse().unwrap();
        let row = database.row("public.clients", id).await;
        assert_eq!(
            (&row["email"], &row["onboarding_status"]),
            (&json!(email), &json!("pending")),
            "{data}"
        );
        assert_eq!(
            (&row["phone"], &row["entity_type"]),
            (&Value::Null, &Value::Null),
            "{data}"
        );
        for field in ["full_name", "business_name"] {
            let text = row[field].as_str().unwrap_or_default();
            assert!(
                text.len() <= 200 && !text.chars().any(char::is_control),
                "{data}"
            );
        }
    }
}

#[tokio::test]
async fn only_json_is_taken() {
    let system = System::connect().await;
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/jsonp",
    ] {
        let request = system
            .worker(Method::POST, "onboarding/signup")
            .header("content-type", content_type);
        Answer::to(request.body(sign_up_body(&unique_address()).to_string()))
            .await
            .problem(415);
    }
    let request = system
        .worker(Method::POST, "onboarding/signup")
        .header("content-type", "Application/JSON; charset=utf-8");
    Answer::to(request.body(sign_up_body(&unique_address()).to_string()))
        .await
        .expect(201);
}

#[tokio::test]
async fn what_is_no_json_object_is_a_bad_request() {
    let system = System::connect().await;
    for body in [
        "",
        "{",
        "[]",
        "null",
        "\"maria\"",
        "{\"email\": \"a\"",
        "\u{0}",
    ] {
        let request = system
            .worker(Method::POST, "onboarding/signup")
            .header("content-type", "application/json");
        Answer::to(request.body(body)).await.problem(400);
    }
}

#[tokio::test]
async fn a_body_over_64_kilobytes_is_too_large_with_or_without_a_length() {
    let system = System::connect().await;
    let body = json!({ "full_name": "x".repeat(70_000) }).to_string();
    let request = || {
        system
            .worker(Method::POST, "onboarding/signup")
            .header("content-type", "application/json")
    };
    Answer::to(request().body(body.clone())).await.problem(413);
    let pieces: Vec<Result<String, std::io::Error>> = body
        .as_bytes()
        .chunks(8192)
        .map(|piece| Ok(String::from_utf8_lossy(piece).into_owned()))
        .collect();
    Answer::to(
        request().body(reqwest::Body::wrap_stream(futures_util::stream::iter(
            pieces,
        ))),
    )
    .await
    .problem(413);
}

#[tokio::test]
async fn other_methods_are_told_what_is_allowed() {
    let system = System::connect().await;
    for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
        let answer = Answer::to(system.worker(method, "onboarding/signup")).await;
        answer.problem(405);
        assert_eq!(answer.header("allow"), Some("POST"));
    }
}

#[tokio::test]
async fn a_page_of_an_allowed_origin_may_read_answers_and_errors() {
    let system = System::connect().await;
    let ours = &system.addresses.site;
    let preflight = system
        .worker(Method::OPTIONS, "onboarding/signup")
        .header("origin", ours)
        .header("access-control-request-method", "POST");
    let answer =
        Answer::to(preflight.header("access-control-request-headers", "content-type")).await;
    assert_eq!(answer.status, 204);
    assert_eq!(
        answer.header("access-control-allow-origin"),
        Some(ours.as_str())
    );
    assert_eq!(answer.header("access-control-allow-methods"), Some("POST"));
    assert!(
        answer
            .header("access-control-allow-headers")
            .unwrap()
            .contains("content-type")
    );

    let refused = Answer::to(
        system
            .worker(Method::POST, "onboarding/signup")
            .header("origin", ours)
            .json(&json!({})),
    )
    .await;
    refused.problem(422);
    assert_eq!(
        refused.header("access-control-allow-origin"),
        Some(ours.as_str())
    );
    assert!(
        refused
            .header("access-control-expose-headers")
            .unwrap()
            .contains("x-request-id")
    );
    assert!(refused.header("vary").unwrap().contains("Origin"));
}

#[tokio::test]
async fn a_page_of_another_origin_may_not() {
    let system = System::connect().await;
    for origin in [
        "https://evil.example",
        "null",
        &format!("{}.evil.example", system.addresses.site),
    ] {
        for method in [Method::OPTIONS, Method::POST] {
            let answer = Answer::to(
                system
                    .worker(method, "onboarding/signup")
                    .header("origin", origin)
                    .json(&json!({})),
            )
            .await;
            assert_eq!(
                answer.header("access-control-allow-origin"),
                None,
                "{origin}"
            );
            assert!(answer.header("vary").unwrap().contains("Origin"));
        }
    }
}

#[tokio::test]
async fn the_request_number_is_cloudflares_where_there_is_one() {
    let system = System::connect().await;
    let request = |ray: &str| {
        system
            .worker(Method::GET, "onboarding/signup")
            .header("cf-ray", ray)
    };
    let answer = Answer::to(request("8f2a4c6e8f2a4c6e-EWR")).await;
    assert_eq!(answer.header("x-request-id"), Some("8f2a4c6e8f2a4c6e-EWR"));
    answer.problem(405);
    // One that could not be Cloudflare's is not repeated.
    let odd = Answer::to(request("<script>")).await;
    assert!(
        odd.header("x-request-id")
            .is_some_and(|id| !id.is_empty() && id != "<script>")
    );
    let own = Answer::to(system.worker(Method::GET, "onboarding/signup")).await;
    assert!(own.header("x-request-id").is_some_and(|id| !id.is_empty()));
}
