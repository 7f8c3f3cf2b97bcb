//! `cargo xtask staff`

use std::process::Output;

use omega_common::problem::SECOND_STEP_NEEDED;
use omega_tests::openapi::root;
use omega_tests::{Client, System, code_of, unique_address};
use tokio::process::Command;

async fn xtask(arguments: &[&str]) -> Output {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["xtask", "staff"])
        .args(arguments)
        .current_dir(root())
        .env_remove("SUPABASE_URL")
        .output()
        .await
        .unwrap()
}

async fn role(client: &Client) -> Option<String> {
    let sql = "select raw_app_meta_data ->> 'role' from auth.users where id = $1";
    client
        .system
        .database()
        .await
        .value(sql, &[&client.id])
        .await
}

#[tokio::test]
async fn an_account_becomes_staff_and_an_ordinary_one_again() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client.get("ops/center").await.problem(403);

    assert!(
        xtask(&["add", &client.email.to_uppercase()])
            .await
            .status
            .success()
    );
    assert_eq!(role(&client).await.as_deref(), Some("staff"));
    // The token of before knows nothing of it.
    client.get("ops/center").await.problem(403);
    let staff = client.sign_in().await;
    staff
        .get("ops/center")
        .await
        .problem_of(403, SECOND_STEP_NEEDED);
    let (staff, secret) = staff.with_app("Office").await;
    staff.get("ops/center").await.expect(200);
    // The password alone is not enough either once the app is there.
    client
        .sign_in()
        .await
        .get("ops/center")
        .await
        .problem_of(403, SECOND_STEP_NEEDED);
    let shown = String::from_utf8(xtask(&["code", &client.email]).await.stdout).unwrap();
    // It may have changed between the two.
    assert_eq!(shown.trim().len(), 6);
    if shown.trim() != code_of(&secret) {
        let again = String::from_utf8(xtask(&["code", &client.email]).await.stdout).unwrap();
        assert_eq!(again.trim(), code_of(&secret));
    }
    let list = xtask(&["list"]).await;
    assert!(
        String::from_utf8_lossy(&list.stdout)
            .lines()
            .any(|line| line == format!("{} (staff)", client.email))
    );

    // Another role takes the place of the first.
    let again = xtask(&["add", &client.email, "--role", "read-only"]).await;
    assert!(again.status.success());
    let list = xtask(&["list"]).await;
    assert!(
        String::from_utf8_lossy(&list.stdout)
            .lines()
            .any(|line| line == format!("{} (read-only)", client.email))
    );
    let wrong = xtask(&["add", &client.email, "--role", "intern"]).await;
    assert!(!wrong.status.success());

    assert!(xtask(&["remove", &client.email]).await.status.success());
    assert_eq!(role(&client).await, None);
    client.sign_in().await.get("ops/center").await.problem(403);
    // What else stands in the metadata stays.
    let provider: Option<String> = system
        .database()
        .await
        .value(
            "select raw_app_meta_data ->> 'provider' from auth.users where id = $1",
            &[&client.id],
        )
        .await;
    assert_eq!(provider.as_deref(), Some("email"));
}

#[tokio::test]
async fn an_address_without_an_account_is_told_so() {
    let outcome = xtask(&["add", &unique_address()]).await;
    assert!(!outcome.status.success());
    assert!(String::from_utf8_lossy(&outcome.stderr).contains("sign up with it first"));
}
