//! GET /functions/v1/clients/workflow: who is where on the way, how long it took, which ways were gone

use serde_json::{Value, json};

use super::{move_to, staff_and_client};

fn one<'a>(list: &'a Value, of: &[(&str, &str)]) -> &'a Value {
    list.as_array()
        .unwrap()
        .iter()
        .find(|entry| of.iter().all(|(name, value)| entry[*name] == *value))
        .unwrap_or_else(|| panic!("no {of:?} in {list}"))
}

#[tokio::test]
async fn a_clients_way_is_told_with_each_stay_and_each_move() {
    let (staff, client) = staff_and_client().await;
    client.submit().await;
    let reason = Some("The EIN belongs to another company.");
    move_to(&staff, &client, "in_progress", reason)
        .await
        .expect(200);
    client.submit().await;
    move_to(&staff, &client, "active", None).await.expect(200);

    let workflow = staff
        .get(&format!("clients/workflow?client={}", client.id))
        .await
        .expect(200);
    let stays: Vec<_> = workflow["stages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|stage| {
            (
                stage["title"].as_str().unwrap(),
                &stage["stays"],
                &stage["clients"],
            )
        })
        .collect();
    assert_eq!(
        stays,
        [
            ("Not started", &json!(1), &json!(0)),
            ("In progress", &json!(1), &json!(0)),
            ("In review", &json!(2), &json!(0)),
            ("Active", &json!(0), &json!(1)),
            ("Archived", &json!(0), &json!(0)),
        ]
    );
    for (from, to, count) in [
        ("pending", "in-review", 1),
        ("in_progress", "in-review", 1),
        ("in-review", "in_progress", 1),
        ("in-review", "active", 1),
        ("active", "archived", 0),
    ] {
        let way = one(&workflow["ways"], &[("from", from), ("to", to)]);
        assert_eq!(way["count"], count, "{way}");
    }
    // A stay ends as the next one begins, and the last one has no end.
    let gaps: i64 = client
        .system
        .database()
        .await
        .value(
            "select count(*) from (
               select left_at, lead(entered_at) over (order by id) as next_at from private.onboarding_stays where client_id = $1
             ) as stay where left_at is distinct from next_at",
            &[&client.id],
        )
        .await;
    assert_eq!(gaps, 0);
}

#[tokio::test]
async fn who_left_a_status_longer_ago_is_not_counted_and_staff_are_nowhere() {
    let (staff, client) = staff_and_client().await;
    client.submit().await;
    let database = client.system.database().await;
    database
        .rows(
            "update private.onboarding_stays set entered_at = entered_at - interval '40 days', left_at = left_at - interval '31 days'
             where client_id = $1 and status = 'pending'",
            &[&client.id],
        )
        .await;
    let stays = async |days: &str| {
        let query = format!("clients/workflow?client={}{days}", client.id);
        let workflow = staff.get(&query).await.expect(200);
        let stage = one(&workflow["stages"], &[("status", "pending")]).clone();
        (stage["stays"].clone(), stage["median_seconds"].clone())
    };
    assert_eq!(stays("&days=30").await, (json!(0), Value::Null));
    let (count, seconds) = stays("").await;
    assert_eq!(count, 1);
    let nine_days = 9 * 86_400;
    assert!((nine_days..nine_days + 3600).contains(&seconds.as_i64().unwrap()));

    let all = staff.get("clients/workflow").await.expect(200);
    assert!(one(&all["stages"], &[("status", "in-review")])["clients"].as_i64() >= Some(1));
    let own = staff
        .get(&format!("clients/workflow?client={}", staff.id))
        .await
        .expect(200);
    for stage in own["stages"].as_array().unwrap() {
        assert_eq!(stage["clients"], 0, "{stage}");
    }
}
