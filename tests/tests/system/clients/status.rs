//! POST /functions/v1/clients/move: where staff can move a client, and what the client is told of it

use serde_json::{Value, json};
use uuid::Uuid;

use super::{file, move_to, newest, staff_and_client};

#[tokio::test]
async fn a_client_in_review_is_activated() {
    let (staff, client) = staff_and_client().await;
    client.submit().await;
    let moved = move_to(&staff, &client, "active", None).await.expect(200);
    assert_eq!(
        (&moved["onboarding_status"], &moved["status_reason"]),
        (&json!("active"), &Value::Null)
    );
    let onward: Vec<_> = moved["moves"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["to"].as_str().unwrap())
        .collect();
    assert_eq!(onward, ["in-review", "in_progress", "archived"]);
    let home = client.get("onboarding/home").await.expect(200);
    assert_eq!(home["status"], "active");
    assert_eq!(
        newest(&client, 1).await[0],
        (json!("status-changed"), json!("staff"), json!("Active"))
    );
    let entry = &file(&staff, &client).await["activity"][0];
    assert_eq!(entry["by"], json!(staff.email));
}

#[tokio::test]
async fn what_is_sent_back_says_why_and_can_be_submitted_again() {
    let (staff, client) = staff_and_client().await;
    client.submit().await;
    let refused = move_to(&staff, &client, "in_progress", None).await;
    assert_eq!(refused.refused_fields(422), ["reason"]);
    let reason = "The EIN belongs to another company.";
    let moved = move_to(&staff, &client, "in_progress", Some(reason))
        .await
        .expect(200);
    assert_eq!(moved["status_reason"], reason);
    let home = client.get("onboarding/home").await.expect(200);
    assert_eq!(home["next"]["title"], "We have opened your answers again");
    assert!(
        home["next"]["detail"].as_str().unwrap().starts_with(reason),
        "{home}"
    );
    assert_eq!(
        newest(&client, 1).await[0],
        (
            json!("status-changed"),
            json!("staff"),
            json!(format!("In progress: {reason}"))
        )
    );
    let detail: Value = client
        .system
        .database()
        .await
        .value(
            "select detail from public.activity where client_id = $1 order by at desc limit 1",
            &[&client.id],
        )
        .await;
    assert_eq!(
        (&detail["from"], &detail["status"], &detail["by"]),
        (&json!("in-review"), &json!("in_progress"), &json!(staff.id))
    );
    client
        .post("onboarding/submit-profile", &json!({ "complete": true }))
        .await
        .expect(200);
    let file = file(&staff, &client).await;
    assert_eq!(
        (
            &file["profile"]["onboarding_status"],
            &file["status_reason"]
        ),
        (&json!("in-review"), &Value::Null)
    );
}

#[tokio::test]
async fn there_is_no_way_beside_the_table_of_moves() {
    let (staff, client) = staff_and_client().await;
    // Nothing was submitted, so there is nothing to activate.
    for status in ["active", "in-review", "in_progress"] {
        move_to(&staff, &client, status, Some("Because."))
            .await
            .problem(409);
    }
    client.submit().await;
    move_to(&staff, &client, "pending", Some("Because."))
        .await
        .problem(409);
    assert_eq!(
        client.get("onboarding/profile").await.expect(200)["onboarding"]["status"],
        "in-review"
    );
}

#[tokio::test]
async fn a_move_that_is_made_twice_is_one() {
    let (staff, client) = staff_and_client().await;
    client.submit().await;
    let first = move_to(&staff, &client, "active", None).await.expect(200);
    let again = move_to(&staff, &client, "active", Some("Once more."))
        .await
        .expect(200);
    assert_eq!(again, first);
    let changes: i64 = client
        .system
        .database()
        .await
        .value(
            "select count(*) from public.activity where client_id = $1 and kind = 'status-changed'",
            &[&client.id],
        )
        .await;
    assert_eq!(changes, 1);
}

/// Two of our team press at the same moment: one move is made, the other is told that it is not there any more.
#[tokio::test]
async fn two_moves_at_once_do_not_both_happen() {
    let (staff, client) = staff_and_client().await;
    let colleague = client.system.staff().await;
    client.submit().await;
    let (one, other) = tokio::join!(
        move_to(&staff, &client, "in_progress", Some("The year is wrong.")),
        move_to(&colleague, &client, "active", None),
    );
    // From active it can be opened again, from in progress it can't be activated.
    let statuses = [one.status, other.status];
    assert!(
        statuses == [200, 409] || statuses == [200, 200],
        "{statuses:?}"
    );
    let now = client.get("onboarding/profile").await.expect(200);
    assert_eq!(now["onboarding"]["status"], "in_progress");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let (staff, client) = staff_and_client().await;
    let nobody = json!({ "id": Uuid::new_v4(), "status": "archived", "reason": "x" });
    staff.post("clients/move", &nobody).await.problem(404);
    for (body, field) in [
        (json!({ "status": "active" }), "id"),
        (json!({ "id": client.id, "status": "open" }), "status"),
        (
            json!({ "id": client.id, "status": "archived", "reason": "a\nb" }),
            "reason",
        ),
        (
            json!({ "id": client.id, "status": "archived", "by": "x" }),
            "by",
        ),
    ] {
        let answer = staff.post("clients/move", &body).await;
        assert_eq!(answer.refused_fields(422), [field], "{body}");
    }
}
