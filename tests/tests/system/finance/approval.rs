//! What the firm runs on: a cost above nothing is an owner's to approve, whichever way it is tried.

use omega_tests::{Answer, Client, System};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{assert_described, decide, paid_service, save, service};

/// What the source of the system named first.
#[tokio::test]
async fn the_inventory_begins_with_the_ten_services() {
    let system = System::connect().await;
    let first: Vec<String> = system
        .database()
        .await
        .values(
            "select name || ' ' || coalesce(monthly_cost_cents::text, '?') || ' ' || status from private.services
             where made_at < '2026-11-23 12:00:01+00' order by made_at desc",
            &[],
        )
        .await;
    assert_eq!(
        first,
        [
            "Frontend hosting 0 active",
            "DNS and CDN 0 active",
            "Domain omegaos.co 75 active",
            "API 0 active",
            "Database 0 active",
            "Sign-in 0 active",
            "File storage 0 active",
            "Transactional email 0 active",
            "Payment processing 0 planned",
            "Payroll integration ? planned",
        ]
    );
}

#[tokio::test]
async fn what_costs_something_is_active_once_an_owner_approved_what_they_saw() {
    let system = System::connect().await;
    let (staff, owner) = (system.staff().await, system.owner().await);
    let free = save(&staff, &paid_service(Uuid::new_v4(), "0")).await;
    assert_described("post", "finance/services", &free);
    assert_eq!(free.expect(200)["status"], "active");

    let id = Uuid::new_v4();
    let wish = paid_service(id, "$1,026.50");
    let proposed = save(&staff, &wish).await.expect(200);
    assert_eq!(
        (
            &proposed["status"],
            &proposed["monthly_cost_cents"],
            &proposed["asked_by"]
        ),
        (&json!("proposed"), &json!(102_650), &json!(staff.email))
    );
    // Sent again it is the same.
    assert_eq!(save(&staff, &wish).await.expect(200), proposed);
    // Nobody but an owner says yes.
    let refused = decide(&staff, &proposed, "approved", None).await;
    assert_eq!(
        refused.problem(403)["detail"],
        "An owner of the firm decides this. Ask one of them."
    );
    // What became dearer while the owner looked is not approved.
    let dearer = json!({ "id": id, "monthly_cost": "2000" });
    let now = save(&staff, &dearer).await.expect(200);
    decide(&owner, &proposed, "approved", None)
        .await
        .problem(409);
    let approved = decide(&owner, &now, "approved", None).await;
    assert_described("post", "finance/approval", &approved);
    let approved = approved.expect(200);
    assert_eq!(
        (
            &approved["status"],
            &approved["monthly_cost_cents"],
            &approved["approved_by"]
        ),
        (&json!("active"), &json!(200_000), &json!(owner.email))
    );
    assert_eq!(approved["actions"], json!(["cancel"]));
    // Said again it is the same as once.
    let again = decide(&owner, &now, "approved", None).await.expect(200);
    assert_eq!(again, approved);
    decide(&owner, &approved, "approved", None)
        .await
        .problem(409);

    // Dearer: it goes on at the old price until the owner says yes; declined, it stays there.
    let raised = save(&staff, &json!({ "id": id, "monthly_cost": "2500" }))
        .await
        .expect(200);
    assert_eq!(
        (
            &raised["status"],
            &raised["monthly_cost_cents"],
            &raised["asked_cost_cents"]
        ),
        (&json!("active"), &json!(200_000), &json!(250_000))
    );
    let declined = decide(&owner, &raised, "declined", Some("Too dear."))
        .await
        .expect(200);
    assert_eq!(
        (
            &declined["status"],
            &declined["monthly_cost_cents"],
            &declined["asked_cost_cents"],
            &declined["declined_reason"]
        ),
        (
            &json!("active"),
            &json!(200_000),
            &Value::Null,
            &json!("Too dear.")
        )
    );
    // Cheaper needs nobody, and dearer again is a new question.
    let cheaper = save(&staff, &json!({ "id": id, "monthly_cost": "10" }))
        .await
        .expect(200);
    assert_eq!(cheaper["monthly_cost_cents"], 1_000);
    let raised = save(&staff, &json!({ "id": id, "monthly_cost": "2000" }))
        .await
        .expect(200);
    assert_eq!(
        (&raised["monthly_cost_cents"], &raised["asked_cost_cents"]),
        (&json!(1_000), &json!(200_000))
    );
    // What is paid by use is a cost too.
    let by_use = json!({ "id": id, "monthly_cost": "10", "usage_price": "$0.01 an event" });
    let asked = save(&staff, &by_use).await.expect(200);
    assert_eq!(
        (&asked["usage_price"], &asked["asked_usage_price"]),
        (&Value::Null, &json!("$0.01 an event"))
    );
    let cancelled = save(&staff, &json!({ "id": id, "status": "cancelled" }))
        .await
        .expect(200);
    assert_eq!(cancelled["status"], "cancelled");
    let again = save(&staff, &json!({ "id": id, "status": "active" }))
        .await
        .expect(200);
    assert_eq!(again["status"], "proposed");
    let declined = decide(&owner, &again, "declined", Some("We do without."))
        .await
        .expect(200);
    assert_eq!(
        (&declined["status"], &declined["actions"]),
        (&json!("declined"), &json!(["start"]))
    );
    // The window that did not see it is told.
    let stale = json!({ "id": id, "purpose": "x", "updated_at": again["updated_at"] });
    save(&staff, &stale).await.problem(409);
    assert_eq!(service(&staff, id).await, declined);

    let changes = changes_of(&owner, id).await;
    let told: Vec<_> = changes
        .iter()
        .filter_map(|change| {
            let fields = change["fields"].as_array().unwrap();
            let status = fields.iter().find(|field| field["name"] == "status")?;
            Some((status["after"].as_str()?.to_owned(), change["by"].clone()))
        })
        .collect();
    let by = |client: &Client| json!(client.email);
    assert_eq!(
        told,
        [
            ("declined".to_owned(), by(&owner)),
            ("proposed".to_owned(), by(&staff)),
            ("cancelled".to_owned(), by(&staff)),
            ("active".to_owned(), by(&owner)),
            ("proposed".to_owned(), by(&staff)),
        ]
    );
}

/// What is on record of a service, newest first, however much else was changed meanwhile.
async fn changes_of(staff: &Client, id: Uuid) -> Vec<Value> {
    let mut changes: Vec<Value> = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = staff
            .get(&format!("finance/changes?limit=100{cursor}"))
            .await;
        assert_described("get", "finance/changes", &page);
        let page = page.expect(200);
        let entries = page["changes"].as_array().unwrap().iter();
        changes.extend(
            entries
                .filter(|one| one["subject_id"] == json!(id))
                .cloned(),
        );
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return changes,
        }
    }
}

/// Past the Workers, by the function that they call and by the table itself.
#[tokio::test]
async fn staff_do_not_approve_by_another_way() {
    let system = System::connect().await;
    let staff = system.staff().await;
    let id = Uuid::new_v4();
    let change = json!({
        "name": format!("Sneaked in {id}"), "provider": "x", "tier": "y", "monthly_cost_cents": 5_000, "status": "active",
        "approved_cents": 5_000, "approved_at": "2026-11-23T12:00:00Z", "approved_by": staff.id, "active_from": "2026-11-23",
        "asked_cost_cents": 5_000, "asked_at": "2026-11-23T12:00:00Z",
    });
    let call = async |function: &str, body: Value| {
        let path = format!("/rest/v1/rpc/{function}");
        Answer::to(staff.supabase(Method::POST, &path).json(&body)).await
    };
    let saved = call(
        "save_service",
        json!({ "service_id": id, "change": change }),
    )
    .await
    .expect(200);
    assert_eq!(
        (
            &saved["status"],
            &saved["approved_cents"],
            &saved["approved_at"],
            &saved["asked_at"]
        ),
        (&json!("proposed"), &json!(0), &Value::Null, &Value::Null)
    );
    let settled = call(
        "settle_service",
        json!({ "service_id": id, "verdict": "approved", "seen": saved["updated_at"] }),
    )
    .await;
    assert_eq!(
        (settled.status, &settled.json()["code"]),
        (403, &json!("42501"))
    );
    // The owner of the database too can make nothing active that was not approved.
    let database = system.database().await;
    let denied: Vec<String> = database
        .values(
            "select conname::text from pg_constraint where conrelid = 'private.services'::regclass and conname = 'services_active_is_approved' and convalidated",
            &[],
        )
        .await;
    assert_eq!(denied, ["services_active_is_approved"]);
    assert_eq!(service(&staff, id).await["status"], "proposed");
}

#[tokio::test]
async fn what_can_not_be_is_refused() {
    let system = System::connect().await;
    let staff = system.staff().await;
    let id = Uuid::new_v4();
    let nothing = json!({ "id": id, "monthly_cost": "5" });
    save(&staff, &nothing).await.problem(404);
    let mut planned = paid_service(id, "5");
    planned["status"] = json!("planned");
    planned["monthly_cost"] = Value::Null;
    assert_eq!(
        save(&staff, &planned).await.expect(200)["status"],
        "planned"
    );
    // To be used, its cost has to be known.
    let start = save(&staff, &json!({ "id": id, "status": "active" })).await;
    assert_eq!(start.refused_fields(422), ["monthly_cost"]);
    let twice = save(&staff, &json!({ "id": Uuid::new_v4(), "name": planned["name"], "provider": "SENTRY", "tier": "x", "monthly_cost": "0" })).await;
    assert_eq!(twice.refused_fields(409), ["name"]);
    save(&staff, &json!({ "id": id, "status": "cancelled" }))
        .await
        .expect(200);
    save(&staff, &json!({ "id": id, "status": "planned" }))
        .await
        .problem(409);
}
