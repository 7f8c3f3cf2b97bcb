//! GET /functions/v1/clients/list

use omega_tests::files::Sample;
use omega_tests::{Client, System, unique_address};
use serde_json::{Value, json};
use uuid::Uuid;

use super::staff_and_client;

async fn list(staff: &Client, query: &str) -> Value {
    staff
        .get(&format!("clients/list?{query}"))
        .await
        .expect(200)
}

fn ids(list: &Value) -> Vec<String> {
    list["clients"]
        .as_array()
        .unwrap()
        .iter()
        .map(|client| client["id"].as_str().unwrap().to_owned())
        .collect()
}

/// A word that stands in no other test's data.
fn word() -> String {
    format!("q{}", Uuid::new_v4().simple())
}

#[tokio::test]
async fn a_client_is_told_with_what_is_missing_and_what_waits() {
    let (staff, client) = staff_and_client().await;
    client.answer_everything().await;
    client.upload(&Sample::pdf("x"), "ein-letter").await;
    let found = list(&staff, &format!("search={}", client.email)).await;
    let row = &found["clients"][0];
    assert_eq!(row["id"], client.id.to_string());
    assert_eq!(
        [
            &row["full_name"],
            &row["business_name"],
            &row["ein"],
            &row["onboarding_status"]
        ],
        [
            &json!("Maria Reyes"),
            &json!("Reyes Bakery"),
            &json!("XX-XXX6789"),
            &json!("in_progress")
        ]
    );
    let missing: Vec<_> = row["missing"]
        .as_array()
        .unwrap()
        .iter()
        .map(|missing| missing["id"].as_str().unwrap())
        .collect();
    assert_eq!(
        missing,
        [
            "documents.articles-of-incorporation",
            "documents.bank-statement"
        ]
    );
    assert_eq!(row["unreviewed_documents"], 1);
    assert_eq!(row["submitted_at"], Value::Null);
    assert_eq!(found["next_cursor"], Value::Null);
}

#[tokio::test]
async fn every_word_of_a_search_is_in_the_name_the_business_the_address_or_the_last_four_digits() {
    let system = System::connect().await;
    let staff = system.staff().await;
    let (name, business) = (word(), word());
    let client = system
        .sign_up_as(&unique_address(), &format!("{name} Reyes"))
        .await;
    client
        .post(
            "onboarding/submit-profile",
            &json!({ "business_name": format!("{business} 100%_Bakery"), "ein": "12-3459876" }),
        )
        .await
        .expect(200);
    let id = client.id.to_string();
    let upper = name.to_uppercase();
    for found in [
        name.clone(),
        upper,
        format!("{} bakery", &business[2..20]),
        format!("bakery 9876 {name}"),
        format!("XX-XXX9876 {name}"),
        format!("100%25_bakery {name}"),
        client.email.clone(),
    ] {
        let found_ids = ids(&list(&staff, &format!("search={found}")).await);
        assert_eq!(found_ids, [id.as_str()], "{found}");
    }
    for not_found in [
        format!("{name} 12-345"),
        format!("{name} 100__bakery"),
        format!("{name} {}", word()),
    ] {
        assert_eq!(
            ids(&list(&staff, &format!("search={not_found}")).await),
            Vec::<String>::new(),
            "{not_found}"
        );
    }
}

#[tokio::test]
async fn a_status_narrows_the_list_and_staff_are_no_clients() {
    let (staff, client) = staff_and_client().await;
    let search = format!("search={}", client.email);
    for (status, count) in [("pending", 1), ("in-review", 0)] {
        let found = list(&staff, &format!("{search}&status={status}")).await;
        assert_eq!(ids(&found).len(), count, "{status}");
    }
    assert_eq!(
        ids(&list(&staff, &format!("search={}", staff.email)).await),
        Vec::<String>::new()
    );
}

/// Who waits since the latest comes first; an action of the client's, and of nobody else's, puts them there.
#[tokio::test]
async fn who_acted_last_comes_first_until_it_is_submitted() {
    let system = System::connect().await;
    let staff = system.staff().await;
    let name = word();
    let mut clients = Vec::new();
    for number in 0..3 {
        let address = format!("{name}-{number}@example.com");
        clients.push(system.sign_up_as(&address, "Maria Reyes").await);
    }
    let [first, second, third] = clients.as_slice() else {
        unreachable!()
    };
    let order = async || ids(&list(&staff, &format!("search={name}")).await);
    let of = |clients: &[&Client]| -> Vec<String> {
        clients.iter().map(|client| client.id.to_string()).collect()
    };
    assert_eq!(order().await, of(&[third, second, first]));
    first
        .post("onboarding/chat", &json!({ "message": "Hello" }))
        .await
        .expect(200);
    assert_eq!(order().await, of(&[first, third, second]));
    second.upload(&Sample::pdf("x"), "w9").await;
    assert_eq!(order().await, of(&[second, first, third]));
    third
        .post(
            "onboarding/submit-profile",
            &json!({ "urgency": "exploring" }),
        )
        .await
        .expect(200);
    assert_eq!(order().await, of(&[third, second, first]));
    // What is in review waits since it was submitted, whatever is sent after it.
    first.submit().await;
    second
        .post("onboarding/chat", &json!({ "message": "Hello" }))
        .await
        .expect(200);
    first.upload(&Sample::pdf("One more"), "other").await;
    assert_eq!(order().await, of(&[second, first, third]));
    // What our team does puts nobody forward.
    super::move_to(&staff, third, "archived", Some("They stop trading."))
        .await
        .expect(200);
    assert_eq!(order().await, of(&[second, first, third]));
}

/// That a client wrote or sent something does not make what another window has seen of the answers stale.
#[tokio::test]
async fn waiting_is_no_change_of_the_record() {
    let (_, client) = staff_and_client().await;
    client
        .post(
            "onboarding/submit-profile",
            &json!({ "urgency": "exploring" }),
        )
        .await
        .expect(200);
    let version = async || {
        client.get("onboarding/profile").await.expect(200)["profile"]["updated_at"].clone()
    };
    let before = version().await;
    client
        .post("onboarding/chat", &json!({ "message": "Hello" }))
        .await
        .expect(200);
    client.upload(&Sample::pdf("x"), "w9").await;
    assert_eq!(version().await, before);
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_double() {
    let system = System::connect().await;
    let staff = system.staff().await;
    let name = word();
    let mut expected = Vec::new();
    for _ in 0..5 {
        expected.insert(0, system.sign_up_as(&unique_address(), &name).await.id);
    }
    // Two that wait since the same instant are told apart by their id.
    system
        .database()
        .await
        .rows(
            "update public.clients set waiting_since = '2026-01-01Z' where id = any ($1)",
            &[&expected[1..3].to_vec()],
        )
        .await;
    let (mut same, rest) = (
        expected[1..3].to_vec(),
        [expected[0], expected[3], expected[4]],
    );
    same.sort_by(|a, b| b.cmp(a));
    let expected: Vec<_> = rest.iter().chain(&same).map(ToString::to_string).collect();
    let mut seen = Vec::new();
    let mut query = format!("search={name}&limit=1");
    loop {
        let page = list(&staff, &query).await;
        seen.extend(ids(&page));
        match page["next_cursor"].as_str() {
            Some(cursor) => query = format!("search={name}&limit=1&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn what_can_not_be_asked_is_refused() {
    let staff = System::connect().await.staff().await;
    for (query, field) in [
        ("status=open", Some("status")),
        ("search=a%0Ab", Some("search")),
        ("limit=0", None),
        ("cursor=x", None),
        ("sort=name", None),
    ] {
        let answer = staff.get(&format!("clients/list?{query}")).await;
        let problem = answer.problem(400);
        if let Some(field) = field {
            assert_eq!(problem["errors"][0]["field"], field, "{query}");
        }
    }
}

/// Neither the whole number nor anything to find it by.
#[tokio::test]
async fn the_ein_is_never_in_an_answer() {
    let (staff, client) = staff_and_client().await;
    client.answer_everything().await;
    let listed = staff
        .get(&format!("clients/list?search={}", client.email))
        .await;
    let file = staff.get(&format!("clients/client?id={}", client.id)).await;
    for answer in [listed, file] {
        answer.expect(200);
        assert!(answer.text().contains("XX-XXX6789"));
        assert!(!answer.text().contains("3456789"), "{}", answer.text());
    }
    let logged: i64 = client
        .system
        .database()
        .await
        .value(
            "select count(*) from public.access_log where client_id = $1 and action = 'read'",
            &[&client.id],
        )
        .await;
    assert_eq!(logged, 0, "what is masked was not read");
}
