//! POST /functions/v1/onboarding/remove-document

use futures_util::future::join_all;
use omega_tests::files::Sample;
use omega_tests::{Answer, Client, System};
use serde_json::{Value, json};
use uuid::Uuid;

const ENDPOINT: &str = "onboarding/remove-document";

async fn remove(client: &Client, document: &Value) -> Answer {
    client
        .post(ENDPOINT, &json!({ "id": document["id"] }))
        .await
}

async fn count(client: &Client) -> i64 {
    client
        .system
        .database()
        .await
        .value(
            "select count(*) from public.client_documents where client_id = $1",
            &[&client.id],
        )
        .await
}

fn path(document: &Value) -> &str {
    document["storage_path"].as_str().unwrap()
}

#[tokio::test]
async fn a_document_goes_with_its_file() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let document = client.upload(&Sample::pdf("A mistake"), "other").await;
    let kept = client.upload(&Sample::pdf("Kept"), "other").await;
    let answer = remove(&client, &document).await.expect(200);
    assert_eq!(answer, json!({ "removed": true, "id": document["id"] }));
    assert!(!client.stored(path(&document)).await);
    assert!(client.stored(path(&kept)).await);
    assert_eq!(count(&client).await, 1);
    // A browser whose line was cut asks again.
    assert_eq!(remove(&client, &document).await.expect(200), answer);
}

#[tokio::test]
async fn the_same_removal_at_the_same_moment_is_one() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let document = client.upload(&Sample::pdf("Once"), "other").await;
    let answers = join_all((0..6).map(|_| remove(&client, &document))).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    assert_eq!(count(&client).await, 0);
    assert!(!client.stored(path(&document)).await);
}

#[tokio::test]
async fn a_reviewed_document_stays() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let document = client.upload(&Sample::pdf("Reviewed"), "other").await;
    client.review(&document).await;
    remove(&client, &document).await.problem(409);
    assert!(client.stored(path(&document)).await);
    assert_eq!(count(&client).await, 1);
}

#[tokio::test]
async fn the_document_of_another_client_stays_whatever_is_answered() {
    let system = System::connect().await;
    let (maria, omar) = (system.sign_up().await, system.sign_up().await);
    let document = maria.upload(&Sample::pdf("Hers"), "other").await;
    // The same answer as for what is not there: it tells nothing of others.
    let nothing = json!({ "id": Uuid::new_v4() });
    for (other, id) in [(&document, &document["id"]), (&nothing, &nothing["id"])] {
        assert_eq!(
            remove(&omar, other).await.expect(200),
            json!({ "removed": true, "id": id })
        );
    }
    assert!(maria.stored(path(&document)).await);
    assert_eq!(count(&maria).await, 1);
    // Reviewed or not is not told either.
    maria.review(&document).await;
    remove(&omar, &document).await.expect(200);
}

#[tokio::test]
async fn a_required_document_can_go_until_the_onboarding_is_submitted() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client.answer_everything().await;
    let early = client.upload(&Sample::pdf("Wrong"), "ein-letter").await;
    remove(&client, &early).await.expect(200);
    client.submit().await;
    let list = client.get("onboarding/documents").await.expect(200);
    for document in list["documents"].as_array().unwrap() {
        let refused = remove(&client, document).await.problem(409);
        assert!(
            refused["detail"]
                .as_str()
                .unwrap()
                .contains("Upload the right one first"),
            "{refused}"
        );
        assert!(client.stored(path(document)).await);
    }
    let extra = client.upload(&Sample::pdf("Extra"), "w9").await;
    remove(&client, &extra).await.expect(200);
}

/// Each removal sees the other document still there; one of them has to give way.
#[tokio::test]
async fn two_removals_at_the_same_moment_leave_one_of_a_required_kind() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client.submit().await;
    for _ in 0..4 {
        client.upload(&Sample::pdf("Another"), "ein-letter").await;
        let list = client.get("onboarding/documents").await.expect(200);
        let letters: Vec<_> = list["documents"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|document| document["document_category"] == "ein-letter")
            .collect();
        assert_eq!(letters.len(), 2);
        let answers = join_all(letters.iter().map(|letter| remove(&client, letter))).await;
        let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
    }
}

#[tokio::test]
async fn a_checklist_asks_again_for_what_was_removed() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client.answer_everything().await;
    let received = async || {
        let list = client.get("onboarding/documents").await.expect(200);
        let required = list["required"].as_array().unwrap().clone();
        required
            .iter()
            .filter(|document| document["received"] == true)
            .count()
    };
    let letter = client.upload(&Sample::pdf("Letter"), "ein-letter").await;
    assert_eq!(received().await, 1);
    remove(&client, &letter).await.expect(200);
    assert_eq!(received().await, 0);
}

#[tokio::test]
async fn every_bad_field_is_named() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    assert_eq!(
        client.post(ENDPOINT, &json!({})).await.refused_fields(422),
        ["id"]
    );
    let body = json!({ "id": "7", "storage_path": "x" });
    assert_eq!(
        client.post(ENDPOINT, &body).await.refused_fields(422),
        ["id", "storage_path"]
    );
    system.post(ENDPOINT, &json!({})).await.problem(401);
}
