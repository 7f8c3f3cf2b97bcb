//! /deadlines in Chromium, as a client and as our team

use omega_tests::browser::{Browser, with_browser};
use omega_tests::files::Sample;
use omega_tests::{PASSWORD, System, code_of, unique_address};
use serde_json::json;

use super::business;

#[tokio::test]
async fn a_client_tells_the_facts_sees_the_dates_and_marks_one_as_done() {
    let system = System::connect().await;
    let client = system.sign_up_as(&unique_address(), "Maria Reyes").await;
    client.answer_everything().await;
    client
        .upload(&Sample::pdf("Confirmation"), "tax-return")
        .await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        browser.become_client(&client).await;
        browser.goto("/deadlines?month=2026-04&view=list").await;
        browser.see("Nothing is computed yet").await;
        browser.check("deadlines-untold").await;
        browser
            .select("How is the LLC taxed?", "As a partnership (several owners)")
            .await;
        browser
            .select(
                "Do you have employees?",
                "Employees, reported each quarter (Form 941)",
            )
            .await;
        browser.press_button("Save and show the due dates").await;
        browser.see("Form 941, 1st quarter of 2026").await;
        browser.see("Thu, Apr 30, 2026").await;
        browser.check("deadlines-list").await;
        browser
            .press_button("Mark as done: Form 941, 1st quarter of 2026")
            .await;
        browser.press_button("Save as done").await;
        browser.see("by the client").await;

        browser.follow_link("Calendar").await;
        browser.press_button("April 30: 2 due dates").await;
        browser.heading("Thu, Apr 30, 2026").await;
        browser.check("deadlines-calendar").await;
        browser.press_button("Make the address").await;
        browser.see("Shown this once.").await;
        browser.check("deadlines-address").await;
        browser.press_button("Remove the address").await;
    })
    .await;
}

#[tokio::test]
async fn our_team_sees_all_clients_and_one() {
    let system = System::connect().await;
    let (staff, secret) = system.staff_with_app().await;
    let client = business(&system).await;
    let body = json!({ "rule": "form-941", "period": "2026-q1", "status": "done" });
    client.post("compliance/record", &body).await.expect(200);
    with_browser(&system.addresses.site, async |browser: &Browser| {
        browser
            .give_password("?next=/deadlines", &staff.email, PASSWORD)
            .await;
        browser.fill("Code from your app", &code_of(&secret)).await;
        browser.press_button("Continue").await;
        browser.heading("Due dates").await;
        browser.goto("/deadlines?month=2026-04&view=list").await;
        browser.see("Reyes Bakery").await;
        browser.check("deadlines-staff").await;
        browser
            .goto(&format!(
                "/deadlines?month=2026-04&view=list&client={}",
                client.id
            ))
            .await;
        browser.heading("Due dates of Reyes Bakery").await;
        browser
            .press_button("Does not apply: FUTA deposit, 1st quarter of 2026")
            .await;
        browser.see("Does not apply").await;
        browser.check("deadlines-staff-client").await;
    })
    .await;
}
