//! POST /functions/v1/onboarding/update-document

use omega_tests::files::Sample;
use omega_tests::{Answer, Client, System};
use serde_json::{Value, json};
use uuid::Uuid;

const ENDPOINT: &str = "onboarding/update-document";

async fn update(client: &Client, document: &Value, changes: Value) -> Answer {
    let mut body = changes;
    body["id"] = document["id"].clone();
    client.post(ENDPOINT, &body).await
}

#[tokio::test]
async fn a_document_gets_another_name_and_another_category() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let document = client.upload(&Sample::pdf("Return"), "other").await;
    let renamed = update(
        &client,
        &document,
        json!({ "document_name": "  Return 2025.pdf " }),
    )
    .await
    .expect(200);
    let mut expected = document.clone();
    expected["document_name"] = "Return 2025.pdf".into();
    assert_eq!(renamed, expected);
    let sorted = update(
        &client,
        &document,
        json!({ "document_category": "tax-return" }),
    )
    .await
    .expect(200);
    expected["document_category"] = "tax-return".into();
    assert_eq!(sorted, expected);
    // Doing it again changes nothing, and asking for nothing neither.
    for again in [json!({ "document_category": "tax-return" }), json!({})] {
        assert_eq!(
            update(&client, &document, again).await.expect(200),
            expected
        );
    }
    assert_eq!(
        client.get("onboarding/documents").await.expect(200)["documents"],
        json!([expected])
    );
}

/// Programs tell by the ending how to open a file, so it stays what it is.
#[tokio::test]
async fn a_new_name_keeps_the_ending_of_the_file() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let samples = Sample::every_kind();
    let sample = |extension: &str| {
        samples
            .iter()
            .find(|sample| sample.extension == extension)
            .unwrap()
    };
    for (extension, name, kept) in [
        ("pdf", "Return 2025", "Return 2025.pdf"),
        ("pdf", "Return.PDF", "Return.PDF"),
        ("pdf", "Return.exe", "Return.exe.pdf"),
        ("pdf", "v1.2", "v1.2.pdf"),
        ("jpg", "Photo.jpeg", "Photo.jpeg"),
        ("heic", "Photo.heif", "Photo.heif"),
        ("csv", "Ledger.xlsx", "Ledger.xlsx.csv"),
    ] {
        let document = client.upload(sample(extension), "other").await;
        let renamed = update(&client, &document, json!({ "document_name": name }))
            .await
            .expect(200);
        assert_eq!(renamed["document_name"], kept);
    }
    let document = client.upload(sample("pdf"), "other").await;
    let renamed = update(
        &client,
        &document,
        json!({ "document_name": "é".repeat(200) }),
    )
    .await
    .expect(200);
    assert_eq!(renamed["document_name"], format!("{}.pdf", "é".repeat(196)));
}

#[tokio::test]
async fn a_reviewed_document_stays_as_it_is() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let document = client.upload(&Sample::pdf("Return"), "tax-return").await;
    client.review(&document).await;
    for changes in [
        json!({ "document_name": "Other.pdf" }),
        json!({ "document_category": "other" }),
    ] {
        let refused = update(&client, &document, changes).await.problem(409);
        assert!(
            refused["detail"].as_str().unwrap().contains("reviewed"),
            "{refused}"
        );
    }
    let list = client.get("onboarding/documents").await.expect(200);
    let now = &list["documents"][0];
    assert_eq!(now["document_name"], document["document_name"]);
    assert_eq!(
        (&document["can_change"], &now["can_change"]),
        (&json!(true), &json!(false))
    );
    assert!(now["reviewed_at"].is_string(), "{now}");
}

#[tokio::test]
async fn what_was_submitted_keeps_a_document_of_each_kind_that_is_required() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client.submit().await;
    let list = client.get("onboarding/documents").await.expect(200);
    let letter = list["documents"]
        .as_array()
        .unwrap()
        .iter()
        .find(|document| document["document_category"] == "ein-letter")
        .unwrap()
        .clone();
    update(&client, &letter, json!({ "document_category": "other" }))
        .await
        .problem(409);
    // A new name changes nothing of that, and with another one of its kind it may go.
    update(&client, &letter, json!({ "document_name": "CP 575" }))
        .await
        .expect(200);
    client
        .upload(&Sample::pdf("Another letter"), "ein-letter")
        .await;
    update(&client, &letter, json!({ "document_category": "other" }))
        .await
        .expect(200);
}

#[tokio::test]
async fn the_document_of_another_client_is_not_there() {
    let system = System::connect().await;
    let (maria, omar) = (system.sign_up().await, system.sign_up().await);
    let document = maria.upload(&Sample::pdf("Hers"), "other").await;
    update(&omar, &document, json!({ "document_name": "Mine.pdf" }))
        .await
        .problem(404);
    update(
        &omar,
        &json!({ "id": Uuid::new_v4() }),
        json!({ "document_name": "Mine.pdf" }),
    )
    .await
    .problem(404);
    assert_eq!(
        maria.get("onboarding/documents").await.expect(200)["documents"],
        json!([document])
    );
}

#[tokio::test]
async fn every_bad_field_is_named() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    assert_eq!(
        client.post(ENDPOINT, &json!({})).await.refused_fields(422),
        ["id"]
    );
    let body = json!({ "id": "7", "document_name": "", "document_category": "passport", "byte_size": 1, "reviewed_at": null });
    assert_eq!(
        client.post(ENDPOINT, &body).await.refused_fields(422),
        [
            "id",
            "document_category",
            "document_name",
            "byte_size",
            "reviewed_at"
        ]
    );
    system.post(ENDPOINT, &json!({})).await.problem(401);
}
