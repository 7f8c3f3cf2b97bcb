//! The log of expenses, the budget and the views of month and year.

use chrono::{TimeDelta, Utc};
use omega_tests::{Client, System};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{assert_described, expense};

async fn log(staff: &Client, body: &Value) -> Value {
    let answer = staff.post("finance/expenses", body).await;
    assert_described("post", "finance/expenses", &answer);
    answer.expect(200)
}

async fn year(staff: &Client, year: u32) -> Value {
    let answer = staff.get(&format!("finance/budget?year={year}")).await;
    assert_described("get", "finance/budget", &answer);
    answer.expect(200)
}

/// An entry in a month that is no other test's, so that its sum is known.
fn in_july(id: Uuid, amount: &str) -> Value {
    let mut entry = expense(id, amount);
    entry["spent_on"] = json!("2002-07-09");
    entry
}

#[tokio::test]
async fn an_entry_is_logged_once_and_undone_once_by_one_of_the_opposite_amount() {
    let system = System::connect().await;
    let (staff, other) = (system.staff().await, system.staff().await);
    let spent = async || {
        year(&staff, 2002).await["months"][6]["spent_cents"]
            .as_i64()
            .unwrap()
    };
    let start = spent().await;
    let id = Uuid::new_v4();
    let body = in_july(id, "$1,200.50");
    let logged = log(&staff, &body).await;
    assert_eq!(
        (
            &logged["cents"],
            &logged["made_by"],
            &logged["corrected_by"]
        ),
        (&json!(120_050), &json!(staff.email), &Value::Null)
    );
    assert_eq!(log(&staff, &body).await, logged);
    assert_eq!(spent().await, start + 120_050);
    // At the same moment too.
    let twice = in_july(Uuid::new_v4(), "7");
    let (one, other_one) = tokio::join!(log(&staff, &twice), log(&staff, &twice));
    assert_eq!(one, other_one);
    assert_eq!(spent().await, start + 120_050 + 700);
    let mut another = body.clone();
    another["amount"] = json!("1");
    assert_eq!(
        staff
            .post("finance/expenses", &another)
            .await
            .refused_fields(409),
        ["id"]
    );

    let undo = json!({ "id": Uuid::new_v4(), "corrects": id, "description": "Logged twice" });
    let undone = log(&other, &undo).await;
    assert_eq!(
        (
            &undone["cents"],
            &undone["spent_on"],
            &undone["category"],
            &undone["vendor"],
            &undone["corrects"]
        ),
        (
            &json!(-120_050),
            &json!("2002-07-09"),
            &json!("office"),
            &json!("Paper mill"),
            &json!(id)
        )
    );
    assert_eq!(log(&other, &undo).await, undone);
    assert_eq!(spent().await, start + 700);
    // Once, and a correction is not corrected.
    for corrects in [json!(id), undone["id"].clone()] {
        let body = json!({ "id": Uuid::new_v4(), "corrects": corrects });
        staff.post("finance/expenses", &body).await.problem(409);
    }
    let body = json!({ "id": Uuid::new_v4(), "corrects": Uuid::new_v4() });
    staff.post("finance/expenses", &body).await.problem(404);

    let list = staff
        .get("finance/expenses?year=2002&month=7&category=office&limit=100")
        .await;
    assert_described("get", "finance/expenses", &list);
    let list = list.expect(200);
    let first = list["expenses"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["id"] == json!(id));
    assert_eq!(first.unwrap()["corrected_by"], undone["id"]);
    // A page goes on where the one before ended.
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = staff
            .get(&format!(
                "finance/expenses?year=2002&month=7&category=office&limit=1{cursor}"
            ))
            .await
            .expect(200);
        seen.extend(
            page["expenses"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["id"].clone()),
        );
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    for one in [json!(id), undone["id"].clone()] {
        assert_eq!(seen.iter().filter(|known| **known == one).count(), 1);
    }

    // Where the day begins earlier than in UTC and at our office, a day of today is none to come.
    let mut body = in_july(Uuid::new_v4(), "5");
    let in_days = |days| {
        json!(
            (Utc::now() + TimeDelta::days(days))
                .date_naive()
                .to_string()
        )
    };
    body["spent_on"] = in_days(1);
    staff.post("finance/expenses", &body).await.expect(200);
    let mut body = in_july(Uuid::new_v4(), "5");
    body["spent_on"] = in_days(3);
    assert_eq!(
        staff
            .post("finance/expenses", &body)
            .await
            .refused_fields(422),
        ["spent_on"]
    );
    let mut body = in_july(Uuid::new_v4(), "5");
    body["service_id"] = json!(Uuid::new_v4());
    assert_eq!(
        staff
            .post("finance/expenses", &body)
            .await
            .refused_fields(422),
        ["service_id"]
    );
}

/// Not by the owner of the database either.
#[tokio::test]
async fn no_entry_and_no_change_on_record_is_altered() {
    let system = System::connect().await;
    let staff = system.staff().await;
    log(&staff, &expense(Uuid::new_v4(), "5")).await;
    let mut database = system.database().await;
    for table in ["private.expenses", "private.finance_changes"] {
        for sql in [
            format!("update {table} set id = id"),
            format!("delete from {table}"),
            format!("truncate {table} cascade"),
        ] {
            let transaction = database.transaction().await;
            let error = transaction.batch_execute(&sql).await.unwrap_err();
            let refusal = error.as_db_error().unwrap();
            assert!(
                refusal.message().ends_with("is added to, never changed"),
                "{sql}: {refusal}"
            );
            transaction.rollback().await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_budget_stands_beside_what_was_spent_and_the_year_ahead_is_forecast() {
    let system = System::connect().await;
    let staff = system.staff().await;
    let set = async |month: Option<&str>, amount: Option<&str>| {
        let body =
            json!({ "year": "2003", "month": month, "category": "travel", "amount": amount });
        let answer = staff.post("finance/budget", &body).await;
        assert_described("post", "finance/budget", &answer);
        answer.expect(200)
    };
    set(None, Some("100")).await;
    let view = set(Some("2"), Some("250.50")).await;
    assert_eq!(
        (&view["budget_cents"], &view["months"][1]["budget_cents"]),
        (&json!(135_050), &json!(25_050))
    );
    let mut entry = expense(Uuid::new_v4(), "80");
    entry["spent_on"] = json!("2003-02-28");
    entry["category"] = json!("travel");
    log(&staff, &entry).await;
    let view = year(&staff, 2003).await;
    assert_eq!(
        view["months"][1]["categories"],
        json!([{ "category": "travel", "title": "Travel", "spent_cents": 8_000, "budget_cents": 25_050 }])
    );
    // Of a year that is over nothing is to come.
    assert_eq!(view["forecast_cents"], view["spent_cents"]);
    // Each month to come is what the services cost and what was spent beside them of late.
    let ahead = year(&staff, 2190).await;
    let each = ahead["services_monthly_cents"].as_i64().unwrap()
        + ahead["other_monthly_cents"].as_i64().unwrap();
    assert!(ahead["services_monthly_cents"].as_i64().unwrap() >= 75);
    assert_eq!(ahead["forecast_cents"], json!(12 * each));
    let view = set(None, None).await;
    assert_eq!(view["budget_cents"], Value::Null);
}
