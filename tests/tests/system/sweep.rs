//! crates/upkeep/sweep: files without a document, and rows that are older than they should live.

use omega_tests::files::Sample;
use omega_tests::{Answer, Caller, Client, Database, System, unique_address};
use reqwest::Method;
use serde_json::{Value, json};

async fn sweep(system: &System) -> Value {
    // Several tests may sweep at once; what one takes from another is gone all the same.
    system.post("upkeep/sweep", &json!({})).await.expect(200)
}

async fn put(client: &Client) -> String {
    let sample = Sample::pdf("A letter");
    let path = client.new_path(sample.extension);
    client
        .put(&path, sample.media_type, &sample.bytes)
        .await
        .expect(200);
    path
}

/// As if it had been uploaded so long ago.
async fn age(database: &Database, path: &str, hours: i32) {
    let sql = "update storage.objects set created_at = now() - make_interval(hours => $2) where name = $1 returning 1";
    assert_eq!(database.rows(sql, &[&path, &hours]).await.len(), 1);
}

#[tokio::test]
async fn a_file_that_became_no_document_is_removed_after_two_days_and_no_other() {
    let system = System::connect().await;
    let database = system.database().await;
    let client = system.sign_up().await;
    let document = client.upload(&Sample::pdf("Kept"), "ein-letter").await;
    let kept: String = database
        .value(
            "select storage_path from public.client_documents where id = $1::text::uuid",
            &[&document["id"].as_str().unwrap()],
        )
        .await;
    let (orphan, young) = (put(&client).await, put(&client).await);
    age(&database, &kept, 24 * 365).await;
    age(&database, &orphan, 49).await;
    age(&database, &young, 47).await;
    sweep(&system).await;
    assert!(!client.stored(&orphan).await);
    assert!(client.stored(&kept).await && client.stored(&young).await);
    // Again is the same as once.
    sweep(&system).await;
    assert!(client.stored(&kept).await && client.stored(&young).await);
}

#[tokio::test]
async fn the_files_of_an_account_that_is_gone_go_too() {
    let system = System::connect().await;
    let database = system.database().await;
    let client = system.sign_up().await;
    let document = client.upload(&Sample::pdf("Letter"), "ein-letter").await;
    let path: String = database
        .value(
            "select storage_path from public.client_documents where id = $1::text::uuid",
            &[&document["id"].as_str().unwrap()],
        )
        .await;
    let request = system.service(
        Method::DELETE,
        &format!("/auth/v1/admin/users/{}", client.id),
    );
    assert_eq!(Answer::to(request).await.status, 200);
    age(&database, &path, 49).await;
    sweep(&system).await;
    assert!(!client.stored(&path).await);
}

#[tokio::test]
async fn a_file_that_is_about_to_be_swept_becomes_no_document_any_more() {
    let system = System::connect().await;
    let database = system.database().await;
    let client = system.sign_up().await;
    let (old, young) = (put(&client).await, put(&client).await);
    age(&database, &old, 25).await;
    age(&database, &young, 23).await;
    let refused = client.register("Letter.pdf", "ein-letter", &old).await;
    assert_eq!(refused.refused_fields(422), ["storage_path"]);
    client
        .register("Letter.pdf", "ein-letter", &young)
        .await
        .expect(201);
}

#[tokio::test]
async fn more_files_than_one_call_removes_are_all_removed() {
    let system = System::connect().await;
    let database = system.database().await;
    let client = system.sign_up().await;
    let path = put(&client).await;
    // Rows are enough to show that it goes on: Storage removes those without bytes too.
    let sql = "insert into storage.objects (bucket_id, name, created_at)
               select 'client-documents', $1 || '-' || n, now() - interval '49 hours' from generate_series(1, 230) as n";
    database.rows(sql, &[&path]).await;
    let swept = sweep(&system).await;
    assert!(
        swept["files"].as_u64().is_some_and(|files| files >= 100),
        "{swept}"
    );
    let left: i64 = database
        .value(
            "select count(*) from storage.objects where name like $1 || '-%'",
            &[&path],
        )
        .await;
    assert_eq!(left, 0);
    assert!(client.stored(&path).await);
}

#[tokio::test]
async fn a_mail_that_was_sent_is_forgotten_after_ninety_days_and_no_other() {
    let system = System::connect().await;
    let database = system.database().await;
    let recipient = unique_address();
    for (template, status, days) in [
        ("welcome", "sent", Some(91)),
        ("receipt", "sent", Some(89)),
        ("closure-requested", "parked", None::<i32>),
    ] {
        let sql = "insert into public.email_outbox (recipient, template, status, sent_at, created_at)
                   values ($1, $2, $3, now() - make_interval(days => $4), now() - interval '200 days')";
        database
            .rows(sql, &[&recipient, &template, &status, &days])
            .await;
    }
    sweep(&system).await;
    let left: Vec<String> = database
        .values(
            "select template from public.email_outbox where recipient = $1 order by template",
            &[&recipient],
        )
        .await;
    assert_eq!(left, ["closure-requested", "receipt"]);
}

#[tokio::test]
async fn nobody_but_the_service_may_sweep_or_see_what_is_due() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let staff = system.staff().await;
    let mut database = system.database().await;
    for caller in [Caller::Anonymous, client.caller(), Caller::Staff(staff.id)] {
        for call in [
            "select public.sweep_rows()",
            "select public.orphan_files(1)",
        ] {
            let denied = database.query_as(caller, call, &[]).await.unwrap_err();
            assert!(denied.is_privilege(), "{caller:?} {call}");
        }
    }
}

/// Locally the front passes the cron on.
#[tokio::test]
async fn the_nightly_cron_sweeps() {
    let system = System::connect().await;
    let database = system.database().await;
    let client = system.sign_up().await;
    let orphan = put(&client).await;
    age(&database, &orphan, 49).await;
    let url = format!(
        "{}/cdn-cgi/handler/scheduled?cron=17+3+*+*+*",
        system.addresses.site
    );
    system.http.get(url).send().await.unwrap();
    assert!(!client.stored(&orphan).await);
}
