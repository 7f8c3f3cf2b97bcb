//! Roles inside the firm: who is read-only sees everything and changes nothing

use omega_tests::files::Sample;
use omega_tests::openapi::{Api, operations};
use omega_tests::{Answer, Caller};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{ask, file, staff_and_client, statement};

#[tokio::test]
async fn read_only_staff_read_everything_and_change_nothing() {
    let (staff, client) = staff_and_client().await;
    client.submit().await;
    let reader = client.system.read_only_staff().await;
    let request = ask(&staff, &client, &[statement()]).await[0]["id"].clone();
    let document = client.upload(&Sample::pdf("x"), "w9").await;
    let before = file(&staff, &client).await;
    assert_eq!(file(&reader, &client).await, before);
    for path in ["clients/list", "clients/team", "ops/center", "ops/secrets"] {
        reader.get(path).await.expect(200);
    }
    // Every operation of staff's that changes something, whichever there are, by its own Worker.
    let mut refused = 0;
    for operation in operations() {
        let for_staff = operation.description["tags"] == json!(["staff"]);
        if operation.method != Method::POST || !for_staff {
            continue;
        }
        let answer = reader.post(&operation.endpoint, &json!({})).await;
        answer.problem(403);
        assert!(
            answer.text().contains("read-only"),
            "{}: {}",
            operation.endpoint,
            answer.text()
        );
        refused += 1;
    }
    assert!(refused >= 8, "only {refused} were tried");
    // And past the Workers, by the functions that they call.
    for (function, body) in [
        (
            "make_requests",
            json!({ "client_id": client.id, "batch_id": Uuid::new_v4(), "items": [statement()] }),
        ),
        (
            "settle_request",
            json!({ "request_id": request, "verdict": "withdrawn" }),
        ),
        (
            "note_on_client",
            json!({ "note_id": Uuid::new_v4(), "client_id": client.id, "content": "x" }),
        ),
        (
            "write_to_client",
            json!({ "message_id": Uuid::new_v4(), "client_id": client.id, "content": "x" }),
        ),
        (
            "change_clients",
            json!({ "client_ids": [client.id], "change": { "action": "assign", "owner_id": null } }),
        ),
        (
            "move_client",
            json!({ "client_id": client.id, "status": "active" }),
        ),
        (
            "save_compliance_facts",
            json!({ "client_id": client.id, "facts": { "fiscal_year_end": 12, "payroll": "none", "pays_contractors": false, "states": [] } }),
        ),
        (
            "set_deadline",
            json!({ "client_id": client.id, "rule": "form-941", "period": "2026-q1", "change": { "status": "done" } }),
        ),
        (
            "review_document",
            json!({ "document_id": document["id"], "verdict": "accepted" }),
        ),
    ] {
        let path = format!("/rest/v1/rpc/{function}");
        let answer = Answer::to(reader.supabase(Method::POST, &path).json(&body)).await;
        assert_eq!(
            (answer.status, &answer.json()["code"]),
            (403, &json!("42501")),
            "{function}: {}",
            answer.text()
        );
    }
    assert_eq!(file(&staff, &client).await, before);
    // They open a document as others do, and that is on the record.
    let opened = reader
        .supabase(Method::POST, "/rest/v1/rpc/open_document")
        .json(&json!({ "document_id": document["id"] }));
    Answer::to(opened).await.expect(200);
    assert_eq!(
        file(&staff, &client).await["access"][0]["by"],
        json!(reader.email)
    );
}

/// An open request to close an account, a message of the contact form: what staff settle over PostgREST.
#[tokio::test]
async fn read_only_staff_settle_nothing_over_postgrest() {
    let (_, client) = staff_and_client().await;
    let reader = client.system.read_only_staff().await;
    client
        .post("account/closure", &json!({ "action": "ask" }))
        .await
        .expect(201);
    let mut database = client.system.database().await;
    let sql = "update public.account_closures set status = 'accepted' where client_id = $1";
    let reached = database
        .run_as(Caller::ReadOnlyStaff(reader.id), sql, &[&client.id])
        .await;
    assert_eq!(reached, Ok(0));
    let reached = database
        .run_as(Caller::Staff(reader.id), sql, &[&client.id])
        .await;
    assert_eq!(reached, Ok(1));
}

/// Two steps stay needed, whatever the role.
#[tokio::test]
async fn every_role_signs_in_in_two_steps() {
    let (_, client) = staff_and_client().await;
    for role in ["owner", "staff", "read-only"] {
        let member = client.system.sign_up().await;
        let body = json!({ "app_metadata": { "role": "staff", "staff_role": role } });
        let request = client
            .system
            .service(Method::PUT, &format!("/auth/v1/admin/users/{}", member.id));
        Answer::to(request.json(&body)).await.expect(200);
        let by_password = member.sign_in().await;
        for operation in Api::of("clients").operations() {
            let request =
                by_password.worker(operation.method.clone(), &operation.address_for(&client));
            let answer = Answer::to(request.json(&Value::Object(serde_json::Map::new()))).await;
            answer.problem_of(403, "https://omegaos.co/problems/second-step-needed");
        }
        let (member, _) = by_password.with_app("Office").await;
        let note = json!({ "id": Uuid::new_v4(), "client_id": client.id, "content": "x" });
        let status = member.post("clients/note", &note).await.status;
        assert_eq!(
            status,
            if role == "read-only" { 403 } else { 200 },
            "{role}"
        );
    }
}
