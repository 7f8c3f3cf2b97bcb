//! Receipts of expenses: who uploads and reads them, what is taken for one, and what becomes of a file that is none.

use omega_tests::files::Sample;
use omega_tests::{Answer, Client, System};
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use super::{assert_described, expense, put_receipt};

async fn put(client: &Client, path: &str, media_type: &str, bytes: Vec<u8>) -> u16 {
    let request = client
        .supabase(Method::POST, &format!("/storage/v1/object/receipts/{path}"))
        .header("content-type", media_type.to_owned())
        .body(bytes);
    Answer::to(request).await.status
}

async fn reads(client: &Client, path: &str) -> bool {
    let path = format!("/storage/v1/object/authenticated/receipts/{path}");
    Answer::to(client.supabase(Method::GET, &path)).await.status == 200
}

#[tokio::test]
async fn a_receipt_is_uploaded_by_staff_looked_at_and_kept_with_its_entry() {
    let system = System::connect().await;
    let (staff, other) = (system.staff().await, system.staff().await);
    let (client, reader) = (system.sign_up().await, system.read_only_staff().await);
    let by_password = system.staff_by_password_alone().await;
    let attach = async |who: &Client, id: Uuid, path: &str| {
        let body = json!({ "expense_id": id, "storage_path": path });
        who.post("finance/receipt", &body).await
    };
    let pdf = Sample::pdf("Paid").bytes;
    for who in [&client, &reader, &by_password] {
        let status = put(who, &who.new_path("pdf"), "application/pdf", pdf.clone()).await;
        assert!((400..500).contains(&status), "{}: {status}", who.email);
    }
    let foreign = put(
        &staff,
        &other.new_path("pdf"),
        "application/pdf",
        pdf.clone(),
    )
    .await;
    assert!((400..500).contains(&foreign), "{foreign}");

    let (id, second) = (Uuid::new_v4(), Uuid::new_v4());
    for id in [id, second] {
        staff
            .post("finance/expenses", &expense(id, "5"))
            .await
            .expect(200);
    }
    let path = put_receipt(&staff).await;
    let attached = attach(&staff, id, &path).await;
    assert_described("post", "finance/receipt", &attached);
    let attached = attached.expect(200);
    assert_eq!(attached["receipt_path"], json!(path));
    assert_eq!(attach(&staff, id, &path).await.expect(200), attached);
    // It stays, and is of one entry.
    let another = put_receipt(&staff).await;
    attach(&staff, id, &another).await.problem(409);
    attach(&staff, second, &path).await.problem(409);
    attach(&staff, Uuid::new_v4(), &another).await.problem(404);
    assert_eq!(
        attach(&other, second, &another).await.refused_fields(422),
        ["storage_path"]
    );
    for (who, may) in [
        (&staff, true),
        (&other, true),
        (&reader, true),
        (&client, false),
        (&by_password, false),
    ] {
        assert_eq!(reads(who, &path).await, may, "{}", who.email);
    }
    let remove = staff.supabase(
        Method::DELETE,
        &format!("/storage/v1/object/receipts/{path}"),
    );
    Answer::to(remove).await;
    assert!(reads(&staff, &path).await, "a receipt was removed");

    // What is no PDF is removed again, and an entry without a file is as before.
    let fake = staff.new_path("pdf");
    assert_eq!(
        put(&staff, &fake, "application/pdf", b"<html>".to_vec()).await,
        200
    );
    assert_eq!(
        attach(&staff, second, &fake).await.refused_fields(422),
        ["storage_path"]
    );
    assert!(!reads(&staff, &fake).await);

    // A file that became no receipt goes after two days; a receipt stays.
    let database = system.database().await;
    for old in [&path, &another] {
        let sql = "update storage.objects set created_at = now() - interval '49 hours' where name = $1 returning 1";
        assert_eq!(database.rows(sql, &[old]).await.len(), 1);
    }
    system.post("upkeep/sweep", &json!({})).await.expect(200);
    assert!(reads(&staff, &path).await && !reads(&staff, &another).await);
}
