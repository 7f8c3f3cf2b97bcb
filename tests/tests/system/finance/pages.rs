//! /finance, /expenses and /inventory in Chromium.

use omega_tests::System;
use omega_tests::browser::{Browser, with_browser};
use serde_json::json;
use uuid::Uuid;

use super::{expense, paid_service, save};
use crate::clients::pages::sign_in;

#[tokio::test]
async fn a_client_is_told_that_the_finances_are_not_for_them() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        browser.become_client(&client).await;
        for path in ["/finance", "/expenses", "/inventory"] {
            browser.goto(path).await;
            browser.heading("This page is for our team").await;
            assert!(!browser.words().await.contains("Forecast"), "{path}");
        }
        browser.check("finance-client").await;
    })
    .await;
}

/// A cost is proposed by staff and approved by an owner, each in their own window.
#[tokio::test]
async fn a_cost_is_proposed_approved_and_appears_in_the_tracker() {
    let system = System::connect().await;
    let (staff, secret) = system.staff_with_app().await;
    let (owner, owner_secret) = system.owner_with_app().await;
    let name = format!("Signing {}", Uuid::new_v4().simple());
    with_browser(&system.addresses.site, async |browser: &Browser| {
        sign_in(browser, &staff, &secret, "/inventory").await;
        browser.heading("Service inventory").await;
        browser.press_button("Add the service").await;
        browser.see("There is a problem").await;
        browser.complaints_about("422").await;
        browser.fill("Service", &name).await;
        browser.fill("Provider", "Dropbox Sign").await;
        browser.fill("Tier", "Standard").await;
        browser.fill("Dollars a month", "$1,025.00").await;
        browser.press_button("Add the service").await;
        browser.see(&format!("{name} waits for the owner.")).await;
        browser.see("$1,025.00").await;
        assert!(!browser.words().await.contains(&format!("Approve {name}")));
        browser.check("inventory").await;
    })
    .await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        sign_in(browser, &owner, &owner_secret, "/inventory?status=proposed").await;
        browser.heading("Service inventory").await;
        browser.press_button(&format!("Approve {name}")).await;
        browser.see(&format!("{name} is approved.")).await;
        browser.select("Status", "Active").await;
        browser.see(&format!("approved by {}", owner.email)).await;
        let address = browser.driver.current_url().await.unwrap();
        assert_eq!(address.query(), Some("status=active"));
        browser.goto("/finance").await;
        browser.heading("What was changed").await;
        browser.check("finance").await;
        browser.goto("/devops").await;
        browser.heading("Service inventory").await;
        browser.see(&name).await;
    })
    .await;
}

#[tokio::test]
async fn an_expense_is_logged_and_corrected_and_stands_against_the_budget() {
    let system = System::connect().await;
    let (staff, secret) = system.staff_with_app().await;
    let vendor = format!("Vendor {}", Uuid::new_v4().simple());
    // Far back, where no other test looks.
    for number in 0..21 {
        let mut entry = expense(Uuid::new_v4(), "10.00");
        entry["spent_on"] = json!(format!("2010-03-{:02}", number + 1));
        staff.post("finance/expenses", &entry).await.expect(200);
    }
    with_browser(&system.addresses.site, async |browser: &Browser| {
        sign_in(browser, &staff, &secret, "/expenses").await;
        browser.heading("Log an expense").await;
        browser.fill("Paid to", &vendor).await;
        browser.fill("Dollars", "12,34").await;
        browser.select("Kind of expense", "Travel").await;
        browser.press_button("Log it").await;
        browser
            .see("Enter an amount in dollars, like 1,234.56.")
            .await;
        browser.complaints_about("422").await;
        browser.fill("Dollars", "1,234.56").await;
        browser.press_button("Log it").await;
        browser
            .see(&format!("$1,234.56 to {vendor} is in the log."))
            .await;
        browser.check("expenses").await;
        browser.press_button(&format!("Correct {vendor}")).await;
        browser.press_button("Correct it").await;
        browser.see("-$1,234.56").await;
        let table = format!("date,amount,category,vendor\n2011-04-05,x,office,{vendor}\n");
        browser
            .choose_file("CSV file", "expenses.csv", table.as_bytes())
            .await;
        browser.press_button("Look at the file").await;
        browser.heading("1 thing has to be put right first").await;
        browser
            .choose_file(
                "CSV file",
                "expenses.csv",
                table.replace(",x,", ",45.00,").as_bytes(),
            )
            .await;
        browser.press_button("Look at the file").await;
        browser.heading("1 entry, $45.00 together").await;
        browser.check("expenses-import").await;
        browser.press_button("Add 1 entry").await;
        browser.see("1 entry is in the log.").await;
        browser.goto("/expenses?year=2011").await;
        browser.see(&vendor).await;
        browser.goto("/expenses?year=2010&month=3").await;
        browser.see("20 shown").await;
        browser.press_button("Show more").await;
        browser.see("That is all of it.").await;
        browser.goto("/expenses?year=2010&month=4").await;
        browser.heading("Nothing is logged here").await;

        browser.goto("/finance?year=2010&month=3").await;
        browser.heading("March 2010").await;
        browser.select("Category", "Office").await;
        browser.select("For", "March").await;
        browser.fill("Dollars a month", "150").await;
        browser.press_button("Save the budget").await;
        browser.see("over").await;
        browser.see("$150.00").await;
    })
    .await;
}

#[tokio::test]
async fn read_only_staff_see_the_finances_and_have_nothing_to_press() {
    let system = System::connect().await;
    let owner = system.owner().await;
    let proposed = paid_service(Uuid::new_v4(), "26.00");
    save(&owner, &proposed).await.expect(200);
    let (reader, secret) = system.read_only_staff_with_app().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        sign_in(browser, &reader, &secret, "/inventory?status=proposed").await;
        browser.see("Your role is read-only").await;
        browser.see(proposed["name"].as_str().unwrap()).await;
        for words in ["Approve", "Add a service"] {
            assert!(!browser.words().await.contains(words), "{words}");
        }
        for (path, heading) in [("/expenses", "Expenses"), ("/finance", "Finances")] {
            browser.goto(path).await;
            browser.heading(heading).await;
            browser.see("Your role is read-only").await;
            browser.check(&format!("{}-read-only", &path[1..])).await;
        }
    })
    .await;
}
