//! What happened on an account, and requests to close one.

use super::*;

async fn recorded(database: &Database, client: Uuid) -> Vec<Value> {
    database
        .values(
            "select to_jsonb(t) - 'id' - 'at' - 'client_id' from public.activity as t where client_id = $1 order by at, id",
            &[&client],
        )
        .await
}

/// A client asks once at a time, so each try is on a client without a request.
#[tokio::test]
async fn a_closure_is_asked_for_by_its_client_alone() {
    let mut world = World::new().await;
    let ask = format!(
        "insert into public.account_closures (client_id) values ('{}')",
        world.maria.id
    );
    let body = json!({ "client_id": world.maria.id }).to_string();
    for (who, expected) in
        EVERYBODY
            .into_iter()
            .zip([Refused, Reaches(1), Refused, Refused, Refused, Refused])
    {
        let clear = "delete from public.account_closures where client_id = $1";
        world.database.rows(clear, &[&world.maria.id]).await;
        assert_eq!(world.by_sql(who, &ask).await, expected, "{who:?}");
        world.database.rows(clear, &[&world.maria.id]).await;
        let outcome = world
            .by_rest(who, Method::POST, "/rest/v1/account_closures", &body)
            .await;
        assert_eq!(outcome, expected, "{who:?}");
    }
    // Nor can it be made as if it were decided.
    for column in ["id", "status", "requested_at", "settled_at", "settled_by"] {
        let body = json!({ "client_id": world.maria.id, column: "accepted" }).to_string();
        let outcome = world
            .by_rest(Who::Owner, Method::POST, "/rest/v1/account_closures", &body)
            .await;
        assert_eq!(outcome, Refused, "{column}");
    }
}

#[tokio::test]
async fn what_is_settled_stays_settled() {
    let mut world = World::new().await;
    for settled in ["withdrawn", "accepted", "declined"] {
        let id: Uuid = world
            .database
            .value(
                "insert into public.account_closures (client_id, status, settled_at) values ($1, $2, now()) returning id",
                &[&world.maria.id, &settled],
            )
            .await;
        for wanted in ["open", "withdrawn", "accepted", "declined"] {
            for who in [Who::Owner, Who::Staff] {
                let sql = format!(
                    "update public.account_closures set status = '{wanted}' where id = '{id}'"
                );
                assert_eq!(
                    world.by_sql(who, &sql).await,
                    Reaches(0),
                    "{who:?}: {settled} to {wanted}"
                );
            }
        }
    }
}

#[tokio::test]
async fn who_decided_and_when_is_written_by_the_database() {
    let mut world = World::new().await;
    let id: Uuid = world
        .database
        .value(
            "insert into public.account_closures (client_id) values ($1) returning id",
            &[&world.maria.id],
        )
        .await;
    let accept =
        format!("update public.account_closures set status = 'accepted' where id = '{id}'");
    assert_eq!(world.by_sql(Who::Staff, &accept).await, Reaches(1));
    let row = world.database.row("public.account_closures", id).await;
    assert_eq!(row["settled_by"], json!(world.staff.id));
    assert!(row["settled_at"].is_string());
    let newest = recorded(&world.database, world.maria.id).await.pop();
    assert_eq!(
        newest.unwrap(),
        json!({ "kind": "closure-decided", "actor": "staff", "detail": { "status": "accepted" } })
    );
}

#[tokio::test]
async fn activity_tells_which_fields_changed_and_never_their_values() {
    let world = World::new().await;
    let maria = &world.maria;
    maria
        .post(
            "onboarding/submit-profile",
            &json!({ "ein": "12-3456789", "full_name": "Maria A. Reyes" }),
        )
        .await
        .expect(200);
    let entries = recorded(&world.database, maria.id).await;
    let newest = entries.last().unwrap();
    assert_eq!(
        *newest,
        json!({ "kind": "profile-changed", "actor": "client", "detail": { "fields": ["ein", "full_name"] } })
    );
    let text = serde_json::to_string(&entries).unwrap();
    for value in ["3456789", "Reyes"] {
        assert!(!text.contains(value), "{text}");
    }
}

/// Pages save while one types: that must not bury what else happened.
#[tokio::test]
async fn changes_in_a_row_are_one_entry() {
    let world = World::new().await;
    let maria = &world.maria;
    for change in [
        json!({ "full_name": "Maria R" }),
        json!({ "phone": "(555) 234-5678" }),
        json!({ "full_name": "Maria Reyes B" }),
        // Nothing changes.
        json!({ "full_name": "Maria Reyes B" }),
    ] {
        maria
            .post("onboarding/submit-profile", &change)
            .await
            .expect(200);
    }
    let changes = async || {
        let entries = recorded(&world.database, maria.id).await;
        let changes = entries
            .into_iter()
            .filter(|entry| entry["kind"] == "profile-changed");
        changes
            .map(|entry| entry["detail"]["fields"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(changes().await, [json!(["full_name", "phone"])]);

    // Ten minutes later it is another entry.
    world
        .database
        .rows(
            "update public.activity set at = at - interval '11 minutes' where client_id = $1",
            &[&maria.id],
        )
        .await;
    maria
        .post(
            "onboarding/submit-profile",
            &json!({ "urgency": "this-month" }),
        )
        .await
        .expect(200);
    assert_eq!(
        changes().await,
        [json!(["full_name", "phone"]), json!(["urgency"])]
    );
}

#[tokio::test]
async fn the_way_to_review_and_what_staff_make_of_it_is_recorded() {
    let world = World::new().await;
    world.maria.submit().await;
    let mut database = world.system.database().await;
    for status in ["active", "archived"] {
        database
            .rows(
                "update public.clients set onboarding_status = $2 where id = $1",
                &[&world.maria.id, &status],
            )
            .await;
    }
    let kinds: Vec<_> = recorded(&database, world.maria.id)
        .await
        .into_iter()
        .map(|entry| {
            (
                entry["kind"].clone(),
                entry["actor"].clone(),
                entry["detail"]["status"].clone(),
            )
        })
        .collect();
    assert_eq!(kinds[0].0, "account-created");
    assert_eq!(kinds[1].0, "signed-in");
    assert_eq!(
        kinds
            .iter()
            .filter(|(kind, ..)| kind == "document-added")
            .count(),
        3
    );
    assert_eq!(
        kinds[kinds.len() - 3..],
        [
            (json!("onboarding-submitted"), json!("client"), Value::Null),
            (json!("status-changed"), json!("system"), json!("active")),
            (json!("status-changed"), json!("system"), json!("archived")),
        ]
    );
    // A client who is removed takes it all along, and nothing stands in the way.
    database
        .run_as(
            Caller::Service,
            "delete from public.clients where id = $1",
            &[&world.maria.id],
        )
        .await
        .unwrap();
    assert_eq!(
        recorded(&database, world.maria.id).await,
        Vec::<Value>::new()
    );
}

#[tokio::test]
async fn what_becomes_of_a_document_is_recorded() {
    let world = World::new().await;
    let document = world.maria.upload(&Sample::pdf("x"), "w2").await;
    let id: Uuid = document["id"].as_str().unwrap().parse().unwrap();
    for sql in [
        "update public.client_documents set document_name = 'wages.pdf' where id = $1",
        "update public.client_documents set document_category = 'w9' where id = $1",
        "update public.client_documents set uploaded_at = now() where id = $1",
        "delete from public.client_documents where id = $1",
    ] {
        world.database.rows(sql, &[&id]).await;
    }
    let entries = recorded(&world.database, world.maria.id).await;
    assert_eq!(
        entries[entries.len() - 4..],
        [
            json!({ "kind": "document-added", "actor": "client", "detail": { "document_name": "w2.pdf", "document_category": "w2" } }),
            json!({ "kind": "document-renamed", "actor": "client", "detail": { "document_name": "wages.pdf", "former_name": "w2.pdf" } }),
            json!({ "kind": "document-recategorized", "actor": "client", "detail": { "document_name": "wages.pdf", "document_category": "w9" } }),
            json!({ "kind": "document-removed", "actor": "client", "detail": { "document_name": "wages.pdf" } }),
        ]
    );
}

#[tokio::test]
async fn signing_in_and_a_new_password_are_recorded() {
    let world = World::new().await;
    let maria = world.maria.sign_in().await;
    Answer::to(
        maria
            .supabase(Method::PUT, "/auth/v1/user")
            .json(&json!({ "password": "purple staple orchard lamp" })),
    )
    .await
    .expect(200);
    let kinds: Vec<_> = recorded(&world.database, maria.id)
        .await
        .into_iter()
        .map(|entry| entry["kind"].clone())
        .collect();
    assert_eq!(
        kinds,
        [
            "account-created",
            "signed-in",
            "signed-in",
            "password-changed"
        ]
    );
}
