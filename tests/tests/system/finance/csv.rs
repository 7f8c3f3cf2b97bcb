//! The log of expenses as a table: what is wrong with which line, all entries or none, and the same ones once.

use omega_tests::System;
use serde_json::{Value, json};
use uuid::Uuid;

use super::assert_described;

#[tokio::test]
async fn a_table_is_looked_at_imported_once_and_exported_again() {
    let system = System::connect().await;
    let staff = system.staff().await;
    let vendor = format!("=Mill {}", Uuid::new_v4());
    let send = async |csv: &str, import: bool| {
        let answer = staff
            .post("finance/csv", &json!({ "csv": csv, "import": import }))
            .await;
        assert_described("post", "finance/csv", &answer);
        answer.expect(200)
    };
    let count = async || -> i64 {
        let sql = "select count(*) from private.expenses where vendor = $1";
        system.database().await.value(sql, &[&vendor]).await
    };
    let bad = format!(
        "Date,Amount,Category,Vendor\n2004-02-03,5,office,{vendor}\n2004-02-30,x,office,{vendor}\n"
    );
    let report = send(&bad, true).await;
    let told: Vec<_> = report["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| {
            (
                error["line"].as_u64().unwrap(),
                error["column"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(told, [(3, "date"), (3, "amount")]);
    assert_eq!((&report["imported"], count().await), (&json!(0), 0));

    let good = format!(
        "Date,Amount,Category,Vendor,Service\n2004-02-03,\"1,200.50\",office,{vendor},\n2/4/2004,(0.50),Office,{vendor},Database\n"
    );
    let looked_at = send(&good, false).await;
    assert_eq!(
        (
            &looked_at["total_cents"],
            &looked_at["imported"],
            count().await
        ),
        (&json!(120_000), &json!(0), 0)
    );
    let report = send(&good, true).await;
    assert_eq!(
        (&report["imported"], &report["already"]),
        (&json!(2), &json!(false))
    );
    // The same entries again add nothing.
    let report = send(&good.replace('\n', "\r\n"), true).await;
    assert_eq!(
        (&report["imported"], &report["already"]),
        (&json!(0), &json!(true))
    );
    assert_eq!(count().await, 2);

    // One line that the database refuses takes all others back.
    let unknown = format!(
        "date,amount,category,vendor,service\n2004-02-05,5,office,{vendor},\n2004-02-05,5,office,{vendor},No such thing\n"
    );
    let answer = staff
        .post("finance/csv", &json!({ "csv": unknown, "import": true }))
        .await;
    assert_eq!(answer.refused_fields(422), ["csv"]);
    assert!(answer.text().contains("Line 3"), "{}", answer.text());
    assert_eq!(count().await, 2);

    let export = staff.get("finance/csv?year=2004").await;
    assert_described("get", "finance/csv", &export);
    let export = export.expect(200);
    assert_eq!(export["file_name"], "expenses-2004.csv");
    let csv = export["csv"].as_str().unwrap();
    assert!(csv.starts_with("date,amount,category,vendor,description,service,id,corrects\n"));
    // No program takes the name for a formula.
    assert!(
        csv.contains(&format!("2004-02-03,1200.50,office,'{vendor},")),
        "{csv}"
    );
    let again = send(csv, false).await;
    assert_eq!(again["errors"], Value::Array(Vec::new()));
}
