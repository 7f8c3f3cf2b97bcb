//! GET /functions/v1/clients/client

use omega_tests::files::Sample;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{file, review, staff_and_client};

#[tokio::test]
async fn a_file_holds_what_the_client_told_and_sent_and_what_happened() {
    let (staff, client) = staff_and_client().await;
    client.submit().await;
    client
        .post(
            "onboarding/chat",
            &json!({ "message": "When do you begin?" }),
        )
        .await
        .expect(200);
    let letter = file(&staff, &client).await["documents"]
        .as_array()
        .unwrap()
        .iter()
        .find(|document| document["document_category"] == "ein-letter")
        .unwrap()
        .clone();
    review(
        &staff,
        &letter,
        "returned",
        Some("The second page is missing."),
    )
    .await
    .expect(200);

    let file = file(&staff, &client).await;
    assert_eq!(file["profile"]["id"], client.id.to_string());
    assert_eq!(file["profile"]["ein"], "XX-XXX6789");
    assert_eq!(file["profile"]["onboarding_status"], "in-review");
    assert_eq!(
        file["missing"],
        json!([{ "id": "documents.ein-letter", "title": "EIN letter from the IRS" }])
    );
    let moves: Vec<_> = file["moves"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["to"].as_str().unwrap(), one["needs_reason"] == true))
        .collect();
    assert_eq!(
        moves,
        [("active", false), ("in_progress", true), ("archived", true)]
    );
    assert_eq!(file["documents"].as_array().unwrap().len(), 3);
    let returned: Vec<_> = file["documents"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|document| document["verdict"] == "returned")
        .collect();
    assert_eq!(
        (
            &returned[0]["id"],
            &returned[0]["verdict_by"],
            returned.len()
        ),
        (&letter["id"], &json!(staff.email), 1)
    );
    let messages = file["messages"].as_array().unwrap();
    assert_eq!(messages.last().unwrap()["content"], "When do you begin?");
    let newest = &file["activity"][0];
    assert_eq!(
        (&newest["kind"], &newest["by"], &newest["detail"]),
        (
            &json!("document-returned"),
            &json!(staff.email),
            &json!("ein-letter.pdf: The second page is missing.")
        )
    );
    let access = &file["access"][0];
    assert_eq!(
        (&access["action"], &access["by"], &access["document_name"]),
        (
            &json!("changed"),
            &json!(staff.email),
            &json!("ein-letter.pdf")
        )
    );
}

/// Where a document of theirs was, and who of the staff did what, is not the client's to be told by the file.
#[tokio::test]
async fn a_file_gives_no_way_to_a_document_but_by_opening_it() {
    let (staff, client) = staff_and_client().await;
    let document = client.upload(&Sample::pdf("Private"), "w9").await;
    let answer = staff.get(&format!("clients/client?id={}", client.id)).await;
    answer.expect(200);
    let path = document["storage_path"].as_str().unwrap();
    assert!(!answer.text().contains(path), "{}", answer.text());
    let export = client.get("account/export").await;
    review(&staff, &document, "accepted", None)
        .await
        .expect(200);
    export.expect(200);
    let export = client.get("account/export").await;
    assert!(!export.text().contains(&staff.id.to_string()));
    assert_eq!(export.json()["documents"][0]["verdict"], "accepted");
}

#[tokio::test]
async fn who_is_not_there_or_not_named_is_refused() {
    let (staff, client) = staff_and_client().await;
    for (query, status) in [
        ("", 400),
        ("?id=", 400),
        ("?id=7", 400),
        (&*format!("?id={}&with=ein", client.id), 400),
        (&*format!("?id={}", Uuid::new_v4()), 404),
    ] {
        staff
            .get(&format!("clients/client{query}"))
            .await
            .problem(status);
    }
}

/// Over PostgREST too: what staff cannot list as rows, they do not get by a wider select.
#[tokio::test]
async fn staff_still_see_no_row_of_a_client() {
    let (staff, client) = staff_and_client().await;
    client.answer_everything().await;
    for path in [
        format!("/rest/v1/clients?id=eq.{}", client.id),
        format!("/rest/v1/client_documents?client_id=eq.{}", client.id),
        format!("/rest/v1/messages?client_id=eq.{}", client.id),
    ] {
        let rows = omega_tests::Answer::to(staff.supabase(Method::GET, &path)).await;
        assert_eq!(rows.expect(200), Value::Array(Vec::new()), "{path}");
    }
}
