//! /documents, in Chromium: sending files over a line that breaks, and what one can do with them afterwards.

use omega_tests::browser::{Browser, with_browser};
use omega_tests::files::Sample;
use omega_tests::{Answer, Client, PASSWORD, System, eventually};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use thirtyfour::components::SelectElement;
use thirtyfour::prelude::*;

const MIB: usize = 1024 * 1024;

/// A PDF of so many bytes; what follows its end is ignored.
fn large_pdf(size: usize) -> Vec<u8> {
    let mut bytes = Sample::pdf("A large document").bytes;
    // Not all the same, so that a part in a wrong place shows.
    bytes.extend((bytes.len()..size).map(|at| (at / 251 % 256) as u8));
    bytes
}

async fn open(browser: &Browser, client: &Client) {
    browser.give_password("", &client.email, PASSWORD).await;
    eventually("the sign-in to be done", async || {
        (browser.path().await != "/sign-in").then_some(())
    })
    .await;
    browser.goto("/documents").await;
    browser.heading("Your documents").await;
}

/// The console tells of each request that a cut line breaks off, and of the question before a page is left
/// that nobody has touched; of nothing else.
async fn complaints_about_the_line(browser: &Browser) {
    let complaints = browser.complaints().await;
    assert!(
        complaints
            .iter()
            .all(|complaint| complaint.contains("net::ERR_") || complaint.contains("beforeunload")),
        "{complaints:#?}"
    );
}

/// Notes the method of every request that the page sends to Storage from now on.
async fn watch(browser: &Browser) {
    let script = r#"
        window.sent = [];
        const open = XMLHttpRequest.prototype.open;
        XMLHttpRequest.prototype.open = function (method, url, ...rest) {
          if (String(url).includes("/upload/resumable")) window.sent.push(method);
          return open.call(this, method, url, ...rest);
        };
    "#;
    browser.driver.execute(script, vec![]).await.unwrap();
}

async fn sent(browser: &Browser) -> Vec<String> {
    browser
        .driver
        .execute("return window.sent", vec![])
        .await
        .unwrap()
        .convert()
        .unwrap()
}

/// Waits until so many megabytes have arrived, by what the row says.
async fn sent_at_least(browser: &Browser, megabytes: f64) {
    eventually(&format!("{megabytes} MB to be sent"), async || {
        let words = browser.words().await;
        let line = words.lines().find(|line| line.contains(" MB of "))?;
        let sent: f64 = line.split(' ').next()?.parse().ok()?;
        (sent >= megabytes).then_some(())
    })
    .await;
}

async fn documents(client: &Client) -> Vec<Value> {
    client.get("onboarding/documents").await.expect(200)["documents"]
        .as_array()
        .unwrap()
        .clone()
}

/// Once the page has said so, the one document there is; it must be the file to the last byte.
async fn received(browser: &Browser, client: &Client, bytes: &[u8]) -> Value {
    browser.see("Received at").await;
    let list = documents(client).await;
    assert_eq!(list.len(), 1, "{list:?}");
    let path = list[0]["storage_path"].as_str().unwrap();
    let url = format!("/storage/v1/object/authenticated/client-documents/{path}");
    let stored = Answer::to(client.supabase(Method::GET, &url)).await;
    assert!(stored.body == bytes, "{} bytes", stored.body.len());
    let digest: String = Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(list[0]["content_sha256"], digest);
    list[0].clone()
}

async fn select_named(browser: &Browser, name: &str) -> SelectElement {
    let css = format!("select[aria-label=\"{name}\"]");
    let element = eventually(name, async || {
        browser.driver.find(By::Css(css.as_str())).await.ok()
    })
    .await;
    SelectElement::new(&element).await.unwrap()
}

#[tokio::test]
async fn an_upload_goes_on_where_it_stopped_when_the_network_was_cut() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let bytes = large_pdf(20 * MIB);
    with_browser(&system.addresses.site, async |browser: &Browser| {
        open(browser, &client).await;
        browser.slow_upload(2 * MIB).await;
        watch(browser).await;
        browser
            .choose_file("Choose files", "bank statement 2025.pdf", &bytes)
            .await;
        sent_at_least(browser, 8.0).await;
        browser.see("left").await;
        browser.offline(true).await;
        browser.see("The connection was lost").await;
        complaints_about_the_line(browser).await;
        browser.check("documents-connection-lost").await;
        browser.offline(false).await;
        let document = received(browser, &client, &bytes).await;
        assert_eq!(document["document_category"], "bank-statement");
        let sent = sent(browser).await;
        assert_eq!(
            sent.iter().filter(|method| *method == "POST").count(),
            1,
            "{sent:?}"
        );
        assert!(sent.iter().any(|method| method == "HEAD"), "{sent:?}");
        complaints_about_the_line(browser).await;
        browser.check("documents-received").await;
    })
    .await;
}

#[tokio::test]
async fn an_upload_goes_on_after_a_reload_when_the_same_file_is_chosen_again() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let bytes = large_pdf(14 * MIB);
    with_browser(&system.addresses.site, async |browser: &Browser| {
        open(browser, &client).await;
        browser.slow_upload(4 * MIB).await;
        browser
            .choose_file("Choose files", "scan.pdf", &bytes)
            .await;
        sent_at_least(browser, 7.0).await;
        browser.goto("/documents").await;
        browser.see("One upload was not finished").await;
        browser.see("scan.pdf").await;
        complaints_about_the_line(browser).await;
        browser.check("documents-unfinished").await;
        browser.offline(false).await;
        watch(browser).await;
        // The content tells that it is the same, whatever it is called by now.
        browser
            .choose_file("Choose files", "scan (1).pdf", &bytes)
            .await;
        received(browser, &client, &bytes).await;
        assert!(
            !sent(browser).await.iter().any(|method| method == "POST"),
            "it began anew"
        );
        browser.goto("/documents").await;
        browser.heading("Your documents").await;
        browser.see("scan (1).pdf").await;
        assert!(!browser.words().await.contains("not finished"));
    })
    .await;
}

#[tokio::test]
async fn an_upload_is_paused_and_cancelled() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let bytes = large_pdf(14 * MIB);
    with_browser(&system.addresses.site, async |browser: &Browser| {
        open(browser, &client).await;
        browser.slow_upload(4 * MIB).await;
        watch(browser).await;
        browser
            .choose_file("Choose files", "return.pdf", &bytes)
            .await;
        sent_at_least(browser, 7.0).await;
        browser.press_button("Pause").await;
        browser.see("Paused at").await;
        browser.check("documents-paused").await;
        browser.press_button("Go on").await;
        sent_at_least(browser, 8.0).await;
        browser.press_button("Cancel").await;
        browser.see("Cancelled. Nothing was kept.").await;
        eventually("the half-sent file to be given up", async || {
            sent(browser)
                .await
                .iter()
                .filter(|method| *method == "POST")
                .count()
                .eq(&1)
                .then_some(())
        })
        .await;
        browser.offline(false).await;
        assert_eq!(documents(&client).await, Vec::<Value>::new());
        browser.press_button("Upload again").await;
        received(browser, &client, &bytes).await;
    })
    .await;
}

#[tokio::test]
async fn a_file_that_was_sent_before_is_told() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let bytes = Sample::pdf("The same").bytes;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        open(browser, &client).await;
        browser.choose_file("Choose files", "w9.pdf", &bytes).await;
        received(browser, &client, &bytes).await;
        browser.goto("/documents").await;
        browser.heading("Your documents").await;
        browser
            .choose_file("Choose files", "another name.pdf", &bytes)
            .await;
        browser.see("You sent this file on").await;
        browser.see("as “w9.pdf”. Send it again?").await;
        browser.check("documents-duplicate").await;
        browser.press_button("Leave it out").await;
        assert!(!browser.words().await.contains("another name.pdf"));
        browser
            .choose_file("Choose files", "another name.pdf", &bytes)
            .await;
        browser.press_button("Send it again").await;
        browser.see("Received at").await;
        assert_eq!(documents(&client).await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn what_a_file_is_can_be_changed_before_and_after() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client.answer_everything().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        open(browser, &client).await;
        browser.see("0 of 3 received").await;
        browser
            .choose_file("Choose files", "img_2041.pdf", &Sample::pdf("Letter").bytes)
            .await;
        browser
            .see("We could not tell what this is from its name.")
            .await;
        browser.see("Received at").await;
        assert_eq!(documents(&client).await[0]["document_category"], "other");
        select_named(browser, "What is img_2041.pdf?")
            .await
            .select_by_exact_text("EIN letter from the IRS")
            .await
            .unwrap();
        browser.see("Saved as EIN letter from the IRS").await;
        browser.see("1 of 3 received").await;
        assert_eq!(
            documents(&client).await[0]["document_category"],
            "ein-letter"
        );
    })
    .await;
}

#[tokio::test]
async fn a_document_is_renamed_sorted_and_removed() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client.answer_everything().await;
    client.upload(&Sample::pdf("Return"), "tax-return").await;
    let reviewed = client.upload(&Sample::pdf("Reviewed"), "w9").await;
    client.review(&reviewed).await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        open(browser, &client).await;
        browser.see("tax-return.pdf").await;
        browser.press_button("Change tax-return.pdf").await;
        assert_eq!(browser.value("Name").await, "tax-return");
        browser.check("documents-change").await;
        browser.fill("Name", "").await;
        browser.press_button("Save").await;
        browser.see("Enter a name for the document.").await;
        browser.fill("Name", "Articles, stamped").await;
        browser
            .select("What is it?", "Articles of incorporation or organization")
            .await;
        browser.press_button("Save").await;
        browser.see("Articles, stamped.pdf").await;
        browser.see("1 of 3 received").await;
        let focused = browser.driver.active_element().await.unwrap();
        assert_eq!(
            focused.prop("textContent").await.unwrap().as_deref(),
            Some("Change Articles, stamped.pdf")
        );
        browser.check("documents-list").await;

        browser.press_button("Remove Articles, stamped.pdf").await;
        browser.heading("Remove this document?").await;
        browser.check("documents-remove").await;
        browser.press_button("Cancel").await;
        browser.see("Articles, stamped.pdf").await;
        browser.press_button("Remove Articles, stamped.pdf").await;
        browser.press_button("Remove").await;
        browser.see("0 of 3 received").await;
        assert!(!browser.words().await.contains("Articles, stamped.pdf"));
        // What the firm has reviewed stays.
        let words = browser.words().await;
        assert!(
            words.contains("Reviewed") && !words.contains("Remove"),
            "{words}"
        );
        assert_eq!(documents(&client).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn the_page_tells_why_a_required_document_stays() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client.submit().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        open(browser, &client).await;
        browser.press_button("Remove ein-letter.pdf").await;
        browser.press_button("Remove").await;
        browser.see("Upload the right one first").await;
        browser.complaints_about("409").await;
    })
    .await;
}

#[tokio::test]
async fn documents_are_looked_at_in_the_page() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    for sample in Sample::every_kind() {
        let path = client.new_path(sample.extension);
        client
            .put(&path, sample.media_type, &sample.bytes)
            .await
            .expect(200);
        client
            .register(&format!("file.{}", sample.extension), "other", &path)
            .await
            .expect(201);
    }
    let pages = Sample::pdf_of(&["The first page", "The second page", "The third page"]);
    let path = client.new_path("pdf");
    client
        .put(&path, pages.media_type, &pages.bytes)
        .await
        .expect(200);
    client
        .register("three.pdf", "other", &path)
        .await
        .expect(201);

    with_browser(&system.addresses.site, async |browser: &Browser| {
        open(browser, &client).await;
        browser.press_button("View three.pdf").await;
        browser.heading("three.pdf").await;
        let drawn = async |page: &str| {
            eventually(&format!("page {page} to be drawn"), async || {
                let css = format!("canvas[data-page=\"{page}\"]");
                browser.driver.find(By::Css(css.as_str())).await.ok()
            })
            .await;
        };
        drawn("1").await;
        browser.see("Page 1 of 3").await;
        browser.see("The first page").await;
        browser.check("documents-preview-pdf").await;
        browser.press_button("Next page").await;
        drawn("2").await;
        // By the keyboard too, from the page itself.
        let region = browser
            .driver
            .find(By::Css(".preview-scroll"))
            .await
            .unwrap();
        region.focus().await.unwrap();
        region.send_keys(Key::PageDown + "").await.unwrap();
        drawn("3").await;
        browser.see("The third page").await;
        // Not empty: somewhere on the page there is ink.
        let ink = browser
            .driver
            .execute(
                "const c = document.querySelector('.preview canvas');
                 return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v, i) => i % 4 < 3 && v < 100)",
                vec![],
            )
            .await
            .unwrap();
        assert_eq!(ink.json(), &json!(true));
        browser.press_button("Larger").await;
        browser
            .driver
            .active_element()
            .await
            .unwrap()
            .send_keys(Key::Escape + "")
            .await
            .unwrap();
        eventually("the dialog to close", async || {
            browser
                .driver
                .find(By::Css(".preview"))
                .await
                .is_err()
                .then_some(())
        })
        .await;
        let focused = browser.driver.active_element().await.unwrap();
        assert_eq!(
            focused.prop("textContent").await.unwrap().as_deref(),
            Some("View three.pdf")
        );

        for (name, shows) in [
            ("file.csv", "Café Lumière"),
            ("file.heic", "Browsers can’t show HEIC photos."),
            ("file.docx", "Word documents can’t be shown here."),
        ] {
            browser.press_button(&format!("View {name}")).await;
            browser.see(shows).await;
            browser
                .check(&format!("documents-preview-{}", &name[5..]))
                .await;
            browser.press_button("Close").await;
        }
        for name in ["file.png", "file.jpg"] {
            browser.press_button(&format!("View {name}")).await;
            eventually("the picture", async || {
                let picture = browser
                    .driver
                    .find(By::Css(".preview-picture"))
                    .await
                    .ok()?;
                (picture.prop("naturalWidth").await.ok()?? != "0").then_some(())
            })
            .await;
            browser.check("documents-preview-picture").await;
            browser.press_button("Close").await;
        }
    })
    .await;
}

#[tokio::test]
async fn what_can_not_be_sent_is_told_why() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        open(browser, &client).await;
        browser.see("No documents yet").await;
        browser.check("documents-empty").await;
        browser.choose_file("Choose files", "song.mp3", b"x").await;
        browser.see("We can’t take this kind of file.").await;
        browser.choose_file("Choose files", "empty.pdf", b"").await;
        browser.see("This file is empty.").await;
        browser
            .choose_file("Choose files", "large.pdf", &large_pdf(25 * MIB + 1))
            .await;
        browser.see("larger than 25 MB").await;
        // In disguise: the server looks at what is in it.
        browser
            .choose_file("Choose files", "picture.pdf", b"\x89PNG\r\n\x1a\nx")
            .await;
        browser.see("what is in it is something else").await;
        browser.complaints_about("422").await;
        browser.check("documents-refused").await;
        assert_eq!(documents(&client).await, Vec::<Value>::new());
    })
    .await;
}
