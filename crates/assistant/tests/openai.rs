//! The OpenAI backend over real HTTP against a stand-in that others wrote: npm `@copilotkit/aimock`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::{
    env, fs,
    io::Write as _,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    rc::Rc,
    time::Duration,
};

use futures_util::{FutureExt, StreamExt, future::LocalBoxFuture};
use omega_assistant::{
    Answer, ApiKey, Error, Http, Knowledge, Limits, OpenAi, OpenAiSettings, Post, Timer,
};
use omega_common::messages::Author::{Assistant as Bot, Client};
use support::{maria, question, read};

const KEY: &str = "sk-aimock-test";

const FIXTURES: &str = r#"{"fixtures": [
  {"match": {"userMessage": "cut short"}, "response": {"content": "This sentence is long enough to be cut into several chunks."}, "latency": 40, "truncateAfterChunks": 3},
  {"match": {"userMessage": "too many"}, "response": {"error": {"message": "slow down", "type": "rate_limit_error"}, "status": 429}},
  {"match": {"userMessage": "slowly"}, "response": {"content": "It takes a long time to say this."}, "streamingProfile": {"ttft": 5000, "tps": 1}},
  {"match": {"turnIndex": 1}, "response": {"content": "Because of the turn before."}},
  {"match": {}, "response": {"content": "Déjà vu: naïve, 你好 🙂, and a W-9 is a form."}}
]}"#;

struct Reqwest(reqwest::Client);

impl Http for Reqwest {
    fn post(&self, request: Post) -> LocalBoxFuture<'static, Result<Answer, Error>> {
        let mut builder = self.0.post(request.url).body(request.body);
        for (name, value) in request.headers {
            builder = builder.header(name, value);
        }
        async move {
            let response = builder
                .send()
                .await
                .map_err(|error| Error::Unreachable(error.to_string()))?;
            let retry_after = response
                .headers()
                .get("retry-after")
                .and_then(|value| value.to_str().ok()?.parse().ok());
            Ok(Answer {
                status: response.status().as_u16(),
                retry_after: retry_after.map(Duration::from_secs),
                body: response
                    .bytes_stream()
                    .map(|chunk| {
                        chunk
                            .map(|bytes| bytes.to_vec())
                            .map_err(|_| Error::Interrupted)
                    })
                    .boxed_local(),
            })
        }
        .boxed_local()
    }
}

struct Tokio;

impl Timer for Tokio {
    fn sleep(&self, time: Duration) -> LocalBoxFuture<'static, ()> {
        tokio::time::sleep(time).boxed_local()
    }
}

/// A running aimock; it ends with the test, also with one that fails.
struct Aimock {
    child: Child,
    port: u16,
    fixtures: PathBuf,
}

impl Aimock {
    async fn start(name: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let bin = |name: &str| {
            let path = root.join("node_modules/.bin").join(name);
            assert!(
                path.exists(),
                "{} is missing; run `npm ci` in the repository's root first",
                path.display()
            );
            path
        };
        let fixtures = env::temp_dir().join(format!(
            "omega-assistant-{}-{name}.json",
            std::process::id()
        ));
        fs::File::create(&fixtures)
            .unwrap()
            .write_all(FIXTURES.as_bytes())
            .unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let child = Command::new(bin("node"))
            .arg(fs::canonicalize(bin("llmock")).unwrap())
            .args([
                "--host",
                "127.0.0.1",
                "--port",
                &port.to_string(),
                "--chunk-size",
                "3",
                "--log-level",
                "warn",
                "--validate-on-load",
            ])
            .arg("--fixtures")
            .arg(&fixtures)
            .env("AIMOCK_API_KEYS", KEY)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("node starts");
        let mut server = Self {
            child,
            port,
            fixtures,
        };
        let client = reqwest::Client::new();
        for _ in 0..150 {
            if let Some(status) = server.child.try_wait().unwrap() {
                panic!("aimock ended with {status} before it answered");
            }
            if client.get(server.url("/health")).send().await.is_ok() {
                return server;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("aimock did not answer within 15 s");
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    fn assistant(&self, key: &str, limits: Limits) -> OpenAi {
        let settings = OpenAiSettings {
            base_url: self.url("/v1"),
            model: "gpt-test".to_owned(),
            api_key: Some(ApiKey::new(key)),
        };
        OpenAi::new(
            settings,
            Knowledge::shared(),
            Rc::new(Reqwest(reqwest::Client::new())),
            Rc::new(Tokio),
            limits,
        )
    }
}

impl Drop for Aimock {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        fs::remove_file(&self.fixtures).ok();
    }
}

#[tokio::test]
async fn streams_a_reply_and_names_its_sources() {
    let server = Aimock::start("streams").await;
    let assistant = server.assistant(KEY, Limits::default());
    let said = read(&assistant, question(maria(), &[], "What is a W-9?"))
        .await
        .unwrap();
    assert_eq!(said.text, "Déjà vu: naïve, 你好 🙂, and a W-9 is a form.");
    assert!(
        said.deltas.len() > 5,
        "it came in pieces: {:?}",
        said.deltas
    );
    assert_eq!(said.titles()[0], "Form W-9");

    let history = [(Client, "What is a W-9?"), (Bot, "A form.")];
    let said = read(
        &assistant,
        question(maria(), &history, "Why? My EIN is 98-7654321"),
    )
    .await
    .unwrap();
    assert_eq!(said.text, "Because of the turn before.");

    // What the server saw, by its own account.
    let journal = reqwest::Client::new()
        .get(server.url("/__aimock/journal"))
        .bearer_auth(KEY)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(journal.contains("/v1/chat/completions") && journal.contains("First name: Maria"));
    for personal in [
        "98-7654321",
        "12-3456789",
        "Reyes",
        "reyes-bakery",
        "3055550123",
    ] {
        assert!(!journal.contains(personal), "{personal} left");
    }
}

#[tokio::test]
async fn failures_are_told_apart() {
    let server = Aimock::start("failures").await;
    let assistant = server.assistant(KEY, Limits::default());
    let ask = |message| read(&assistant, question(maria(), &[], message));
    let cut = ask("cut short").await.unwrap_err();
    assert_eq!(cut, Error::Interrupted);
    let busy = ask("too many").await.unwrap_err();
    assert!(
        matches!(
            busy,
            Error::Unavailable {
                status: 429,
                retry_after: Some(_)
            }
        ),
        "{busy:?}"
    );

    let wrong_key = server.assistant("sk-wrong", Limits::default());
    assert_eq!(
        read(&wrong_key, question(maria(), &[], "hello"))
            .await
            .unwrap_err(),
        Error::Refused(401)
    );

    let limits = Limits {
        first_words: Duration::from_millis(300),
        ..Limits::default()
    };
    let hurried = server.assistant(KEY, limits);
    assert_eq!(
        read(&hurried, question(maria(), &[], "slowly"))
            .await
            .unwrap_err(),
        Error::Deadline
    );

    let assistant = server.assistant(KEY, Limits::default());
    drop(server);
    let gone = read(&assistant, question(maria(), &[], "hello"))
        .await
        .unwrap_err();
    assert!(matches!(gone, Error::Unreachable(_)), "{gone:?}");
}
