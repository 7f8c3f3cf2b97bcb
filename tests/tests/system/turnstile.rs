//! With Turnstile turned on: sign-up and the contact form want a proof that a person sends them.

use omega_tests::beside::AllBeside;
use omega_tests::browser::with_browser;
use omega_tests::turnstile::{SECRET_KEY, SITE_KEY, Turnstile};
use omega_tests::{Answer, PASSWORD, System, unique_address};
use reqwest::Method;
use serde_json::{Value, json};

struct Guarded {
    usual: System,
    system: System,
    turnstile: Turnstile,
    _workers: AllBeside,
}

impl Guarded {
    async fn start() -> Self {
        let usual = System::connect().await;
        let turnstile = Turnstile::start().await;
        let workers = AllBeside::start(&[
            ("TURNSTILE_SITE_KEY", SITE_KEY),
            ("TURNSTILE_SECRET_KEY", SECRET_KEY),
            ("TURNSTILE_VERIFY_URL", &turnstile.verify),
            ("TURNSTILE_SCRIPT_URL", &turnstile.script),
        ])
        .await;
        Self {
            system: workers.system(&usual),
            usual,
            turnstile,
            _workers: workers,
        }
    }
}

fn sign_up(proof: Option<&str>) -> Value {
    json!({ "email": unique_address(), "password": PASSWORD, "full_name": "Maria Reyes", "turnstile_token": proof })
}

fn message(proof: Option<&str>) -> Value {
    json!({ "name": "Maria Reyes", "email": unique_address(), "message": "Do you work in Vermont?", "turnstile_token": proof })
}

#[tokio::test]
async fn a_proof_is_asked_for_and_counts_once() {
    let Guarded {
        usual,
        system,
        turnstile,
        _workers,
    } = Guarded::start().await;
    type Form = fn(Option<&str>) -> Value;
    let forms: [(&str, Form); 2] = [("onboarding/signup", sign_up), ("site/contact", message)];
    for (endpoint, form) in forms {
        let send = async |body: Value| system.from_elsewhere().post(endpoint, &body).await;
        for missing in [None, Some(""), Some("made-up"), Some(&*"x".repeat(3000))] {
            let refused = send(form(missing)).await;
            assert_eq!(
                refused.refused_fields(422),
                ["turnstile_token"],
                "{endpoint}"
            );
        }
        // What the sender has to mend costs no proof.
        let proof = turnstile.proof();
        let mut bad = form(Some(&proof));
        bad["email"] = json!("nobody");
        assert_eq!(send(bad).await.refused_fields(422), ["email"], "{endpoint}");
        send(form(Some(&proof))).await.expect(201);
        let again = send(form(Some(&proof))).await;
        assert_eq!(again.refused_fields(422), ["turnstile_token"], "{endpoint}");

        // Where it is not turned on, nobody asks for a proof.
        usual
            .from_elsewhere()
            .post(endpoint, &form(None))
            .await
            .expect(201);
    }

    // A browser without a script has no widget; it is told so.
    let answer = Answer::to(
        system
            .from_elsewhere()
            .worker(Method::POST, "site/contact")
            .header("content-type", "application/x-www-form-urlencoded")
            .body("name=Maria&email=m%40example.com&message=Hello"),
    )
    .await;
    assert_eq!(answer.status, 303);
    assert_eq!(answer.header("location"), Some("/contact-problem#proof"));

    turnstile.stop();
    for (endpoint, form) in forms {
        let answer = system
            .from_elsewhere()
            .post(endpoint, &form(Some(&turnstile.proof())))
            .await;
        answer.problem(503);
    }
}

#[tokio::test]
async fn a_person_signs_up_and_writes_without_noticing() {
    let Guarded {
        usual,
        system,
        turnstile: _turnstile,
        _workers,
    } = Guarded::start().await;
    let taken = usual.sign_up().await;
    with_browser(&system.addresses.site, async |browser| {
        browser.goto("/sign-up").await;
        browser.fill("Your full name", "Maria Reyes").await;
        browser.fill("Email address", &taken.email).await;
        browser.fill("Password", PASSWORD).await;
        browser.press_button("Create account").await;
        browser
            .see("There is an account with this email address already.")
            .await;
        browser.complaints_about("409").await;
        // The first proof is spent.
        browser.fill("Email address", &unique_address()).await;
        browser.press_button("Create account").await;
        browser.heading("Your onboarding").await;

        browser.goto("/contact").await;
        browser.fill("Your name", "Maria Reyes").await;
        browser.fill("Email address", &unique_address()).await;
        browser
            .fill("Your message", "Do you work in Vermont?")
            .await;
        browser.press_button("Send your message").await;
        browser.heading("We have your message").await;
    })
    .await;
}
