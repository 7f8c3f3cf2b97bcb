//! POST /functions/v1/onboarding/register-document

use futures_util::future::join_all;
use omega_tests::files::Sample;
use omega_tests::{Answer, Client, System, unique_address};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

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

/// Uploads bytes under a name and a type, and tries to register them.
async fn try_file(
    client: &Client,
    extension: &str,
    media_type: &str,
    bytes: &[u8],
) -> (String, Answer) {
    let path = client.new_path(extension);
    client.put(&path, media_type, bytes).await.expect(200);
    let answer = client.register("A file", "other", &path).await;
    (path, answer)
}

#[tokio::test]
async fn an_uploaded_file_becomes_a_document() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let sample = Sample::pdf("January");
    let path = client.new_path("pdf");
    client
        .put(&path, "application/pdf", &sample.bytes)
        .await
        .expect(200);
    let document = client
        .register("  Statement of January.pdf ", "bank-statement", &path)
        .await
        .expect(201);
    insta::assert_json_snapshot!(document, { ".id" => "[id]", ".storage_path" => "[path]", ".uploaded_at" => "[time]", ".byte_size" => "[size]" }, @r#"
    {
      "id": "[id]",
      "document_name": "Statement of January.pdf",
      "document_category": "bank-statement",
      "content_type": "application/pdf",
      "byte_size": "[size]",
      "storage_path": "[path]",
      "uploaded_at": "[time]",
      "content_sha256": null,
      "reviewed_at": null,
      "verdict": null,
      "verdict_reason": null,
      "can_change": true
    }
    "#);
    assert_eq!(document["storage_path"], path);
    assert_eq!(document["byte_size"], sample.bytes.len());

    let id: Uuid = document["id"].as_str().unwrap().parse().unwrap();
    let row = system
        .database()
        .await
        .row("public.client_documents", id)
        .await;
    assert_eq!(
        (&row["client_id"], &row["byte_size"]),
        (&json!(client.id), &json!(sample.bytes.len()))
    );
    // A first document starts the onboarding as a first answer does.
    assert_eq!(
        client.get("onboarding/profile").await.expect(200)["onboarding"]["status"],
        "in_progress"
    );
}

#[tokio::test]
async fn the_same_file_again_is_the_same_document() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let document = client.upload(&Sample::pdf("Once"), "other").await;
    let path = document["storage_path"].as_str().unwrap();
    let again = client
        .register("Another name", "w9", path)
        .await
        .expect(200);
    assert_eq!(again, document);
    assert_eq!(count(&client).await, 1);
}

#[tokio::test]
async fn the_same_file_at_the_same_moment_is_one_document() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let path = client.new_path("pdf");
    client
        .put(&path, "application/pdf", &Sample::pdf("Once").bytes)
        .await
        .expect(200);
    let answers =
        join_all((0..8).map(|_| client.register("Statement", "bank-statement", &path))).await;
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 200, 200, 201]);
    assert!(
        answers
            .iter()
            .all(|answer| answer.json() == answers[0].json())
    );
    assert_eq!(count(&client).await, 1);
}

#[tokio::test]
async fn every_kind_that_is_promised_is_taken() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    for sample in Sample::every_kind() {
        let path = client.new_path(sample.extension);
        client
            .put(&path, sample.media_type, &sample.bytes)
            .await
            .expect(200);
        let answer = client.register("A file", "other", &path).await;
        assert_eq!(
            answer.status,
            201,
            ".{}: {}",
            sample.extension,
            answer.text()
        );
        let document = answer.json();
        assert_eq!(
            (&document["content_type"], &document["byte_size"]),
            (&json!(sample.media_type), &json!(sample.bytes.len()))
        );
    }
}

#[tokio::test]
async fn capital_letters_in_the_extension_are_fine() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let (_, answer) = try_file(&client, "PDF", "application/pdf", &Sample::pdf("x").bytes).await;
    answer.expect(201);
}

/// Name, declared type and first bytes have to agree; what does not is not kept.
#[tokio::test]
async fn a_file_in_disguise_is_refused_and_removed() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let samples = Sample::every_kind();
    let bytes = |extension: &str| {
        samples
            .iter()
            .find(|sample| sample.extension == extension)
            .unwrap()
            .bytes
            .clone()
    };
    let media_type = |extension: &str| {
        samples
            .iter()
            .find(|sample| sample.extension == extension)
            .unwrap()
            .media_type
    };
    let program = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0".to_vec();
    for (what, extension, declared, content) in [
        ("a program", "pdf", "application/pdf", program.clone()),
        (
            "a picture named pdf",
            "pdf",
            "application/pdf",
            bytes("png"),
        ),
        ("a pdf declared a picture", "pdf", "image/png", bytes("pdf")),
        (
            "a pdf named png and declared so",
            "png",
            "image/png",
            bytes("pdf"),
        ),
        (
            "a web page named csv",
            "csv",
            "text/csv",
            b"<!doctype html><script>alert(1)</script>".to_vec(),
        ),
        (
            "an SVG named csv",
            "csv",
            "text/csv",
            b"\n<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(),
        ),
        ("bytes named csv", "csv", "text/csv", vec![0, 1, 2, 3]),
        (
            "a workbook named docx",
            "docx",
            media_type("docx"),
            bytes("xlsx"),
        ),
        (
            "a letter named xlsx",
            "xlsx",
            media_type("xlsx"),
            bytes("docx"),
        ),
        (
            "a bare ZIP named xlsx",
            "xlsx",
            media_type("xlsx"),
            b"PK\x03\x04\x14\0\0\0\0\0aaaabbbbccccdddd\x05\0\0\0a.exe".to_vec(),
        ),
        ("a program named xls", "xls", media_type("xls"), program),
        (
            "an extension that is not taken",
            "exe",
            "application/pdf",
            bytes("pdf"),
        ),
        (
            "two extensions",
            "pdf.html",
            "application/pdf",
            bytes("pdf"),
        ),
    ] {
        let (path, answer) = try_file(&client, extension, declared, &content).await;
        assert_eq!(answer.status, 422, "{what}: {}", answer.text());
        assert_eq!(answer.refused_fields(422), ["storage_path"], "{what}");
        assert!(!client.stored(&path).await, "{what} is still in Storage");
    }
    assert_eq!(count(&client).await, 0);
}

#[tokio::test]
async fn an_empty_file_is_refused_and_removed() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let path = client.new_path("pdf");
    let put = client.put(&path, "application/pdf", b"").await;
    // Storage may refuse it in the first place.
    if put.status == 200 {
        let answer = client.register("Nothing", "other", &path).await;
        assert_eq!(answer.problem(422)["detail"], "The file is empty.");
    }
    assert!(!client.stored(&path).await);
}

/// The bucket has the limit, so that a file too large never gets as far as us.
#[tokio::test]
async fn storage_takes_no_file_over_the_limit_and_no_other_type() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let mut large = Sample::pdf("Large").bytes;
    large.resize(25 * 1024 * 1024 + 1, b' ');
    for (extension, media_type, bytes) in [
        ("pdf", "application/pdf", large.as_slice()),
        ("html", "text/html", b"<p>"),
        ("svg", "image/svg+xml", b"<svg/>"),
    ] {
        let path = client.new_path(extension);
        let answer = client.put(&path, media_type, bytes).await;
        assert!(
            (400..500).contains(&answer.status),
            "{media_type}: {}",
            answer.status
        );
        assert!(!client.stored(&path).await);
    }
}

#[tokio::test]
async fn a_file_of_the_largest_size_is_taken() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let mut bytes = Sample::pdf("Large").bytes;
    bytes.resize(25 * 1024 * 1024, b' ');
    let (_, answer) = try_file(&client, "pdf", "application/pdf", &bytes).await;
    assert_eq!(answer.expect(201)["byte_size"], 25 * 1024 * 1024);
}

#[tokio::test]
async fn a_path_where_nothing_is_is_refused() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let answer = client
        .register("Statement", "other", &client.new_path("pdf"))
        .await;
    assert_eq!(answer.refused_fields(422), ["storage_path"]);
    assert_eq!(count(&client).await, 0);
}

#[tokio::test]
async fn a_file_in_another_clients_folder_can_be_neither_registered_nor_removed() {
    let system = System::connect().await;
    let (maria, omar) = (system.sign_up().await, system.sign_up().await);
    let path = maria.new_path("pdf");
    // In disguise, so that registering it would remove it.
    maria
        .put(&path, "application/pdf", b"not a pdf")
        .await
        .expect(200);
    for tried in [
        path.clone(),
        format!("{}/../{path}", omar.id),
        format!("{}/%2e%2e/{path}", omar.id),
        format!("{}//{path}", omar.id),
    ] {
        assert_eq!(
            omar.register("Mine", "other", &tried)
                .await
                .refused_fields(422),
            ["storage_path"],
            "{tried}"
        );
    }
    assert!(maria.stored(&path).await);
    assert_eq!(count(&omar).await + count(&maria).await, 0);
}

#[tokio::test]
async fn every_bad_field_is_named() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let nothing = client
        .post("onboarding/register-document", &json!({}))
        .await;
    assert_eq!(
        nothing.refused_fields(422),
        ["document_name", "document_category", "storage_path"]
    );
    let body = json!({ "document_name": "x".repeat(201), "document_category": "passport", "storage_path": "a.pdf", "byte_size": 1, "content_type": "text/html", "content_sha256": "abc" });
    let bad = client.post("onboarding/register-document", &body).await;
    assert_eq!(
        bad.refused_fields(422),
        [
            "document_name",
            "document_category",
            "storage_path",
            "content_sha256",
            "byte_size",
            "content_type"
        ]
    );
}

/// What was checked must stay what it was.
#[tokio::test]
async fn a_registered_file_can_be_neither_replaced_nor_removed_by_the_client() {
    let system = System::connect().await;
    let client = system.sign_up_as(&unique_address(), "Maria").await;
    let sample = Sample::pdf("Original");
    let document = client.upload(&sample, "tax-return").await;
    let path = document["storage_path"].as_str().unwrap();
    let url = format!("/storage/v1/object/client-documents/{path}");
    let upsert = client
        .supabase(Method::POST, &url)
        .header("x-upsert", "true")
        .header("content-type", "application/pdf")
        .body("%PDF-1.7 other");
    let replace = client
        .supabase(Method::PUT, &url)
        .header("content-type", "application/pdf")
        .body("%PDF-1.7 other");
    for request in [upsert, replace] {
        let answer = Answer::to(request).await;
        assert!(
            (400..500).contains(&answer.status),
            "{} {}",
            answer.status,
            answer.text()
        );
    }
    let moved = json!({ "bucketId": "client-documents", "sourceKey": path, "destinationKey": client.new_path("pdf") });
    Answer::to(
        client
            .supabase(Method::POST, "/storage/v1/object/move")
            .json(&moved),
    )
    .await;
    Answer::to(client.supabase(Method::DELETE, &url)).await;
    Answer::to(
        client
            .supabase(Method::DELETE, "/storage/v1/object/client-documents")
            .json(&json!({ "prefixes": [path] })),
    )
    .await;
    let stored = Answer::to(client.supabase(
        Method::GET,
        &format!("/storage/v1/object/authenticated/client-documents/{path}"),
    ))
    .await;
    assert_eq!((stored.status, stored.body), (200, sample.bytes));
}

#[tokio::test]
async fn an_upload_that_was_never_registered_can_be_taken_back() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let path = client.new_path("pdf");
    client
        .put(&path, "application/pdf", &Sample::pdf("x").bytes)
        .await
        .expect(200);
    let removal = client
        .supabase(Method::DELETE, "/storage/v1/object/client-documents")
        .json(&json!({ "prefixes": [path] }));
    let removed = Answer::to(removal).await.expect(200);
    assert_eq!(removed.as_array().map(Vec::len), Some(1), "{removed}");
    assert!(!client.stored(&path).await);
}

#[tokio::test]
async fn a_document_can_be_downloaded_by_a_signed_address_until_it_expires() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let sample = Sample::pdf("Signed");
    let document = client.upload(&sample, "other").await;
    let path = document["storage_path"].as_str().unwrap();
    let sign = |seconds: i64| {
        client
            .supabase(
                Method::POST,
                &format!("/storage/v1/object/sign/client-documents/{path}"),
            )
            .json(&json!({ "expiresIn": seconds }))
    };
    let signed: Value = Answer::to(sign(60)).await.expect(200);
    let url = format!(
        "{}/storage/v1{}",
        system.addresses.supabase,
        signed["signedURL"].as_str().unwrap()
    );
    let download = Answer::to(system.http.get(&url)).await;
    assert_eq!((download.status, &download.body), (200, &sample.bytes));
    let tampered = Answer::to(system.http.get(format!("{url}x"))).await;
    assert_ne!(tampered.status, 200);
}
