//! The pages that everybody can read, with JavaScript and without, and with the network away.

use std::collections::BTreeMap;

use omega_tests::browser::{Browser, with_browser};
use omega_tests::{Answer, System, eventually, unique_address};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Each page and its heading.
const PAGES: [(&str, &str); 8] = [
    ("/", "Your books, taxes and payroll in good hands"),
    ("/services", "What we do for you"),
    ("/pricing", "What it costs"),
    ("/security", "Security and privacy, in plain words"),
    ("/contact", "Write to us"),
    ("/contact-sent", "We have your message"),
    ("/contact-problem", "Your message was not sent"),
    ("/offline", "No connection"),
];

/// A line to the site that can be cut and joined again.
struct Line {
    port: u16,
    site: String,
    going: JoinHandle<()>,
}

impl Line {
    async fn to(system: &System) -> Self {
        let site = system
            .addresses
            .site
            .trim_start_matches("http://")
            .to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self {
            port: listener.local_addr().unwrap().port(),
            going: tokio::spawn(carry(listener, site.clone())),
            site,
        }
    }

    fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Ends what is under way too.
    async fn cut(&mut self) {
        self.going.abort();
        let _ = (&mut self.going).await;
    }

    async fn join(&mut self) {
        let port = self.port;
        let listener = eventually("the port to be free again", async || {
            TcpListener::bind(("127.0.0.1", port)).await.ok()
        })
        .await;
        self.going = tokio::spawn(carry(listener, self.site.clone()));
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.going.abort();
    }
}

async fn carry(listener: TcpListener, site: String) {
    // Dropped with this task, and every connection with them.
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((mut caller, _)) = listener.accept().await {
        let site = site.clone();
        connections.spawn(async move {
            if let Ok(mut server) = TcpStream::connect(site).await {
                let _ = tokio::io::copy_bidirectional(&mut caller, &mut server).await;
            }
        });
    }
}

async fn kept(system: &System, email: &str) -> Vec<String> {
    system
        .database()
        .await
        .values(
            "select message from public.contact_requests where email = $1",
            &[&email],
        )
        .await
}

#[tokio::test]
async fn every_public_page_is_sound() {
    let system = System::connect().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        for (path, heading) in PAGES {
            browser.goto(path).await;
            browser.heading(heading).await;
            let name = path.trim_start_matches('/');
            let name = if name.is_empty() { "start" } else { name };
            browser.check(&format!("public-{name}")).await;
        }
        browser.goto("/contact-problem#email").await;
        browser.check("public-contact-problem-marked").await;
    })
    .await;
}

#[tokio::test]
async fn a_visitor_without_javascript_reads_every_page_and_writes_to_us() {
    let system = System::connect().await;
    let email = unique_address();
    with_browser(&system.addresses.site, async |browser: &Browser| {
        browser
            .driver
            .cdp()
            .send_raw(
                "Emulation.setScriptExecutionDisabled",
                json!({ "value": true }),
            )
            .await
            .unwrap();
        browser.goto("/").await;
        for (link, heading) in [
            ("Services", "What we do for you"),
            ("Pricing", "What it costs"),
            ("Security", "Security and privacy, in plain words"),
            ("Contact", "Write to us"),
        ] {
            browser.follow_link(link).await;
            browser.heading(heading).await;
        }
        browser.fill("Your name", "Maria Reyes").await;
        // The browser takes this for an address, the Worker does not.
        browser.fill("Email address", "maria@localhost").await;
        browser
            .fill("Your message", "Do you work in Vermont?")
            .await;
        browser.press_button("Send your message").await;
        browser.heading("Your message was not sent").await;
        let marked = browser
            .driver
            .execute("return document.querySelector(':target').innerText", vec![])
            .await
            .unwrap();
        assert!(
            marked.json().as_str().unwrap().starts_with("Email address"),
            "{}",
            marked.json()
        );
        browser.driver.back().await.unwrap();
        browser.heading("Write to us").await;
        assert_eq!(
            browser.value("Your message").await,
            "Do you work in Vermont?"
        );
        browser.fill("Email address", &email).await;
        browser.press_button("Send your message").await;
        browser.heading("We have your message").await;
    })
    .await;
    assert_eq!(kept(&system, &email).await, ["Do you work in Vermont?"]);
}

#[tokio::test]
async fn a_message_that_the_network_loses_is_still_there_to_be_sent_again() {
    let system = System::connect().await;
    let email = unique_address();
    let mut line = Line::to(&system).await;
    with_browser(&line.address(), async |browser: &Browser| {
        browser.goto("/contact").await;
        browser.press_button("Send your message").await;
        browser.heading("There is a problem").await;
        browser.see("Enter your name.").await;
        browser.check("public-contact-error").await;

        browser.fill("Your name", "Maria Reyes").await;
        browser.fill("Email address", &email).await;
        browser
            .fill("Your message", "Do you work in Vermont?")
            .await;
        line.cut().await;
        browser.press_button("Send your message").await;
        browser.see("Check your internet connection").await;
        assert!(
            !browser.complaints().await.is_empty(),
            "the network was not away"
        );
        line.join().await;

        // It outlasts even a reload.
        browser.goto("/contact").await;
        assert_eq!(
            browser.value("Your message").await,
            "Do you work in Vermont?"
        );
        browser.press_button("Send your message").await;
        browser.heading("We have your message").await;
        browser.goto("/contact").await;
        assert_eq!(
            browser.value("Your message").await,
            "",
            "a sent message is still in the form"
        );
    })
    .await;
    assert_eq!(kept(&system, &email).await.len(), 1);
}

#[tokio::test]
async fn with_the_network_away_a_page_says_so_and_loads_when_it_is_back() {
    let system = System::connect().await;
    let mut line = Line::to(&system).await;
    with_browser(&line.address(), async |browser: &Browser| {
        browser.goto("/services").await;
        eventually("the page for when the network is away to be kept", async || {
            let kept = "return navigator.serviceWorker.ready.then(({ active }) => active.state === 'activated')";
            let ready = browser.driver.execute(kept, vec![]).await.ok()?;
            (ready.json() == &Value::Bool(true)).then_some(())
        })
        .await;
        line.cut().await;
        browser.goto("/pricing").await;
        browser.heading("No connection").await;
        // Drawn with its style sheet, at the address that was asked for.
        assert_eq!(browser.path().await, "/pricing");
        let weight = "return getComputedStyle(document.querySelector('.button')).fontWeight";
        let weight = browser.driver.execute(weight, vec![]).await.unwrap();
        assert_eq!(weight.json(), &json!("600"));
        // The failed load is what this test brought about.
        browser.complaints().await;
        browser.check("public-no-connection").await;
        // Nothing but that page is kept.
        let names = "return caches.keys().then((names) => Promise.all(names.map(async (name) =>
            [name, (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname)])))";
        let caches = browser.driver.execute(names, vec![]).await.unwrap().json().clone();
        let caches: BTreeMap<String, Vec<String>> = serde_json::from_value::<Vec<(String, Vec<String>)>>(caches)
            .unwrap()
            .into_iter()
            .collect();
        assert_eq!(caches.len(), 1, "{caches:?}");
        let files = caches.values().next().unwrap();
        assert!(files.contains(&"/offline".to_owned()) && files.len() == 5, "{files:?}");

        line.join().await;
        browser.press_button("Try again now").await;
        browser.heading("What it costs").await;
        // By itself, as soon as the browser says that it is connected.
        line.cut().await;
        browser.goto("/security").await;
        browser.heading("No connection").await;
        line.join().await;
        browser
            .driver
            .execute("dispatchEvent(new Event('online'))", vec![])
            .await
            .unwrap();
        browser.heading("Security and privacy, in plain words").await;
        browser.complaints().await;
    })
    .await;
}

/// A file of the site, as it is on the disk.
async fn file(system: &System, path: &str) -> Answer {
    let request = system
        .http
        .get(format!("{}{path}", system.addresses.site))
        .header("accept-encoding", "identity");
    Answer::to(request).await
}

/// Every address in `html` that stays on the site.
fn addresses(html: &str, attribute: &str) -> Vec<String> {
    let start = format!("{attribute}=\"");
    html.split(&start)
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|address| {
            (address.starts_with('/') && !address.starts_with("//")) || address.starts_with('#')
        })
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn every_link_and_file_of_a_public_page_is_there() {
    let system = System::connect().await;
    let get = async |path: &str| file(&system, path).await;
    let mut followed = 0;
    let mut broken = Vec::new();
    for (page, _) in PAGES.into_iter().chain([("/404", "")]) {
        let html = get(page).await.text();
        let links = addresses(&html, "href")
            .into_iter()
            .chain(addresses(&html, "src"));
        for link in links {
            let (path, fragment) = link.split_once('#').unwrap_or((&link, ""));
            let target = match path {
                "" => html.clone(),
                path => {
                    let answer = get(path).await;
                    if answer.status != 200 {
                        broken.push(format!("{page}: {link} answers {}", answer.status));
                    }
                    answer.text()
                }
            };
            if !fragment.is_empty() && !target.contains(&format!("id=\"{fragment}\"")) {
                broken.push(format!("{page}: {link} leads to no part of that page"));
            }
            followed += 1;
        }
    }
    assert_eq!(broken, Vec::<String>::new());
    assert!(followed > 150, "only {followed} links were found");
}

#[tokio::test]
async fn what_search_engines_and_home_screens_are_told_is_there() {
    let system = System::connect().await;
    let get = async |path: &str| file(&system, path).await;
    let robots = get("/robots.txt").await.text();
    assert!(robots.contains("Sitemap: https://omegaos.co/sitemap.xml"));
    let map = get("/sitemap.xml").await.text();
    let listed: Vec<_> = map
        .split("<loc>")
        .skip(1)
        .filter_map(|rest| rest.split("</loc>").next())
        .collect();
    for address in &listed {
        let path = address
            .strip_prefix("https://omegaos.co")
            .expect("another site");
        let answer = get(path).await;
        assert_eq!(answer.status, 200, "{address}");
        assert!(
            !answer.text().contains("noindex"),
            "{address} does not want to be listed"
        );
    }
    for (page, _) in PAGES {
        let html = get(page).await.text();
        let canonical = format!("https://omegaos.co{page}");
        let is_listed = listed.contains(&canonical.as_str());
        assert_eq!(html.contains("noindex"), !is_listed, "{page}");
        let named = html.contains(&format!("<link rel=\"canonical\" href=\"{canonical}\">"))
            && html.contains(&format!(
                "<meta property=\"og:url\" content=\"{canonical}\">"
            ));
        assert_eq!(named, is_listed, "{page}");
    }

    let manifest = get("/site.webmanifest").await;
    assert_eq!(
        manifest.header("content-type"),
        Some("application/manifest+json")
    );
    let manifest = manifest.json();
    for icon in manifest["icons"].as_array().unwrap() {
        let answer = get(icon["src"].as_str().unwrap()).await;
        assert_eq!(answer.status, 200, "{icon}");
        assert_eq!(answer.header("content-type"), icon["type"].as_str());
    }
}
