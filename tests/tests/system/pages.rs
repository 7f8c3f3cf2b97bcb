//! Each page in each state it can be in, as axe, the console and its width judge it.

use omega_tests::browser::{Browser, with_browser};
use omega_tests::files::Sample;
use omega_tests::pages::site_pages;
use omega_tests::{System, unique_address};
use serde_json::json;

/// What every page asks the Workers for.
const CALLS: &str = "*/functions/v1/*";

async fn look(browser: &Browser, path: &str, state: &str) {
    browser.goto(path).await;
    browser.settled().await;
    let name = path.trim_matches('/').replace('/', "-");
    let name = if name.is_empty() { "start" } else { &name };
    // The browser says it of a page that is rightly missing.
    if path == "/404" {
        browser.complaints().await;
    }
    browser.check(&format!("{name}-{state}")).await;
}

#[tokio::test]
async fn pages_that_anybody_sees() {
    let system = System::connect().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        for page in site_pages().iter().filter(|page| page.needs.is_none()) {
            look(browser, &page.path, "visitor").await;
        }
    })
    .await;
}

#[tokio::test]
async fn pages_of_a_client_who_has_just_signed_up() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        browser.become_client(&client).await;
        for page in site_pages().iter().filter(|page| page.is_for("client")) {
            look(browser, &page.path, "empty").await;
        }
        look(browser, "/", "signed-in").await;
    })
    .await;
}

#[tokio::test]
async fn pages_of_a_client_with_much_to_show() {
    let system = System::connect().await;
    let long_name = "W".repeat(200);
    let client = system.sign_up_as(&unique_address(), &long_name).await;
    let answers =
        json!({ "business_name": long_name, "entity_type": "s-corp", "phone": "(555) 234-5678" });
    client
        .post("onboarding/submit-profile", &answers)
        .await
        .expect(200);
    let sample = Sample::pdf("much to show");
    for category in ["tax-return", "articles-of-incorporation", "other"] {
        let path = client.new_path(sample.extension);
        client
            .put(&path, sample.media_type, &sample.bytes)
            .await
            .expect(200);
        let name = format!("{}.pdf", "M".repeat(196));
        client.register(&name, category, &path).await.expect(201);
    }
    client
        .post("onboarding/chat", &json!({ "message": "W".repeat(600) }))
        .await
        .expect(200);
    with_browser(&system.addresses.site, async |browser: &Browser| {
        browser.become_client(&client).await;
        for page in site_pages().iter().filter(|page| page.is_for("client")) {
            look(browser, &page.path, "long").await;
        }
    })
    .await;
}

#[tokio::test]
async fn pages_that_are_loading_and_pages_that_failed() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        browser.become_client(&client).await;
        for page in site_pages().iter().filter(|page| page.is_for("client")) {
            let name = page.path.trim_matches('/');
            // Calls that are held back and never answered.
            browser
                .devtools(
                    "Fetch.enable",
                    json!({ "patterns": [{ "urlPattern": CALLS }] }),
                )
                .await;
            browser.goto(&page.path).await;
            browser.check(&format!("{name}-loading")).await;
            browser.devtools("Fetch.disable", json!({})).await;

            browser.devtools("Network.enable", json!({})).await;
            browser
                .devtools("Network.setBlockedURLs", json!({ "urls": [CALLS] }))
                .await;
            browser.goto(&page.path).await;
            browser.settled().await;
            let complaints = browser.complaints().await;
            assert!(
                complaints
                    .iter()
                    .all(|complaint| complaint.contains("ERR_BLOCKED_BY_CLIENT")),
                "{name}: {complaints:#?}"
            );
            browser.check(&format!("{name}-failed")).await;
            browser
                .devtools("Network.setBlockedURLs", json!({ "urls": [] }))
                .await;
            browser.complaints().await;
        }
    })
    .await;
}
