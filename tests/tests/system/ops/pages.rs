//! /status and /devops in Chromium

use omega_tests::browser::{Browser, with_browser};
use omega_tests::{Client, PASSWORD, System};

async fn sign_in(browser: &Browser, client: &Client, next: &str) {
    let query = format!("?next={next}");
    browser.give_password(&query, &client.email, PASSWORD).await;
}

#[tokio::test]
async fn anybody_sees_the_status_without_signing_in() {
    let system = System::connect().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        browser.goto("/status").await;
        browser.heading("System status").await;
        browser.see("Signing in").await;
        browser.see("Checked at").await;
        browser.press_button("Check again").await;
        browser.see("Checked at").await;
        assert!(
            !browser.words().await.contains(" ms"),
            "how long parts take is for staff"
        );
        browser.check("status").await;
    })
    .await;
}

#[tokio::test]
async fn a_client_is_told_that_the_center_is_not_for_them() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        sign_in(browser, &client, "/devops").await;
        browser.heading("This page is for our team").await;
        assert!(!browser.words().await.contains("Service inventory"));
        browser.check("devops-client").await;
    })
    .await;
}

#[tokio::test]
async fn staff_see_the_system_and_log_a_rotation() {
    let system = System::connect().await;
    let staff = system.staff().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        sign_in(browser, &staff, "/devops").await;
        browser.heading("DevOps Center").await;
        for words in [
            "Reading and saving data",
            "Cloudflare Registrar",
            "/functions/v1/onboarding/submit-profile",
            "public.clients",
            "Core infrastructure",
            "resend._domainkey",
            "Rotate a secret",
        ] {
            browser.see(words).await;
        }
        browser.check("devops").await;

        browser.select("Secret", "CLOUDFLARE_API_TOKEN").await;
        browser.fill("Note", "By the test").await;
        browser.press_button("Log the rotation").await;
        browser
            .see("Logged: CLOUDFLARE_API_TOKEN was rotated.")
            .await;
        browser.see(&staff.email).await;
        browser.fill("Note", "re_abcdefghijkl").await;
        browser.press_button("Log the rotation").await;
        browser.see("This looks like the secret itself").await;
        browser.complaints_about("422").await;

        browser.follow_link("How to rotate a secret").await;
        browser.see("Make the new key at its provider").await;
        browser.check("devops-runbook").await;
    })
    .await;
}
