//! GET /functions/v1/account/activity

use omega_tests::System;
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn a_new_client_sees_the_account_and_the_first_sign_in() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    insta::assert_json_snapshot!(client.get("account/activity").await.expect(200), {
        ".activity[].id" => "[id]", ".activity[].at" => "[time]",
        ".sessions[].created_at" => "[time]", ".sessions[].last_used_at" => "[time]",
        ".sessions[].ip" => "[address]", ".sessions[].user_agent" => "[browser]",
    }, @r#"
    {
      "activity": [
        {
          "id": "[id]",
          "kind": "signed-in",
          "title": "Signed in",
          "detail": null,
          "actor": "client",
          "at": "[time]"
        },
        {
          "id": "[id]",
          "kind": "account-created",
          "title": "Account opened",
          "detail": null,
          "actor": "client",
          "at": "[time]"
        }
      ],
      "next_cursor": null,
      "sessions": [
        {
          "created_at": "[time]",
          "last_used_at": "[time]",
          "user_agent": "[browser]",
          "ip": "[address]",
          "is_current": true
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn the_newest_comes_first_and_pages_follow_each_other() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client.submit().await;
    let all = client.get("account/activity?limit=100").await.expect(200);
    let all = all["activity"].as_array().unwrap().clone();
    assert_eq!(all[0]["title"], "Onboarding submitted");
    assert_eq!(all.last().unwrap()["title"], "Account opened");

    let mut paged: Vec<Value> = Vec::new();
    let mut address = "account/activity?limit=2".to_owned();
    loop {
        let page = client.get(&address).await.expect(200);
        paged.extend(page["activity"].as_array().unwrap().iter().cloned());
        match page["next_cursor"].as_str() {
            Some(cursor) => address = format!("account/activity?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(paged, all);
}

#[tokio::test]
async fn every_browser_that_is_signed_in_is_listed_and_the_asking_one_marked() {
    let system = System::connect().await;
    let here = system.sign_up().await;
    let elsewhere = here.sign_in().await;
    for client in [&here, &elsewhere] {
        let sessions = client.get("account/activity").await.expect(200)["sessions"].clone();
        let current: Vec<_> = sessions
            .as_array()
            .unwrap()
            .iter()
            .map(|session| session["is_current"].clone())
            .collect();
        assert_eq!(current.len(), 2);
        assert_eq!(
            current.iter().filter(|current| **current == true).count(),
            1
        );
    }
    let text = here.get("account/activity").await.text();
    assert!(!text.contains(&here.refresh_token) && !text.contains(&elsewhere.refresh_token));

    // Signed out everywhere else, it is the only one.
    let answer = here
        .supabase(Method::POST, "/auth/v1/logout?scope=others")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 204);
    let sessions = here.get("account/activity").await.expect(200)["sessions"].clone();
    assert_eq!(sessions.as_array().unwrap().len(), 1);
    assert_eq!(sessions[0]["is_current"], true);
}

#[tokio::test]
async fn another_clients_activity_and_sessions_are_not_shown_to_staff_either() {
    let system = System::connect().await;
    let (client, staff) = (system.sign_up().await, system.staff().await);
    client.submit().await;
    let seen = staff.get("account/activity").await;
    for entry in seen.expect(200)["activity"].as_array().unwrap() {
        assert!(
            ["account-created", "signed-in", "two-step-added"]
                .contains(&entry["kind"].as_str().unwrap()),
            "{entry}"
        );
    }
}

#[tokio::test]
async fn bad_parameters_are_told_and_a_token_is_needed() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    for query in ["limit=0", "limit=101", "cursor=x", "kind=signed-in"] {
        client
            .get(&format!("account/activity?{query}"))
            .await
            .problem(400);
    }
    omega_tests::Answer::to(system.worker(Method::GET, "account/activity"))
        .await
        .problem(401);
    client
        .post("account/activity", &json!({}))
        .await
        .problem(405);
}
