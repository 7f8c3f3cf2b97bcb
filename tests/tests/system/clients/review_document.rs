//! POST /functions/v1/clients/review-document, and what the client is told of it

use omega_tests::files::Sample;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{newest, review, staff_and_client};

const REASON: &str = "The picture is too dark to read.";

fn tasks(home: &Value) -> Vec<&str> {
    home["tasks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|task| task["id"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_returned_document_is_asked_for_again_with_the_reason_until_another_is_sent() {
    let (staff, client) = staff_and_client().await;
    client.answer_everything().await;
    let letter = client.upload(&Sample::pdf("Dark"), "ein-letter").await;
    let answer = review(&staff, &letter, "returned", Some(REASON))
        .await
        .expect(200);
    assert_eq!(
        (
            &answer["verdict"],
            &answer["verdict_reason"],
            &answer["verdict_by"]
        ),
        (&json!("returned"), &json!(REASON), &json!(staff.email))
    );
    assert!(answer["reviewed_at"].is_string());

    // Not received any more, in the list, on the home page and for submitting.
    let list = client.get("onboarding/documents").await.expect(200);
    let received: Vec<_> = list["required"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|document| document["received"] == true)
        .collect();
    assert!(received.is_empty(), "{received:?}");
    let shown = &list["documents"][0];
    assert_eq!(
        (
            &shown["verdict"],
            &shown["verdict_reason"],
            &shown["can_change"]
        ),
        (&json!("returned"), &json!(REASON), &json!(false))
    );
    let home = client.get("onboarding/home").await.expect(200);
    let task = format!("return-{}", letter["id"].as_str().unwrap());
    assert_eq!(home["tasks"][0]["id"], task);
    assert_eq!(
        (&home["tasks"][0]["title"], &home["tasks"][0]["detail"]),
        (
            &json!("Send this document again: EIN letter from the IRS"),
            &json!(format!("We could not use “ein-letter.pdf”: {REASON}"))
        )
    );
    assert!(!tasks(&home).contains(&"document-ein-letter"));
    let submit = json!({ "complete": true });
    let refused = client.post("onboarding/submit-profile", &submit).await;
    assert!(
        refused
            .refused_fields(409)
            .contains(&"documents.ein-letter".to_owned())
    );
    assert_eq!(
        newest(&client, 1).await[0],
        (
            json!("document-returned"),
            json!("staff"),
            json!(format!("ein-letter.pdf: {REASON}"))
        )
    );
    let mail = client
        .system
        .mail(
            &client.email,
            "Please send this document again: EIN letter from the IRS",
        )
        .await;
    for words in [REASON, "ein-letter.pdf", "/documents"] {
        assert!(mail.html.contains(words), "{words}: {}", mail.html);
    }

    // Another one settles it, and the first stays on record.
    client.send_required_documents().await;
    let home = client.get("onboarding/home").await.expect(200);
    assert_eq!(tasks(&home), ["submit"]);
    client
        .post("onboarding/submit-profile", &submit)
        .await
        .expect(200);
    let list = client.get("onboarding/documents").await.expect(200);
    assert_eq!(list["documents"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn a_verdict_can_be_changed_and_said_twice_it_is_one() {
    let (staff, client) = staff_and_client().await;
    let document = client.upload(&Sample::pdf("x"), "w9").await;
    let mails = async || -> i64 {
        client
            .system
            .database()
            .await
            .value(
                "select count(*) from public.email_outbox where client_id = $1 and template = 'document-returned'",
                &[&client.id],
            )
            .await
    };
    let first = review(&staff, &document, "returned", Some(REASON))
        .await
        .expect(200);
    let again = review(&staff, &document, "returned", Some(REASON))
        .await
        .expect(200);
    assert_eq!((mails().await, again), (1, first));
    review(
        &staff,
        &document,
        "returned",
        Some("It is of another year."),
    )
    .await
    .expect(200);
    assert_eq!(mails().await, 2);
    let accepted = review(&staff, &document, "accepted", None)
        .await
        .expect(200);
    assert_eq!(
        (&accepted["verdict"], &accepted["verdict_reason"]),
        (&json!("accepted"), &Value::Null)
    );
    assert_eq!(mails().await, 2);
    let kinds: Vec<_> = newest(&client, 3)
        .await
        .into_iter()
        .map(|(kind, ..)| kind)
        .collect();
    assert_eq!(
        kinds,
        [
            "document-accepted",
            "document-returned",
            "document-returned"
        ]
    );
    let home = client.get("onboarding/home").await.expect(200);
    assert!(tasks(&home).iter().all(|id| !id.starts_with("return-")));
}

/// From the first look on it is part of the firm's papers, whatever was said of it.
#[tokio::test]
async fn a_document_with_a_verdict_is_out_of_its_clients_reach() {
    let (staff, client) = staff_and_client().await;
    for (verdict, reason) in [("accepted", None), ("returned", Some(REASON))] {
        let document = client.upload(&Sample::pdf(verdict), "w9").await;
        review(&staff, &document, verdict, reason).await.expect(200);
        let id = &document["id"];
        for (endpoint, body) in [
            (
                "onboarding/update-document",
                json!({ "id": id, "document_name": "b.pdf" }),
            ),
            ("onboarding/remove-document", json!({ "id": id })),
        ] {
            client.post(endpoint, &body).await.problem(409);
        }
    }
}

/// One that was returned does not stand in for the only good one.
#[tokio::test]
async fn the_only_good_document_of_a_kind_stays_once_it_is_submitted() {
    let (staff, client) = staff_and_client().await;
    client.submit().await;
    let list = client
        .get("onboarding/documents?category=ein-letter")
        .await
        .expect(200);
    review(&staff, &list["documents"][0], "returned", Some(REASON))
        .await
        .expect(200);
    let second = client.upload(&Sample::pdf("Better"), "ein-letter").await;
    let remove = json!({ "id": second["id"] });
    client
        .post("onboarding/remove-document", &remove)
        .await
        .problem(409);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let (staff, client) = staff_and_client().await;
    let document = client.upload(&Sample::pdf("x"), "w9").await;
    review(&staff, &json!({ "id": Uuid::new_v4() }), "accepted", None)
        .await
        .problem(404);
    for (verdict, reason, field) in [
        ("returned", None, "reason"),
        ("accepted", Some("Nice."), "reason"),
        ("lost", None, "verdict"),
    ] {
        let answer = review(&staff, &document, verdict, reason).await;
        assert_eq!(answer.refused_fields(422), [field], "{verdict}");
    }
    let row = client
        .system
        .database()
        .await
        .row(
            "public.client_documents",
            document["id"].as_str().unwrap().parse().unwrap(),
        )
        .await;
    assert_eq!(
        (&row["verdict"], &row["reviewed_at"]),
        (&Value::Null, &Value::Null)
    );
}
