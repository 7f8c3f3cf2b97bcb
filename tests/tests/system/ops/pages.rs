//! /status and /devops in Chromium

use omega_tests::browser::{Browser, with_browser};
use omega_tests::{Client, PASSWORD, System, code_of};

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
async fn staff_by_password_alone_are_led_to_two_step_sign_in() {
    let system = System::connect().await;
    let staff = system.staff_by_password_alone().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        sign_in(browser, &staff, "/devops").await;
        browser.heading("Two-step sign-in is needed here").await;
        assert!(!browser.words().await.contains("Service inventory"));
        browser.check("devops-second-step").await;
        // Set up on another device meanwhile: what this one keeps of the account does not tell.
        let (_, secret) = staff.with_app("Office").await;
        browser.press_button("Sign in with your second step").await;
        browser.heading("Sign in").await;
        // The app ended the sessions that had begun without it, so there was none to end any more.
        browser.complaints_about("403").await;
        sign_in(browser, &staff, "/devops").await;
        browser.fill("Code from your app", &code_of(&secret)).await;
        browser.press_button("Continue").await;
        browser.see("Service inventory").await;
    })
    .await;
}

#[tokio::test]
async fn staff_set_up_two_step_sign_in_and_are_let_in() {
    let system = System::connect().await;
    let staff = system.staff_by_password_alone().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        sign_in(browser, &staff, "/devops").await;
        browser.follow_link("Set up two-step sign-in").await;
        browser.press_button("Turn on two-step sign-in").await;
        browser.heading("1. Scan this with the app").await;
        let script = "return document.querySelector('.secret').textContent";
        let shown = browser.driver.execute(script, vec![]).await.unwrap();
        let secret = shown.json().as_str().unwrap().replace(' ', "");
        browser.fill("Code from your app", &code_of(&secret)).await;
        browser.press_button("Turn it on").await;
        browser.see("Two-step sign-in is on.").await;
        browser.goto("/devops").await;
        browser.see("Service inventory").await;
    })
    .await;
}

#[tokio::test]
async fn staff_see_the_system_and_log_a_rotation() {
    let system = System::connect().await;
    let (staff, secret) = system.staff_with_app().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        sign_in(browser, &staff, "/devops").await;
        browser.fill("Code from your app", &code_of(&secret)).await;
        browser.press_button("Continue").await;
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
