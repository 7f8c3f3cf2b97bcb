//! `READ_ONLY=on`: reads go on, writes are refused, pages say so.

use omega_tests::beside::AllBeside;
use omega_tests::browser::with_browser;
use omega_tests::faults::{Calls, FaultyLine};
use omega_tests::openapi::Api;
use omega_tests::{Answer, Client, System};
use reqwest::Method;
use serde_json::json;

const READ_ONLY: &str = "https://omegaos.co/problems/read-only";

/// A system whose Workers write nothing, and the line through which they ask.
struct ReadOnly {
    usual: System,
    system: System,
    line: FaultyLine,
    _workers: AllBeside,
}

impl ReadOnly {
    async fn start() -> Self {
        let usual = System::connect().await;
        let line = FaultyLine::start(&usual.addresses.supabase, &[]).await;
        let issuer = format!("{}/auth/v1", usual.addresses.supabase);
        let workers = AllBeside::start(&[
            ("READ_ONLY", "on"),
            ("SUPABASE_URL", &line.url),
            ("SUPABASE_JWT_ISSUER", &issuer),
        ])
        .await;
        let mut system = usual.clone();
        system.addresses.site.clone_from(&workers.site);
        Self {
            usual,
            system,
            line,
            _workers: workers,
        }
    }
}

#[tokio::test]
async fn reads_go_on_and_every_write_is_refused_with_a_kind_of_its_own() {
    let ReadOnly {
        usual,
        system,
        line,
        _workers,
    } = ReadOnly::start().await;
    let staff = Client {
        system: system.clone(),
        ..usual.staff().await
    };
    let made = usual.sign_up().await;
    let made = made
        .post("compliance/calendar", &json!({ "action": "make" }))
        .await
        .expect(200);
    let (_, secret) = made["url"].as_str().unwrap().split_once('?').unwrap();
    let (mut reads, mut writes) = (0, 0);
    for operation in Api::all().iter().flat_map(Api::operations) {
        let address = match (&operation.method, operation.endpoint.as_str()) {
            (&Method::GET, "compliance/calendar") => format!("{}?{secret}", operation.endpoint),
            _ => operation.address_for(&staff),
        };
        let request = staff.worker(operation.method.clone(), &address);
        if operation.method == Method::GET {
            let answer = Answer::to(request).await;
            assert_eq!(
                answer.status,
                200,
                "{}: {}",
                operation.endpoint,
                answer.text()
            );
            assert_eq!(
                answer.header("x-read-only"),
                Some("on"),
                "{}",
                operation.endpoint
            );
            reads += 1;
        } else {
            let answer = Answer::to(request.json(&json!({}))).await;
            answer.problem_of(503, READ_ONLY);
            assert_eq!(
                answer.header("retry-after"),
                Some("120"),
                "{}",
                operation.endpoint
            );
            assert_eq!(
                answer.header("x-read-only"),
                Some("on"),
                "{}",
                operation.endpoint
            );
            writes += 1;
        }
    }
    assert!(reads > 5 && writes > 5, "{reads} reads, {writes} writes");

    // Mail that is owed waits.
    let claims = line.watch(Calls {
        saying: Vec::new(),
        at: vec!["/rest/v1/rpc/claim_emails"],
    });
    system
        .http
        .get(format!(
            "{}/cdn-cgi/handler/scheduled",
            system.addresses.site
        ))
        .send()
        .await
        .unwrap();
    assert_eq!(claims.seen(), Vec::<String>::new());

    // Otherwise nothing says so.
    assert_eq!(
        usual
            .worker(Method::GET, "ops/status")
            .send()
            .await
            .unwrap()
            .headers()
            .get("x-read-only"),
        None
    );
}

#[tokio::test]
async fn a_page_says_so_at_its_head_and_a_form_says_that_nothing_was_saved() {
    let ReadOnly {
        usual,
        system,
        line: _line,
        _workers,
    } = ReadOnly::start().await;
    let site = system.addresses.site.clone();
    let client = Client {
        system,
        ..usual.sign_up().await
    };
    let notice = "OmegaOS is read-only for a while: you can look at everything";
    with_browser(&site, async |browser| {
        browser.become_client(&client).await;
        browser.goto("/home").await;
        browser.see(notice).await;
        browser.check("read-only").await;

        browser.goto("/contact").await;
        browser.fill("Your name", "Maria Reyes").await;
        browser.fill("Email address", "maria@example.com").await;
        browser
            .fill("Your message", "Do you work in Vermont?")
            .await;
        browser.press_button("Send your message").await;
        browser
            .see("OmegaOS is read-only for a while, so this could not be saved.")
            .await;
        browser.see(notice).await;
        browser.complaints_about("503").await;
    })
    .await;
}
