//! A browser of its own for a test: Chromium by chromedriver, used as a person uses it, by what the page
//! shows and what things are called.

use std::cell::RefCell;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::FutureExt;
use serde_json::{Value, json};
use thirtyfour::components::SelectElement;
use thirtyfour::prelude::*;
use thirtyfour::{ChromeCapabilities, ChromiumLikeCapabilities, LoggingPrefsLogLevel};
use uuid::Uuid;

use crate::client::Client;
use crate::openapi::root;
use crate::wait::eventually_within;

/// How long a page may take to show something.
const PATIENCE: Duration = Duration::from_secs(30);

/// Pictures are taken as on a phone and on a desktop computer.
const PICTURES: [(u32, u32); 2] = [(390, 844), (1280, 900)];

/// Pages are checked on the narrowest phone, a tablet and a desktop computer, in both themes.
const CHECKED: [(u32, u32); 3] = [(320, 640), (768, 1024), DESKTOP];
const DESKTOP: (u32, u32) = (1280, 900);
const THEMES: [&str; 2] = ["light", "dark"];

/// Finds what is visible by kind and name, as a person or a screen reader would: the whole name first,
/// then one that begins so.
const FIND: &str = r#"
const [kind, name] = arguments;
const visible = (e) => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length > 0;
const tidy = (text) => (text ?? "").replace(/\s+/g, " ").trim();
const named = (e) => tidy(e.getAttribute("aria-label") ?? e.innerText);
const kinds = {
  button: "button, [role=button]",
  link: "a[href]",
  heading: "h1, h2, h3",
  image: "[role=img]",
  field: "label",
  text: "body",
};
const all = [...document.querySelectorAll(kinds[kind])].filter(visible);
if (kind === "text") return all.find((e) => tidy(e.innerText).includes(name)) ?? null;
const found = all.find((e) => named(e) === name) ?? all.find((e) => named(e).startsWith(name)) ?? null;
return kind === "field" ? (found?.control ?? null) : found;
"#;

/// What only colours decide is all that another theme can change.
const AXE: &str = r#"
const [colours, done] = arguments;
const runOnly = colours ? { runOnly: ["color-contrast", "link-in-text-block"] } : {};
axe.run(document, { resultTypes: ["violations"], ...runOnly }).then(
  ({ violations }) => done(violations.map(({ id, help, nodes }) => `${id}: ${help} (${nodes.map(({ target }) => target.join(" ")).join(", ")})`)),
  (error) => done([`axe failed: ${error}`]),
);
"#;

/// A browser with an empty profile.
pub struct Browser {
    pub driver: WebDriver,
    site: String,
    profile: PathBuf,
    chromedriver: Child,
    /// What [`Browser::check`] found, told together when the browser ends.
    problems: RefCell<Vec<String>>,
}

/// Runs `body` in a new browser, which ends with it whatever happens.
///
/// # Panics
/// When `body` does, or when a page that it checked had problems.
pub async fn with_browser<T>(site: &str, body: impl AsyncFnOnce(&Browser) -> T) -> T {
    let browser = Browser::start(site).await;
    let outcome = AssertUnwindSafe(body(&browser)).catch_unwind().await;
    if outcome.is_err() {
        eprintln!(
            "the browser was at {:?} and showed:\n{}",
            browser.driver.current_url().await.map(String::from).ok(),
            browser.words().await
        );
        browser.save("failed").await;
    }
    let mut problems = browser.problems.take();
    problems.extend(
        browser
            .complaints()
            .await
            .into_iter()
            .map(|complaint| format!("at the end: {complaint}")),
    );
    let _ = browser.driver.clone().quit().await;
    drop(browser);
    let value = outcome.unwrap_or_else(|panic| {
        eprintln!("before that: {problems:#?}");
        std::panic::resume_unwind(panic)
    });
    assert!(problems.is_empty(), "{problems:#?}");
    value
}

impl Browser {
    async fn start(site: &str) -> Self {
        let profile =
            std::env::temp_dir().join(format!("omega-browser-{}", Uuid::new_v4().simple()));
        std::fs::create_dir_all(&profile).unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .unwrap()
            .port();
        let chromedriver = program("CHROMEDRIVER", "chromedriver");
        let child = Command::new(&chromedriver)
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!(
                    "{} does not start ({error}). Debian has it in the package chromium-driver.",
                    chromedriver.display()
                )
            });
        let url = format!("http://127.0.0.1:{port}");
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        eventually_within(PATIENCE, "chromedriver to be ready", async || {
            let status: Value = client
                .get(format!("{url}/status"))
                .send()
                .await
                .ok()?
                .json()
                .await
                .ok()?;
            (status["value"]["ready"] == true).then_some(())
        })
        .await;

        let mut capabilities = ChromeCapabilities::new();
        for argument in [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--lang=en-US",
            &format!("--user-data-dir={}", profile.join("profile").display()),
        ] {
            capabilities.add_arg(argument).unwrap();
        }
        if let Some(chromium) = std::env::var_os("CHROMIUM") {
            capabilities
                .set_binary(&chromium.to_string_lossy())
                .unwrap();
        }
        capabilities
            .set_browser_log_level(LoggingPrefsLogLevel::All)
            .unwrap();
        let driver = WebDriver::new(&url, capabilities)
            .await
            .unwrap_or_else(|error| panic!("Chromium does not start: {error}"));
        let browser = Self {
            driver,
            site: site.to_owned(),
            profile,
            chromedriver: child,
            problems: RefCell::default(),
        };
        browser.resize(DESKTOP).await;
        browser
    }

    /// Gives the page a screen of this size in CSS pixels; narrow ones are a phone's.
    pub async fn resize(&self, (width, height): (u32, u32)) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics)
            .await;
    }

    /// Goes to a path of the site, or to a whole address.
    pub async fn goto(&self, address: &str) {
        let url = if address.starts_with('/') {
            format!("{}{address}", self.site)
        } else {
            address.to_owned()
        };
        self.driver.goto(url).await.unwrap();
    }

    /// Signs this client in without the sign-in page: with the session that supabase-js would have kept.
    pub async fn become_client(&self, client: &Client) {
        let session = client.session().await;
        self.goto("/404").await;
        self.driver
            .execute(
                "localStorage.setItem('omega-session', JSON.stringify(arguments[0]))",
                vec![session],
            )
            .await
            .unwrap();
        // The status of that page is the only word of it.
        self.complaints().await;
    }

    /// A command of the DevTools protocol.
    pub async fn devtools(&self, command: &str, parameters: Value) {
        self.driver
            .cdp()
            .send_raw(command, parameters)
            .await
            .unwrap_or_else(|error| panic!("{command}: {error}"));
    }

    /// What the browser's own line is like: none at all, or so many bytes a second upwards. Page loads go through the
    /// service worker, which has a line of its own.
    async fn network(&self, offline: bool, upload: i64) {
        self.devtools("Network.enable", json!({})).await;
        let conditions = json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": upload });
        self.devtools("Network.emulateNetworkConditions", conditions)
            .await;
    }

    /// Cuts the browser's network, or brings it back.
    pub async fn offline(&self, offline: bool) {
        self.network(offline, -1).await;
    }

    /// Lets no more than so many bytes a second out.
    pub async fn slow_upload(&self, bytes_per_second: usize) {
        self.network(false, bytes_per_second.try_into().unwrap())
            .await;
    }

    /// Gives address and password to the page where one signs in, whatever follows. With a query, as of `?next=`.
    pub async fn give_password(&self, query: &str, email: &str, password: &str) {
        self.goto(&format!("/sign-in{query}")).await;
        self.fill("Email address", email).await;
        self.fill("Password", password).await;
        self.press_button("Sign in").await;
    }

    /// Waits until the page has shown what it has to show.
    pub async fn settled(&self) {
        eventually_within(PATIENCE, "the page to settle", async || {
            let busy = "return document.readyState !== 'complete' || document.querySelector('#loading:not([hidden]), [aria-busy=\"true\"]:not(.guide *)') !== null";
            let found = self.driver.execute(busy, vec![]).await.ok()?;
            (found.json() == &json!(false)).then_some(())
        })
        .await;
    }

    pub async fn path(&self) -> String {
        self.driver.current_url().await.unwrap().path().to_owned()
    }

    /// Waits for what is called so: a `button`, `link`, `heading`, the `field` of a label, or `text`.
    pub async fn find(&self, kind: &str, name: &str) -> WebElement {
        eventually_within(
            PATIENCE,
            &format!("a {kind} named “{name}” on the page"),
            async || {
                // A page that is just going away answers with an error.
                let found = self
                    .driver
                    .execute(FIND, vec![json!(kind), json!(name)])
                    .await
                    .ok()?;
                found.element().ok()
            },
        )
        .await
    }

    /// Waits until the page shows this heading.
    pub async fn heading(&self, words: &str) {
        self.find("heading", words).await;
    }

    /// Waits until the page shows these words.
    pub async fn see(&self, words: &str) {
        self.find("text", words).await;
    }

    /// All that the page shows.
    pub async fn words(&self) -> String {
        let found = self
            .driver
            .execute("return document.body?.innerText ?? ''", vec![])
            .await;
        found
            .ok()
            .and_then(|words| words.json().as_str().map(str::to_owned))
            .unwrap_or_default()
    }

    /// Presses a button or a link, once it is there and enabled.
    async fn press(&self, kind: &str, name: &str) {
        eventually_within(
            PATIENCE,
            &format!("the {kind} “{name}” to be pressed"),
            async || {
                let element = self.find(kind, name).await;
                (element.is_enabled().await.ok()? && element.click().await.is_ok()).then_some(())
            },
        )
        .await;
    }

    pub async fn press_button(&self, name: &str) {
        self.press("button", name).await;
    }

    pub async fn follow_link(&self, name: &str) {
        self.press("link", name).await;
    }

    /// Types into the field with this label, in place of what is there.
    pub async fn fill(&self, label: &str, text: &str) {
        let field = self.find("field", label).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Ticks the radio button or box with this label.
    pub async fn choose(&self, label: &str) {
        let field = self.find("field", label).await;
        if !field.is_selected().await.unwrap() {
            field.click().await.unwrap();
        }
    }

    /// Chooses from a list.
    pub async fn select(&self, label: &str, option: &str) {
        let field = self.find("field", label).await;
        SelectElement::new(&field)
            .await
            .unwrap()
            .select_by_exact_text(option)
            .await
            .unwrap();
    }

    /// Chooses a file with this name and content.
    pub async fn choose_file(&self, label: &str, name: &str, bytes: &[u8]) {
        let file = self.profile.join(name);
        std::fs::write(&file, bytes).unwrap();
        self.find("field", label)
            .await
            .send_keys(file.to_string_lossy().into_owned())
            .await
            .unwrap();
    }

    /// What is in the field with this label.
    pub async fn value(&self, label: &str) -> String {
        self.find("field", label)
            .await
            .value()
            .await
            .unwrap()
            .unwrap_or_default()
    }

    /// What the console said that it should not have said, since it was last asked.
    pub async fn complaints(&self) -> Vec<String> {
        let log = self.driver.browser_log().await.unwrap();
        let bad = log.into_iter().filter(|entry| {
            entry.level == "SEVERE" || entry.message.contains("Content Security Policy")
        });
        bad.map(|entry| format!("{}: {}", entry.level, entry.message))
            .collect()
    }

    /// Takes the console's word for a refusal that the test has brought about itself, and wants it there.
    pub async fn complaints_about(&self, status: &str) {
        let complaints = self.complaints().await;
        let expected = format!("responded with a status of {status}");
        assert!(
            !complaints.is_empty()
                && complaints
                    .iter()
                    .all(|complaint| complaint.contains(&expected)),
            "{complaints:#?}"
        );
    }

    /// Checks the page as it stands and saves it as `name`; what is wrong is told when the browser ends.
    pub async fn check(&self, name: &str) {
        let problems = self.inspect().await;
        self.save(name).await;
        self.problems.borrow_mut().extend(
            problems
                .into_iter()
                .map(|problem| format!("{name}: {problem}")),
        );
    }

    async fn theme(&self, name: &str) {
        // Without motion, or axe would judge what is half-way there.
        let features = json!({ "features": [
            { "name": "prefers-color-scheme", "value": name },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.driver
            .cdp()
            .send_raw("Emulation.setEmulatedMedia", features)
            .await
            .unwrap();
    }

    /// What is wrong with the page: what the console says, what axe finds, and whether it is wider than
    /// the screen, at each size and in each theme. Leaves it as on a desktop computer, in light.
    pub async fn inspect(&self) -> Vec<String> {
        let mut problems = self.complaints().await;
        let axe = std::env::var_os("OMEGA_AXE").map_or_else(
            || root().join("node_modules/axe-core/axe.min.js"),
            PathBuf::from,
        );
        let script = std::fs::read_to_string(&axe).unwrap_or_else(|error| {
            panic!(
                "{} ({error}): `cargo xtask setup` installs it",
                axe.display()
            )
        });
        self.driver.execute(script.as_str(), vec![]).await.unwrap();
        for theme in THEMES {
            self.theme(theme).await;
            for size in CHECKED {
                self.resize(size).await;
                let at = format!("{theme}, {} px", size.0);
                let colours = json!(theme != THEMES[0]);
                let violations: Vec<String> = self
                    .driver
                    .execute_async(AXE, vec![colours])
                    .await
                    .unwrap()
                    .convert()
                    .unwrap();
                problems.extend(
                    violations
                        .into_iter()
                        .map(|violation| format!("{at}: {violation}")),
                );
                let width = self
                    .driver
                    .execute("return document.documentElement.scrollWidth", vec![])
                    .await
                    .unwrap();
                if width.json().as_u64() > Some(size.0.into()) {
                    problems.push(format!("{at}: the page is {} px wide", width.json()));
                }
            }
        }
        self.theme(THEMES[0]).await;
        self.resize(DESKTOP).await;
        problems
    }

    /// Pictures of the whole page, for a person to look at.
    async fn save(&self, name: &str) {
        let Some(folder) = std::env::var_os("OMEGA_SCREENSHOTS").map(PathBuf::from) else {
            return;
        };
        std::fs::create_dir_all(&folder).unwrap();
        for (theme, size) in THEMES
            .iter()
            .flat_map(|theme| PICTURES.iter().map(move |size| (theme, *size)))
        {
            self.theme(theme).await;
            self.resize(size).await;
            let picture = self
                .driver
                .cdp()
                .send_raw(
                    "Page.captureScreenshot",
                    json!({ "captureBeyondViewport": true, "format": "png" }),
                )
                .await;
            if let Ok(picture) = picture {
                let bytes = STANDARD
                    .decode(picture["data"].as_str().unwrap_or_default())
                    .unwrap();
                std::fs::write(folder.join(format!("{name}-{}-{theme}.png", size.0)), bytes)
                    .unwrap();
            }
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.chromedriver.kill();
        let _ = self.chromedriver.wait();
        // What a browser that did not end by itself has left: known by its profile, which is nobody else's.
        for process in processes_with(&self.profile) {
            let _ = Command::new("kill").args(["-9", &process]).status();
        }
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}

/// Ids of the processes that have this folder in their command line.
fn processes_with(folder: &Path) -> Vec<String> {
    let needle = folder.to_string_lossy().into_owned();
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = processes
        .map(|process| process.file_name().to_string_lossy().into_owned())
        .filter(|id| id.bytes().all(|b| b.is_ascii_digit()));
    ids.filter(|id| {
        std::fs::read(format!("/proc/{id}/cmdline"))
            .is_ok_and(|line| String::from_utf8_lossy(&line).contains(&needle))
    })
    .collect()
}

fn program(variable: &str, name: &str) -> PathBuf {
    std::env::var_os(variable).map_or_else(|| PathBuf::from(name), PathBuf::from)
}
