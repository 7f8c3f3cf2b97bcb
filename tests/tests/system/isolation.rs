//! A panic ends the request in which it happens, and no other; nor does anybody wait for one that takes long.

use futures_util::future::join_all;
use omega_tests::beside::AllBeside;
use omega_tests::faults::{Calls, Fault, FaultyLine};
use omega_tests::{Answer, Client, System, eventually};
use reqwest::Method;
use serde_json::json;

/// Where `tests/panicking-worker` answers.
fn worker() -> String {
    let server = std::env::var("OMEGA_PANIC_URL").unwrap_or_else(|_| {
        panic!("OMEGA_PANIC_URL is not set: it names where tests/panicking-worker runs. `cargo xtask test` builds and starts it.")
    });
    format!("{server}/functions/v1/panicking/worker")
}

async fn ask(system: &System, query: &str) -> Answer {
    Answer::to(system.http.get(format!("{}{query}", worker()))).await
}

#[tokio::test]
async fn a_panic_is_a_500_that_tells_no_more_than_a_request_number() {
    let system = System::connect().await;
    let answer = Answer::to(
        system
            .http
            .get(format!("{}?panic", worker()))
            .header("cf-ray", "8f2a4c6e-EWR"),
    )
    .await;
    let problem = answer.problem(500);
    assert_eq!(problem["request_id"], "8f2a4c6e-EWR");
    for secret in ["panick", "src/", ".rs", "wasm", "unreachable"] {
        assert!(!answer.text().contains(secret), "{}", answer.text());
    }
}

#[tokio::test]
async fn the_next_request_is_served_however_often_it_happens() {
    let system = System::connect().await;
    for _ in 0..5 {
        assert_eq!(ask(&system, "?panic").await.status, 500);
        assert_eq!(ask(&system, "").await.expect(200)["ok"], true);
    }
}

/// Requests that share the instance with a panic may die with it; nobody after them does, and other Workers
/// notice nothing.
#[tokio::test]
async fn requests_to_other_workers_in_flight_are_served() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let panics = join_all((0..10).map(|_| ask(&system, "?panic")));
    let others = join_all((0..10).map(|_| client.get("onboarding/profile")));
    let (panics, others) = futures_util::future::join(panics, others).await;
    assert!(panics.iter().all(|answer| answer.status == 500));
    assert!(others.iter().all(|answer| answer.status == 200));
    assert_eq!(ask(&system, "").await.status, 200);
}

#[tokio::test]
async fn requests_at_the_same_moment_each_get_an_answer() {
    let system = System::connect().await;
    let queries: Vec<_> = (0..20)
        .map(|n| if n % 2 == 0 { "" } else { "?panic" })
        .collect();
    let answers = join_all(queries.iter().map(|query| ask(&system, query))).await;
    for (query, answer) in queries.iter().zip(&answers) {
        let expected: &[u16] = if query.is_empty() {
            &[200, 500]
        } else {
            &[500]
        };
        assert!(
            expected.contains(&answer.status),
            "{query}: {}",
            answer.status
        );
        if answer.status == 500 {
            answer.problem(500);
        }
    }
    assert_eq!(ask(&system, "").await.status, 200);
}

/// In the same Workers at the same moment: one waits for an upstream that never answers, one sends 25 MB. Those beside
/// are served meanwhile, not after it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endless_upstream_and_a_large_body_hold_nobody_up() {
    let usual = System::connect().await;
    let line = FaultyLine::start(&usual.addresses.supabase, &[]).await;
    let issuer = format!("{}/auth/v1", usual.addresses.supabase);
    let workers = AllBeside::start(&[
        ("SUPABASE_URL", &line.url),
        ("SUPABASE_JWT_ISSUER", &issuer),
    ])
    .await;
    let mut system = usual.clone();
    system.addresses.site.clone_from(&workers.site);
    let behind = |client: Client| Client {
        system: system.clone(),
        ..client
    };
    let (stuck, large, served) = (
        behind(usual.sign_up().await),
        behind(usual.sign_up().await),
        behind(usual.sign_up().await),
    );
    let save = json!({ "business_name": "Reyes Bakery" });
    served
        .post("onboarding/submit-profile", &save)
        .await
        .expect(200);

    let calls = Calls {
        saying: vec![stuck.token.clone()],
        at: vec!["/rest/"],
    };
    let watch = line.inject(calls, 0, Fault::Hung);
    let body = vec![b'x'; 25 * 1024 * 1024];
    let waits = async {
        stuck
            .post("onboarding/submit-profile", &save)
            .await
            .problem(504)
    };
    let sends = async {
        // The refusal may come before all of it was taken, which ends the connection.
        let request = large
            .worker(Method::POST, "onboarding/submit-profile")
            .header("content-type", "application/json")
            .body(body);
        if let Ok(answer) = request.send().await {
            assert_eq!(answer.status(), 413);
        }
    };
    let are_served = async {
        eventually("the call that is never answered", async || {
            (!watch.seen().is_empty()).then_some(())
        })
        .await;
        for _ in 0..20 {
            served
                .post("onboarding/submit-profile", &save)
                .await
                .expect(200);
        }
        // The endless one is still waiting, so nobody waited for it.
        std::time::Instant::now()
    };
    let waits = async {
        waits.await;
        std::time::Instant::now()
    };
    let (refused_at, (), served_at) = tokio::join!(waits, sends, are_served);
    assert!(
        served_at < refused_at,
        "others were served only after the endless one was given up"
    );
}
