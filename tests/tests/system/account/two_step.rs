//! Two-step sign-in: what the database gives whom, and the pages.

use omega_common::problem::SECOND_STEP_NEEDED;
use omega_tests::browser::{Browser, with_browser};
use omega_tests::files::Sample;
use omega_tests::{Answer, Client, PASSWORD, System, code_of, wrong_code_of};
use reqwest::Method;
use serde_json::{Value, json};

const NEW_PASSWORD: &str = "purple staple orchard lamp";

/// A client with an app, and what somebody gets who knows the password alone.
async fn with_app(system: &System) -> (Client, Client, String) {
    let client = system.sign_up().await;
    let (both, secret) = client.with_app("My phone").await;
    let password_alone = client.sign_in().await;
    (both, password_alone, secret)
}

#[tokio::test]
async fn the_password_alone_opens_nothing_once_an_app_is_set_up() {
    let system = System::connect().await;
    let (both, alone, _) = with_app(&system).await;
    both.submit().await;
    both.post("account/closure", &json!({ "action": "ask" }))
        .await
        .expect(201);
    both.post(
        "onboarding/chat",
        &json!({ "message": "What happens next?" }),
    )
    .await
    .expect(200);
    let path = both.new_path("pdf");
    both.put(&path, "application/pdf", &Sample::pdf("x").bytes)
        .await
        .expect(200);

    // The Workers say what is missing.
    for endpoint in [
        "onboarding/profile",
        "onboarding/documents",
        "onboarding/chat",
        "account/activity",
        "account/closure",
        "account/export",
        "compliance/deadlines",
    ] {
        let problem = alone
            .get(endpoint)
            .await
            .problem_of(403, SECOND_STEP_NEEDED);
        assert!(
            problem["detail"].as_str().unwrap().contains("code"),
            "{endpoint}: {problem}"
        );
        both.get(endpoint).await.expect(200);
    }
    for (endpoint, body) in [
        (
            "onboarding/submit-profile",
            json!({ "full_name": "Mallory" }),
        ),
        ("onboarding/chat", json!({ "message": "Who am I?" })),
        ("account/closure", json!({ "action": "withdraw" })),
        ("compliance/calendar", json!({ "action": "make" })),
    ] {
        alone
            .post(endpoint, &body)
            .await
            .problem_of(403, SECOND_STEP_NEEDED);
    }
    // Where there is no row to look at, it is the file that can't be found.
    let registered = alone
        .register("Mine", "other", &alone.new_path("pdf"))
        .await;
    assert!(
        [403, 422].contains(&registered.status),
        "{}",
        registered.text()
    );

    // Past the Workers it is the same.
    for table in [
        "clients",
        "client_documents",
        "messages",
        "activity",
        "account_closures",
    ] {
        let url = format!("/rest/v1/{table}");
        assert_eq!(
            Answer::to(alone.supabase(Method::GET, &url)).await.status,
            403,
            "{table}"
        );
        let seen = Answer::to(both.supabase(Method::GET, &url))
            .await
            .expect(200);
        assert_ne!(seen, json!([]), "{table}");
    }
    let object = format!("/storage/v1/object/authenticated/client-documents/{path}");
    assert_ne!(
        Answer::to(alone.supabase(Method::GET, &object))
            .await
            .status,
        200
    );
    assert_eq!(
        Answer::to(both.supabase(Method::GET, &object)).await.status,
        200
    );
    let put = alone
        .put(&alone.new_path("pdf"), "application/pdf", b"%PDF-1.7")
        .await;
    assert_ne!(put.status, 200, "{}", put.text());
    let profile = both.get("onboarding/profile").await.expect(200);
    assert_eq!(profile["profile"]["full_name"], "Maria Reyes");
}

#[tokio::test]
async fn staff_with_an_app_are_asked_for_the_code_too() {
    let system = System::connect().await;
    let (client, both) = (system.sign_up().await, system.staff().await);
    let alone = both.sign_in().await;
    let url = format!("/rest/v1/activity?client_id=eq.{}", client.id);
    assert_eq!(
        Answer::to(alone.supabase(Method::GET, &url)).await.status,
        403
    );
    let seen = Answer::to(both.supabase(Method::GET, &url))
        .await
        .expect(200);
    assert_eq!(seen.as_array().unwrap().len(), 2);
}

/// Two-step sign-in is the client's choice, and no choice of staff.
#[tokio::test]
async fn staff_without_an_app_are_no_more_than_an_account_of_their_own() {
    let system = System::connect().await;
    let (client, staff) = (
        system.sign_up().await,
        system.staff_by_password_alone().await,
    );
    for table in [
        "activity",
        "account_closures",
        "email_outbox",
        "contact_requests",
    ] {
        let owner = match table {
            "contact_requests" => String::new(),
            _ => format!("?client_id=neq.{}", staff.id),
        };
        let request = staff.supabase(Method::GET, &format!("/rest/v1/{table}{owner}"));
        assert_eq!(Answer::to(request).await.expect(200), json!([]), "{table}");
    }
    let own = staff.get("account/activity").await.expect(200);
    assert_ne!(own["activity"], json!([]));
    let (both, _) = staff.with_app("Office").await;
    let seen = both.supabase(
        Method::GET,
        &format!("/rest/v1/activity?client_id=eq.{}", client.id),
    );
    assert_eq!(
        Answer::to(seen).await.expect(200).as_array().unwrap().len(),
        2
    );
}

#[tokio::test]
async fn without_an_app_the_password_is_enough_and_one_that_was_never_proved_does_not_count() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let begun = client
        .supabase(Method::POST, "/auth/v1/factors")
        .json(&json!({ "factor_type": "totp", "friendly_name": "My phone" }));
    Answer::to(begun).await.expect(200);
    client
        .sign_in()
        .await
        .get("onboarding/profile")
        .await
        .expect(200);
}

#[tokio::test]
async fn adding_and_removing_an_app_is_recorded() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let (both, _) = client.with_app("My phone").await;
    let factors = both.supabase(Method::GET, "/auth/v1/user");
    let factor = Answer::to(factors).await.expect(200)["factors"][0]["id"].clone();
    let remove = both.supabase(
        Method::DELETE,
        &format!("/auth/v1/factors/{}", factor.as_str().unwrap()),
    );
    Answer::to(remove).await.expect(200);
    let entries = both.get("account/activity").await.expect(200)["activity"].clone();
    let kinds: Vec<_> = entries
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["kind"].clone())
        .take(2)
        .collect();
    assert_eq!(kinds, ["two-step-removed", "two-step-added"]);
    // What is left is an account like any other.
    client
        .sign_in()
        .await
        .get("onboarding/profile")
        .await
        .expect(200);
}

async fn give_code(browser: &Browser, code: &str) {
    browser.fill("Code from your app", code).await;
    browser.press_button("Continue").await;
}

#[tokio::test]
async fn two_step_sign_in_is_turned_on_used_and_turned_off() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        browser.give_password("", &client.email, PASSWORD).await;
        browser.heading("Hello, Maria").await;
        browser.goto("/account?section=two-step").await;
        browser.heading("Two-step sign-in").await;
        browser.check("60-two-step-off").await;
        browser.press_button("Turn on two-step sign-in").await;
        browser.heading("1. Scan this with the app").await;
        let script = "const image = document.querySelector('.qr-code'); return [image.complete, image.naturalWidth > 0, document.querySelector('.secret').textContent]";
        let drawn = browser.driver.execute(script, vec![]).await.unwrap();
        let drawn: Value = drawn.json().clone();
        assert_eq!((&drawn[0], &drawn[1]), (&json!(true), &json!(true)));
        let secret = drawn[2].as_str().unwrap().replace(' ', "");
        browser.check("61-two-step-set-up").await;
        browser.fill("Code from your app", "12").await;
        browser.press_button("Turn it on").await;
        browser.see("Enter the 6 digits that your app shows.").await;
        browser.fill("Code from your app", &wrong_code_of(&secret)).await;
        browser.press_button("Turn it on").await;
        browser.see("This code is not right.").await;
        browser.complaints_about("422").await;
        browser.check("62-two-step-wrong-code").await;
        // As apps show it, in two groups.
        let code = code_of(&secret);
        browser
            .fill("Code from your app", &format!("{} {}", &code[..3], &code[3..]))
            .await;
        browser.press_button("Turn it on").await;
        browser.see("Two-step sign-in is on.").await;
        browser.see("My phone").await;
        browser.check("63-two-step-on").await;

        // The password alone is half the way, on whatever page one comes in.
        browser.press_button("Sign out").await;
        browser.heading("Sign in").await;
        browser.give_password("", &client.email, PASSWORD).await;
        browser.heading("Enter your code").await;
        browser.check("64-enter-your-code").await;
        browser.goto("/documents").await;
        browser.heading("Enter your code").await;
        give_code(browser, &wrong_code_of(&secret)).await;
        browser.see("This code is not right.").await;
        browser.complaints_about("422").await;
        give_code(browser, &code_of(&secret)).await;
        browser.heading("Documents").await;

        // Turned off again.
        browser.goto("/account?section=two-step").await;
        browser.press_button("Remove My phone").await;
        browser.heading("Turn off two-step sign-in?").await;
        browser.check("65-two-step-turn-off").await;
        browser.press_button("Turn it off").await;
        browser.see("Turn on two-step sign-in").await;
        browser.goto("/account?section=activity").await;
        browser.see("Two-step sign-in turned off").await;
        browser.press_button("Sign out").await;
        browser.heading("Sign in").await;
        browser.give_password("", &client.email, PASSWORD).await;
        browser.heading("Hello, Maria").await;
    })
    .await;
}

#[tokio::test]
async fn who_gives_up_at_the_code_can_sign_in_as_somebody_else() {
    let system = System::connect().await;
    let (client, _, _) = with_app(&system).await;
    let other = system.sign_up().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        browser.give_password("", &client.email, PASSWORD).await;
        browser.heading("Enter your code").await;
        browser.press_button("Cancel").await;
        browser.heading("Sign in").await;
        browser.give_password("", &other.email, PASSWORD).await;
        browser.heading("Hello, Maria").await;
    })
    .await;
}

#[tokio::test]
async fn any_of_several_apps_will_do() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let (both, _) = client.with_app("My phone").await;
    let (_, tablet) = both.with_app("My tablet").await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        browser.give_password("", &client.email, PASSWORD).await;
        browser.heading("Enter your code").await;
        browser.choose("My tablet").await;
        browser.check("66-which-app").await;
        give_code(browser, &code_of(&tablet)).await;
        browser.heading("Hello, Maria").await;
    })
    .await;
}

#[tokio::test]
async fn a_forgotten_password_is_changed_by_who_has_the_app() {
    let system = System::connect().await;
    let (client, _, secret) = with_app(&system).await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        browser.goto("/forgot-password").await;
        browser.fill("Email address", &client.email).await;
        browser.press_button("Send the link").await;
        browser.heading("Check your mail").await;
        let mail = system.mail(&client.email, "Reset your password").await;
        assert!(mail.html.contains("Choose a new password"), "{}", mail.html);
        assert!(!mail.html.contains("{{"), "{}", mail.html);
        browser.goto(&mail.link("/auth/v1/verify")).await;
        browser.heading("Enter your code").await;
        browser.check("67-reset-enter-your-code").await;
        give_code(browser, &code_of(&secret)).await;
        browser.heading("Choose a new password").await;
        browser.fill("New password", NEW_PASSWORD).await;
        browser.press_button("Save the new password").await;
        browser.heading("Your password is changed").await;
    })
    .await;
}

#[tokio::test]
async fn a_new_address_is_confirmed_at_the_old_and_at_the_new_one() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let wanted = omega_tests::unique_address();
    with_browser(&system.addresses.site, async |browser: &Browser| {
        browser.give_password("", &client.email, PASSWORD).await;
        browser.heading("Hello, Maria").await;
        browser.goto("/account?section=email").await;
        browser.fill("New email address", &client.email).await;
        browser.press_button("Change the address").await;
        browser.see("This is the address you have now.").await;
        browser.fill("New email address", &wanted).await;
        browser.press_button("Change the address").await;
        browser.see("Two messages are on their way.").await;
        browser.check("68-address-waiting").await;

        let link = async |address: &str| {
            let mail = omega_tests::eventually("the mail with the link", async || {
                let mails = system.mails(address).await;
                mails
                    .into_iter()
                    .find(|mail| mail.html.contains("/auth/v1/verify"))
            })
            .await;
            mail.link("/auth/v1/verify")
        };
        browser.goto(&link(&wanted).await).await;
        browser.heading("One of two links is done").await;
        browser.check("69-address-halfway").await;
        browser.goto(&link(&client.email).await).await;
        browser.heading("Your new email address is confirmed").await;
        browser.see(&wanted).await;
        browser.check("70-address-changed").await;
        browser.follow_link("Back to your account").await;
        browser.see(&wanted).await;
        browser.goto(&link(&wanted).await).await;
        browser.heading("This link does not work anymore").await;
        browser.check("71-confirm-link-used").await;
    })
    .await;
    let moved = Client {
        email: wanted,
        ..client
    };
    let profile = moved.sign_in().await.get("onboarding/profile").await;
    assert_eq!(profile.expect(200)["profile"]["email"], json!(moved.email));
}
