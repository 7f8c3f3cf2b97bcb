//! /clients and /client in Chromium, and what the client sees of it on theirs

use omega_tests::browser::{Browser, with_browser};
use omega_tests::{Client, PASSWORD, System, code_of, unique_address};
use serde_json::json;
use uuid::Uuid;

/// Signs staff in with both steps, on the way to a page.
pub async fn sign_in(browser: &Browser, staff: &Client, secret: &str, next: &str) {
    let query = format!("?next={next}");
    browser.give_password(&query, &staff.email, PASSWORD).await;
    browser.fill("Code from your app", &code_of(secret)).await;
    browser.press_button("Continue").await;
}

#[tokio::test]
async fn a_client_is_told_that_these_pages_are_not_for_them() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        browser.become_client(&client).await;
        for path in [
            "/clients",
            "/workflow",
            &format!("/client?id={}", client.id),
        ] {
            browser.goto(path).await;
            browser.heading("This page is for our team").await;
            assert!(!browser.words().await.contains("To review"), "{path}");
        }
        browser.check("clients-client").await;
    })
    .await;
}

#[tokio::test]
async fn staff_by_password_alone_are_led_to_two_step_sign_in() {
    let system = System::connect().await;
    let staff = system.staff_by_password_alone().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        browser.become_client(&staff).await;
        browser.goto("/clients").await;
        browser.heading("Two-step sign-in is needed here").await;
        browser.check("clients-second-step").await;
    })
    .await;
}

#[tokio::test]
async fn staff_find_a_client_by_searching_and_filtering() {
    let system = System::connect().await;
    let (staff, secret) = system.staff_with_app().await;
    let word = format!("q{}", Uuid::new_v4().simple());
    let (mut submitted, mut new) = (None, None);
    for number in 0..22 {
        let client = system
            .sign_up_as(&format!("{word}-{number}@example.com"), "Maria Reyes")
            .await;
        if number == 0 {
            client.submit().await;
            submitted = Some(client);
        } else {
            new = Some(client);
        }
    }
    let (submitted, new) = (submitted.unwrap(), new.unwrap());
    with_browser(&system.addresses.site, async |browser: &Browser| {
        sign_in(browser, &staff, &secret, "/clients").await;
        browser.heading("Clients").await;
        browser.fill("Search", &word).await;
        browser.press_button("Search").await;
        browser.see("20 shown").await;
        browser.see(&new.email).await;
        let address = browser.driver.current_url().await.unwrap();
        assert_eq!(address.query(), Some(&*format!("search={word}")));
        browser.check("clients").await;
        browser.press_button("Show more").await;
        browser.see("That is all of them.").await;

        browser.select("Status", "In review").await;
        browser.see("1 client shown.").await;
        browser.see("Reyes Bakery").await;
        assert!(!browser.words().await.contains(&new.email));
        let address = browser.driver.current_url().await.unwrap();
        assert_eq!(
            address.query(),
            Some(&*format!("search={word}&status=in-review"))
        );
        // The address alone brings it back.
        browser
            .goto(&format!("/clients?search={word}&status=active"))
            .await;
        browser.heading("No client fits").await;
        browser.check("clients-empty").await;
        browser.driver.back().await.unwrap();
        browser.follow_link("Reyes Bakery").await;
        browser.heading("Documents").await;
        browser.see(&submitted.email).await;
    })
    .await;
}

#[tokio::test]
async fn staff_review_a_client_and_the_client_sees_what_waits() {
    let system = System::connect().await;
    let (staff, secret) = system.staff_with_app().await;
    let client = system.sign_up_as(&unique_address(), "Maria Reyes").await;
    client.submit().await;
    let address = format!("/client?id={}", client.id);
    with_browser(&system.addresses.site, async |browser: &Browser| {
        let encoded = address.replace('?', "%3F").replace('=', "%3D");
        sign_in(browser, &staff, &secret, &encoded).await;
        browser.heading("Reyes Bakery").await;
        browser.see("Nothing is missing.").await;
        browser.see("XX-XXX6789").await;
        browser.check("client").await;

        browser.press_button("Open ein-letter.pdf").await;
        browser.heading("ein-letter.pdf").await;
        browser.press_button("Close").await;
        browser.press_button("Accept bank-statement.pdf").await;
        browser.see("Accepted on").await;
        browser.press_button("Return ein-letter.pdf").await;
        browser.press_button("Return it").await;
        browser
            .see("Say why, so that the client can send a better one.")
            .await;
        browser.check("client-return").await;
        browser
            .fill("Why can’t we use it?", "The second page is missing.")
            .await;
        browser.press_button("Return it").await;
        browser.see("Missing: EIN letter from the IRS.").await;
        browser.see("Document returned").await;

        browser.press_button("Open the answers again").await;
        browser
            .fill(
                "Open the answers again: why?",
                "Please send the whole letter.",
            )
            .await;
        browser.check("client-move").await;
        browser.press_button("Save the move").await;
        browser.see("In progress since").await;
        browser.see("Please send the whole letter.").await;
        browser.find("image", "In review was here").await;
        browser.check("client-moved").await;
    })
    .await;

    with_browser(&system.addresses.site, async |browser: &Browser| {
        browser.become_client(&client).await;
        browser.goto("/home").await;
        browser
            .see("Send this document again: EIN letter from the IRS")
            .await;
        browser
            .see("We could not use “ein-letter.pdf”: The second page is missing.")
            .await;
        browser.see("Please send the whole letter.").await;
        browser.check("home-returned").await;
        browser
            .follow_link("Send this document again: EIN letter from the IRS")
            .await;
        browser.heading("Your documents").await;
        browser
            .see("We could not use this: The second page is missing.")
            .await;
        browser.see("2 of 3 received").await;
        browser.check("documents-returned").await;
    })
    .await;
    let home = client.get("onboarding/home").await.expect(200);
    assert_eq!(home["status"], json!("in_progress"));
}

#[tokio::test]
async fn staff_see_where_clients_stand_and_go_from_there_to_them() {
    let system = System::connect().await;
    let (staff, secret) = system.staff_with_app().await;
    let client = system.sign_up().await;
    client.submit().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        sign_in(browser, &staff, &secret, "/workflow").await;
        browser.heading("Ways between them").await;
        browser.see("Make active").await;
        browser.check("workflow").await;
        browser
            .select("Count who moved on within", "the last year")
            .await;
        let address = browser.driver.current_url().await.unwrap();
        assert_eq!(address.query(), Some("days=365"));
        browser.follow_link("In review ").await;
        browser.heading("Clients").await;
        let address = browser.driver.current_url().await.unwrap();
        assert_eq!(
            (address.path(), address.query()),
            ("/clients", Some("status=in-review"))
        );
    })
    .await;
}

/// What can't be reached, and who is not there.
#[tokio::test]
async fn a_page_that_has_nothing_to_show_says_what_to_do() {
    let system = System::connect().await;
    let (staff, secret) = system.staff_with_app().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        sign_in(browser, &staff, &secret, "/client").await;
        browser.heading("No client is chosen").await;
        browser.check("client-nobody").await;
        browser
            .goto(&format!("/client?id={}", Uuid::new_v4()))
            .await;
        browser.heading("No client is chosen").await;
        browser.complaints_about("404").await;
        for path in ["/clients", "/workflow", &format!("/client?id={}", staff.id)] {
            browser.devtools("Network.enable", json!({})).await;
            let blocked = json!({ "urls": ["*/functions/v1/*"] });
            browser.devtools("Network.setBlockedURLs", blocked).await;
            browser.goto(path).await;
            browser.find("button", "Try again").await;
            browser.complaints().await;
            let name = path.trim_start_matches('/').split('?').next().unwrap();
            browser.check(&format!("{name}-failed")).await;
            browser
                .devtools("Network.setBlockedURLs", json!({ "urls": [] }))
                .await;
            browser.press_button("Try again").await;
            browser.settled().await;
            browser.complaints().await;
        }
    })
    .await;
}

/// Staff ask, the client answers with a file and with words, staff send one back and accept the other.
#[tokio::test]
async fn staff_ask_and_the_client_answers() {
    let system = System::connect().await;
    let (staff, secret) = system.staff_with_app().await;
    let client = system.sign_up_as(&unique_address(), "Maria Reyes").await;
    client.submit().await;
    let address = format!("%2Fclient%3Fid%3D{}", client.id);
    with_browser(&system.addresses.site, async |browser: &Browser| {
        sign_in(browser, &staff, &secret, &address).await;
        browser.heading("What we asked for").await;
        browser.press_button("Ask for something").await;
        browser.press_button("Ask the client").await;
        browser.see("Say what you ask for.").await;
        browser.check("client-ask").await;
        browser.fill("Title", "Miles of the year").await;
        browser.select("What is wanted", "An answer in words").await;
        browser.press_button("Ask the client").await;
        browser.see("Waits on the client").await;
        browser.press_button("Ask for something").await;
        browser
            .select("What to ask for", "Year-end papers of an LLC")
            .await;
        browser.check("client-ask-template").await;
        // What does not apply is left out.
        browser
            .find("field", "Operating agreement")
            .await
            .click()
            .await
            .unwrap();
        browser.press_button("Ask the client").await;
        browser
            .find("button", "Withdraw Profit and loss statement of the year")
            .await;
        browser.fill("New note", "Called about the lease.").await;
        browser.press_button("Keep the note").await;
        browser.see("Called about the lease.").await;
        browser
            .fill("Write to the client", "We have asked for a few papers.")
            .await;
        browser.press_button("Send").await;
        browser.see("Message written").await;
        browser.check("client-asked").await;
    })
    .await;
    let titles: Vec<String> = super::file(&staff, &client).await["requests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["title"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(titles.len(), 7, "{titles:?}");
    assert!(!titles.contains(&"Operating agreement".to_owned()));

    with_browser(&system.addresses.site, async |browser: &Browser| {
        browser.become_client(&client).await;
        browser.goto("/home").await;
        browser.see("Maria Reyes, our team").await;
        browser.check("home-asked").await;
        browser.follow_link("Miles of the year").await;
        browser.heading("What we asked for").await;
        browser
            .press_button("Send the answer to Miles of the year")
            .await;
        browser.see("Write an answer.").await;
        browser.check("requests-error").await;
        browser
            .fill("Your answer to Miles of the year", "1,200")
            .await;
        browser
            .press_button("Send the answer to Miles of the year")
            .await;
        browser.see("We look at it").await;
        browser.check("requests-answered").await;
        browser.goto("/assistant").await;
        browser.see("We have asked for a few papers.").await;
        browser.see("Maria Reyes, our team").await;
        browser.check("assistant-team").await;
        assert!(!browser.words().await.contains("Called about the lease."));
    })
    .await;

    let file = super::file(&staff, &client).await;
    let id = |title: &str| {
        let requests = file["requests"].as_array().unwrap();
        requests.iter().find(|one| one["title"] == title).unwrap()["id"].clone()
    };
    // One file is enough to see it sent: all others are withdrawn.
    for title in titles
        .iter()
        .filter(|title| !["Miles of the year", "Tax return of last year"].contains(&title.as_str()))
    {
        super::settle(&staff, &id(title), "withdrawn", None)
            .await
            .expect(200);
    }
    with_browser(&system.addresses.site, async |browser: &Browser| {
        browser.become_client(&client).await;
        browser.goto("/requests").await;
        browser
            .choose_file(
                "Your file to Tax return of last year",
                "return.pdf",
                &omega_tests::files::Sample::pdf("1065").bytes,
            )
            .await;
        browser
            .press_button("Send the answer to Tax return of last year")
            .await;
        browser.see("You sent: return.pdf").await;
        browser.goto("/requests").await;
        browser.heading("Nothing waits on you").await;
        browser.check("requests-done").await;
        browser.select("Show", "Everything").await;
        browser.see("No longer needed").await;
        browser.check("requests-all").await;
    })
    .await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        sign_in(browser, &staff, &secret, &address).await;
        browser.press_button("Accept Tax return of last year").await;
        browser.see("Done on").await;
        browser.press_button("Send back Miles of the year").await;
        browser.fill("What is missing?", "Of which year?").await;
        browser.press_button("Send it back").await;
        browser.see("Sent back: Of which year?").await;
        browser.check("client-settled").await;
    })
    .await;
}

#[tokio::test]
async fn staff_do_one_thing_to_several_clients_and_are_told_of_each() {
    let system = System::connect().await;
    let (staff, secret) = system.staff_with_app().await;
    let word = format!("q{}", Uuid::new_v4().simple());
    for number in 0..3 {
        system
            .sign_up_as(
                &format!("{word}-{number}@example.com"),
                &format!("Client {number}"),
            )
            .await;
    }
    with_browser(&system.addresses.site, async |browser: &Browser| {
        // Without a page to go back to, staff land on the list.
        browser.give_password("", &staff.email, PASSWORD).await;
        browser.fill("Code from your app", &code_of(&secret)).await;
        browser.press_button("Continue").await;
        browser.heading("Clients").await;
        browser.fill("Search", &word).await;
        browser.press_button("Search").await;
        browser.see("3 clients shown.").await;
        browser.choose("Choose Client 0").await;
        browser.choose("Choose Client 2").await;
        browser.heading("2 clients are chosen").await;
        browser.check("clients-chosen").await;
        browser.press_button("Do it for 2 clients").await;
        browser.see("Done for 2 of 2 clients.").await;
        browser.choose("Choose Client 0").await;
        browser.choose("Choose Client 1").await;
        browser
            .select("What to do", "Ask for what is in a template")
            .await;
        browser
            .select("Which template", "Year-end papers of an LLC")
            .await;
        browser.press_button("Do it for 2 clients").await;
        browser.see("Done for 0 of 2 clients.").await;
        browser
            .see("Client 1: The template is for another legal form.")
            .await;
        browser.check("clients-outcomes").await;
        browser
            .goto(&format!("/clients?search={word}&owner=nobody"))
            .await;
        browser.see("Client 1").await;
        assert!(!browser.words().await.contains("Client 2"));
    })
    .await;
}

#[tokio::test]
async fn read_only_staff_see_the_same_and_nothing_to_press() {
    let system = System::connect().await;
    let staff = system.staff().await;
    let (reader, secret) = system.read_only_staff_with_app().await;
    let client = system.sign_up_as(&unique_address(), "Maria Reyes").await;
    client.submit().await;
    super::ask(&staff, &client, &[super::statement()]).await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        sign_in(
            browser,
            &reader,
            &secret,
            &format!("%2Fclient%3Fid%3D{}", client.id),
        )
        .await;
        browser.heading("Reyes Bakery").await;
        browser.see("Your role is read-only").await;
        browser.see("Bank statement of March").await;
        let buttons = browser
            .driver
            .execute(
                "return [...document.querySelectorAll('main button')].map((one) => one.innerText)",
                vec![],
            )
            .await
            .unwrap();
        let buttons: Vec<String> = serde_json::from_value(buttons.json().clone()).unwrap();
        assert!(
            buttons.len() == 3 && buttons.iter().all(|button| button.starts_with("Open")),
            "{buttons:?}"
        );
        browser.check("client-read-only").await;
        browser
            .goto(&format!("/clients?search={}", client.email))
            .await;
        browser.see("Reyes Bakery").await;
        browser.see("Your role is read-only").await;
        browser.check("clients-read-only").await;
        browser.goto(&format!("/client?id={}", client.id)).await;
        browser.follow_link("Due dates of this client").await;
        browser.heading("Due dates of Reyes Bakery").await;
        browser.see("Your role is read-only").await;
        browser.see("Not told yet.").await;
        browser.check("deadlines-read-only").await;
    })
    .await;
}
