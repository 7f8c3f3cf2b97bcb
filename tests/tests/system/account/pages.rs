//! The page of the account, in Chromium.

use std::path::Path;

use omega_tests::browser::{Browser, with_browser};
use omega_tests::files::Sample;
use omega_tests::{Client, PASSWORD, System, eventually};
use serde_json::json;

const NEW_PASSWORD: &str = "purple staple orchard lamp";

/// Signed in, at a section of the account.
async fn at(browser: &Browser, client: &Client, section: &str) {
    browser.give_password("", &client.email, PASSWORD).await;
    browser.heading("Hello, Maria").await;
    browser.goto(&format!("/account?section={section}")).await;
}

#[tokio::test]
async fn the_account_shows_who_one_is_and_leads_to_every_section() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client.answer_everything().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        browser.give_password("", &client.email, PASSWORD).await;
        browser.heading("Hello, Maria").await;
        browser.follow_link("Account").await;
        browser.heading("Your details").await;
        for shown in ["Maria Reyes", &client.email, "(555) 234-5678", "XX-XXX6789"] {
            browser.see(shown).await;
        }
        browser.check("40-account").await;
        for section in [
            "Email address",
            "Password",
            "Two-step sign-in",
            "Devices and activity",
            "Download your data",
            "Close your account",
        ] {
            browser.goto("/account").await;
            browser.follow_link(section).await;
            browser.heading(section).await;
        }
        // An address that leads nowhere leads to the start.
        browser.goto("/account?section=no-such-section").await;
        browser.heading("Your details").await;
    })
    .await;
}

#[tokio::test]
async fn whoever_is_not_signed_in_signs_in_first_and_comes_back() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        browser.goto("/account?section=close").await;
        browser.see("Sign in to see that page.").await;
        browser.fill("Email address", &client.email).await;
        browser.fill("Password", PASSWORD).await;
        browser.press_button("Sign in").await;
        browser.heading("Close your account").await;
    })
    .await;
}

#[tokio::test]
async fn a_new_password_is_the_only_one_that_works_and_ends_other_sessions() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let elsewhere = client.sign_in().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        at(browser, &client, "password").await;
        browser.fill("New password", "short").await;
        browser.press_button("Save the new password").await;
        browser.heading("There is a problem").await;
        browser.check("41-password-error").await;
        browser.fill("New password", NEW_PASSWORD).await;
        browser.press_button("Save the new password").await;
        browser.see("Your password is changed.").await;
        browser.check("42-password-changed").await;
        // Still signed in here.
        browser.goto("/account?section=activity").await;
        browser.see("Password changed").await;
        browser.press_button("Sign out").await;
        browser.heading("Sign in").await;
        browser.give_password("", &client.email, NEW_PASSWORD).await;
        browser.heading("Hello, Maria").await;
    })
    .await;
    let refresh = json!({ "refresh_token": elsewhere.refresh_token });
    let answer = omega_tests::Answer::to(
        system
            .anonymous(
                reqwest::Method::POST,
                "/auth/v1/token?grant_type=refresh_token",
            )
            .json(&refresh),
    )
    .await;
    assert_eq!(answer.status, 400, "{}", answer.text());
}

#[tokio::test]
async fn activity_is_shown_page_by_page_and_other_devices_are_signed_out() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    for _ in 0..22 {
        client.sign_in().await;
    }
    with_browser(&system.addresses.site, async |browser: &Browser| {
        at(browser, &client, "activity").await;
        browser.heading("Where you are signed in").await;
        browser.see("This device").await;
        browser.check("43-activity").await;
        assert!(!browser.words().await.contains("Account opened"));
        browser.press_button("Show older").await;
        browser.see("Account opened").await;
        browser.press_button("Sign out everywhere else").await;
        eventually("one device", async || {
            let words = browser.words().await;
            (!words.contains("Sign out everywhere else")).then_some(())
        })
        .await;
        browser.press_button("Sign out everywhere, here too").await;
        browser.heading("Sign out everywhere?").await;
        browser.check("44-sign-out-everywhere").await;
        browser.press_button("Sign out everywhere").await;
        browser.see("You are signed out on every device.").await;
        browser.goto("/account").await;
        browser.heading("Sign in").await;
    })
    .await;
    let sessions: i64 = system
        .database()
        .await
        .value(
            "select count(*) from auth.sessions where user_id = $1",
            &[&client.id],
        )
        .await;
    assert_eq!(sessions, 0);
}

/// Where the browser keeps what is downloaded, and what is there once it is whole.
async fn downloaded(folder: &Path) -> Vec<u8> {
    eventually("the zip", async || {
        let mut files = std::fs::read_dir(folder).ok()?.flatten();
        let file = files.find(|file| file.path().extension().is_some_and(|kind| kind == "zip"))?;
        std::fs::read(file.path()).ok()
    })
    .await
}

#[tokio::test]
async fn everything_is_downloaded_as_one_zip() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client.answer_everything().await;
    let first = Sample::pdf("The first statement");
    let second = Sample::pdf("The second statement");
    for sample in [&first, &second] {
        client.upload(sample, "bank-statement").await;
    }
    let folder = std::env::temp_dir().join(format!("omega-download-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir_all(&folder).unwrap();
    with_browser(&system.addresses.site, async |browser: &Browser| {
        browser
            .driver
            .cdp()
            .send_raw(
                "Browser.setDownloadBehavior",
                json!({ "behavior": "allow", "downloadPath": folder }),
            )
            .await
            .unwrap();
        at(browser, &client, "export").await;
        browser.heading("Download your data").await;
        browser.check("45-export").await;

        // Without a network it says so, and can be tried again.
        browser.offline(true).await;
        browser.press_button("Make the file").await;
        browser.see("Nothing was saved.").await;
        browser.offline(false).await;
        // The console tells of the request that could not go out.
        browser.complaints().await;
        browser.press_button("Make the file").await;
        browser.see("Your file is ready").await;
        browser.check("46-export-ready").await;
        let zip = downloaded(&folder).await;
        let holds = |bytes: &[u8]| zip.windows(bytes.len()).any(|window| window == bytes);
        // Files are stored in it as they are.
        for part in [
            &first.bytes,
            &second.bytes,
            &b"documents/bank-statement.pdf".to_vec(),
            &b"documents/bank-statement (2).pdf".to_vec(),
            &b"data.json".to_vec(),
            &b"\"XX-XXX6789\"".to_vec(),
        ] {
            assert!(holds(part), "{}", String::from_utf8_lossy(part));
        }
        browser.goto("/account?section=activity").await;
        browser.see("Data downloaded").await;
    })
    .await;
    let _ = std::fs::remove_dir_all(&folder);
}

#[tokio::test]
async fn closing_is_asked_for_on_purpose_and_can_be_taken_back() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        at(browser, &client, "close").await;
        browser.check("47-close").await;
        browser
            .fill("Why do you want to leave?", "We stop trading.")
            .await;
        browser.press_button("Ask to close your account").await;
        browser.heading("Ask us to close your account?").await;
        browser.press_button("Send the request").await;
        browser.see("Type “close” to go on.").await;
        browser.check("48-close-confirm").await;
        browser.press_button("Cancel").await;
        // Nothing was asked, and what was typed is still there.
        assert_eq!(
            browser.value("Why do you want to leave?").await,
            "We stop trading."
        );
        assert_eq!(
            client.get("account/closure").await.expect(200),
            json!({ "closure": null })
        );
        browser.press_button("Ask to close your account").await;
        browser.fill("Type “close” to confirm", "Close").await;
        browser.press_button("Send the request").await;
        browser.see("Nothing is closed yet.").await;
        browser.see("Your reason: We stop trading.").await;
        browser.check("49-close-asked").await;
        browser.press_button("Take the request back").await;
        browser.see("Your account stays open.").await;
        browser.check("50-close-withdrawn").await;
    })
    .await;
    assert_eq!(
        client.get("account/closure").await.expect(200)["closure"]["status"],
        "withdrawn"
    );
}
