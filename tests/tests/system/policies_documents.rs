//! What a client may do with their documents past the Workers: no more than through them.

use omega_tests::files::Sample;
use omega_tests::{Answer, Caller, Client, Database, System};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

fn id(document: &Value) -> Uuid {
    document["id"].as_str().unwrap().parse().unwrap()
}

/// How many rows a write by PostgREST reached, or the status of its refusal.
async fn rest(
    client: &Client,
    method: Method,
    document: &Value,
    body: Value,
) -> Result<usize, u16> {
    let path = format!(
        "/rest/v1/client_documents?id=eq.{}",
        document["id"].as_str().unwrap()
    );
    let request = client
        .supabase(method, &path)
        .header("prefer", "return=representation")
        .json(&body);
    let answer = Answer::to(request).await;
    match answer.status {
        200 => Ok(answer.json().as_array().unwrap().len()),
        status => Err(status),
    }
}

async fn row(database: &Database, document: &Value) -> Value {
    database.row("public.client_documents", id(document)).await
}

#[tokio::test]
async fn a_reviewed_document_is_out_of_reach_of_its_client() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let mut database = system.database().await;
    let document = client.upload(&Sample::pdf("Reviewed"), "other").await;
    client.review(&document).await;
    let before = row(&database, &document).await;
    for (method, body) in [
        (Method::PATCH, json!({ "document_category": "w9" })),
        (Method::PATCH, json!({ "document_name": "Other.pdf" })),
        (Method::DELETE, json!({})),
    ] {
        assert_eq!(rest(&client, method, &document, body).await, Ok(0));
    }
    for sql in [
        "update public.client_documents set document_category = 'w9' where id = $1",
        "delete from public.client_documents where id = $1",
    ] {
        assert_eq!(
            database
                .run_as(client.caller(), sql, &[&id(&document)])
                .await,
            Ok(0),
            "{sql}"
        );
    }
    assert_eq!(row(&database, &document).await, before);
    // Its file neither: it is a document's.
    let url = format!(
        "/storage/v1/object/client-documents/{}",
        document["storage_path"].as_str().unwrap()
    );
    Answer::to(client.supabase(Method::DELETE, &url)).await;
    assert!(
        client
            .stored(document["storage_path"].as_str().unwrap())
            .await
    );
}

#[tokio::test]
async fn what_was_checked_is_not_the_clients_to_write() {
    let system = System::connect().await;
    let (client, other) = (system.sign_up().await, system.sign_up().await);
    let mut database = system.database().await;
    let document = client.upload(&Sample::pdf("Checked"), "other").await;
    let before = row(&database, &document).await;
    for (column, value) in [
        ("id", json!(Uuid::new_v4())),
        ("client_id", json!(other.id)),
        ("storage_path", json!(client.new_path("pdf"))),
        ("content_type", json!("text/html")),
        ("byte_size", json!(1)),
        ("content_sha256", json!("a".repeat(64))),
        ("uploaded_at", json!("2020-01-01T00:00:00Z")),
        ("updated_at", json!("2020-01-01T00:00:00Z")),
        ("reviewed_at", json!("2020-01-01T00:00:00Z")),
    ] {
        let body = json!({ column: value, "document_name": "Beside it.pdf" });
        assert_eq!(
            rest(&client, Method::PATCH, &document, body).await,
            Err(403),
            "{column}"
        );
        let sql = format!(
            "update public.client_documents set {column} = '{}' where id = $1",
            value.as_str().unwrap_or("1")
        );
        let denied = database
            .run_as(client.caller(), &sql, &[&id(&document)])
            .await
            .unwrap_err();
        assert!(denied.is_privilege(), "{column}: {denied:?}");
    }
    assert_eq!(row(&database, &document).await, before);
}

/// The rules of names and categories are the database's, so PostgREST keeps them too.
#[tokio::test]
async fn a_write_by_postgrest_follows_the_rules_of_the_endpoints() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let database = system.database().await;
    let document = client.upload(&Sample::pdf("Ending"), "other").await;
    let rename = json!({ "document_name": "run.exe" });
    assert_eq!(rest(&client, Method::PATCH, &document, rename).await, Ok(1));
    assert_eq!(
        row(&database, &document).await["document_name"],
        "run.exe.pdf"
    );
    for bad in [
        json!({ "document_name": "" }),
        json!({ "document_name": "a\nb" }),
        json!({ "document_category": "passport" }),
    ] {
        assert_eq!(rest(&client, Method::PATCH, &document, bad).await, Err(400));
    }
    client.submit().await;
    let list = client.get("onboarding/documents").await.expect(200);
    let required = list["documents"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|document| document["document_category"] != "other");
    for document in required {
        assert_eq!(
            rest(&client, Method::DELETE, document, json!({})).await,
            Err(409)
        );
        let other = json!({ "document_category": "other" });
        assert_eq!(
            rest(&client, Method::PATCH, document, other).await,
            Err(409)
        );
    }
    // All at once is no way around either.
    let everything = client.supabase(
        Method::DELETE,
        &format!("/rest/v1/client_documents?client_id=eq.{}", client.id),
    );
    assert_eq!(Answer::to(everything).await.status, 409);
    let left: i64 = database
        .value(
            "select count(*) from public.client_documents where client_id = $1",
            &[&client.id],
        )
        .await;
    assert_eq!(left, 4);
}

#[tokio::test]
async fn the_functions_of_documents_answer_signed_in_clients_alone() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let document = client.upload(&Sample::pdf("Mine"), "other").await;
    let body = json!({ "document_id": document["id"], "changes": {} });
    for function in ["update_document", "remove_document"] {
        let path = format!("/rest/v1/rpc/{function}");
        let mut body = body.clone();
        if function == "remove_document" {
            body.as_object_mut().unwrap().remove("changes");
        }
        for request in [
            system.anonymous(Method::POST, &path),
            system.service(Method::POST, &path),
        ] {
            let answer = Answer::to(request.json(&body)).await;
            assert!([401, 403].contains(&answer.status), "{}", answer.text());
        }
        let other = system.sign_up().await;
        Answer::to(other.supabase(Method::POST, &path).json(&body)).await;
    }
    assert!(
        client
            .stored(document["storage_path"].as_str().unwrap())
            .await
    );
    assert_eq!(
        client.get("onboarding/documents").await.expect(200)["documents"],
        json!([document])
    );
}

/// An account that ends takes its documents along, whatever was submitted.
#[tokio::test]
async fn the_end_of_an_account_is_not_held_up_by_what_is_required() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client.submit().await;
    let mut database = system.database().await;
    let removed = database
        .run_as(
            Caller::Service,
            "delete from public.clients where id = $1",
            &[&client.id],
        )
        .await;
    assert_eq!(removed, Ok(1));
    let left: i64 = database
        .value(
            "select count(*) from public.client_documents where client_id = $1",
            &[&client.id],
        )
        .await;
    assert_eq!(left, 0);
}
