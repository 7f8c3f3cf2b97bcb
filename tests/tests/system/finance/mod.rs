//! Addresses under /functions/v1/finance, and the pages that show them.

mod approval;
mod csv;
mod expenses;
mod pages;
mod receipts;

use omega_tests::files::Sample;
use omega_tests::openapi::Api;
use omega_tests::{Answer, Client, System};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

/// A service that costs something, of a name of its own.
pub fn paid_service(id: Uuid, monthly_cost: &str) -> Value {
    json!({ "id": id, "name": format!("Error tracking {id}"), "provider": "Sentry", "tier": "Team", "monthly_cost": monthly_cost })
}

/// An entry of the log, far from what other tests look at.
pub fn expense(id: Uuid, amount: &str) -> Value {
    json!({ "id": id, "spent_on": "2001-05-04", "amount": amount, "category": "office", "vendor": "Paper mill" })
}

/// Uploads a receipt into the folder of who does it; gives its path.
pub async fn put_receipt(staff: &Client) -> String {
    let path = staff.new_path("pdf");
    let request = staff
        .supabase(Method::POST, &format!("/storage/v1/object/receipts/{path}"))
        .header("content-type", "application/pdf")
        .body(Sample::pdf("Paid").bytes);
    Answer::to(request).await.expect(200);
    path
}

async fn save(staff: &Client, body: &Value) -> Answer {
    staff.post("finance/services", body).await
}

async fn decide(owner: &Client, service: &Value, verdict: &str, reason: Option<&str>) -> Answer {
    let body = json!({
        "id": service["id"], "verdict": verdict, "reason": reason, "updated_at": service["updated_at"],
    });
    owner.post("finance/approval", &body).await
}

/// The service as any of staff sees it, wherever it stands in the list.
async fn service(staff: &Client, id: Uuid) -> Value {
    let mut cursor = None;
    loop {
        let after = cursor
            .as_ref()
            .map_or(String::new(), |cursor| format!("&cursor={cursor}"));
        let page = staff
            .get(&format!("finance/services?limit=100{after}"))
            .await
            .expect(200);
        let services = page["services"].as_array().unwrap();
        if let Some(found) = services.iter().find(|one| one["id"] == json!(id)) {
            return found.clone();
        }
        cursor = page["next_cursor"].as_str().map(str::to_owned);
        assert!(cursor.is_some(), "{id} is not in the list");
    }
}

fn assert_described(method: &str, endpoint: &str, answer: &Answer) {
    let media_type = answer.header("content-type").unwrap();
    let schema = Api::of("finance").answer_schema(method, endpoint, answer.status, media_type);
    let validator = jsonschema::options().build(&schema).unwrap();
    let errors: Vec<_> = validator
        .iter_errors(&answer.json())
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{endpoint}: {errors:?}");
}

/// Whatever address and function there is: a client reaches none, read-only staff change nothing.
#[tokio::test]
async fn the_finances_are_the_firms_alone() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let reader = system.read_only_staff().await;
    for operation in Api::of("finance").operations() {
        let request = client.worker(operation.method.clone(), &operation.endpoint);
        Answer::to(request.json(&json!({}))).await.problem(403);
        if operation.method == Method::GET {
            let answer = reader.get(&operation.endpoint).await;
            answer.expect(200);
            assert_described("get", &operation.endpoint, &answer);
        } else {
            let refused = reader.post(&operation.endpoint, &json!({})).await;
            assert!(
                refused.problem(403)["detail"]
                    .as_str()
                    .unwrap()
                    .contains("read-only")
            );
        }
    }
    let id = Uuid::new_v4();
    for (function, body, writes) in [
        ("list_services", json!({}), false),
        (
            "list_expenses",
            json!({ "first_day": "2026-01-01", "last_day": "2026-12-31" }),
            false,
        ),
        ("list_finance_changes", json!({}), false),
        ("finance_year", json!({ "year": 2026 }), false),
        (
            "save_service",
            json!({ "service_id": id, "change": { "name": "x", "provider": "y", "tier": "z", "monthly_cost_cents": 0 } }),
            true,
        ),
        (
            "settle_service",
            json!({ "service_id": id, "verdict": "approved" }),
            true,
        ),
        (
            "log_expense",
            json!({ "entry": { "id": id, "spent_on": "2001-05-04", "cents": 5, "category": "rent", "vendor": "x" } }),
            true,
        ),
        (
            "set_budget",
            json!({ "year": 2001, "months": [1], "category": "rent", "cents": 5 }),
            true,
        ),
        (
            "import_expenses",
            json!({ "entries": [], "sha256": "00".repeat(32) }),
            true,
        ),
    ] {
        let by_password = system.staff_by_password_alone().await;
        for (who, may) in [(&client, false), (&by_password, false), (&reader, !writes)] {
            let path = format!("/rest/v1/rpc/{function}");
            let answer = Answer::to(who.supabase(Method::POST, &path).json(&body)).await;
            if may {
                answer.expect(200);
            } else {
                assert_eq!(
                    (answer.status, &answer.json()["code"]),
                    (403, &json!("42501")),
                    "{function}: {}",
                    answer.text()
                );
            }
        }
    }
}
