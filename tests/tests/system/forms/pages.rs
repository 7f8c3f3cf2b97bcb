//! /forms, /form and what of them stands on other pages, in Chromium, as a client and as our team

use std::path::{Path, PathBuf};

use omega_tests::browser::{Browser, with_browser};
use omega_tests::{PASSWORD, System, code_of, eventually, unique_address};
use serde_json::json;
use thirtyfour::prelude::*;
use uuid::Uuid;

use super::{answered, w9};

/// Chooses one of the answers to the question with this legend.
async fn pick(browser: &Browser, question: &str, answer: &str) {
    const PICK: &str = r#"
        const [question, answer] = arguments;
        const asked = [...document.querySelectorAll("fieldset")].find((one) => one.checkVisibility() && one.querySelector("legend").innerText.startsWith(question));
        const label = [...(asked?.querySelectorAll("label") ?? [])].find((one) => one.innerText.trim() === answer);
        label?.click();
        return label !== undefined;
    "#;
    let found = browser
        .driver
        .execute(PICK, vec![json!(question), json!(answer)])
        .await
        .unwrap();
    assert!(found.convert::<bool>().unwrap(), "{question}: {answer}");
}

/// A folder into which the browser downloads, until it is dropped.
struct Downloads(PathBuf);

impl Downloads {
    async fn of(browser: &Browser) -> Self {
        let folder = std::env::temp_dir().join(format!("omega-download-{}", Uuid::new_v4()));
        std::fs::create_dir_all(&folder).unwrap();
        let into = json!({ "behavior": "allow", "downloadPath": folder });
        browser.devtools("Browser.setDownloadBehavior", into).await;
        Self(folder)
    }

    /// Waits for the one file in it, and takes it out.
    async fn take(&self) -> (String, Vec<u8>) {
        let whole = |path: &Path| path.extension().is_some_and(|ending| ending == "pdf");
        let file = eventually("a PDF to be downloaded", async || {
            let files = std::fs::read_dir(&self.0).unwrap().flatten();
            let mut files = files.map(|entry| entry.path());
            files.find(|path| whole(path))
        })
        .await;
        let bytes = std::fs::read(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        (name, bytes)
    }
}

impl Drop for Downloads {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn a_client_fills_in_a_form_leaves_comes_back_signs_and_checks_the_file() {
    let system = System::connect().await;
    let client = answered(&system).await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        browser.become_client(&client).await;
        let downloads = Downloads::of(browser).await;
        browser.goto("/forms?search=zzz").await;
        browser.heading("No form fits").await;
        browser.check("forms-none").await;
        browser.fill("Search", "car mileage").await;
        browser.press_button("Search").await;
        browser.see("1 form found").await;
        browser.select("Kind", "Taxes").await;
        browser.heading("No form fits").await;
        browser.select("Kind", "Expenses and assets").await;
        browser.press_button("Blank PDF Mileage log").await;
        let (name, blank) = downloads.take().await;
        assert!(name == "Mileage log.pdf" && blank.starts_with(b"%PDF-1.7"));

        browser.follow_link("Mileage log").await;
        browser.heading("What it asks").await;
        browser.check("form-about").await;
        browser.follow_link("Fill it in").await;
        browser.heading("The car").await;
        assert_eq!(browser.value("Name of the driver").await, "Maria Reyes");
        browser.fill("Car", "2022 Toyota").await;
        browser.see("Saved ").await;
        browser.press_button("Save and continue").await;
        browser.heading("There is a problem").await;
        browser
            .see("First day of this log: Enter the date.")
            .await;
        browser.check("form-errors").await;

        // Left and found again, on the first screen with something to do.
        browser.goto("/forms").await;
        browser.heading("Go on where you stopped").await;
        browser.check("forms-begun").await;
        browser.follow_link("Go on with Mileage log").await;
        browser.heading("The car").await;
        assert_eq!(browser.value("Car").await, "2022 Toyota");

        // Of two windows the later one is shown both versions.
        let open = client.get("forms/draft?form=mileage-log").await.expect(200);
        let mut elsewhere = json!({ "form": "mileage-log", "answers": open["answers"], "updated_at": open["updated_at"] });
        elsewhere["answers"]["vehicle"] = json!("2019 Ford");
        elsewhere["answers"]["odometer_start"] = json!("41,200");
        client.post("forms/draft", &elsewhere).await.expect(200);
        browser.fill("Car", "2023 Toyota").await;
        browser
            .heading("This answer was changed somewhere else")
            .await;
        browser.complaints_about("409").await;
        assert_eq!(browser.value("Odometer on the first day").await, "41,200");
        browser.check("form-conflict").await;
        browser.choose("2023 Toyota").await;
        browser.press_button("Keep what I chose").await;
        eventually("the chosen answer to be saved", async || {
            let open = client.get("forms/draft?form=mileage-log").await.expect(200);
            (open["answers"]["vehicle"] == "2023 Toyota").then_some(())
        })
        .await;

        // What is typed without a network is kept here, and saved when it is back.
        browser.offline(true).await;
        browser.fill("Odometer on the last day", "41260").await;
        browser.see("Your answers are kept in this window").await;
        browser.offline(false).await;
        eventually("what was typed offline to be saved", async || {
            let open = client.get("forms/draft?form=mileage-log").await.expect(200);
            (open["answers"]["odometer_end"] == "41260").then_some(())
        })
        .await;
        browser.complaints().await;
        browser.fill("First day of this log", "11012025").await;
        browser.fill("Last day of this log", "11302025").await;
        browser.press_button("Save and continue").await;

        // By keyboard: Enter in a field goes on, too.
        browser.heading("Business trips").await;
        browser.press_button("Add a row").await;
        browser.press_button("Remove row 2").await;
        for (label, text) in [
            ("Day", "11032025"),
            ("From and to", "Shop to First Bank"),
            ("Business purpose", "Deposit"),
        ] {
            browser.fill(label, text).await;
        }
        browser.fill("Miles", "seven").await;
        let miles = browser.find("field", "Miles").await;
        miles.send_keys(char::from(Key::Enter).to_string()).await.unwrap();
        browser
            .see("Miles, row 1: Enter a whole number from 0 to 10,000.")
            .await;
        browser.check("form-rows").await;
        browser.fill("Miles", "7").await;
        browser.see("Miles: 7 · Tolls and parking: $0.00").await;
        let miles = browser.find("field", "Miles").await;
        miles.send_keys(char::from(Key::Enter).to_string()).await.unwrap();

        browser.heading("Check and sign").await;
        browser.see("2023 Toyota").await;
        browser.see("41,260 miles").await;
        browser.check("form-review").await;
        browser.press_button("Sign the form").await;
        browser.heading("There is a problem").await;
        browser.see("Tick the box").await;
        browser.choose("I have read this form and its answers").await;
        browser.fill("Type your full name", "Maria Reyes").await;
        browser.press_button("Sign the form").await;
        browser.heading("Signed: Mileage log").await;
        browser.check("form-receipt").await;
        browser.press_button("Download the PDF").await;
        let (name, file) = downloads.take().await;
        assert!(name.starts_with("Mileage log 20"), "{name}");

        // The file is known by its SHA-256; one byte more, and it is not.
        browser.follow_link("Check a copy of it").await;
        browser.heading("Check a signed form").await;
        browser.choose_file("Choose a PDF", "copy.pdf", &file).await;
        browser.see("This is the signed form, unchanged.").await;
        browser.check("forms-known").await;
        let altered = [&file[..], b" "].concat();
        browser
            .choose_file("Choose a PDF", "altered.pdf", &altered)
            .await;
        browser.see("We do not know this file.").await;
        browser.check("forms-unknown").await;

        browser.goto("/documents").await;
        browser.see("Signed form ·").await;
        browser.check("documents-signed").await;
        browser.follow_link("Signature of Mileage log").await;
        browser.heading("What was kept with the signature").await;
        browser.goto("/forms?view=signed").await;
        browser.see("Signed by Maria Reyes").await;
        browser.check("forms-signed").await;
    })
    .await;
    let signed = client.get("forms/signed").await.expect(200);
    assert_eq!(signed["signed_forms"][0]["form_id"], "mileage-log");
    let open = client.get("forms/draft?form=mileage-log").await.expect(200);
    assert_eq!(open["updated_at"], json!(null), "the draft has ended");
}

#[tokio::test]
async fn numbers_of_a_bank_account_are_asked_for_in_the_visit_in_which_one_signs() {
    let system = System::connect().await;
    let client = answered(&system).await;
    let answers = json!({
        "business_name": "Reyes Bakery", "your_name": "Maria Reyes", "your_role": "Owner", "bank": "First Bank", "account_type": "checking",
        "from": "2199-01-01", "for_payroll": "yes", "for_taxes": "no", "for_fees": "no", "for_refunds": "no",
    });
    let draft = json!({ "form": "bank-change", "answers": answers });
    client.post("forms/draft", &draft).await.expect(200);
    with_browser(&system.addresses.site, async |browser: &Browser| {
        browser.become_client(&client).await;
        browser.goto("/form?id=bank-change&step=3").await;
        browser.heading("What it is used for").await;
        // A question that follows from another one is asked as soon as it fits.
        assert!(!browser.words().await.contains("Which one"));
        pick(browser, "Does it replace another account?", "Yes").await;
        browser.see("Which one").await;
        pick(browser, "Does it replace another account?", "No").await;
        browser.press_button("Save and continue").await;
        browser.heading("Check and sign").await;
        browser.see("Before you can sign:").await;
        browser.check("form-missing").await;
        browser.follow_link("The new account").await;
        browser.fill("Routing number", "123456789").await;
        browser.fill("Account number", "000123456789").await;
        browser.press_button("Save and continue").await;
        browser.heading("Check and sign").await;
        browser
            .choose("I have read this form and its answers")
            .await;
        browser.fill("Type your full name", "Maria Reyes").await;
        browser.press_button("Sign the form").await;
        browser
            .see("Routing number: Check the routing number")
            .await;
        browser.complaints_about("422").await;
        browser.follow_link("Answer this").await;
        browser.heading("The new account").await;
        browser.fill("Routing number", "021000021").await;
        browser.press_button("Save and continue").await;
        browser.heading("Check and sign").await;
        // What was ticked and typed is still there.
        browser.press_button("Sign the form").await;
        browser.heading("Signed: Bank-change authorization").await;
    })
    .await;
    let export = client.get("account/export").await.expect(200);
    assert!(!export.to_string().contains("000123456789"));
}

#[tokio::test]
async fn our_team_sees_what_a_client_signed_and_checks_a_file_of_any() {
    let system = System::connect().await;
    let (staff, secret) = system.staff_with_app().await;
    let client = system.sign_up_as(&unique_address(), "Maria Reyes").await;
    client.answer_everything().await;
    let signed = client
        .post("forms/document", &w9(Uuid::new_v4()))
        .await
        .expect(201);
    let file = super::file(&client, &signed["document_id"]).await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        let file_of_client = format!("/client?id={}", client.id);
        browser
            .give_password(
                &format!("?next={}", file_of_client.replace('?', "%3F")),
                &staff.email,
                PASSWORD,
            )
            .await;
        browser.fill("Code from your app", &code_of(&secret)).await;
        browser.press_button("Continue").await;
        browser.heading("Signed forms").await;
        browser.follow_link("W-9 data sheet").await;
        browser.heading("What was kept with the signature").await;
        browser.check("form-staff-signed").await;
        let downloads = Downloads::of(browser).await;
        browser.press_button("Download the PDF").await;
        assert_eq!(downloads.take().await.1, file);
        browser.follow_link("The client who signed").await;
        browser.heading("Signed forms").await;

        browser.goto("/forms?view=check").await;
        browser.choose_file("Choose a PDF", "copy.pdf", &file).await;
        browser.see("This is the signed form, unchanged.").await;
        browser.goto("/forms?category=taxes").await;
        browser.follow_link("W-9 data sheet").await;
        browser
            .see("Clients fill in and sign forms in their own account.")
            .await;
        browser.check("form-staff").await;
    })
    .await;
    // Taken back by its client: there is no file any more, and the evidence stays.
    let removal = json!({ "id": signed["document_id"] });
    client
        .post("onboarding/remove-document", &removal)
        .await
        .expect(200);
    with_browser(&system.addresses.site, async |browser: &Browser| {
        browser.become_client(&client).await;
        browser.goto("/forms?view=signed").await;
        browser.see("Taken back").await;
        browser.follow_link("W-9 data sheet").await;
        browser.see("there is no file to download").await;
        browser.check("form-taken-back").await;
    })
    .await;
}
