//! The system as a project of the older kind runs it: legacy API keys, HS256 tokens, and addresses that
//! are confirmed before their account can be used.

use std::time::Instant;

use omega_tests::openapi::operations_with_a_token;
use omega_tests::{Answer, Client, PASSWORD, System, tokens, unique_address};
use reqwest::Method;
use serde_json::{Value, json};

async fn sign_up(system: &System, email: &str) -> Answer {
    let body = json!({ "email": email, "password": PASSWORD, "full_name": "Maria Reyes" });
    system
        .from_elsewhere()
        .post("onboarding/signup", &body)
        .await
}

async fn sign_in(system: &System, email: &str) -> Answer {
    let body = json!({ "email": email, "password": PASSWORD });
    Answer::to(
        system
            .anonymous(Method::POST, "/auth/v1/token?grant_type=password")
            .json(&body),
    )
    .await
}

/// A client whose address is confirmed, as the secret key can make one.
async fn confirmed(system: &System) -> Client {
    let email = unique_address();
    let body = json!({ "email": email, "password": PASSWORD, "email_confirm": true, "user_metadata": { "full_name": "Maria Reyes" } });
    let user = Answer::to(
        system
            .service(Method::POST, "/auth/v1/admin/users")
            .json(&body),
    )
    .await
    .expect(200);
    let session = sign_in(system, &email).await.expect(200);
    Client::of(system.clone(), &json!({ "user": user, "session": session }))
}

#[tokio::test]
async fn keys_and_tokens_are_of_the_older_kind() {
    let system = System::connect().await;
    for key in [
        &system.addresses.anon_key,
        &system.addresses.service_role_key,
    ] {
        assert_eq!(tokens::Token::read(key).header["alg"], "HS256");
    }
    assert_eq!(
        tokens::Token::read(&confirmed(&system).await.token).header["alg"],
        "HS256"
    );
}

#[tokio::test]
async fn a_sign_up_has_no_session_until_its_address_is_confirmed_by_the_mail() {
    let system = System::connect().await;
    let email = unique_address();
    let signed_up = sign_up(&system, &email).await.expect(201);
    assert_eq!(
        (
            &signed_up["session"],
            &signed_up["email_confirmation_required"]
        ),
        (&Value::Null, &json!(true))
    );
    let refused = sign_in(&system, &email).await;
    assert_eq!(
        (refused.status, &refused.json()["error_code"]),
        (400, &json!("email_not_confirmed"))
    );

    let mail = system
        .eventually_mailed("the mail that confirms the address", async || {
            system
                .mails(&email)
                .await
                .into_iter()
                .find(|mail| mail.html.contains("/auth/v1/verify"))
        })
        .await;
    let confirmation = Answer::to(system.http.get(mail.link("/auth/v1/verify"))).await;
    let landing = format!("{}/confirm#", system.addresses.site);
    assert!(
        confirmation
            .header("location")
            .is_some_and(|to| to.starts_with(&landing) && to.contains("access_token"))
    );

    let session = sign_in(&system, &email).await.expect(200);
    let client = Client::of(
        system.clone(),
        &json!({ "user": session["user"], "session": session }),
    );
    let profile = client.get("onboarding/profile").await.expect(200);
    assert_eq!(
        (
            &profile["profile"]["email"],
            &profile["profile"]["full_name"]
        ),
        (&json!(email), &json!("Maria Reyes"))
    );
    system.mail(&email, "Welcome").await;
}

/// Whether there is an account is told to who owns the address alone.
#[tokio::test]
async fn a_taken_address_is_answered_like_a_new_one() {
    let system = System::connect().await;
    let client = confirmed(&system).await;
    let shape = |answer: &Answer| {
        let body = answer.expect(201);
        let mut names: Vec<_> = body
            .as_object()
            .unwrap()
            .keys()
            .chain(body["user"].as_object().unwrap().keys())
            .cloned()
            .collect();
        names.sort();
        (
            names,
            body["session"].clone(),
            body["email_confirmation_required"].clone(),
        )
    };
    let began = Instant::now();
    let taken = sign_up(&system, &client.email).await;
    // Auth by itself is done with it within a tenth of this.
    assert!(began.elapsed() >= onboarding_signup::EVEN_ANSWER);
    let new = sign_up(&system, &unique_address()).await;
    assert_eq!(shape(&taken), shape(&new));
    assert_eq!(taken.json()["user"]["email"], client.email);
    assert_ne!(taken.json()["user"]["id"], client.id.to_string());
    let accounts: i64 = system
        .database()
        .await
        .value(
            "select count(*) from auth.users where email = $1",
            &[&client.email],
        )
        .await;
    assert_eq!(accounts, 1);
    client.sign_in().await;
}

#[tokio::test]
async fn the_whole_onboarding_works() {
    let system = System::connect().await;
    let client = confirmed(&system).await;
    let submitted = client.submit().await;
    assert_eq!(submitted["onboarding"]["status"], "in-review");
    let turns = client
        .post(
            "onboarding/chat",
            &json!({ "message": "What happens next?" }),
        )
        .await
        .expect(200);
    assert_eq!(turns["reply"]["author"], "assistant");
    assert_eq!(
        client.get("onboarding/chat").await.expect(200)["messages"]
            .as_array()
            .map(Vec::len),
        Some(2)
    );
    let other = confirmed(&system).await;
    assert_eq!(
        other.get("onboarding/documents").await.expect(200)["documents"],
        json!([])
    );
    let rows = Answer::to(other.supabase(Method::GET, "/rest/v1/client_documents"))
        .await
        .expect(200);
    assert_eq!(rows, json!([]));
}

/// Among them tokens of the newer kind: a deployment believes one family of signatures.
#[tokio::test]
async fn no_endpoint_believes_a_bad_token() {
    let system = System::connect().await;
    let client = confirmed(&system).await;
    let bad = tokens::bad(&client).await;
    assert!(bad.len() > 20);
    for operation in operations_with_a_token() {
        for bad in &bad {
            let request = system
                .worker(operation.method.clone(), &operation.endpoint)
                .header("authorization", format!("Bearer {}", bad.token));
            let request = if operation.method == Method::POST {
                request.json(&json!({}))
            } else {
                request
            };
            let answer = Answer::to(request).await;
            assert_eq!(
                answer.status,
                401,
                "{} with a token {}: {}",
                operation.endpoint,
                bad.what,
                answer.text()
            );
            answer.problem(401);
        }
    }
    let good = Client {
        token: tokens::good(&client),
        ..client
    };
    good.get("onboarding/profile").await.expect(200);
}
