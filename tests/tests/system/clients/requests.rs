//! What staff ask of a client, and what the client answers: clients/requests, clients/settle-request, onboarding/requests

use omega_common::requests::{RequestStatus, RequestVerdict};
use omega_tests::files::Sample;
use omega_tests::{Answer, Client};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{ask, file, in_days, newest, settle, staff_and_client, statement, wish};

fn miles() -> Value {
    json!({ "title": "Miles of the year", "wanted": "answer", "due_on": in_days(7) })
}

async fn answer(
    client: &Client,
    id: &Value,
    words: Option<&str>,
    document: Option<&Value>,
) -> Answer {
    let body = json!({ "id": id, "answer": words, "document_id": document });
    client.post("onboarding/requests", &body).await
}

async fn waiting(client: &Client) -> Vec<Value> {
    let list = client
        .get("onboarding/requests?waiting=true")
        .await
        .expect(200);
    list["requests"].as_array().unwrap().clone()
}

async fn outbox(client: &Client, template: &str) -> Vec<Value> {
    let sql = "select context from public.email_outbox where client_id = $1 and template = $2 order by created_at";
    let database = client.system.database().await;
    database.values(sql, &[&client.id, &template]).await
}

#[tokio::test]
async fn a_client_is_asked_answers_mends_the_answer_and_is_done() {
    let (staff, client) = staff_and_client().await;
    client.submit().await;
    let body = wish(&client, &[statement(), miles()]);
    let made = staff.post("clients/requests", &body).await.expect(200);
    // The same again, as after a lost answer, is the same as once.
    assert_eq!(
        staff.post("clients/requests", &body).await.expect(200),
        made
    );
    let mut other = body.clone();
    other["items"][0]["title"] = json!("Another");
    staff.post("clients/requests", &other).await.problem(409);
    assert_eq!(made["requests"][0]["made_by"], json!(staff.email));
    let told = outbox(&client, "requests-made").await;
    assert_eq!(told.len(), 1, "one mail for all");
    assert_eq!(told[0]["requests"].as_array().unwrap().len(), 2);
    let mail = client
        .system
        .mail(&client.email, "Please send us 2 things")
        .await;
    assert!(mail.text.unwrap().contains("Bank statement of March"));

    // First among what waits, what is due first before the rest.
    let home = client.get("onboarding/home").await.expect(200);
    let tasks: Vec<_> = home["tasks"].as_array().unwrap()[..2]
        .iter()
        .map(|task| {
            (
                task["kind"].clone(),
                task["title"].clone(),
                task["due_on"].clone(),
            )
        })
        .collect();
    assert_eq!(
        tasks,
        [
            (
                json!("request"),
                json!("Miles of the year"),
                json!(in_days(7))
            ),
            (
                json!("request"),
                json!("Bank statement of March"),
                json!(in_days(14))
            ),
        ]
    );
    let listed = waiting(&client).await;
    let titles: Vec<_> = listed.iter().map(|one| one["title"].clone()).collect();
    assert_eq!(
        titles,
        [json!("Bank statement of March"), json!("Miles of the year")]
    );
    let (bank, car) = (&listed[0]["id"], &listed[1]["id"]);

    let document = client.upload(&Sample::pdf("March"), "bank-statement").await;
    let refused = answer(&client, car, None, Some(&document["id"])).await;
    assert_eq!(refused.refused_fields(422), ["answer"]);
    let given = answer(&client, bank, None, Some(&document["id"]))
        .await
        .expect(200);
    assert_eq!(
        (&given["status"], &given["document"]["document_name"]),
        (&json!("answered"), &document["document_name"])
    );
    assert_eq!(
        answer(&client, bank, None, Some(&document["id"]))
            .await
            .expect(200),
        given
    );
    answer(&client, car, Some("1,200"), None).await.expect(200);
    assert!(waiting(&client).await.is_empty());
    assert_eq!(
        newest(&client, 1).await[0],
        (
            json!("request-answered"),
            json!("client"),
            json!("Miles of the year")
        )
    );
    let list = staff
        .get(&format!("clients/list?search={}", client.email))
        .await
        .expect(200);
    assert_eq!(list["clients"][0]["answered_requests"], 2);

    settle(&staff, car, "returned", None)
        .await
        .refused_fields(422);
    let reason = "Of which year?";
    let back = settle(&staff, car, "returned", Some(reason))
        .await
        .expect(200);
    assert_eq!(
        (&back["status"], &back["settled_by"]),
        (&json!("returned"), &json!(staff.email))
    );
    settle(&staff, car, "returned", Some(reason))
        .await
        .expect(200);
    assert_eq!(
        outbox(&client, "request-returned").await.len(),
        1,
        "said again is one mail"
    );
    let home = client.get("onboarding/home").await.expect(200);
    assert_eq!(
        home["tasks"][0]["detail"],
        json!(format!("We sent your answer back: {reason}"))
    );
    answer(&client, car, Some("1,200 in 2026"), None)
        .await
        .expect(200);
    let done = settle(&staff, car, "accepted", None).await.expect(200);
    assert_eq!(
        (&done["status"], &done["reason"], &done["verdicts"]),
        (&json!("accepted"), &Value::Null, &json!(["returned"]))
    );
    answer(&client, car, Some("Other words"), None)
        .await
        .problem(409);

    let filed = file(&staff, &client).await;
    assert_eq!(filed["requests"].as_array().unwrap().len(), 2);
    assert_eq!(filed["activity"][0]["kind"], "request-accepted");
    // Who of our team it was is not the client's to read, by whatever way.
    for way in ["onboarding/requests", "account/activity", "onboarding/home"] {
        let text = client.get(way).await.text();
        assert!(
            !text.contains(&staff.id.to_string()) && !text.contains(&staff.email),
            "{way}"
        );
    }
    let direct = client.supabase(Method::GET, "/rest/v1/client_requests?select=made_by");
    Answer::to(direct).await.expect(403);
}

#[tokio::test]
async fn a_document_that_is_taken_back_opens_the_request_again() {
    let (staff, client) = staff_and_client().await;
    let asked = ask(&staff, &client, &[statement()]).await;
    let document = client.upload(&Sample::pdf("March"), "bank-statement").await;
    answer(&client, &asked[0]["id"], None, Some(&document["id"]))
        .await
        .expect(200);
    client
        .post(
            "onboarding/remove-document",
            &json!({ "id": document["id"] }),
        )
        .await
        .expect(200);
    let again = waiting(&client).await;
    assert_eq!(
        (&again[0]["status"], &again[0]["document"]),
        (&json!("open"), &Value::Null)
    );
    // There may be none to send, which is an answer too.
    answer(
        &client,
        &asked[0]["id"],
        Some("The account was opened in April."),
        None,
    )
    .await
    .expect(200);
    assert!(waiting(&client).await.is_empty());
}

#[tokio::test]
async fn nobody_answers_for_another_or_with_what_is_anothers() {
    let (staff, client) = staff_and_client().await;
    let other = client.system.sign_up().await;
    let asked = ask(&staff, &client, &[statement()]).await;
    let id = &asked[0]["id"];
    answer(&other, id, Some("x"), None).await.problem(404);
    let foreign = other.upload(&Sample::pdf("x"), "w9").await;
    let refused = answer(&client, id, None, Some(&foreign["id"])).await;
    assert_eq!(refused.refused_fields(422), ["document_id"]);
    assert_eq!(waiting(&other).await, Vec::<Value>::new());
    let rows = other.supabase(
        Method::GET,
        &format!(
            "/rest/v1/client_requests?select=id&id=eq.{}",
            id.as_str().unwrap()
        ),
    );
    assert_eq!(Answer::to(rows).await.expect(200), json!([]));
}

/// The database goes by the same table as the code, whatever is tried.
#[tokio::test]
async fn every_verdict_is_given_where_the_table_has_it_and_nowhere_else() {
    let (staff, client) = staff_and_client().await;
    let database = client.system.database().await;
    for status in RequestStatus::ALL {
        for verdict in RequestVerdict::ALL {
            // Said again it is the same as once.
            if status.as_str() == verdict.as_str() && *status != RequestStatus::Returned {
                continue;
            }
            let asked = ask(&staff, &client, &[miles()]).await;
            let id: Uuid = asked[0]["id"].as_str().unwrap().parse().unwrap();
            let reason = (*status == RequestStatus::Returned).then_some("Because.");
            database
                .rows(
                    "update public.client_requests set status = $2, reason = $3, answer = 'x', answered_at = now(),
                       settled_at = now(), remind_on = null where id = $1",
                    &[&id, &status.as_str(), &reason],
                )
                .await;
            let said = (*verdict == RequestVerdict::Returned).then_some("Otherwise.");
            let answer = settle(&staff, &asked[0]["id"], verdict.as_str(), said).await;
            let allowed = status.verdicts().contains(verdict);
            assert_eq!(
                answer.status == 200,
                allowed,
                "{status} {verdict}: {}",
                answer.text()
            );
            database
                .rows("delete from public.client_requests where id = $1", &[&id])
                .await;
        }
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let (staff, client) = staff_and_client().await;
    let mut nobody = wish(&client, &[statement()]);
    nobody["client_id"] = json!(Uuid::new_v4());
    staff.post("clients/requests", &nobody).await.problem(404);
    settle(&staff, &json!(Uuid::new_v4()), "withdrawn", None)
        .await
        .problem(404);
    for (change, field) in [
        (json!({ "items": [] }), "items"),
        (
            json!({ "items": [{ "title": "x", "wanted": "file", "due_on": in_days(-5) }] }),
            "items.0.due_on",
        ),
        (json!({ "template": "x" }), "template"),
    ] {
        let mut body = wish(&client, &[statement()]);
        body.as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        let answer = staff.post("clients/requests", &body).await;
        assert_eq!(answer.refused_fields(422), [field], "{body}");
    }
    for number in 0..3 {
        let many: Vec<_> = (0..20).map(|_| miles()).collect();
        let answer = staff.post("clients/requests", &wish(&client, &many)).await;
        assert_eq!(answer.status, if number < 2 { 200 } else { 409 });
    }
    super::move_to(&staff, &client, "archived", Some("They stop."))
        .await
        .expect(200);
    staff
        .post("clients/requests", &wish(&client, &[miles()]))
        .await
        .problem(409);
    client
        .get("onboarding/requests?waiting=maybe")
        .await
        .problem(400);
    // Page by page, newest first.
    let first = client.get("onboarding/requests?limit=25").await.expect(200);
    let next = first["next_cursor"].as_str().unwrap();
    let rest = client
        .get(&format!("onboarding/requests?limit=25&cursor={next}"))
        .await
        .expect(200);
    assert_eq!(
        (
            first["requests"].as_array().unwrap().len(),
            rest["requests"].as_array().unwrap().len(),
            &rest["next_cursor"]
        ),
        (25, 15, &Value::Null)
    );
}
