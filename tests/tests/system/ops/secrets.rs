//! GET and POST /functions/v1/ops/secrets, and the table behind it

use omega_tests::{Answer, Caller, System};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::only_staff_may;

fn secret<'a>(secrets: &'a Value, name: &str) -> &'a Value {
    secrets["secrets"]
        .as_array()
        .unwrap()
        .iter()
        .find(|secret| secret["name"] == name)
        .unwrap_or_else(|| panic!("no {name}"))
}

#[tokio::test]
async fn only_staff_see_and_log_rotations() {
    let system = System::connect().await;
    only_staff_may(&system, Method::GET, "ops/secrets").await;
    only_staff_may(&system, Method::POST, "ops/secrets").await;
}

#[tokio::test]
async fn secrets_are_told_by_name_and_place_and_never_by_value() {
    let system = System::connect().await;
    let answer = system.staff().await.get("ops/secrets").await;
    let secrets = answer.expect(200);
    let key = secret(&secrets, "SUPABASE_SERVICE_ROLE_KEY");
    let places: Vec<_> = key["places"]
        .as_array()
        .unwrap()
        .iter()
        .map(|place| place.as_str().unwrap())
        .collect();
    assert!(
        places.contains(&"email/deliver") && places.contains(&"onboarding/chat"),
        "{places:?}"
    );
    assert_eq!(secret(&secrets, "SUPABASE_URL")["state"], "static");
    assert!(!answer.text().contains(&system.addresses.service_role_key));
}

#[tokio::test]
async fn a_rotation_is_logged_once_and_the_secret_is_due_ninety_days_later() {
    let system = System::connect().await;
    let staff = system.staff().await;
    // Tests share the log; this one's secret is nobody else's, and of the future of no other.
    let body = json!({ "id": Uuid::new_v4(), "name": "OPENAI_API_KEY", "rotated_at": "2026-09-01T12:00:00Z", "note": "Put in by Ana" });
    let logged = staff.post("ops/secrets", &body).await.expect(201);
    assert_eq!(
        (&logged["name"], &logged["rotated_by"], &logged["note"]),
        (
            &json!("OPENAI_API_KEY"),
            &json!(staff.email),
            &json!("Put in by Ana")
        )
    );
    assert_eq!(staff.post("ops/secrets", &body).await.expect(200), logged);
    let mut other = body.clone();
    other["name"] = json!("RESEND_API_KEY");
    staff.post("ops/secrets", &other).await.problem(409);

    let secrets = staff.get("ops/secrets").await.expect(200);
    let key = secret(&secrets, "OPENAI_API_KEY");
    assert_eq!(key["due_at"], "2026-11-30T12:00:00Z");
    assert_eq!(key["last_rotated_by"], json!(staff.email));
    assert!(
        secrets["log"]
            .as_array()
            .unwrap()
            .iter()
            .any(|rotation| rotation["id"] == logged["id"])
    );
}

#[tokio::test]
async fn what_can_not_be_logged_is_refused_by_field() {
    let system = System::connect().await;
    let staff = system.staff().await;
    let body = json!({ "name": "SUPABASE_URL", "rotated_at": "2999-01-01T00:00:00Z", "note": "re_abcdefghijkl", "value": "x" });
    let refused = staff.post("ops/secrets", &body).await.refused_fields(422);
    assert_eq!(refused, ["id", "name", "rotated_at", "note", "value"]);
}

const INSERT: &str = "insert into public.secret_rotations (id, name) values ($1, 'RESEND_API_KEY')";

/// By SQL and over PostgREST, each verb as everybody.
#[tokio::test]
async fn the_log_is_read_and_added_to_by_staff_and_changed_by_nobody() {
    let system = System::connect().await;
    let (client, staff) = (system.sign_up().await, system.staff().await);
    let mut database = system.database().await;
    let id = Uuid::new_v4();
    let by_staff = Caller::Staff(staff.id);
    assert_eq!(database.run_as(by_staff, INSERT, &[&id]).await, Ok(1));

    let refused = |outcome: Result<u64, omega_tests::Denied>| {
        outcome.is_err_and(|denied| denied.is_privilege())
    };
    for caller in [Caller::Anonymous, client.caller()] {
        assert!(
            refused(database.run_as(caller, INSERT, &[&Uuid::new_v4()]).await),
            "{caller:?}"
        );
    }
    let select = "select from public.secret_rotations where id = $1";
    assert!(refused(
        database.run_as(Caller::Anonymous, select, &[&id]).await
    ));
    assert_eq!(
        database.run_as(client.caller(), select, &[&id]).await,
        Ok(0)
    );
    assert_eq!(database.run_as(by_staff, select, &[&id]).await, Ok(1));
    for statement in [
        "update public.secret_rotations set name = 'OTHER_NAME' where id = $1",
        "delete from public.secret_rotations where id = $1",
    ] {
        for caller in [Caller::Anonymous, client.caller(), by_staff] {
            assert!(
                refused(database.run_as(caller, statement, &[&id]).await),
                "{caller:?} {statement}"
            );
        }
    }
    // Who logged it and when is not the caller's to say.
    let forged = "insert into public.secret_rotations (name, rotated_by) values ('RESEND_API_KEY', 'somebody@else.example')";
    assert!(refused(database.run_as(by_staff, forged, &[]).await));

    let path = format!("/rest/v1/secret_rotations?id=eq.{id}");
    assert_eq!(
        Answer::to(system.anonymous(Method::GET, &path))
            .await
            .status,
        401
    );
    assert_eq!(
        Answer::to(client.supabase(Method::GET, &path))
            .await
            .expect(200),
        json!([])
    );
    assert_eq!(
        Answer::to(staff.supabase(Method::GET, &path))
            .await
            .expect(200)
            .as_array()
            .unwrap()
            .len(),
        1
    );
    for method in [Method::PATCH, Method::DELETE] {
        let request = staff
            .supabase(method, &path)
            .json(&json!({ "name": "OTHER_NAME" }));
        assert_eq!(Answer::to(request).await.status, 403);
    }
    let row = database.row("public.secret_rotations", id).await;
    assert_eq!(row["name"], "RESEND_API_KEY");
}

#[tokio::test]
async fn a_key_that_was_pasted_into_a_note_is_kept_out_by_the_database_too() {
    let system = System::connect().await;
    let staff = system.staff().await;
    let mut database = system.database().await;
    let insert = "insert into public.secret_rotations (name, note) values ('RESEND_API_KEY', 'it is re_abcdefgh1234')";
    let denied = database
        .run_as(Caller::Staff(staff.id), insert, &[])
        .await
        .unwrap_err();
    assert_eq!(
        denied.constraint.as_deref(),
        Some("secret_rotations_note_holds_no_key")
    );
}
