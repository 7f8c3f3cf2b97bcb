//! compliance/deadlines, compliance/facts and compliance/record

use omega_tests::files::Sample;
use omega_tests::{System, unique_address};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{assert_described, business, facts, list, names};

const SPRING: &str = "from=2026-03-01&to=2026-05-31";

#[tokio::test]
async fn a_client_is_told_what_is_due_once_the_business_is_known() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let before = list(&client, SPRING).await;
    assert_eq!(
        (names(&before), &before["business"]["facts"]),
        (Vec::new(), &Value::Null)
    );
    client.answer_everything().await;
    let answer = client.post("compliance/facts", &facts()).await;
    assert_described("post", "compliance/facts", &answer);
    assert_eq!(answer.expect(200)["entity_type"], "llc");
    let answer = client.get(&format!("compliance/deadlines?{SPRING}")).await;
    assert_described("get", "compliance/deadlines", &answer);
    let found = answer.expect(200);
    assert_eq!(
        names(&found),
        [
            "2026-03-16 form-1065:2025-12",
            "2026-03-16 form-7004-1065:2025-12",
            "2026-04-30 form-941:2026-q1",
            "2026-04-30 futa-deposit:2026-q1",
            "2026-05-15 tx-franchise:2026",
        ]
    );
    let payroll = &found["deadlines"][2];
    assert_eq!(payroll["later"]["date"], "2026-05-11");
    assert_eq!(payroll["source"]["law"], "26 CFR 31.6071(a)-1(a)");
    // Formed in the United States: no report to FinCEN, and where that is written.
    assert!(
        found["business"]["not_owed"][0]["source"]["law"]
            .as_str()
            .unwrap()
            .contains("1010.380")
    );

    // Told anew, other dates are due; the same again changes nothing.
    let mut other = facts();
    other["llc_taxed_as"] = json!("sole-proprietor");
    other["payroll"] = json!("none");
    other["deposit_schedule"] = Value::Null;
    other["states"] = json!(["OH"]);
    for _ in 0..2 {
        let told = client.post("compliance/facts", &other).await.expect(200);
        assert_eq!(told["states_not_computed"], json!(["Ohio"]));
    }
    assert_eq!(
        names(&list(&client, "from=2026-04-01&to=2026-04-30").await)[0],
        "2026-04-15 form-1040:2025-12"
    );
    let activity = client.get("account/activity?limit=3").await.expect(200)["activity"].clone();
    let kinds: Vec<_> = activity
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["kind"].clone())
        .collect();
    assert_eq!(kinds[..2], [json!("facts-changed"), json!("facts-changed")]);
    assert_ne!(kinds.get(2), Some(&json!("facts-changed")));
}

#[tokio::test]
async fn a_due_date_is_done_with_a_proof_and_an_extension_moves_the_return() {
    let system = System::connect().await;
    let client = business(&system).await;
    let document = client
        .upload(&Sample::pdf("Confirmation"), "tax-return")
        .await;
    let filed = json!({ "rule": "form-941", "period": "2026-q1", "status": "done", "document_id": document["id"] });
    let answer = client.post("compliance/record", &filed).await;
    assert_described("post", "compliance/record", &answer);
    let done = answer.expect(200);
    assert_eq!(
        (&done["status"], &done["done_by"], &done["document"]["id"]),
        (&json!("done"), &json!("client"), &document["id"])
    );
    // Sent again it is the same, its time too.
    let again = client.post("compliance/record", &filed).await.expect(200);
    assert_eq!(again["done_at"], done["done_at"]);
    let open = list(&client, &format!("{SPRING}&status=open")).await;
    assert!(!names(&open).iter().any(|name| name.contains("form-941")));

    // More time for the return: it is due in September instead.
    let extended = json!({ "rule": "form-7004-1065", "period": "2025-12", "status": "done" });
    client
        .post("compliance/record", &extended)
        .await
        .expect(200);
    let spring = names(&list(&client, SPRING).await);
    assert!(
        !spring.iter().any(|name| name.contains("form-1065:")),
        "{spring:?}"
    );
    let autumn = names(&list(&client, "from=2026-09-01&to=2026-09-30").await);
    assert_eq!(autumn, ["2026-09-15 form-1065-extended:2025-12"]);
    let moved = json!({ "rule": "form-1065", "period": "2025-12", "status": "done" });
    client.post("compliance/record", &moved).await.problem(404);
    let back = json!({ "rule": "form-7004-1065", "period": "2025-12", "status": "open" });
    client.post("compliance/record", &back).await.expect(200);
    assert_eq!(names(&list(&client, SPRING).await), spring_with_return());

    // What was done is on the record, in the export too; a proof that goes takes nothing along.
    let newest = client.get("account/activity?limit=1").await.expect(200)["activity"][0].clone();
    assert_eq!(newest["detail"], "form-7004-1065 2025-12: Open");
    let export = client.get("account/export").await.expect(200);
    assert_eq!(export["facts"]["states"], json!(["TX"]));
    assert_eq!(export["deadlines"].as_array().unwrap().len(), 2);
    client
        .post(
            "onboarding/remove-document",
            &json!({ "id": document["id"] }),
        )
        .await
        .expect(200);
    let still = list(&client, SPRING).await["deadlines"][2].clone();
    assert_eq!(
        (&still["status"], &still["document"]),
        (&json!("done"), &Value::Null)
    );
}

fn spring_with_return() -> Vec<String> {
    [
        "2026-03-16 form-1065:2025-12",
        "2026-03-16 form-7004-1065:2025-12",
        "2026-04-30 form-941:2026-q1",
        "2026-04-30 futa-deposit:2026-q1",
        "2026-05-15 tx-franchise:2026",
    ]
    .map(str::to_owned)
    .to_vec()
}

#[tokio::test]
async fn what_is_anothers_or_our_teams_is_refused() {
    let system = System::connect().await;
    let (client, other) = (business(&system).await, business(&system).await);
    let record = |extra: Value| {
        let mut body = json!({ "rule": "form-941", "period": "2026-q1" });
        body.as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        body
    };
    let foreign = other.upload(&Sample::pdf("Not yours"), "w9").await;
    for (body, status) in [
        (record(json!({ "status": "not-applicable" })), 403),
        (record(json!({ "assigned_to": "ana@example.com" })), 403),
        (record(json!({ "status": "done", "client": other.id })), 403),
        (
            record(json!({ "status": "done", "document_id": foreign["id"] })),
            422,
        ),
        (
            record(json!({ "status": "done", "document_id": Uuid::new_v4() })),
            422,
        ),
        (
            json!({ "rule": "form-1120", "period": "2025-12", "status": "done" }),
            404,
        ),
        (
            json!({ "rule": "form-941", "period": "2026-q5", "status": "done" }),
            404,
        ),
    ] {
        client
            .post("compliance/record", &body)
            .await
            .problem(status);
    }
    let mut told = facts();
    told["client"] = json!(other.id);
    client.post("compliance/facts", &told).await.problem(403);
    client
        .get(&format!("compliance/deadlines?client={}", other.id))
        .await
        .problem(403);
    for query in ["limit=5", "from=x", "client=7", "cursor=x", "surprise=1"] {
        client
            .get(&format!("compliance/deadlines?{query}"))
            .await
            .problem(400);
    }
    // Past the Workers, too.
    for (function, body) in [
        ("compliance_file", json!({ "client_id": other.id })),
        (
            "save_compliance_facts",
            json!({ "facts": facts(), "client_id": other.id }),
        ),
        (
            "set_deadline",
            json!({ "rule": "form-941", "period": "2026-q1", "change": { "status": "done" }, "client_id": other.id }),
        ),
        (
            "set_deadline",
            json!({ "rule": "form-941", "period": "2026-q1", "change": { "status": "not-applicable" } }),
        ),
        ("list_deadlines", json!({ "candidates": [] })),
    ] {
        let path = format!("/rest/v1/rpc/{function}");
        let refused =
            omega_tests::Answer::to(client.supabase(reqwest::Method::POST, &path).json(&body))
                .await;
        assert_eq!(
            (refused.status, &refused.json()["code"]),
            (403, &json!("42501")),
            "{function}"
        );
    }
    let records = list(&other, SPRING).await;
    assert!(
        records["deadlines"]
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one["status"] == "open")
    );
}

#[tokio::test]
async fn our_team_sees_one_client_or_all_and_looks_after_due_dates() {
    let system = System::connect().await;
    let staff = system.staff().await;
    let client = system.sign_up_as(&unique_address(), "Maria Reyes").await;
    client.answer_everything().await;
    let mut told = facts();
    told["client"] = json!(client.id);
    staff.post("compliance/facts", &told).await.expect(200);
    let own = list(&client, SPRING).await;
    let seen = list(&staff, &format!("client={}&{SPRING}", client.id)).await;
    assert_eq!(names(&own), names(&seen));
    assert!(
        seen["business"]["staff"]
            .as_array()
            .unwrap()
            .contains(&json!(staff.email))
    );
    assert_eq!(own["business"]["staff"], json!([]));

    let assigned = json!({ "client": client.id, "rule": "form-941", "period": "2026-q1", "assigned_to": staff.email });
    assert_eq!(
        staff.post("compliance/record", &assigned).await.expect(200)["assigned_to"],
        staff.email
    );
    let nobody = json!({ "client": client.id, "rule": "form-941", "period": "2026-q1", "assigned_to": client.email });
    staff.post("compliance/record", &nobody).await.problem(422);
    let waived = json!({ "client": client.id, "rule": "futa-deposit", "period": "2026-q1", "status": "not-applicable" });
    staff.post("compliance/record", &waived).await.expect(200);

    // Over all clients, page by page, this one's among them, each once and in order.
    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = list(&staff, &format!("{SPRING}&limit=100{cursor}")).await;
        all.extend(page["deadlines"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let due: Vec<_> = all.iter().map(|one| one["due"].as_str().unwrap()).collect();
    assert!(due.is_sorted());
    let mine: Vec<_> = all
        .iter()
        .filter(|one| one["client"]["id"] == client.id.to_string())
        .collect();
    assert_eq!(mine.len(), names(&own).len());
    assert_eq!(mine[2]["assigned_to"], staff.email);
    assert_eq!(mine[3]["status"], "not-applicable");
    let open = list(&staff, &format!("{SPRING}&limit=100&status=open")).await;
    assert!(!names(&open).is_empty());
    staff
        .get(&format!("compliance/deadlines?client={}", Uuid::new_v4()))
        .await
        .problem(404);
    staff
        .get("compliance/deadlines?from=2026-01-01&to=2026-12-31")
        .await
        .problem(400);
}
