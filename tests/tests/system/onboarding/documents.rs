//! GET /functions/v1/onboarding/documents

use omega_tests::files::Sample;
use omega_tests::{Client, System};
use serde_json::{Value, json};

/// Rows as the service key would write them, without files; `uploaded_at` in SQL, `n` counting up from 1.
async fn insert(client: &Client, count: i32, category: &str, uploaded_at: &str) {
    let sql = format!(
        "insert into public.client_documents (client_id, document_name, document_category, storage_path, content_type, byte_size, uploaded_at)
         select $1, '{category} ' || n, $2, $1::uuid || '/{category}-' || n || '.pdf', 'application/pdf', 100 + n, {uploaded_at}
         from generate_series(1, $3) as n"
    );
    client
        .system
        .database()
        .await
        .rows(&sql, &[&client.id, &category, &count])
        .await;
}

async fn page(client: &Client, query: &str) -> Value {
    client
        .get(&format!("onboarding/documents{query}"))
        .await
        .expect(200)
}

/// Every page, following the cursors; answers with the pages' documents.
async fn pages(client: &Client, query: &str) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = page(client, &format!("?{query}{cursor}")).await;
        pages.push(page["documents"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return pages,
        }
        assert!(pages.len() < 100, "the pages do not end");
    }
}

fn ids(documents: &[Value]) -> Vec<String> {
    documents
        .iter()
        .map(|document| document["id"].as_str().unwrap().to_owned())
        .collect()
}

async fn expected_order(client: &Client) -> Vec<String> {
    let sql = "select id::text from public.client_documents where client_id = $1 order by uploaded_at desc, id desc";
    client
        .system
        .database()
        .await
        .values(sql, &[&client.id])
        .await
}

#[tokio::test]
async fn a_new_client_has_no_documents_and_no_list_of_what_is_required() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    assert_eq!(
        page(&client, "").await,
        json!({ "documents": [], "next_cursor": null, "required": [] })
    );
}

#[tokio::test]
async fn a_document_is_shown_with_what_storage_says_of_it() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let registered = client
        .upload(&Sample::pdf("Statement"), "bank-statement")
        .await;
    let list = page(&client, "").await;
    assert_eq!(list["documents"], json!([registered]));
    let fields: Vec<_> = list["documents"][0]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    assert_eq!(
        fields,
        [
            "id",
            "document_name",
            "document_category",
            "content_type",
            "byte_size",
            "storage_path",
            "uploaded_at",
            "content_sha256",
            "reviewed_at",
            "verdict",
            "verdict_reason",
            "can_change"
        ]
    );
}

#[tokio::test]
async fn pages_follow_each_other_newest_first_without_gap_or_double() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    insert(
        &client,
        45,
        "other",
        "timestamptz '2026-01-01 00:00:00.123456Z' + n * interval '1 minute'",
    )
    .await;
    let pages = pages(&client, "limit=20").await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [20, 20, 5]);
    assert_eq!(ids(&pages.concat()), expected_order(&client).await);
    assert_eq!(pages[0][0]["document_name"], "other 45");
}

/// Files that were sent together can have the very same time.
#[tokio::test]
async fn documents_of_the_same_moment_are_paged_by_their_id() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    insert(
        &client,
        23,
        "other",
        "timestamptz '2026-02-03 04:05:06.789Z'",
    )
    .await;
    for limit in [1, 5, 23] {
        let pages = pages(&client, &format!("limit={limit}")).await;
        assert_eq!(
            ids(&pages.concat()),
            expected_order(&client).await,
            "limit {limit}"
        );
        assert!(
            pages.last().is_some_and(|last| !last.is_empty()),
            "an empty last page with limit {limit}"
        );
    }
}

#[tokio::test]
async fn what_is_added_meanwhile_does_not_disturb_the_pages_after() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    insert(
        &client,
        6,
        "other",
        "timestamptz '2026-01-01Z' + n * interval '1 hour'",
    )
    .await;
    let first = page(&client, "?limit=3").await;
    insert(
        &client,
        4,
        "w9",
        "timestamptz '2026-03-01Z' + n * interval '1 hour'",
    )
    .await;
    let second = page(
        &client,
        &format!("?limit=3&cursor={}", first["next_cursor"].as_str().unwrap()),
    )
    .await;
    let names: Vec<_> = second["documents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|document| document["document_name"].clone())
        .collect();
    assert_eq!(names, ["other 3", "other 2", "other 1"]);
    assert_eq!(second["next_cursor"], Value::Null);
}

#[tokio::test]
async fn one_category_can_be_asked_for_and_is_paged_too() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    insert(
        &client,
        5,
        "w2",
        "timestamptz '2026-01-01Z' + n * interval '1 hour'",
    )
    .await;
    insert(
        &client,
        3,
        "1099",
        "timestamptz '2026-01-01Z' + n * interval '1 hour'",
    )
    .await;
    let pages = pages(&client, "category=w2&limit=2").await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    assert!(
        pages
            .concat()
            .iter()
            .all(|document| document["document_category"] == "w2")
    );
    assert_eq!(
        page(&client, "?category=1099").await["documents"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    assert_eq!(page(&client, "?category=w9").await["documents"], json!([]));
}

#[tokio::test]
async fn twenty_are_shown_unless_asked_otherwise() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    insert(&client, 21, "other", "now() - n * interval '1 day'").await;
    let default = page(&client, "").await;
    assert_eq!(default["documents"].as_array().unwrap().len(), 20);
    assert!(default["next_cursor"].is_string());
    assert_eq!(
        page(&client, "?limit=100").await["documents"]
            .as_array()
            .unwrap()
            .len(),
        21
    );
}

#[tokio::test]
async fn each_legal_form_has_its_own_list_of_required_documents() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let mut lists = serde_json::Map::new();
    for entity_type in [
        "llc",
        "s-corp",
        "c-corp",
        "sole-proprietorship",
        "partnership",
        "nonprofit",
    ] {
        client
            .post(
                "onboarding/submit-profile",
                &json!({ "entity_type": entity_type }),
            )
            .await
            .expect(200);
        let required = page(&client, "").await["required"].clone();
        let categories: Vec<_> = required
            .as_array()
            .unwrap()
            .iter()
            .map(|document| document["category"].clone())
            .collect();
        for document in required.as_array().unwrap() {
            assert!(
                !document["title"].as_str().unwrap().is_empty()
                    && document["why"].as_str().unwrap().ends_with('.'),
                "{document}"
            );
            assert_eq!(document["received"], false);
        }
        lists.insert(entity_type.to_owned(), categories.into());
    }
    insta::assert_json_snapshot!(Value::Object(lists), @r#"
    {
      "llc": [
        "articles-of-incorporation",
        "ein-letter",
        "bank-statement"
      ],
      "s-corp": [
        "articles-of-incorporation",
        "ein-letter",
        "tax-return",
        "bank-statement"
      ],
      "c-corp": [
        "articles-of-incorporation",
        "ein-letter",
        "tax-return",
        "bank-statement"
      ],
      "sole-proprietorship": [
        "tax-return",
        "bank-statement"
      ],
      "partnership": [
        "ein-letter",
        "tax-return",
        "bank-statement"
      ],
      "nonprofit": [
        "articles-of-incorporation",
        "ein-letter",
        "tax-return",
        "bank-statement"
      ]
    }
    "#);
}

#[tokio::test]
async fn a_required_document_is_ticked_once_it_is_here_whatever_page_is_shown() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client
        .post(
            "onboarding/submit-profile",
            &json!({ "entity_type": "llc" }),
        )
        .await
        .expect(200);
    client.upload(&Sample::pdf("Letter"), "ein-letter").await;
    client.upload(&Sample::pdf("Something else"), "other").await;
    for query in ["", "?limit=1", "?category=w9"] {
        let required = page(&client, query).await["required"].clone();
        let received: Vec<_> = required
            .as_array()
            .unwrap()
            .iter()
            .filter(|document| document["received"] == true)
            .map(|document| document["category"].clone())
            .collect();
        assert_eq!(received, ["ein-letter"], "{query}");
    }
}

#[tokio::test]
async fn a_file_that_was_sent_before_is_found_by_its_digest() {
    let system = System::connect().await;
    let (maria, omar) = (system.sign_up().await, system.sign_up().await);
    let sample = Sample::pdf("Statement");
    let digest = "0123456789abcdef".repeat(4);
    let path = maria.new_path("pdf");
    maria
        .put(&path, sample.media_type, &sample.bytes)
        .await
        .expect(200);
    let body = json!({
        "document_name": "Statement.pdf", "document_category": "bank-statement", "storage_path": path,
        "content_sha256": digest.to_uppercase(),
    });
    let document = maria
        .post("onboarding/register-document", &body)
        .await
        .expect(201);
    assert_eq!(document["content_sha256"], digest);
    maria.upload(&Sample::pdf("Another"), "other").await;
    let query = format!("?content_sha256={digest}");
    assert_eq!(page(&maria, &query).await["documents"], json!([document]));
    assert_eq!(page(&omar, &query).await["documents"], json!([]));
    let other = format!("?content_sha256={}", "f".repeat(64));
    assert_eq!(page(&maria, &other).await["documents"], json!([]));
}

#[tokio::test]
async fn bad_parameters_are_refused() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    for query in [
        "?cursor=x",
        "?cursor=",
        "?cursor=%2529",
        "?cursor=MjAyNi0wMS0wMSB4",
        "?limit=0",
        "?limit=101",
        "?limit=-1",
        "?limit=ten",
        "?category=passport",
        "?category=",
        "?content_sha256=",
        "?content_sha256=abc",
        "?client_id=00000000-0000-0000-0000-000000000000",
        "?select=*",
    ] {
        client
            .get(&format!("onboarding/documents{query}"))
            .await
            .problem(400);
    }
    assert_eq!(
        client
            .get("onboarding/documents?category=passport")
            .await
            .refused_fields(400),
        ["category"]
    );
}

#[tokio::test]
async fn a_cursor_of_another_client_shows_nothing_of_theirs() {
    let system = System::connect().await;
    let (maria, omar) = (system.sign_up().await, system.sign_up().await);
    insert(
        &maria,
        4,
        "other",
        "timestamptz '2026-01-01Z' + n * interval '1 hour'",
    )
    .await;
    insert(
        &omar,
        4,
        "w2",
        "timestamptz '2026-01-01Z' + n * interval '1 hour'",
    )
    .await;
    let cursor = page(&maria, "?limit=2").await["next_cursor"]
        .as_str()
        .unwrap()
        .to_owned();
    let seen = page(&omar, &format!("?cursor={cursor}")).await;
    assert!(
        seen["documents"]
            .as_array()
            .unwrap()
            .iter()
            .all(|document| document["document_category"] == "w2"),
        "{seen}"
    );
}
