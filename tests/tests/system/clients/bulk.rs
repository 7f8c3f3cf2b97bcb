//! POST /functions/v1/clients/bulk: one thing for several clients, each with an outcome of their own

use serde_json::{Value, json};
use uuid::Uuid;

use super::{file, staff_and_client};

fn outcomes(answer: &Value) -> Vec<(Value, Value, Value)> {
    answer["outcomes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["id"].clone(),
                one["outcome"].clone(),
                one["detail"].clone(),
            )
        })
        .collect()
}

fn of(answer: &Value, id: Uuid) -> (Value, Value) {
    outcomes(answer)
        .into_iter()
        .find(|one| one.0 == json!(id))
        .map(|(_, outcome, detail)| (outcome, detail))
        .unwrap()
}

#[tokio::test]
async fn each_client_has_an_outcome_and_what_was_done_stays() {
    let (staff, llc) = staff_and_client().await;
    let new = llc.system.sign_up().await;
    llc.submit().await;
    let gone = Uuid::new_v4();
    let ids = [llc.id, new.id, gone];

    let moved = staff
        .post(
            "clients/bulk",
            &json!({ "ids": ids, "action": "move", "status": "active" }),
        )
        .await
        .expect(200);
    assert_eq!(of(&moved, llc.id), (json!("done"), Value::Null));
    assert_eq!(
        of(&moved, new.id),
        (
            json!("refused"),
            json!("Can’t be moved there from where they are.")
        )
    );
    assert_eq!(of(&moved, gone), (json!("missing"), Value::Null));
    assert_eq!(
        file(&staff, &llc).await["profile"]["onboarding_status"],
        "active"
    );

    let body = json!({ "ids": ids, "action": "ask", "template": "year-end-llc", "request_id": Uuid::new_v4() });
    let asked = staff.post("clients/bulk", &body).await.expect(200);
    assert_eq!(of(&asked, llc.id), (json!("done"), Value::Null));
    assert_eq!(
        of(&asked, new.id),
        (
            json!("refused"),
            json!("The template is for another legal form.")
        )
    );
    let requests = file(&staff, &llc).await["requests"].clone();
    assert!(requests.as_array().unwrap().len() > 4);
    // Again, by the same press or a new one, asks nobody twice.
    for id in [body["request_id"].clone(), json!(Uuid::new_v4())] {
        let mut again = body.clone();
        again["request_id"] = id;
        let again = staff.post("clients/bulk", &again).await.expect(200);
        assert_eq!(of(&again, llc.id).0, json!("unchanged"));
    }
    assert_eq!(file(&staff, &llc).await["requests"], requests);
    let mails: i64 = llc
        .system
        .database()
        .await
        .value("select count(*) from public.email_outbox where client_id = $1 and template = 'requests-made'", &[&llc.id])
        .await;
    assert_eq!(mails, 1);

    let given = staff
        .post(
            "clients/bulk",
            &json!({ "ids": ids, "action": "assign", "owner_id": staff.id }),
        )
        .await
        .expect(200);
    assert_eq!(
        (of(&given, llc.id).0, of(&given, new.id).0),
        (json!("done"), json!("done"))
    );
    let reasonless = json!({ "ids": [llc.id], "action": "move", "status": "archived" });
    let refused = staff.post("clients/bulk", &reasonless).await.expect(200);
    assert_eq!(
        of(&refused, llc.id),
        (json!("refused"), json!("This move needs a reason."))
    );
}
