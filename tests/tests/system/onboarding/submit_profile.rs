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

const CHANGED_ELSEWHERE: &str = "https://omegaos.co/problems/changed-elsewhere";

/// The profile's version, as a page has it.
async fn version(client: &Client) -> Value {
    client.get("onboarding/profile").await.expect(200)["profile"]["updated_at"].clone()
}

#[tokio::test]
async fn an_answer_that_was_changed_elsewhere_is_not_overwritten_unseen() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client.answer_everything().await;
    let seen = version(&client).await;
    client
        .post(
            ENDPOINT,
            &json!({ "phone": "555 234 1111", "ein": "98-7654321", "updated_at": seen }),
        )
        .await
        .expect(200);

    let late = json!({ "phone": "555 234 2222", "ein": "95-1234567", "urgency": "exploring", "updated_at": seen });
    let answer = client.post(ENDPOINT, &late).await;
    let problem = answer.problem_of(409, CHANGED_ELSEWHERE);
    let fields: Vec<_> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["field"].as_str().unwrap())
        .collect();
    assert_eq!(fields, ["ein", "phone"]);
    // It shows what is there now as the client may see it, and nothing of the save was kept.
    assert_eq!(
        problem["current"],
        client.get("onboarding/profile").await.expect(200)
    );
    assert_eq!(problem["current"]["profile"]["phone"], "+15552341111");
    assert_eq!(problem["current"]["profile"]["ein"], "XX-XXX4321");
    assert!(!answer.text().contains("7654321"));
    assert_eq!(row(&client).await["urgency"], "this-month");

    // Who has seen it decides.
    let mut again = late;
    again["updated_at"] = problem["current"]["profile"]["updated_at"].clone();
    let saved = client.post(ENDPOINT, &again).await.expect(200);
    assert_eq!(saved["profile"]["phone"], "+15552342222");
    assert_eq!(saved["profile"]["urgency"], "exploring");
}

#[tokio::test]
async fn windows_that_change_different_answers_do_not_disturb_each_other() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let seen = version(&client).await;
    for change in [
        json!({ "phone": "555 234 5678", "updated_at": seen }),
        json!({ "urgency": "immediate", "updated_at": seen }),
        json!({ "services_needed": ["payroll"], "updated_at": seen }),
        // A document that comes in changes the row too, and no answer.
        json!({ "business_name": "Reyes Bakery", "updated_at": seen }),
    ] {
        client.post(ENDPOINT, &change).await.expect(200);
        client.upload(&Sample::pdf("note"), "other").await;
    }
}

/// What was sent and whose answer got lost may be sent again.
#[tokio::test]
async fn the_same_save_again_is_no_conflict() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let seen = version(&client).await;
    let save =
        json!({ "phone": "555 234 5678", "services_needed": ["payroll"], "updated_at": seen });
    let first = client.post(ENDPOINT, &save).await.expect(200);
    assert_eq!(client.post(ENDPOINT, &save).await.expect(200), first);
}

#[tokio::test]
async fn answers_that_were_changed_past_the_workers_count_too() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client
        .post(ENDPOINT, &json!({ "urgency": "immediate" }))
        .await
        .expect(200);
    let seen = version(&client).await;
    let patch = client
        .supabase(
            reqwest::Method::PATCH,
            &format!("/rest/v1/clients?id=eq.{}", client.id),
        )
        .json(&json!({ "urgency": "exploring" }));
    assert_eq!(omega_tests::Answer::to(patch).await.status, 204);
    client
        .post(
            ENDPOINT,
            &json!({ "urgency": "this-month", "updated_at": seen }),
        )
        .await
        .problem_of(409, CHANGED_ELSEWHERE);
}

#[tokio::test]
async fn nobody_submits_answers_that_they_have_not_seen() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client.answer_everything().await;
    client.send_required_documents().await;
    let seen = version(&client).await;
    client
        .post(
            ENDPOINT,
            &json!({ "business_name": "Other", "updated_at": seen }),
        )
        .await
        .expect(200);
    let submit = json!({ "complete": true, "updated_at": seen });
    let problem = client
        .post(ENDPOINT, &submit)
        .await
        .problem_of(409, CHANGED_ELSEWHERE);
    assert_eq!(problem["errors"][0]["field"], "business_name");
    assert_eq!(row(&client).await["onboarding_status"], "in_progress");
    let submit =
        json!({ "complete": true, "updated_at": problem["current"]["profile"]["updated_at"] });
    client.post(ENDPOINT, &submit).await.expect(200);
    // The second press of the button, from the page that had not seen it yet.
    client
        .post(ENDPOINT, &json!({ "complete": true, "updated_at": seen }))
        .await
        .expect(200);
}

/// Of writers that started from the same version one wins, and each other is shown that it lost.
#[tokio::test]
async fn of_two_who_save_at_the_same_moment_one_is_told() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    for _ in 0..5 {
        let seen = version(&client).await;
        let saves = (0..4).map(|n| json!({ "business_name": format!("Bakery {}", uuid::Uuid::new_v4()), "urgency": null, "updated_at": seen, "full_name": format!("Writer {n}") }));
        let saves: Vec<_> = saves.collect();
        let answers =
            futures_util::future::join_all(saves.iter().map(|save| client.post(ENDPOINT, save)))
                .await;
        let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(
            statuses.iter().filter(|status| **status == 200).count(),
            1,
            "{statuses:?}"
        );
        assert!(statuses.iter().all(|status| [200, 409].contains(status)));
        let winner = answers.iter().find(|answer| answer.status == 200).unwrap();
        assert_eq!(
            winner.json()["profile"]["full_name"],
            row(&client).await["full_name"]
        );
    }
}

#[tokio::test]
async fn each_change_has_a_later_version_than_the_one_before() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let database = system.database().await;
    database
        .rows(
            "update public.clients set updated_at = now() + interval '1 day' where id = $1",
            &[&client.id],
        )
        .await;
    // The trigger keeps it from being set, so that nothing can put it into the future or the past.
    let ahead: bool = database
        .value(
            "select updated_at > now() + interval '1 hour' from public.clients where id = $1",
            &[&client.id],
        )
        .await;
    assert!(!ahead);
    let mut last = row(&client).await["updated_at"]
        .as_str()
        .unwrap()
        .to_owned();
    for urgency in ["immediate", "exploring", "this-month"] {
        client
            .post(ENDPOINT, &json!({ "urgency": urgency }))
            .await
            .expect(200);
        let later: bool = database
            .value(
                "select updated_at > $2::text::timestamptz from public.clients where id = $1",
                &[&client.id, &last],
            )
            .await;
        assert!(later, "{urgency}");
        last = row(&client).await["updated_at"]
            .as_str()
            .unwrap()
            .to_owned();
    }
}

#[tokio::test]
async fn a_version_that_is_none_is_refused() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    for bad in ["", "yesterday", "2026-11-23", "'; drop table clients"] {
        assert_eq!(
            client
                .post(
                    ENDPOINT,
                    &json!({ "urgency": "immediate", "updated_at": bad })
                )
                .await
                .refused_fields(422),
            ["updated_at"]
        );
    }
    client
        .post(
            ENDPOINT,
            &json!({ "urgency": "immediate", "updated_at": null }),
        )
        .await
        .expect(200);
}

#[tokio::test]
async fn a_submission_has_a_receipt_that_is_mailed_once() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let submitted = client.submit().await;
    let number = submitted["profile"]["receipt_number"].as_str().unwrap();
    let (prefix, rest) = number.split_at(3);
    assert_eq!((prefix, rest.len()), ("OM-", 8), "{number}");
    client
        .post(ENDPOINT, &json!({ "complete": true }))
        .await
        .expect(200);

    let mail = system.mail(&client.email, "Your receipt").await;
    assert!(mail.subject.contains(number), "{}", mail.subject);
    for said in [
        "Reyes Bakery",
        "ends in 6789",
        "articles-of-incorporation.pdf",
        "Bookkeeping, Payroll",
    ] {
        assert!(mail.html.contains(said), "{said}: {}", mail.html);
    }
    assert!(!mail.html.contains("3456789") && !mail.html.contains("12-345"));
    assert!(mail.link("/receipt").starts_with(&system.addresses.site));

    let database = system.database().await;
    let contexts: Vec<Value> = database
        .values(
            "select context from public.email_outbox where client_id = $1 and template = 'receipt'",
            &[&client.id],
        )
        .await;
    assert_eq!(contexts.len(), 1);
    assert!(
        !contexts[0].to_string().contains("56789"),
        "{}",
        contexts[0]
    );

    // Opened again and submitted again it is the same file, and another mail.
    database
        .rows(
            "update public.clients set onboarding_status = 'in_progress' where id = $1",
            &[&client.id],
        )
        .await;
    let again = client
        .post(ENDPOINT, &json!({ "complete": true }))
        .await
        .expect(200);
    assert_eq!(again["profile"]["receipt_number"], number);
    let mails: i64 = database
        .value(
            "select count(*) from public.email_outbox where client_id = $1 and template = 'receipt'",
            &[&client.id],
        )
        .await;
    assert_eq!(mails, 2);
}

#[tokio::test]
async fn what_is_not_submitted_has_no_receipt() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client
        .post(ENDPOINT, &json!({ "complete": true }))
        .await
        .problem(409);
    assert_eq!(row(&client).await["receipt_number"], Value::Null);
    let mails: i64 = system
        .database()
        .await
        .value(
            "select count(*) from public.email_outbox where client_id = $1 and template = 'receipt'",
            &[&client.id],
        )
        .await;
    assert_eq!(mails, 0);
}
