//! GET /functions/v1/account/export

use omega_tests::{Answer, System};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn an_export_holds_all_that_is_kept_of_the_client() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client.submit().await;
    let facts = json!({ "fiscal_year_end": "12", "payroll": "quarterly", "states": ["TX"] });
    client.post("compliance/facts", &facts).await.expect(200);
    let done = json!({ "rule": "form-941", "period": "2026-q1", "status": "done" });
    client.post("compliance/record", &done).await.expect(200);
    client
        .post(
            "onboarding/chat",
            &json!({ "message": "What happens next?" }),
        )
        .await
        .expect(200);
    client
        .post(
            "account/closure",
            &json!({ "action": "ask", "reason": "We stop trading." }),
        )
        .await
        .expect(201);
    let staff = system.staff().await;
    crate::clients::ask(&staff, &client, &[crate::clients::statement()]).await;
    let answer = client.get("account/export").await;
    let export = answer.expect(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));

    // What the other endpoints show is all in it, with the same names and values.
    let contains = |whole: &Value, part: &Value| {
        // What one may do with a document now is not kept of anybody, and a request names its document by the id.
        let mut kept = part
            .as_object()
            .unwrap()
            .iter()
            .filter(|(name, _)| !["can_change", "document"].contains(&name.as_str()));
        kept.all(|(name, value)| whole[name] == *value)
    };
    let profile = client.get("onboarding/profile").await.expect(200)["profile"].clone();
    assert!(contains(&export["profile"], &profile), "{export:#}");
    assert_eq!(export["profile"]["ein"], "XX-XXX6789");
    for (endpoint, list, there) in [
        ("onboarding/documents?limit=100", "documents", "documents"),
        ("onboarding/chat?limit=100", "messages", "messages"),
        ("onboarding/requests?limit=100", "requests", "requests"),
    ] {
        let mut shown = client.get(endpoint).await.expect(200)[there].take();
        let shown = shown.as_array_mut().unwrap();
        shown.reverse();
        let exported = export[list].as_array().unwrap();
        assert!(!shown.is_empty());
        assert_eq!(exported.len(), shown.len(), "{list}");
        for item in shown.iter() {
            assert!(
                exported.iter().any(|whole| contains(whole, item)),
                "{list} lacks {item}"
            );
        }
    }
    assert_eq!(export["closures"][0]["reason"], "We stop trading.");
    // The newest of it is the export itself.
    let newest = export["activity"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&newest["kind"], &newest["actor"]),
        (&json!("data-exported"), &json!("client"))
    );
    // Every column of every table that belongs to a client is there.
    let database = system.database().await;
    for (table, list) in [
        ("clients", "profile"),
        ("client_documents", "documents"),
        ("messages", "messages"),
        ("activity", "activity"),
        ("account_closures", "closures"),
        ("access_log", "access"),
        ("client_requests", "requests"),
        ("compliance_facts", "facts"),
        ("deadline_records", "deadlines"),
    ] {
        let columns: Vec<String> = database
            .values(
                "select column_name::text from information_schema.columns where table_schema = 'public' and table_name = $1
                 and column_name not in ('client_id', 'settled_by', 'actor_id', 'verdict_by',
                   'made_by', 'batch_id', 'position', 'template', 'remind_on', 'assigned_to', 'done_by')",
                &[&table],
            )
            .await;
        let record = match &export[list] {
            Value::Array(records) => records[0].clone(),
            record => record.clone(),
        };
        for column in columns {
            assert!(record.get(&column).is_some(), "{list} lacks {column}");
        }
    }
}

#[tokio::test]
async fn the_whole_ein_is_not_in_it() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let before = client.get("account/export").await.expect(200);
    assert_eq!(before["profile"]["ein"], Value::Null);
    client.answer_everything().await;
    let answer = client.get("account/export").await;
    answer.expect(200);
    assert!(!answer.text().contains("3456789"));
}

#[tokio::test]
async fn an_export_is_the_callers_own() {
    let system = System::connect().await;
    let (maria, omar) = (system.sign_up().await, system.sign_up().await);
    maria.submit().await;
    let staff = system.staff().await;
    for other in [omar, staff] {
        let answer = other.get("account/export").await;
        assert_eq!(answer.expect(200)["profile"]["id"], json!(other.id));
        assert!(!answer.text().contains(&maria.id.to_string()));
    }
}

/// Larger than what a Worker takes into memory.
#[tokio::test]
async fn a_long_conversation_is_exported_whole() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    system
        .database()
        .await
        .rows(
            "insert into public.messages (client_id, author, content) select $1, 'client', repeat('x', 8000) from generate_series(1, 700)",
            &[&client.id],
        )
        .await;
    let answer = client.get("account/export").await;
    let export = answer.expect(200);
    assert!(answer.body.len() > 5 * 1024 * 1024);
    assert_eq!(export["messages"].as_array().unwrap().len(), 700);
}

#[tokio::test]
async fn exports_are_limited_and_need_a_token() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let mut statuses = Vec::new();
    for _ in 0..10 {
        let answer = client.get("account/export").await;
        statuses.push(answer.status);
        if answer.status == 429 {
            answer.problem(429);
            assert_eq!(answer.header("retry-after"), Some("60"));
            break;
        }
    }
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
    Answer::to(system.worker(Method::GET, "account/export"))
        .await
        .problem(401);
}
