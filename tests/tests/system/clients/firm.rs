//! Who looks after a client, what staff note and write, and what the client is told of a move

use omega_tests::{Answer, Client, System};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{file, move_to, newest, staff_and_client};

async fn assign(staff: &Client, client: &Client, owner: Option<Uuid>) -> Value {
    let body = json!({ "ids": [client.id], "action": "assign", "owner_id": owner });
    let answer = staff.post("clients/bulk", &body).await.expect(200);
    answer["outcomes"][0].clone()
}

async fn found(staff: &Client, query: &str) -> usize {
    let list = staff
        .get(&format!("clients/list?{query}"))
        .await
        .expect(200);
    list["clients"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_client_has_an_owner_whom_the_list_shows_and_filters_by() {
    let (staff, client) = staff_and_client().await;
    let colleague = client.system.staff().await;
    let team = staff.get("clients/team").await.expect(200);
    let own = team["team"]
        .as_array()
        .unwrap()
        .iter()
        .find(|member| member["id"] == json!(colleague.id))
        .unwrap();
    assert_eq!(
        (&own["role"], &own["can_own"]),
        (&json!("staff"), &json!(true))
    );
    let search = format!("search={}", client.email);
    assert_eq!(found(&staff, &format!("{search}&owner=nobody")).await, 1);
    assert_eq!(
        assign(&staff, &client, Some(colleague.id)).await["outcome"],
        "done"
    );
    assert_eq!(
        assign(&staff, &client, Some(colleague.id)).await["outcome"],
        "unchanged"
    );
    assert_eq!(
        file(&staff, &client).await["owner"]["id"],
        json!(colleague.id)
    );
    for (owner, count) in [
        (colleague.id.to_string(), 1),
        (staff.id.to_string(), 0),
        ("nobody".to_owned(), 0),
    ] {
        assert_eq!(
            found(&staff, &format!("{search}&owner={owner}")).await,
            count,
            "{owner}"
        );
    }
    let list = staff
        .get(&format!("clients/list?{search}"))
        .await
        .expect(200);
    assert_eq!(list["clients"][0]["owner"]["name"], "Maria Reyes");
    staff.get("clients/list?owner=me").await.problem(400);
    // Who may not change things, and who is no staff, looks after nobody.
    let reader = client.system.read_only_staff().await;
    for who in [reader.id, client.id] {
        let outcome = assign(&staff, &client, Some(who)).await;
        assert_eq!(
            (&outcome["outcome"], &outcome["detail"]),
            (
                &json!("refused"),
                &json!("Clients go to staff who may change things.")
            )
        );
    }
    assert_eq!(assign(&staff, &client, None).await["outcome"], "done");
    assert_eq!(file(&staff, &client).await["owner"], Value::Null);
}

/// By no way at all: endpoint, export, PostgREST, mail.
#[tokio::test]
async fn a_note_is_kept_for_our_team_and_never_reaches_the_client() {
    let (staff, client) = staff_and_client().await;
    let secret = format!("q{}", Uuid::new_v4().simple());
    let note = json!({ "id": Uuid::new_v4(), "client_id": client.id, "content": format!("{secret}\nCalled on Monday.") });
    let kept = staff.post("clients/note", &note).await.expect(200);
    assert_eq!(kept["by"], json!(staff.email));
    assert_eq!(staff.post("clients/note", &note).await.expect(200), kept);
    let mut other = note.clone();
    other["content"] = json!("Other words");
    staff.post("clients/note", &other).await.problem(409);
    // Another's id is not to be taken over either.
    let colleague = client.system.staff().await;
    colleague.post("clients/note", &note).await.problem(409);
    assert_eq!(file(&staff, &client).await["notes"], json!([kept]));
    for way in [
        "onboarding/home",
        "onboarding/chat",
        "onboarding/requests",
        "onboarding/profile",
        "account/activity",
        "account/export",
    ] {
        let answer = client.get(way).await;
        answer.expect(200);
        assert!(!answer.text().contains(&secret), "{way}");
    }
    client
        .get(&format!("clients/client?id={}", client.id))
        .await
        .problem(403);
    for (method, path) in [
        (Method::GET, "/rest/v1/client_notes".to_owned()),
        (Method::POST, "/rest/v1/rpc/client_file".to_owned()),
        (
            Method::GET,
            "/rest/v1/clients?select=*,client_notes(*)".to_owned(),
        ),
    ] {
        let answer = Answer::to(
            client
                .supabase(method, &path)
                .json(&json!({ "client_id": client.id })),
        )
        .await;
        assert!(
            answer.status >= 400 && !answer.text().contains(&secret),
            "{path}: {}",
            answer.text()
        );
    }
    let mailed: i64 = client
        .system
        .database()
        .await
        .value(
            "select count(*) from public.email_outbox where context::text like '%' || $1 || '%'",
            &[&secret],
        )
        .await;
    assert_eq!(mailed, 0);
}

#[tokio::test]
async fn staff_write_under_their_name_and_the_client_is_told_once() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let staff = system.staff().await;
    let message =
        json!({ "id": Uuid::new_v4(), "client_id": client.id, "content": "We begin on Monday." });
    let written = staff.post("clients/reply", &message).await.expect(200);
    assert_eq!(
        (&written["author"], &written["author_name"]),
        (&json!("staff"), &json!("Maria Reyes"))
    );
    assert_eq!(
        staff.post("clients/reply", &message).await.expect(200),
        written
    );
    let again =
        json!({ "id": Uuid::new_v4(), "client_id": client.id, "content": "Bring nothing." });
    staff.post("clients/reply", &again).await.expect(200);

    let conversation = client.get("onboarding/chat").await.expect(200);
    let newest_turn = &conversation["messages"][0];
    assert_eq!(
        (&newest_turn["author_name"], &newest_turn["content"]),
        (&json!("Maria Reyes"), &json!("Bring nothing."))
    );
    let home = client.get("onboarding/home").await.expect(200);
    assert_eq!(home["messages"][0]["author_name"], "Maria Reyes");
    assert_eq!(newest(&client, 1).await[0].0, json!("message-written"));
    // Two messages, one mail, a few minutes later.
    let database = system.database().await;
    let sql = "update public.email_outbox set next_attempt_at = now() where client_id = $1 and template = 'team-message'
               returning jsonb_array_length(context -> 'messages'), next_attempt_at <= created_at + interval '5 minutes'";
    let rows = database.rows(sql, &[&client.id]).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].get::<_, i32>(0), 2);
    let mail = system
        .mail(&client.email, "Our team wrote you 2 messages")
        .await;
    assert!(
        mail.text
            .unwrap()
            .contains("Maria Reyes wrote:\nWe begin on Monday.")
    );

    // The client asks on: the assistant answers that, and our team's words stay our team's.
    let asked = client
        .post("onboarding/chat", &json!({ "message": "What is a W-9?" }))
        .await
        .expect(200);
    assert_eq!(
        (&asked["reply"]["author"], &asked["reply"]["author_name"]),
        (&json!("assistant"), &Value::Null)
    );
    let home = client.get("onboarding/home").await.expect(200);
    assert!(
        home["tasks"]
            .as_array()
            .unwrap()
            .iter()
            .all(|task| task["kind"] != "message")
    );
    // A client writes as nobody of our team.
    let forged = json!({ "content": "x", "author": "staff", "author_name": "Ana" });
    let answer = Answer::to(
        client
            .supabase(Method::POST, "/rest/v1/messages")
            .json(&forged),
    )
    .await;
    assert_eq!(answer.status, 403, "{}", answer.text());
}

#[tokio::test]
async fn a_client_is_told_by_mail_where_they_were_moved_and_why() {
    let (staff, client) = staff_and_client().await;
    client.submit().await;
    let reason = "The EIN belongs to another company.";
    move_to(&staff, &client, "in_progress", Some(reason))
        .await
        .expect(200);
    let mail = client
        .system
        .mail(&client.email, "We have opened your answers again")
        .await;
    assert!(mail.text.unwrap().contains(reason));
    client
        .post("onboarding/submit-profile", &json!({ "complete": true }))
        .await
        .expect(200);
    move_to(&staff, &client, "active", None).await.expect(200);
    move_to(&staff, &client, "active", None).await.expect(200);
    client
        .system
        .mail(&client.email, "Your account is active")
        .await;
    let told: i64 = client
        .system
        .database()
        .await
        .value("select count(*) from public.email_outbox where client_id = $1 and template = 'status-changed'", &[&client.id])
        .await;
    assert_eq!(told, 2, "one for each move, none for submitting");
}
