//! Addresses under /functions/v1/forms.

mod pages;

use omega_tests::openapi::Api;
use omega_tests::{Answer, Client, System};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

fn assert_described(method: &str, endpoint: &str, answer: &Answer) {
    let media_type = answer.header("content-type").unwrap();
    let schema = Api::of("forms").answer_schema(method, endpoint, answer.status, media_type);
    let validator = jsonschema::options().build(&schema).unwrap();
    let errors: Vec<_> = validator
        .iter_errors(&answer.json())
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(
        errors.is_empty(),
        "{endpoint} {}: {errors:?}",
        answer.status
    );
}

/// A signature of a W-9 data sheet; the EIN is the profile's.
pub fn w9(id: Uuid) -> Value {
    json!({
        "id": id, "form": "w9-data-sheet", "form_version": 1, "typed_name": "Maria Reyes", "consent": true,
        "answers": {
            "tax_name": "Reyes Bakery LLC", "classification": "llc", "llc_taxed_as": "partnership", "street": format!("1 Main Street, Suite {id}"),
            "city": "Austin", "state": "TX", "zip": "78701", "backup_withholding": "no", "us_person": "yes",
        },
    })
}

async fn answered(system: &System) -> Client {
    let client = system.sign_up().await;
    client.answer_everything().await;
    client
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

pub async fn file(client: &Client, document_id: &Value) -> Vec<u8> {
    let path: String = client
        .system
        .database()
        .await
        .value(
            "select storage_path from public.client_documents where id = $1",
            &[&document_id.as_str().unwrap().parse::<Uuid>().unwrap()],
        )
        .await;
    let url = format!("/storage/v1/object/authenticated/client-documents/{path}");
    Answer::to(client.supabase(Method::GET, &url)).await.body
}

#[tokio::test]
async fn a_form_is_begun_signed_and_found_again_by_the_hash_of_its_file() {
    let system = System::connect().await;
    let client = answered(&system).await;
    let answer = client.get("forms/library?search=w-9&category=taxes").await;
    assert_described("get", "forms/library", &answer);
    let found = answer.expect(200);
    assert_eq!(found["forms"][0]["id"], "w9-data-sheet");
    assert_eq!(found["forms"][0]["draft_saved_at"], Value::Null);

    // Begun with the profile, of which the EIN is shown by its last digits alone.
    let answer = client.get("forms/draft?form=w9-data-sheet").await;
    assert_described("get", "forms/draft", &answer);
    let open = answer.expect(200);
    assert_eq!(
        (&open["answers"], &open["ein"], &open["updated_at"]),
        (
            &json!({ "tax_name": "Reyes Bakery" }),
            &json!("XX-XXX6789"),
            &Value::Null
        )
    );
    let begun = json!({ "form": "w9-data-sheet", "answers": { "tax_name": "Reyes Bakery LLC", "city": "Aus" } });
    let answer = client.post("forms/draft", &begun).await;
    assert_described("post", "forms/draft", &answer);
    let version = answer.expect(200)["updated_at"].clone();
    assert_eq!(
        client.post("forms/draft", &begun).await.expect(200)["updated_at"],
        version
    );
    // Another window, which has not seen that.
    let other = json!({ "form": "w9-data-sheet", "answers": { "city": "Dallas" } });
    client.post("forms/draft", &other).await.problem(409);
    let mut later = other.clone();
    later["updated_at"] = version;
    client.post("forms/draft", &later).await.expect(200);
    let open = client
        .get("forms/draft?form=w9-data-sheet")
        .await
        .expect(200);
    assert_eq!(open["answers"], json!({ "city": "Dallas" }));
    let address = "forms/library?search=w-9&category=taxes";
    let listed = client.get(address).await.expect(200);
    assert_eq!(listed["forms"][0]["draft_saved_at"], open["updated_at"]);

    let mut unfinished = w9(Uuid::new_v4());
    unfinished["answers"]["zip"] = json!("");
    let problem = client
        .post("forms/document", &unfinished)
        .await
        .problem(422);
    assert_eq!(
        problem["errors"],
        json!([{ "field": "answers.zip", "detail": "Enter an answer." }])
    );

    let signature = w9(Uuid::new_v4());
    let answer = client.post("forms/document", &signature).await;
    assert_described("post", "forms/document", &answer);
    let signed = answer.expect(201);
    // Sent again it is the same as once; another form under its id is refused.
    assert_eq!(
        client.post("forms/document", &signature).await.expect(200),
        signed
    );
    let mut other = signature.clone();
    other["answers"]["city"] = json!("Dallas");
    client.post("forms/document", &other).await.problem(409);

    let pdf = file(&client, &signed["document_id"]).await;
    assert!(pdf.starts_with(b"%PDF-1.7"));
    assert_eq!(signed["file_sha256"], sha256(&pdf));
    let documents = client.get("onboarding/documents").await.expect(200);
    assert_eq!(documents["documents"][0]["id"], signed["document_id"]);
    assert_eq!(documents["documents"][0]["content_type"], "application/pdf");
    let activity = client.get("account/activity?limit=2").await.expect(200);
    let entries = activity["activity"].as_array().unwrap();
    assert!(
        entries
            .iter()
            .any(|entry| entry["kind"] == "form-signed" && entry["detail"] == "W-9 data sheet"),
        "{entries:?}"
    );
    let open = client
        .get("forms/draft?form=w9-data-sheet")
        .await
        .expect(200);
    assert_eq!(open["updated_at"], Value::Null, "the draft has ended");

    // Both hashes lead to it, for its client and our team, and nobody else.
    let staff = system.staff().await;
    let stranger = system.sign_up().await;
    for hash in ["file_sha256", "form_sha256"] {
        let address = format!("forms/signed?sha256={}", signed[hash].as_str().unwrap());
        let answer = client.get(&address).await;
        assert_described("get", "forms/signed", &answer);
        assert_eq!(answer.expect(200)["signed_forms"], json!([signed]));
        assert_eq!(
            staff.get(&address).await.expect(200)["signed_forms"],
            json!([signed])
        );
        assert_eq!(
            stranger.get(&address).await.expect(200)["signed_forms"],
            json!([])
        );
    }
    let changed = format!("forms/signed?sha256={}", sha256(&[&pdf[..], b" "].concat()));
    assert_eq!(
        client.get(&changed).await.expect(200)["signed_forms"],
        json!([])
    );
    let of_client = format!("forms/signed?client={}", client.id);
    assert_eq!(
        staff.get(&of_client).await.expect(200)["signed_forms"],
        json!([signed])
    );
    stranger.get(&of_client).await.problem(403);
    assert_eq!(
        staff.get("forms/signed").await.expect(200)["signed_forms"],
        json!([])
    );

    // What is kept and taken along has no EIN but its last digits; the evidence is the caller's.
    let export = client.get("account/export").await.expect(200);
    assert_eq!(export["signed_forms"][0]["answers"]["ein"], "XX-XXX6789");
    assert_eq!(export["signed_forms"][0]["typed_name"], "Maria Reyes");
    assert!(!export["signed_forms"].to_string().contains("3456789"));
    // Taken back by its client the document is gone, and the evidence stays.
    client
        .post(
            "onboarding/remove-document",
            &json!({ "id": signed["document_id"] }),
        )
        .await
        .expect(200);
    let left = client.get("forms/signed").await.expect(200);
    assert_eq!(
        (
            &left["signed_forms"][0]["id"],
            &left["signed_forms"][0]["document_id"]
        ),
        (&signed["id"], &Value::Null)
    );
}

#[tokio::test]
async fn signed_forms_are_paged_and_a_draft_is_removed() {
    let system = System::connect().await;
    let client = answered(&system).await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        let signature = w9(Uuid::new_v4());
        client.post("forms/document", &signature).await.expect(201);
        ids.push(signature["id"].clone());
    }
    let mut found = Vec::new();
    let mut address = "forms/signed?limit=2".to_owned();
    loop {
        let page = client.get(&address).await.expect(200);
        found.extend(
            page["signed_forms"]
                .as_array()
                .unwrap()
                .iter()
                .map(|signed| signed["id"].clone()),
        );
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        address = format!("forms/signed?limit=2&cursor={cursor}");
    }
    assert_eq!(found.len(), 3);
    assert!(ids.iter().all(|id| found.contains(id)));

    let bank = |answers: Value| json!({ "form": "bank-change", "answers": answers });
    client
        .post("forms/draft", &bank(json!({ "bank": "First" })))
        .await
        .expect(200);
    let problem = client
        .post(
            "forms/draft",
            &bank(json!({ "account_number": "123456789" })),
        )
        .await
        .problem(422);
    assert_eq!(problem["errors"][0]["field"], "answers.account_number");
    for _ in 0..2 {
        let removed = client
            .post(
                "forms/draft",
                &json!({ "form": "bank-change", "remove": true }),
            )
            .await;
        assert_eq!(removed.expect(200)["updated_at"], Value::Null);
    }
    client.get("forms/draft?form=none").await.problem(404);
    client.get("forms/document").await.problem(400);
    let blank = client.get("forms/document?form=bank-change").await;
    assert_eq!(
        (blank.status, blank.header("content-type")),
        (200, Some("application/pdf"))
    );
    assert!(blank.body.starts_with(b"%PDF-1.7"));
}
