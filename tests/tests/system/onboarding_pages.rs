//! The onboarding as its pages do it: saving by itself, two windows at once, a network that goes away, by keyboard
//! alone, at 200 % zoom; and the home page and the receipt around it.

use omega_tests::browser::{Browser, with_browser};
use omega_tests::{Client, PASSWORD, System, eventually};
use serde_json::{Value, json};
use thirtyfour::prelude::*;

async fn sign_in(browser: &Browser, client: &Client) {
    browser.give_password("", &client.email, PASSWORD).await;
    browser.heading("Hello, Maria").await;
}

async fn profile(client: &Client) -> Value {
    client.get("onboarding/profile").await.expect(200)["profile"].clone()
}

/// Waits until an answer is saved.
async fn saved(client: &Client, field: &str, value: Value) {
    eventually(&format!("{field} to be saved as {value}"), async || {
        (profile(client).await[field] == value).then_some(())
    })
    .await;
}

/// The id of the element that has the focus.
async fn focus(browser: &Browser) -> String {
    let script = "return document.activeElement?.id ?? ''";
    let found = browser.driver.execute(script, vec![]).await.unwrap();
    found.convert().unwrap()
}

/// Types where the focus is, as a keyboard does.
async fn keys(browser: &Browser, keys: impl AsRef<str>) {
    // Not to the element: a file field would take a key for the name of a file.
    let actions = browser.driver.action_chain();
    actions.send_keys(keys.as_ref()).perform().await.unwrap();
}

/// Presses Tab until what has the focus is named so; whatever a keyboard can't reach is not found.
async fn tab_to(browser: &Browser, name: &str) {
    const NAME: &str = r#"
        const e = document.activeElement;
        const words = e.labels?.[0]?.innerText ?? e.getAttribute("aria-label") ?? e.innerText ?? "";
        return words.replace(/\s+/g, " ").trim();
    "#;
    for _ in 0..80 {
        keys(browser, char::from(Key::Tab).to_string()).await;
        let found = browser.driver.execute(NAME, vec![]).await.unwrap();
        let words: String = found.convert().unwrap();
        if words.starts_with(name) {
            return;
        }
    }
    panic!("the keyboard does not come to “{name}”");
}

#[tokio::test]
async fn answers_save_themselves_and_the_focus_stays() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        sign_in(browser, &client).await;
        browser.goto("/onboarding?step=account").await;
        browser.heading("About you").await;
        browser.fill("Phone number", "5552345678").await;
        // It takes its form while one types.
        assert_eq!(browser.value("Phone number").await, "(555) 234-5678");
        browser.see("Saved ").await;
        assert_eq!(focus(browser).await, "phone");
        saved(&client, "phone", json!("+15552345678")).await;
        browser.check("40-saved").await;

        // What can't be right yet is neither sent nor marked.
        let phone = browser.find("field", "Phone number").await;
        let backspaces = char::from(Key::Backspace).to_string().repeat(4);
        phone.send_keys(backspaces).await.unwrap();
        browser.fill("Your full name", "Maria R. Reyes").await;
        saved(&client, "full_name", json!("Maria R. Reyes")).await;
        assert_eq!(profile(&client).await["phone"], "+15552345678");
        assert!(!browser.words().await.contains("There is a problem"));
        browser.press_button("Save and continue").await;
        browser.heading("There is a problem").await;
        browser.check("41-phone-error").await;
    })
    .await;
}

#[tokio::test]
async fn looking_at_the_answers_changes_none_of_them() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client.answer_everything().await;
    let before = profile(&client).await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        sign_in(browser, &client).await;
        for (step, heading) in [
            ("account", "About you"),
            ("business", "Your business"),
            ("services", "What you need"),
            ("timeline", "When you want to start"),
            ("review", "Check and submit"),
        ] {
            browser.goto(&format!("/onboarding?step={step}")).await;
            browser.heading(heading).await;
        }
        browser.goto("/home").await;
        browser.heading("Hello, Maria").await;
    })
    .await;
    assert_eq!(profile(&client).await, before);
}

#[tokio::test]
async fn what_is_pasted_finds_its_form() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        sign_in(browser, &client).await;
        browser.goto("/onboarding?step=business").await;
        browser.heading("Your business").await;
        let paste = r#"
            const [id, text] = arguments;
            const input = document.getElementById(id);
            input.focus();
            input.select();
            document.execCommand("insertText", false, text);
            return input.value;
        "#;
        for (id, pasted, formed) in [
            ("ein", "123456789", "12-3456789"),
            ("ein", " 12 3456789 ", "12-3456789"),
            ("ein", "12\u{2013}3456789", "12-3456789"),
            // Too many digits, and letters: left as they are, and told when one goes on.
            ("ein", "1234567890", "1234567890"),
            ("ein", "EIN 12-3", "EIN 12-3"),
        ] {
            let found = browser
                .driver
                .execute(paste, vec![json!(id), json!(pasted)])
                .await
                .unwrap();
            assert_eq!(found.convert::<String>().unwrap(), formed, "{pasted:?}");
        }
        browser.goto("/onboarding?step=account").await;
        browser.heading("About you").await;
        for (pasted, formed) in [
            ("555.234.5678", "(555) 234-5678"),
            ("+1 555 234 5678", "+1 (555) 234-5678"),
            ("+44 20 7946 0958", "+44 20 7946 0958"),
        ] {
            let found = browser
                .driver
                .execute(paste, vec![json!("phone"), json!(pasted)])
                .await
                .unwrap();
            assert_eq!(found.convert::<String>().unwrap(), formed, "{pasted:?}");
        }
        // A digit in the middle does not throw the caret to the end.
        let insert = r#"
            const input = document.getElementById("phone");
            input.focus();
            input.select();
            document.execCommand("insertText", false, "555234567");
            input.setSelectionRange(2, 2);
            document.execCommand("insertText", false, "1");
            return [input.value, input.selectionStart];
        "#;
        let found = browser.driver.execute(insert, vec![]).await.unwrap();
        assert_eq!(found.json(), &json!(["(515) 523-4567", 3]));
    })
    .await;
}

#[tokio::test]
async fn of_two_tabs_the_later_one_is_shown_both_versions_and_chooses() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client.answer_everything().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        sign_in(browser, &client).await;
        let first = browser.driver.window().await.unwrap();
        browser.goto("/onboarding?step=business").await;
        browser.heading("Your business").await;

        let second = browser.driver.new_tab().await.unwrap();
        browser.driver.switch_to_window(second).await.unwrap();
        browser.goto("/onboarding?step=business").await;
        browser.heading("Your business").await;
        browser.fill("Business name", "Reyes & Daughters").await;
        saved(&client, "business_name", json!("Reyes & Daughters")).await;

        browser.driver.switch_to_window(first).await.unwrap();
        browser.fill("Business name", "Reyes Cakes").await;
        browser
            .heading("This answer was changed somewhere else")
            .await;
        for version in ["Reyes Cakes", "Reyes & Daughters"] {
            browser.see(version).await;
        }
        browser.complaints_about("409").await;
        assert_eq!(focus(browser).await, "business_name");
        assert_eq!(profile(&client).await["business_name"], "Reyes & Daughters");
        browser.check("42-two-versions").await;
        // One does not get past it by going on.
        browser.press_button("Save and continue").await;
        browser
            .heading("This answer was changed somewhere else")
            .await;
        browser.press_button("Keep what I chose").await;
        browser.see("Choose one of the two answers.").await;
        browser.choose("Reyes Cakes").await;
        browser.press_button("Keep what I chose").await;
        saved(&client, "business_name", json!("Reyes Cakes")).await;

        // And the other way round: what is saved stays, and stands in the field.
        client
            .post(
                "onboarding/submit-profile",
                &json!({ "business_name": "Reyes Bread" }),
            )
            .await
            .expect(200);
        browser.fill("Business name", "Reyes Pies").await;
        browser
            .heading("This answer was changed somewhere else")
            .await;
        browser.complaints_about("409").await;
        browser.choose("Reyes Bread").await;
        browser.press_button("Keep what I chose").await;
        eventually("the field to show it", async || {
            (browser.value("Business name").await == "Reyes Bread").then_some(())
        })
        .await;
        assert_eq!(profile(&client).await["business_name"], "Reyes Bread");
    })
    .await;
}

#[tokio::test]
async fn tabs_that_change_different_answers_do_not_disturb_each_other() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client.answer_everything().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        sign_in(browser, &client).await;
        browser.goto("/onboarding?step=account").await;
        browser.heading("About you").await;
        let change = json!({ "phone": "555 234 9999", "urgency": "exploring" });
        client
            .post("onboarding/submit-profile", &change)
            .await
            .expect(200);
        browser.fill("Your full name", "Maria R. Reyes").await;
        saved(&client, "full_name", json!("Maria R. Reyes")).await;
        // The field that nobody touched here follows the other window instead of undoing it.
        eventually("the phone number to follow", async || {
            (browser.value("Phone number").await == "(555) 234-9999").then_some(())
        })
        .await;
        browser.press_button("Save and continue").await;
        browser.heading("Your business").await;
        assert_eq!(profile(&client).await["phone"], "+15552349999");
        assert_eq!(profile(&client).await["urgency"], "exploring");
    })
    .await;
}

#[tokio::test]
async fn nobody_submits_what_another_window_changed() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client.answer_everything().await;
    client.send_required_documents().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        sign_in(browser, &client).await;
        browser.see("Check your answers and submit them").await;
        browser.goto("/onboarding?step=review").await;
        browser.heading("Check and submit").await;
        client
            .post(
                "onboarding/submit-profile",
                &json!({ "business_name": "Reyes & Daughters" }),
            )
            .await
            .expect(200);
        browser.press_button("Submit for review").await;
        browser
            .see("Your answers were changed in another window")
            .await;
        browser.see("Reyes & Daughters").await;
        browser.complaints_about("409").await;
        browser.press_button("Submit for review").await;
        browser.heading("Thank you. We have your onboarding").await;
    })
    .await;
}

#[tokio::test]
async fn a_network_that_goes_in_the_middle_of_a_save_loses_nothing() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client.answer_everything().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        sign_in(browser, &client).await;
        browser.goto("/onboarding?step=business").await;
        browser.heading("Your business").await;
        browser.offline(true).await;
        browser.fill("Business name", "Reyes Cakes").await;
        browser.see("You are offline.").await;
        browser
            .see("Not saved yet. Your answers are kept in this window")
            .await;
        // Going on says the same, and the page is still there.
        browser.press_button("Save and continue").await;
        browser.heading("There is a problem").await;
        browser.see("What you entered is still here.").await;
        assert_eq!(browser.value("Business name").await, "Reyes Cakes");
        assert_eq!(profile(&client).await["business_name"], "Reyes Bakery");
        // Nothing is pressed: it goes on by itself.
        browser.offline(false).await;
        saved(&client, "business_name", json!("Reyes Cakes")).await;
        browser.see("Saved ").await;
        assert!(!browser.words().await.contains("You are offline."));
        let complaints = browser.complaints().await;
        assert!(
            complaints
                .iter()
                .all(|complaint| complaint.contains("ERR_INTERNET_DISCONNECTED")),
            "{complaints:#?}"
        );
    })
    .await;
}

/// The save arrives, its answer does not: the page must not take its own answer for somebody else's.
#[tokio::test]
async fn a_save_whose_answer_was_lost_is_no_conflict() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client.answer_everything().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        sign_in(browser, &client).await;
        browser.goto("/onboarding?step=business").await;
        browser.heading("Your business").await;
        // The request goes out, what comes back is thrown away until the line is mended.
        let lose_answers = r#"
            const real = window.fetch;
            window.fetch = async (...request) => {
                const answer = await real(...request);
                if (window.fetch === real || !String(request[1]?.body).includes("Reyes Cakes")) return answer;
                throw new TypeError("Failed to fetch");
            };
            window.mend = () => { window.fetch = real; };
        "#;
        browser.driver.execute(lose_answers, vec![]).await.unwrap();
        browser.fill("Business name", "Reyes Cakes").await;
        saved(&client, "business_name", json!("Reyes Cakes")).await;
        browser.see("Not saved yet.").await;
        browser.driver.execute("mend()", vec![]).await.unwrap();
        browser.fill("Business name", "Reyes Cakes and Pies").await;
        saved(&client, "business_name", json!("Reyes Cakes and Pies")).await;
        browser.see("Saved ").await;
        assert!(!browser.words().await.contains("changed somewhere else"));
        let complaints = browser.complaints().await;
        assert!(
            complaints.iter().all(|complaint| complaint.contains("409")),
            "{complaints:#?}"
        );
    })
    .await;
}

#[tokio::test]
async fn what_was_typed_while_nothing_could_be_saved_survives_a_reload() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client.answer_everything().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        sign_in(browser, &client).await;
        browser.goto("/onboarding?step=business").await;
        browser.heading("Your business").await;
        browser.devtools("Network.enable", json!({})).await;
        let block = |urls: Value| json!({ "urls": urls });
        browser.devtools("Network.setBlockedURLs",
            block(json!(["*submit-profile*"])),
        )
        .await;
        browser.fill("Business name", "Reyes Cakes").await;
        browser.see("Not saved yet.").await;
        // Somebody else changes the same answer meanwhile.
        client
            .post(
                "onboarding/submit-profile",
                &json!({ "business_name": "Reyes & Daughters" }),
            )
            .await
            .expect(200);
        browser.devtools("Network.setBlockedURLs", block(json!([]))).await;
        browser.goto("/onboarding?step=business").await;
        browser.heading("Your business").await;
        assert_eq!(browser.value("Business name").await, "Reyes Cakes");
        // It was typed over what was there then, so both are shown here too.
        browser
            .heading("This answer was changed somewhere else")
            .await;
        browser.choose("Reyes Cakes").await;
        browser.press_button("Keep what I chose").await;
        saved(&client, "business_name", json!("Reyes Cakes")).await;
        let kept = "return Object.keys(sessionStorage).filter((name) => sessionStorage.getItem(name).includes('Reyes'))";
        eventually("the draft to be forgotten", async || {
            let found = browser.driver.execute(kept, vec![]).await.unwrap();
            (found.json() == &json!([])).then_some(())
        })
        .await;
        browser.complaints().await;
    })
    .await;
}

/// From signing in to the receipt without a mouse. The documents are there already: a keyboard can't choose files
/// in a headless browser.
async fn walk_by_keyboard(browser: &Browser, client: &Client, check: bool) {
    let check = async |name: &str| {
        if check {
            browser.check(name).await;
        }
    };
    browser.goto("/sign-in").await;
    browser.heading("Sign in").await;
    tab_to(browser, "Email address").await;
    keys(browser, &client.email).await;
    tab_to(browser, "Password").await;
    keys(browser, PASSWORD).await;
    keys(browser, char::from(Key::Enter).to_string()).await;

    browser.heading("Hello, Maria").await;
    check("50-home").await;
    tab_to(browser, "Start").await;
    keys(browser, char::from(Key::Enter).to_string()).await;

    browser.heading("About you").await;
    tab_to(browser, "Phone number").await;
    keys(browser, "5552345678").await;
    check("51-about-you").await;
    keys(browser, char::from(Key::Enter).to_string()).await;

    browser.heading("Your business").await;
    tab_to(browser, "Sole proprietorship").await;
    // LLC is the next of the radio buttons.
    keys(browser, char::from(Key::Down).to_string()).await;
    tab_to(browser, "Business name").await;
    keys(browser, "Reyes Bakery").await;
    tab_to(browser, "Employer Identification Number").await;
    keys(browser, "123456789").await;
    check("52-your-business").await;
    tab_to(browser, "Save and continue").await;
    keys(browser, char::from(Key::Enter).to_string()).await;

    browser.heading("What you need").await;
    tab_to(browser, "Bookkeeping").await;
    keys(browser, " ").await;
    tab_to(browser, "Save and continue").await;
    keys(browser, char::from(Key::Enter).to_string()).await;

    browser.heading("When you want to start").await;
    tab_to(browser, "As soon as possible").await;
    keys(browser, " ").await;
    tab_to(browser, "Save and continue").await;
    keys(browser, char::from(Key::Enter).to_string()).await;

    browser.heading("Your documents").await;
    client.send_required_documents().await;
    browser.goto("/onboarding?step=documents").await;
    browser.see("We have everything on this list").await;
    tab_to(browser, "Continue").await;
    keys(browser, char::from(Key::Enter).to_string()).await;

    browser.heading("Check and submit").await;
    check("53-check-and-submit").await;
    tab_to(browser, "Submit for review").await;
    keys(browser, char::from(Key::Enter).to_string()).await;
    browser.heading("Thank you. We have your onboarding").await;
    check("54-receipt").await;
    tab_to(browser, "Go to your home page").await;
    keys(browser, char::from(Key::Enter).to_string()).await;
    browser.see("Nothing waits on you").await;
    check("55-home-in-review").await;
    let profile = profile(client).await;
    assert_eq!(
        (
            &profile["entity_type"],
            &profile["ein"],
            &profile["urgency"],
            &profile["onboarding_status"]
        ),
        (
            &json!("llc"),
            &json!("XX-XXX6789"),
            &json!("immediate"),
            &json!("in-review")
        )
    );
}

#[tokio::test]
async fn the_whole_onboarding_goes_by_keyboard_alone() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        walk_by_keyboard(browser, &client, true).await;
    })
    .await;
}

/// A screen of 1280 pixels at 200 %: half as wide, each pixel twice as large (WCAG 2.2, 1.4.4 and 1.4.10).
#[tokio::test]
async fn the_whole_onboarding_goes_at_200_percent() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        let zoomed =
            json!({ "width": 640, "height": 450, "deviceScaleFactor": 2, "mobile": false });
        browser.devtools("Emulation.setDeviceMetricsOverride", zoomed).await;
        // Told by each page as it is left, since the walk itself looks at names alone.
        let watch = r#"
            addEventListener("scroll", () => {}, { passive: true });
            setInterval(() => {
                if (document.documentElement.scrollWidth > innerWidth) console.error(`${location.pathname}${location.search} is ${document.documentElement.scrollWidth} px wide`);
            }, 100);
        "#;
        browser.devtools("Page.addScriptToEvaluateOnNewDocument",
            json!({ "source": watch }),
        )
        .await;
        walk_by_keyboard(browser, &client, false).await;
    })
    .await;
}

#[tokio::test]
async fn the_receipt_can_be_printed_and_is_not_there_before() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        sign_in(browser, &client).await;
        browser.goto("/receipt").await;
        browser.heading("There is no receipt yet").await;
        browser.check("60-no-receipt").await;
        client.submit().await;
        browser.goto("/receipt").await;
        browser.heading("Your receipt").await;
        let number = profile(&client).await["receipt_number"].clone();
        browser.see(number.as_str().unwrap()).await;
        for said in ["Reyes Bakery", "XX-XXX6789", "bank-statement.pdf"] {
            browser.see(said).await;
        }
        assert!(!browser.words().await.contains("3456789"));
        // On paper there is the receipt, and nothing to press.
        browser
            .devtools("Emulation.setEmulatedMedia", json!({ "media": "print" }))
            .await;
        let words = browser.words().await;
        assert!(words.contains(number.as_str().unwrap()));
        assert!(
            !words.contains("Print or save as PDF") && !words.contains("Sign out"),
            "{words}"
        );
    })
    .await;
}

#[tokio::test]
async fn the_home_page_lists_what_waits_and_leads_there() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        sign_in(browser, &client).await;
        for task in [
            "Tell us who you are",
            "Tell us about your business",
            "Choose what we should do for you",
            "Say when you want to start",
        ] {
            browser.see(task).await;
        }
        browser.see("No messages yet").await;
        browser.check("61-home-new").await;
        browser.follow_link("Say when you want to start").await;
        browser.heading("When you want to start").await;
        browser.choose("This month").await;
        saved(&client, "urgency", json!("this-month")).await;
        // It has cleared itself.
        browser.goto("/home").await;
        browser.heading("Hello, Maria").await;
        browser.see("Tell us who you are").await;
        assert!(!browser.words().await.contains("Say when you want to start"));
    })
    .await;
}
