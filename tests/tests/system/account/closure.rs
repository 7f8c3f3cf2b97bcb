//! GET and POST /functions/v1/account/closure

use omega_tests::{Answer, System};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn a_request_is_kept_mailed_and_can_be_withdrawn() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    assert_eq!(
        client.get("account/closure").await.expect(200),
        json!({ "closure": null })
    );

    let asked = client
        .post(
            "account/closure",
            &json!({ "action": "ask", "reason": " We stop trading. " }),
        )
        .await
        .expect(201);
    insta::assert_json_snapshot!(asked, { ".closure.id" => "[id]", ".closure.requested_at" => "[time]" }, @r#"
    {
      "closure": {
        "id": "[id]",
        "status": "open",
        "reason": "We stop trading.",
        "requested_at": "[time]",
        "settled_at": null
      }
    }
    "#);
    assert_eq!(client.get("account/closure").await.expect(200), asked);
    let mail = system
        .mail(&client.email, "We have your request to close your account")
        .await;
    assert!(mail.html.contains("Nothing is closed yet"));
    assert!(
        mail.link("/account?section=close")
            .starts_with(&system.addresses.site)
    );

    let withdraw = json!({ "action": "withdraw" });
    let withdrawn = client.post("account/closure", &withdraw).await.expect(200);
    assert_eq!(withdrawn["closure"]["status"], "withdrawn");
    assert!(withdrawn["closure"]["settled_at"].is_string());
    // Again is the same as once.
    assert_eq!(
        client.post("account/closure", &withdraw).await.expect(200),
        withdrawn
    );
    let kinds: Vec<_> = client.get("account/activity").await.expect(200)["activity"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["kind"].clone())
        .take(2)
        .collect();
    assert_eq!(kinds, ["closure-withdrawn", "closure-requested"]);
}

#[tokio::test]
async fn asking_again_is_the_same_request_and_one_mail() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let ask = json!({ "action": "ask" });
    let (first, second) = futures_util::future::join(
        client.post("account/closure", &ask),
        client.post("account/closure", &ask),
    )
    .await;
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 201], "{} {}", first.text(), second.text());
    assert_eq!(first.json(), second.json());
    assert_eq!(
        client
            .post(
                "account/closure",
                &json!({ "action": "ask", "reason": "Once more" })
            )
            .await
            .expect(200),
        first.json()
    );
    let mails: i64 = system
        .database()
        .await
        .value(
            "select count(*) from public.email_outbox where client_id = $1 and template = 'closure-requested'",
            &[&client.id],
        )
        .await;
    assert_eq!(mails, 1);
}

#[tokio::test]
async fn nothing_is_closed_by_asking() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client
        .post("account/closure", &json!({ "action": "ask" }))
        .await
        .expect(201);
    client.get("onboarding/profile").await.expect(200);
    client
        .sign_in()
        .await
        .get("onboarding/profile")
        .await
        .expect(200);
}

#[tokio::test]
async fn what_staff_have_decided_is_not_taken_back() {
    let system = System::connect().await;
    for (decision, again) in [("accepted", 200), ("declined", 201)] {
        let (client, staff) = (system.sign_up().await, system.staff().await);
        let asked = client
            .post("account/closure", &json!({ "action": "ask" }))
            .await
            .expect(201);
        let decide = staff
            .supabase(
                Method::PATCH,
                &format!(
                    "/rest/v1/account_closures?id=eq.{}",
                    asked["closure"]["id"].as_str().unwrap()
                ),
            )
            .json(&json!({ "status": decision }));
        assert_eq!(Answer::to(decide).await.status, 204);
        assert_eq!(
            client.get("account/closure").await.expect(200)["closure"]["status"],
            decision
        );
        client
            .post("account/closure", &json!({ "action": "withdraw" }))
            .await
            .problem(409);
        client
            .post("account/closure", &json!({ "action": "ask" }))
            .await
            .expect(again);
    }
}

#[tokio::test]
async fn there_is_nothing_to_withdraw_before_asking() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client
        .post("account/closure", &json!({ "action": "withdraw" }))
        .await
        .problem(404);
}

#[tokio::test]
async fn asking_and_withdrawing_in_turns_has_an_end() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    for _ in 0..5 {
        client
            .post("account/closure", &json!({ "action": "ask" }))
            .await
            .expect(201);
        client
            .post("account/closure", &json!({ "action": "withdraw" }))
            .await
            .expect(200);
    }
    let answer = client
        .post("account/closure", &json!({ "action": "ask" }))
        .await;
    answer.problem(429);
    assert_eq!(answer.header("retry-after"), Some("86400"));
    // Neither the Worker nor PostgREST lets more through.
    let past = client
        .supabase(Method::POST, "/rest/v1/account_closures")
        .json(&json!({ "client_id": client.id }));
    assert_eq!(Answer::to(past).await.status, 429);
}

#[tokio::test]
async fn bad_requests_are_told_and_a_token_is_needed() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    for (body, fields) in [
        (json!({}), vec!["action"]),
        (json!({ "action": "delete" }), vec!["action"]),
        (json!({ "action": "ask", "reason": "a\nb" }), vec!["reason"]),
        (
            json!({ "action": "ask", "reason": "x".repeat(201) }),
            vec!["reason"],
        ),
        (
            json!({ "action": "withdraw", "reason": "x" }),
            vec!["reason"],
        ),
    ] {
        let answer = client.post("account/closure", &body).await;
        assert_eq!(answer.refused_fields(422), fields, "{body}");
    }
    Answer::to(system.worker(Method::GET, "account/closure"))
        .await
        .problem(401);
    system
        .post("account/closure", &json!({ "action": "ask" }))
        .await
        .problem(401);
}

#[tokio::test]
async fn an_account_without_a_client_row_is_told_so() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    system
        .database()
        .await
        .rows("delete from public.clients where id = $1", &[&client.id])
        .await;
    client
        .post("account/closure", &json!({ "action": "ask" }))
        .await
        .problem(404);
    client.get("account/export").await.problem(404);
    client.get("account/activity").await.problem(404);
}
