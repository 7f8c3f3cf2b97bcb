//! GET /functions/v1/onboarding/profile

use omega_tests::{Answer, System};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn a_new_client_sees_six_open_steps() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    insta::assert_json_snapshot!(client.get("onboarding/profile").await.expect(200), {
        ".profile.id" => "[id]", ".profile.email" => "[email]", ".profile.created_at" => "[time]", ".profile.updated_at" => "[time]",
    }, @r#"
    {
      "profile": {
        "id": "[id]",
        "full_name": "Maria Reyes",
        "business_name": null,
        "email": "[email]",
        "phone": null,
        "entity_type": null,
        "ein": null,
        "urgency": null,
        "services_needed": [],
        "onboarding_status": "pending",
        "submitted_at": null,
        "receipt_number": null,
        "created_at": "[time]",
        "updated_at": "[time]"
      },
      "onboarding": {
        "status": "pending",
        "completed_steps": 0,
        "total_steps": 6,
        "steps": [
          {
            "id": "account",
            "title": "About you",
            "required": true,
            "completed": false,
            "skippable": false,
            "requirements": [
              "phone"
            ]
          },
          {
            "id": "business",
            "title": "Your business",
            "required": true,
            "completed": false,
            "skippable": false,
            "requirements": [
              "business_name",
              "entity_type",
              "ein"
            ]
          },
          {
            "id": "services",
            "title": "What you need",
            "required": true,
            "completed": false,
            "skippable": false,
            "requirements": [
              "services_needed"
            ]
          },
          {
            "id": "timeline",
            "title": "When you want to start",
            "required": true,
            "completed": false,
            "skippable": false,
            "requirements": [
              "urgency"
            ]
          },
          {
            "id": "documents",
            "title": "Your documents",
            "required": true,
            "completed": false,
            "skippable": false,
            "requirements": []
          },
          {
            "id": "review",
            "title": "Check and submit",
            "required": true,
            "completed": false,
            "skippable": false,
            "requirements": [
              "complete"
            ]
          }
        ]
      }
    }
    "#);
}

#[tokio::test]
async fn the_profile_is_the_callers_own() {
    let system = System::connect().await;
    let (maria, omar) = (
        system
            .sign_up_as(&omega_tests::unique_address(), "Maria")
            .await,
        system
            .sign_up_as(&omega_tests::unique_address(), "Omar")
            .await,
    );
    for client in [maria, omar] {
        let profile = client.get("onboarding/profile").await.expect(200)["profile"].clone();
        assert_eq!(
            (&profile["id"], &profile["email"]),
            (&json!(client.id), &json!(client.email))
        );
    }
}

#[tokio::test]
async fn times_are_rfc_3339() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let profile = client.submit().await["profile"].clone();
    for field in ["created_at", "updated_at", "submitted_at"] {
        let text = profile[field].as_str().unwrap();
        let parsed =
            time::OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339);
        assert!(parsed.is_ok(), "{field}: {text}");
    }
}

#[tokio::test]
async fn the_ein_leaves_masked_everywhere() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let saved = client
        .post("onboarding/submit-profile", &json!({ "ein": "123456789" }))
        .await;
    let read = client.get("onboarding/profile").await;
    for answer in [saved, read] {
        assert_eq!(answer.expect(200)["profile"]["ein"], "XX-XXX6789");
        assert!(!answer.text().contains("3456789"));
    }
    let stored: String = system
        .database()
        .await
        .value(
            "select ein from public.clients where id = $1",
            &[&client.id],
        )
        .await;
    assert_eq!(stored, "12-3456789");
}

#[tokio::test]
async fn documents_are_asked_for_once_the_legal_form_is_known() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let documents = |profile: &serde_json::Value| profile["onboarding"]["steps"][4].clone();
    let before = client.get("onboarding/profile").await.expect(200);
    assert_eq!(
        documents(&before),
        json!({ "id": "documents", "title": "Your documents", "required": true, "completed": false, "skippable": false, "requirements": [] })
    );
    let after = client
        .post(
            "onboarding/submit-profile",
            &json!({ "entity_type": "partnership" }),
        )
        .await
        .expect(200);
    assert_eq!(
        documents(&after)["requirements"],
        json!([
            "documents.ein-letter",
            "documents.tax-return",
            "documents.bank-statement"
        ])
    );
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
    client.get("onboarding/profile").await.problem(404);
    client
        .post(
            "onboarding/submit-profile",
            &json!({ "full_name": "Maria" }),
        )
        .await
        .problem(404);
}

#[tokio::test]
async fn only_get_is_answered_and_only_with_a_token() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    for method in [Method::POST, Method::DELETE, Method::PUT] {
        let answer = Answer::to(client.worker(method, "onboarding/profile")).await;
        answer.problem(405);
        assert_eq!(answer.header("allow"), Some("GET"));
    }
    let answer = Answer::to(system.worker(Method::GET, "onboarding/profile")).await;
    answer.problem(401);
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
}

#[tokio::test]
async fn nothing_personal_is_kept_by_caches() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let answer = client.get("onboarding/profile").await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
}

/// RFC 9110, section 11.1: the scheme's case does not count.
#[tokio::test]
async fn the_word_bearer_may_be_written_in_any_case() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let request = system
        .worker(Method::GET, "onboarding/profile")
        .header("authorization", format!("bearer {}", client.token));
    Answer::to(request).await.expect(200);
    let request = system
        .worker(Method::GET, "onboarding/profile")
        .header("authorization", format!("Basic {}", client.token));
    Answer::to(request).await.problem(401);
}
