//! Addresses under /functions/v1/clients, and the pages of our team that show them.

mod bulk;
mod client;
mod firm;
mod list;
pub mod pages;
pub mod reminders;
mod requests;
mod review_document;
mod roles;
mod status;
mod workflow;

use omega_tests::openapi::Api;
use omega_tests::{Answer, Client, System};
use reqwest::Method;
use serde_json::{Value, json};

/// Staff, and a client of the firm's.
async fn staff_and_client() -> (Client, Client) {
    let system = System::connect().await;
    (system.staff().await, system.sign_up().await)
}

async fn file(staff: &Client, client: &Client) -> Value {
    staff
        .get(&format!("clients/client?id={}", client.id))
        .await
        .expect(200)
}

/// A day so many days from today on, `YYYY-MM-DD`.
fn in_days(days: i64) -> String {
    (chrono::Utc::now() + chrono::Duration::days(days))
        .date_naive()
        .to_string()
}

/// A file to ask for.
pub fn statement() -> Value {
    json!({
        "title": "Bank statement of March", "description": "All pages.", "wanted": "file",
        "document_category": "bank-statement", "due_on": in_days(14),
    })
}

/// What asks a client for all of this.
pub fn wish(client: &Client, items: &[Value]) -> Value {
    json!({ "id": uuid::Uuid::new_v4(), "client_id": client.id, "items": items })
}

/// Asks a client; answers with the requests as staff see them.
pub async fn ask(staff: &Client, client: &Client, items: &[Value]) -> Vec<Value> {
    let made = staff
        .post("clients/requests", &wish(client, items))
        .await
        .expect(200);
    made["requests"].as_array().unwrap().clone()
}

async fn settle(staff: &Client, id: &Value, verdict: &str, reason: Option<&str>) -> Answer {
    let body = json!({ "id": id, "verdict": verdict, "reason": reason });
    staff.post("clients/settle-request", &body).await
}

async fn review(staff: &Client, document: &Value, verdict: &str, reason: Option<&str>) -> Answer {
    let body = json!({ "id": document["id"], "verdict": verdict, "reason": reason });
    staff.post("clients/review-document", &body).await
}

async fn move_to(staff: &Client, client: &Client, status: &str, reason: Option<&str>) -> Answer {
    let body = json!({ "id": client.id, "status": status, "reason": reason });
    staff.post("clients/move", &body).await
}

/// The kind, the actor and what was said of the newest entries of a client's own activity.
async fn newest(client: &Client, count: usize) -> Vec<(Value, Value, Value)> {
    let answer = client
        .get(&format!("account/activity?limit={count}"))
        .await
        .expect(200);
    answer["activity"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            (
                entry["kind"].clone(),
                entry["actor"].clone(),
                entry["detail"].clone(),
            )
        })
        .collect()
}

#[tokio::test]
async fn nobody_but_staff_is_let_in() {
    let (_, client) = staff_and_client().await;
    for operation in Api::of("clients").operations() {
        let address = operation.address_for(&client);
        let request = |token: Option<&str>| {
            let request = client.system.worker(operation.method.clone(), &address);
            match token {
                Some(token) => request.header("authorization", format!("Bearer {token}")),
                None => request,
            }
        };
        Answer::to(request(None)).await.problem(401);
        Answer::to(request(Some(&client.token))).await.problem(403);
    }
}

/// Past the Workers, by the functions that they call.
#[tokio::test]
async fn nobody_but_staff_calls_what_the_endpoints_call() {
    let (staff, client) = staff_and_client().await;
    let by_password = client.system.staff_by_password_alone().await;
    let other = client.system.sign_up().await;
    let document = client
        .upload(&omega_tests::files::Sample::pdf("x"), "w9")
        .await;
    for (function, body) in [
        ("list_clients", json!({})),
        ("client_file", json!({ "client_id": client.id })),
        (
            "review_document",
            json!({ "document_id": document["id"], "verdict": "accepted" }),
        ),
        (
            "move_client",
            json!({ "client_id": client.id, "status": "archived", "reason": "x" }),
        ),
        ("list_team", json!({})),
        ("workflow", json!({ "client_id": client.id })),
        (
            "note_on_client",
            json!({ "note_id": uuid::Uuid::new_v4(), "client_id": client.id, "content": "x" }),
        ),
        (
            "write_to_client",
            json!({ "message_id": uuid::Uuid::new_v4(), "client_id": client.id, "content": "x" }),
        ),
        (
            "change_clients",
            json!({ "client_ids": [client.id], "change": { "action": "assign", "owner_id": null } }),
        ),
    ] {
        let path = format!("/rest/v1/rpc/{function}");
        for caller in [&client, &other, &by_password] {
            let refused = Answer::to(caller.supabase(Method::POST, &path).json(&body)).await;
            assert_eq!(
                (refused.status, &refused.json()["code"]),
                (403, &json!("42501")),
                "{function}"
            );
        }
        Answer::to(staff.supabase(Method::POST, &path).json(&body))
            .await
            .expect(200);
    }
}

#[tokio::test]
async fn every_answer_is_as_described() {
    let (staff, client) = staff_and_client().await;
    client.submit().await;
    let api = Api::of("clients");
    let documents = file(&staff, &client).await["documents"].clone();
    let review =
        json!({ "id": documents[0]["id"], "verdict": "returned", "reason": "It is too dark." });
    let wanted = json!({ "id": client.id, "status": "in_progress", "reason": "Send it again." });
    let request = ask(&staff, &client, &[statement()]).await[0]["id"].clone();
    let written =
        json!({ "id": uuid::Uuid::new_v4(), "client_id": client.id, "content": "Hello." });
    for (method, endpoint, query, body, status) in [
        ("post", "clients/review-document", "", review.clone(), 200),
        ("post", "clients/review-document", "", json!({}), 422),
        ("post", "clients/move", "", wanted.clone(), 200),
        (
            "post",
            "clients/move",
            "",
            json!({ "id": client.id, "status": "active" }),
            409,
        ),
        (
            "post",
            "clients/requests",
            "",
            wish(&client, &[statement()]),
            200,
        ),
        ("post", "clients/requests", "", json!({}), 422),
        (
            "post",
            "clients/settle-request",
            "",
            json!({ "id": request, "verdict": "accepted" }),
            409,
        ),
        (
            "post",
            "clients/settle-request",
            "",
            json!({ "id": request, "verdict": "withdrawn" }),
            200,
        ),
        ("post", "clients/note", "", written.clone(), 200),
        ("post", "clients/reply", "", written.clone(), 200),
        (
            "post",
            "clients/bulk",
            "",
            json!({ "ids": [client.id, uuid::Uuid::new_v4()], "action": "assign", "owner_id": staff.id }),
            200,
        ),
        ("get", "clients/team", "", Value::Null, 200),
        ("get", "clients/workflow", "?days=90", Value::Null, 200),
        ("get", "clients/workflow", "?days=0", Value::Null, 400),
        (
            "get",
            "clients/workflow",
            &format!("?client={}", uuid::Uuid::new_v4()),
            Value::Null,
            404,
        ),
        ("get", "clients/list", "?limit=1", Value::Null, 200),
        ("get", "clients/list", "?status=open", Value::Null, 400),
        (
            "get",
            "clients/client",
            &format!("?id={}", client.id),
            Value::Null,
            200,
        ),
        ("get", "clients/client", "", Value::Null, 400),
        (
            "get",
            "clients/client",
            &format!("?id={}", uuid::Uuid::new_v4()),
            Value::Null,
            404,
        ),
    ] {
        let answer = if method == "get" {
            staff.get(&format!("{endpoint}{query}")).await
        } else {
            staff.post(endpoint, &body).await
        };
        assert_eq!(answer.status, status, "{endpoint}: {}", answer.text());
        let media_type = answer.header("content-type").unwrap();
        let schema = api.answer_schema(method, endpoint, status, media_type);
        let validator = jsonschema::options().build(&schema).unwrap();
        let errors: Vec<_> = validator
            .iter_errors(&answer.json())
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{endpoint} {status}: {errors:?}");
    }
}
