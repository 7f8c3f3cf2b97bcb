//! POST /functions/v1/onboarding/submit-profile

use omega_tests::files::Sample;
use omega_tests::{Client, System};
use serde_json::{Value, json};

const ENDPOINT: &str = "onboarding/submit-profile";

async fn row(client: &Client) -> Value {
    client
        .system
        .database()
        .await
        .row("public.clients", client.id)
        .await
}

#[tokio::test]
async fn a_part_is_saved_and_the_rest_is_left_alone() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client
        .post(
            ENDPOINT,
            &json!({ "business_name": " Reyes Bakery ", "urgency": "this-month" }),
        )
        .await
        .expect(200);
    let saved = client.post(ENDPOINT, &json!({ "phone": "(555) 234-5678", "services_needed": ["payroll", "payroll", "bookkeeping"] })).await.expect(200);
    let profile = &saved["profile"];
    assert_eq!(profile["business_name"], "Reyes Bakery");
    assert_eq!(profile["urgency"], "this-month");
    assert_eq!(profile["phone"], "+15552345678");
    assert_eq!(
        profile["services_needed"],
        json!(["payroll", "bookkeeping"])
    );
    assert_eq!(profile["full_name"], "Maria Reyes");
    assert_eq!(&client.get("onboarding/profile").await.expect(200), &saved);
    let row = row(&client).await;
    assert_eq!(
        (&row["business_name"], &row["phone"]),
        (&json!("Reyes Bakery"), &json!("+15552345678"))
    );
}

#[tokio::test]
async fn null_and_the_empty_text_clear_an_answer() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client.answer_everything().await;
    let cleared = client
        .post(ENDPOINT, &json!({ "phone": null, "business_name": "  ", "ein": null, "entity_type": null, "urgency": "", "services_needed": null }))
        .await
        .expect(200);
    for field in ["phone", "business_name", "ein", "entity_type", "urgency"] {
        assert_eq!(cleared["profile"][field], Value::Null, "{field}");
    }
    assert_eq!(cleared["profile"]["services_needed"], json!([]));
    assert_eq!(cleared["profile"]["full_name"], "Maria Reyes");
    let row = row(&client).await;
    assert_eq!(
        (&row["ein"], &row["services_needed"]),
        (&Value::Null, &json!([]))
    );
}

#[tokio::test]
async fn the_first_answer_starts_the_onboarding_and_nothing_does_not() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let nothing = client.post(ENDPOINT, &json!({})).await.expect(200);
    assert_eq!(nothing["onboarding"]["status"], "pending");
    let same = client
        .post(ENDPOINT, &json!({ "full_name": "Maria Reyes" }))
        .await
        .expect(200);
    assert_eq!(same["onboarding"]["status"], "pending");
    let first = client
        .post(ENDPOINT, &json!({ "urgency": "exploring" }))
        .await
        .expect(200);
    assert_eq!(first["onboarding"]["status"], "in_progress");
}

#[tokio::test]
async fn every_bad_field_is_named_and_nothing_is_saved() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let before = row(&client).await;
    let body = json!({
        "full_name": "Maria R.", "business_name": "a\tb", "phone": "123", "entity_type": "gmbh", "ein": "00-1234567",
        "urgency": "yesterday", "services_needed": ["gardening"], "complete": "yes", "colour": "red",
    });
    let fields = client.post(ENDPOINT, &body).await.refused_fields(422);
    assert_eq!(
        fields,
        [
            "business_name",
            "phone",
            "entity_type",
            "ein",
            "urgency",
            "services_needed",
            "complete",
            "colour"
        ]
    );
    assert_eq!(row(&client).await, before);
}

#[tokio::test]
async fn fields_that_are_not_the_clients_to_write_are_refused() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let before = row(&client).await;
    for field in [
        "id",
        "email",
        "onboarding_status",
        "submitted_at",
        "created_at",
        "updated_at",
        "client_id",
    ] {
        assert_eq!(
            client
                .post(ENDPOINT, &json!({ field: "active" }))
                .await
                .refused_fields(422),
            [field]
        );
    }
    assert_eq!(row(&client).await, before);
}

/// The mask is what a client sees; sent back, it must not become the number.
#[tokio::test]
async fn the_masked_ein_is_no_ein() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client
        .post(ENDPOINT, &json!({ "ein": "12 3456789" }))
        .await
        .expect(200);
    assert_eq!(
        client
            .post(ENDPOINT, &json!({ "ein": "XX-XXX6789" }))
            .await
            .refused_fields(422),
        ["ein"]
    );
    assert_eq!(row(&client).await["ein"], "12-3456789");
}

#[tokio::test]
async fn submitting_with_something_missing_lists_it_and_changes_nothing() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client
        .post(ENDPOINT, &json!({ "entity_type": "llc" }))
        .await
        .expect(200);
    let before = row(&client).await;
    // The answers beside it are not saved either: all or nothing.
    let answer = client
        .post(
            ENDPOINT,
            &json!({ "complete": true, "urgency": "immediate" }),
        )
        .await;
    insta::assert_json_snapshot!(answer.problem(409), { ".request_id" => "[id]" }, @r#"
    {
      "type": "about:blank",
      "title": "Conflict",
      "status": 409,
      "detail": "Some answers or documents are still missing. Add them, then submit again.",
      "errors": [
        {
          "field": "phone",
          "detail": "Enter a phone number."
        },
        {
          "field": "business_name",
          "detail": "Enter the name of your business."
        },
        {
          "field": "ein",
          "detail": "Enter the EIN of your business."
        },
        {
          "field": "services_needed",
          "detail": "Choose at least one service."
        },
        {
          "field": "documents.articles-of-incorporation",
          "detail": "Upload this document: Articles of incorporation or organization."
        },
        {
          "field": "documents.ein-letter",
          "detail": "Upload this document: EIN letter from the IRS."
        },
        {
          "field": "documents.bank-statement",
          "detail": "Upload this document: Bank statement."
        }
      ],
      "request_id": "[id]"
    }
    "#);
    assert_eq!(row(&client).await, before);
}

#[tokio::test]
async fn what_is_missing_is_the_same_list_as_in_the_profile() {
    let system = System::connect().await;
    for entity_type in [
        Value::Null,
        json!("sole-proprietorship"),
        json!("s-corp"),
        json!("nonprofit"),
    ] {
        let client = system.sign_up().await;
        client
            .post(ENDPOINT, &json!({ "entity_type": entity_type }))
            .await
            .expect(200);
        let profile = client.get("onboarding/profile").await.expect(200);
        let listed: Vec<String> = profile["onboarding"]["steps"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|step| step["requirements"].as_array().unwrap())
            .map(|requirement| requirement.as_str().unwrap().to_owned())
            .filter(|requirement| requirement != "complete")
            .collect();
        assert_eq!(
            client
                .post(ENDPOINT, &json!({ "complete": true }))
                .await
                .refused_fields(409),
            listed,
            "{entity_type}"
        );
    }
}

#[tokio::test]
async fn a_complete_onboarding_goes_to_review() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let submitted = client.submit().await;
    assert_eq!(submitted["profile"]["onboarding_status"], "in-review");
    assert_eq!(submitted["onboarding"]["status"], "in-review");
    assert_eq!(submitted["onboarding"]["completed_steps"], 6);
    assert!(submitted["profile"]["submitted_at"].is_string());
    assert_eq!(row(&client).await["onboarding_status"], "in-review");
}

#[tokio::test]
async fn the_last_answer_and_the_submission_may_come_together() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client.answer_everything().await;
    client.send_required_documents().await;
    client
        .post(ENDPOINT, &json!({ "urgency": null }))
        .await
        .expect(200);
    let submitted = client
        .post(
            ENDPOINT,
            &json!({ "urgency": "immediate", "complete": true }),
        )
        .await
        .expect(200);
    assert_eq!(
        (
            &submitted["onboarding"]["status"],
            &submitted["profile"]["urgency"]
        ),
        (&json!("in-review"), &json!("immediate"))
    );
}

#[tokio::test]
async fn submitting_twice_is_the_same_as_once() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let first = client.submit().await;
    let second = client
        .post(ENDPOINT, &json!({ "complete": true }))
        .await
        .expect(200);
    assert_eq!(first, second);
}

#[tokio::test]
async fn after_submission_the_legal_fields_are_locked() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client.submit().await;
    let before = row(&client).await;
    let all = json!({ "full_name": "Someone Else", "business_name": "Other", "entity_type": "s-corp", "ein": "98-7654321" });
    assert_eq!(
        client.post(ENDPOINT, &all).await.refused_fields(409),
        ["business_name", "ein", "entity_type", "full_name"]
    );
    assert_eq!(
        client
            .post(ENDPOINT, &json!({ "ein": null }))
            .await
            .refused_fields(409),
        ["ein"]
    );
    // One locked field keeps back the others that came with it.
    assert_eq!(
        client
            .post(
                ENDPOINT,
                &json!({ "phone": "555 234 9999", "ein": "98-7654321" })
            )
            .await
            .refused_fields(409),
        ["ein"]
    );
    assert_eq!(row(&client).await, before);
}

#[tokio::test]
async fn after_submission_the_rest_can_still_be_changed() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client.submit().await;
    // A locked field that says what is there already changes nothing, so it is no conflict.
    let body = json!({ "phone": "555 234 9999", "urgency": "exploring", "services_needed": ["advisory"], "full_name": "Maria Reyes" });
    let saved = client.post(ENDPOINT, &body).await.expect(200);
    assert_eq!(saved["profile"]["phone"], "+15552349999");
    assert_eq!(saved["onboarding"]["status"], "in-review");
    assert_eq!(saved["onboarding"]["completed_steps"], 6);
}

#[tokio::test]
async fn staff_can_open_an_onboarding_again_and_it_can_be_submitted_again() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client.submit().await;
    let database = system.database().await;
    database
        .rows(
            "update public.clients set onboarding_status = 'in_progress' where id = $1",
            &[&client.id],
        )
        .await;
    client
        .post(ENDPOINT, &json!({ "business_name": "Reyes & Daughters" }))
        .await
        .expect(200);
    let again = client
        .post(ENDPOINT, &json!({ "complete": true }))
        .await
        .expect(200);
    assert_eq!(
        (
            &again["onboarding"]["status"],
            &again["profile"]["business_name"]
        ),
        (&json!("in-review"), &json!("Reyes & Daughters"))
    );
}

#[tokio::test]
async fn active_and_archived_stay_what_staff_made_them() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client.submit().await;
    let database = system.database().await;
    for status in ["active", "archived"] {
        database
            .rows(
                "update public.clients set onboarding_status = $2 where id = $1",
                &[&client.id, &status],
            )
            .await;
        let answer = client
            .post(ENDPOINT, &json!({ "complete": true }))
            .await
            .expect(200);
        assert_eq!(answer["onboarding"]["status"], status);
        assert_eq!(
            client
                .post(ENDPOINT, &json!({ "ein": "98-7654321" }))
                .await
                .refused_fields(409),
            ["ein"]
        );
    }
}

#[tokio::test]
async fn a_sole_proprietor_needs_neither_ein_nor_business_name() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let answers = json!({ "phone": "555 234 5678", "entity_type": "sole-proprietorship", "urgency": "immediate", "services_needed": ["tax-preparation"] });
    client.post(ENDPOINT, &answers).await.expect(200);
    assert_eq!(
        client
            .post(ENDPOINT, &json!({ "complete": true }))
            .await
            .refused_fields(409),
        ["documents.tax-return", "documents.bank-statement"]
    );
    for category in ["tax-return", "bank-statement"] {
        client.upload(&Sample::pdf(category), category).await;
    }
    let submitted = client
        .post(ENDPOINT, &json!({ "complete": true }))
        .await
        .expect(200);
    assert_eq!(submitted["onboarding"]["status"], "in-review");
    assert_eq!(
        (
            &submitted["profile"]["ein"],
            &submitted["profile"]["business_name"]
        ),
        (&Value::Null, &Value::Null)
    );
}

#[tokio::test]
async fn answers_saved_at_the_same_moment_are_all_kept() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let parts = [
        json!({ "business_name": "Reyes Bakery" }),
        json!({ "phone": "555 234 5678" }),
        json!({ "entity_type": "llc" }),
        json!({ "urgency": "immediate" }),
        json!({ "services_needed": ["advisory"] }),
    ];
    for answer in
        futures_util::future::join_all(parts.iter().map(|part| client.post(ENDPOINT, part))).await
    {
        answer.expect(200);
    }
    let row = row(&client).await;
    for part in &parts {
        for (field, value) in part.as_object().unwrap() {
            if field != "phone" {
                assert_eq!(&row[field], value);
            }
        }
    }
    assert_eq!(row["phone"], "+15552345678");
}
