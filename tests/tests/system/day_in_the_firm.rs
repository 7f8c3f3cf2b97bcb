//! A day in the firm, in Chromium: our team and a client, side by side.

use omega_tests::browser::{Browser, with_browser};
use omega_tests::files::Sample;
use omega_tests::{Answer, Client, PASSWORD, System, code_of, unique_address};
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

/// The days until the request is due go by, and the cron comes at noon in New York, when nobody sleeps.
async fn let_the_due_day_come(client: &Client) {
    let database = client.system.database().await;
    database
        .rows(
            "update public.client_requests
               set due_on = private.firm_time(now())::date, remind_on = private.firm_time(now())::date
             where client_id = $1",
            &[&client.id],
        )
        .await;
    let noon = super::clients::reminders::noon_at_the_firm(&database).await;
    let remind = client
        .system
        .service(Method::POST, "/rest/v1/rpc/owe_reminders");
    Answer::to(remind.json(&json!({ "at": noon })))
        .await
        .expect(200);
}

async fn send(browser: &Browser, file: &str) {
    browser
        .choose_file("Choose files", file, &Sample::pdf(file).bytes)
        .await;
    browser.see("Received at").await;
}

async fn fill_and_sign(browser: &Browser) {
    browser.goto("/form?id=missing-receipt").await;
    browser.follow_link("Fill it in").await;
    browser.heading("The expense").await;
    for (label, text) in [
        ("Day of the purchase", "11012025"),
        ("Seller", "Hardware store"),
        ("Amount", "12.50"),
        ("What was bought", "Screws"),
        ("Business purpose", "Shelves"),
        ("Why there is no receipt", "It was lost."),
    ] {
        browser.fill(label, text).await;
    }
    browser.choose("Cash").await;
    browser.press_button("Save and continue").await;
    browser.heading("Check and sign").await;
    browser
        .choose("I have read this form and its answers")
        .await;
    browser.fill("Type your full name", "Maria Reyes").await;
    browser.press_button("Sign the form").await;
    browser
        .heading("Signed: Statement for a missing receipt")
        .await;
}

#[tokio::test]
async fn a_client_is_looked_after_from_the_first_submission_to_a_met_deadline() {
    let system = System::connect().await;
    let (owner, secret) = system.owner_with_app().await;
    let email = unique_address();
    let client = system.sign_up_as(&email, "Maria Reyes").await;
    client.answer_everything().await;
    client.send_required_documents().await;
    let cost = format!("Scanning {}", Uuid::new_v4().simple());
    with_browser(&system.addresses.site, async |desk: &Browser| {
        with_browser(&system.addresses.site, async |home: &Browser| {
            home.become_client(&client).await;
            home.goto("/onboarding?step=review").await;
            home.heading("Check and submit").await;
            home.press_button("Submit for review").await;
            home.heading("Thank you. We have your onboarding").await;

            desk.give_password("", &owner.email, PASSWORD).await;
            desk.fill("Code from your app", &code_of(&secret)).await;
            desk.press_button("Continue").await;
            desk.heading("Clients").await;
            desk.goto(&format!("/client?id={}", client.id)).await;
            desk.heading("Reyes Bakery").await;
            desk.press_button("Return ein-letter.pdf").await;
            desk.fill("Why can’t we use it?", "The second page is missing.")
                .await;
            desk.press_button("Return it").await;
            desk.see("Missing: EIN letter from the IRS.").await;
            desk.press_button("Ask for something").await;
            desk.fill("Title", "Bank statement of March").await;
            desk.press_button("Ask the client").await;
            desk.see("Waits on the client").await;
            desk.check("day-01-desk-asked").await;

            let mail = system
                .mail(&email, "Please send this document again: ")
                .await;
            assert!(mail.html.contains("The second page is missing."));
            let_the_due_day_come(&client).await;
            let mail = system.mail(&email, "Reminder: ").await;
            home.goto(&mail.link("/requests")).await;
            home.heading("What we asked for").await;
            home.check("day-02-home-reminded").await;
            home.choose_file(
                "Your file to Bank statement of March",
                "march.pdf",
                &Sample::pdf("March").bytes,
            )
            .await;
            home.press_button("Send the answer to Bank statement of March")
                .await;
            home.see("You sent: march.pdf").await;
            home.goto("/documents").await;
            home.see("We could not use this: The second page is missing.")
                .await;
            send(home, "ein letter complete.pdf").await;
            home.check("day-03-home-answered").await;

            desk.goto(&format!("/client?id={}", client.id)).await;
            desk.see("Nothing is missing.").await;
            desk.press_button("Accept Bank statement of March").await;
            desk.see("Done on").await;
            desk.goto(&format!("/client?id={}", client.id)).await;
            desk.settled().await;
            desk.press_button("Make active").await;
            desk.heading("Make active?").await;
            let confirm = desk.driver.active_element().await.unwrap();
            confirm.click().await.unwrap();
            desk.see("Active since").await;
            desk.check("day-04-desk-active").await;
            system.mail(&email, "Your account is active").await;

            fill_and_sign(home).await;
            let signed = client.get("forms/signed").await.expect(200);
            let signed = &signed["signed_forms"][0];
            let file = super::forms::file(&client, &signed["document_id"]).await;
            home.goto("/forms?view=check").await;
            home.choose_file("Choose a PDF", "receipt.pdf", &file).await;
            home.see("This is the signed form, unchanged.").await;
            home.check("day-05-home-signed").await;
            desk.goto(&format!("/client?id={}", client.id)).await;
            desk.heading("Signed forms").await;
            desk.see("Statement for a missing receipt").await;

            home.goto("/deadlines?month=2026-04&view=list").await;
            home.select("How is the LLC taxed?", "As a partnership (several owners)")
                .await;
            home.select(
                "Do you have employees?",
                "Employees, reported each quarter (Form 941)",
            )
            .await;
            home.press_button("Save and show the due dates").await;
            home.see("Form 941, 1st quarter of 2026").await;
            desk.goto(&format!(
                "/deadlines?month=2026-04&view=list&client={}",
                client.id
            ))
            .await;
            desk.press_button("Mark as done: Form 941, 1st quarter of 2026")
                .await;
            desk.press_button("Save as done").await;
            home.goto("/deadlines?month=2026-04&view=list").await;
            home.see("by our team").await;
            home.check("day-06-home-met").await;

            desk.goto("/inventory").await;
            desk.fill("Service", &cost).await;
            desk.fill("Provider", "Scans by mail").await;
            desk.fill("Tier", "Standard").await;
            desk.fill("Dollars a month", "19.00").await;
            desk.press_button("Add the service").await;
            desk.see(&format!("{cost} waits for the owner.")).await;
            desk.press_button(&format!("Approve {cost}")).await;
            desk.see(&format!("{cost} is approved.")).await;
            desk.goto("/finance").await;
            desk.heading("What was changed").await;
            desk.see(&cost).await;
            desk.check("day-07-desk-approved").await;
        })
        .await;
    })
    .await;
}
