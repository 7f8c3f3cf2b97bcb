//! The program itself: its other modes, what survives a crash, and what it says when it cannot run.
//! What a project does in the default mode is tested by supabase-js, in tests/supabase-js.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by a panic, in its helpers too"
)]

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use omega_local::{Config, JwtMode, Ready};
use reqwest::{Client, StatusCode, redirect};
use serde_json::{Value, json};

const PASSWORD: &str = "a long enough passphrase";
const SITE: &str = "http://127.0.0.1:9";

/// A folder of its own, closed to everyone else, gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("omega-local-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
        Self(path)
    }

    fn config(&self) -> Config {
        let mut config = Config::new(self.0.join("data"));
        config.port = free_port();
        config.db_port = free_port();
        config.site_url = SITE.into();
        config.node = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../node_modules/.bin/node");
        config.inbox_url = format!("http://127.0.0.1:{}", free_port());
        config
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

struct Stack {
    process: Child,
    ready: Ready,
    http: Client,
}

impl Stack {
    fn start(config: &Config) -> Self {
        Self::try_start(config).unwrap_or_else(|said| panic!("{said}"))
    }

    /// What it said instead of starting, if it did not.
    fn try_start(config: &Config) -> Result<Self, String> {
        let mut process = Command::new(env!("CARGO_BIN_EXE_omega-local"))
            .args(config.args())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        if line.is_empty() {
            return Err(last_words(&mut process).1);
        }
        Ok(Self {
            process,
            ready: serde_json::from_str(&line).unwrap(),
            http: Client::builder()
                .redirect(redirect::Policy::none())
                .build()
                .unwrap(),
        })
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.ready.url)
    }

    async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let request = self.http.post(self.url(path)).json(body);
        let answer = request
            .header("apikey", &self.ready.anon_key)
            .send()
            .await
            .unwrap();
        (answer.status(), answer.json().await.unwrap_or_default())
    }

    async fn sign_up(&self, email: &str) -> (StatusCode, Value) {
        let body = json!({ "email": email, "password": PASSWORD, "data": { "city": "Paris" } });
        self.post("/auth/v1/signup", &body).await
    }

    async fn sign_in(&self, email: &str) -> (StatusCode, Value) {
        let body = json!({ "email": email, "password": PASSWORD });
        self.post("/auth/v1/token?grant_type=password", &body).await
    }

    /// Asks it to stop and gives what became of it.
    fn stop(mut self) -> (Option<i32>, String) {
        signal(self.process.id(), "TERM");
        last_words(&mut self.process)
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        if matches!(self.process.try_wait(), Ok(None)) {
            signal(self.process.id(), "TERM");
            let _ = self.process.wait();
        }
    }
}

fn signal(pid: u32, name: &str) {
    let status = Command::new("kill")
        .args([&format!("-{name}"), &pid.to_string()])
        .status();
    assert!(status.unwrap().success());
}

fn last_words(process: &mut Child) -> (Option<i32>, String) {
    let mut said = String::new();
    let mut pipe = process.stderr.take().unwrap();
    pipe.read_to_string(&mut said).unwrap();
    (process.wait().unwrap().code(), said)
}

fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// Takes mails as Resend does.
async fn inbox(config: &Config) -> Arc<Mutex<Vec<Value>>> {
    async fn take(State(mails): State<Arc<Mutex<Vec<Value>>>>, body: String) -> String {
        mails
            .lock()
            .unwrap()
            .push(serde_json::from_str(&body).unwrap());
        json!({ "id": "1" }).to_string()
    }
    let mails = Arc::new(Mutex::new(Vec::new()));
    let address = config.inbox_url.trim_start_matches("http://");
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    let router = axum::Router::new()
        .route("/emails", post(take))
        .with_state(Arc::clone(&mails));
    tokio::spawn(axum::serve(listener, router).into_future());
    mails
}

fn write_migration(folder: &Path, name: &str, sql: &str) {
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join(name), sql).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn confirmed_addresses_and_the_legacy_secret() {
    let folder = Folder::new();
    let mut config = folder.config();
    config.confirm_email = true;
    config.jwt_mode = JwtMode::Hs256;
    let stack = Stack::start(&config);

    // Without an inbox the sign-up fails, and leaves nothing that blocks the address.
    let (status, body) = stack.sign_up("ada@example.com").await;
    assert_eq!(status, 500);
    assert_eq!(body["msg"], "Error sending confirmation email");

    let mails = inbox(&config).await;
    let (status, user) = stack.sign_up("ada@example.com").await;
    assert_eq!(status, 200, "{user}");
    assert_eq!(user["email"], "ada@example.com");
    assert_eq!(user["identities"].as_array().unwrap().len(), 1);
    assert!(user.get("access_token").is_none());
    let (status, body) = stack.sign_in("ada@example.com").await;
    assert_eq!(
        (status.as_u16(), &body["error_code"]),
        (400, &json!("email_not_confirmed"))
    );

    // A taken address gets the same answer to the eye, under an id that is nobody's.
    let (status, other) = stack.sign_up("Ada@example.com").await;
    assert_eq!(status, 200);
    assert_eq!(other["identities"], json!([]));
    assert_eq!(other["user_metadata"]["city"], "Paris");
    assert_ne!(other["id"], user["id"]);
    assert_eq!(mails.lock().unwrap().len(), 1);

    let sign_ups: Vec<_> = (0..8).map(|_| stack.sign_up("bob@example.com")).collect();
    let mut new = 0;
    for sign_up in futures_util::future::join_all(sign_ups).await {
        assert_eq!(sign_up.0, 200);
        new += sign_up.1["identities"].as_array().unwrap().len();
    }
    assert_eq!(new, 1);
    assert_eq!(mails.lock().unwrap().len(), 2);

    // Another mail may be asked for, after a pause; the code in the first is void then.
    let again = json!({ "type": "signup", "email": "ada@example.com" });
    let (status, body) = stack.post("/auth/v1/resend", &again).await;
    assert_eq!(status, 429);
    assert_eq!(body["error_code"], "over_email_send_rate_limit");
    let (client, connection) =
        tokio_postgres::connect(&stack.ready.database_url, tokio_postgres::NoTls)
            .await
            .unwrap();
    tokio::spawn(connection);
    client
        .batch_execute("update auth.users set confirmation_sent_at = now() - interval '61 s'")
        .await
        .unwrap();
    assert_eq!(stack.post("/auth/v1/resend", &again).await.0, 200);
    let nobody = json!({ "type": "signup", "email": "nobody@example.com" });
    assert_eq!(stack.post("/auth/v1/resend", &nobody).await.0, 200);
    assert_eq!(stack.sign_up("bob@example.com").await.0, 200);
    assert_eq!(mails.lock().unwrap().len(), 4);
    assert_eq!(mails.lock().unwrap()[3]["to"], json!(["bob@example.com"]));

    let mail = mails.lock().unwrap()[2].clone();
    assert_eq!(mail["to"], json!(["ada@example.com"]));
    let html = mail["html"].as_str().unwrap();
    let start = html.find(&stack.url("/auth/v1/verify?")).unwrap();
    let link = html[start..]
        .split('"')
        .next()
        .unwrap()
        .replace("&amp;", "&");
    let answer = stack.http.get(link).send().await.unwrap();
    assert_eq!(answer.status(), 303);
    let location = answer.headers()["location"].to_str().unwrap();
    let (page, fragment) = location.split_once('#').unwrap();
    assert_eq!(page, SITE);
    let token = fragment
        .split('&')
        .find_map(|pair| pair.strip_prefix("access_token="))
        .unwrap();
    assert_eq!(part(token, 0)["alg"], "HS256");
    assert_eq!(
        part(token, 1)["iss"],
        format!("{}/auth/v1", stack.ready.url)
    );
    assert_eq!(part(token, 1)["amr"][0]["method"], "otp");
    let text = mails.lock().unwrap()[3]["text"]
        .as_str()
        .unwrap()
        .to_owned();
    let code = text
        .split(|c: char| !c.is_ascii_digit())
        .find(|part| part.len() == 6);
    let by_code = json!({ "type": "email", "email": "bob@example.com", "token": code });
    let (status, session) = stack.post("/auth/v1/verify", &by_code).await;
    assert_eq!(status, 200, "{session}");
    assert_eq!(session["user"]["email"], "bob@example.com");

    let (status, session) = stack.sign_in("ada@example.com").await;
    assert_eq!(status, 200);
    assert_eq!(session["user"]["id"], user["id"]);

    let keys = stack.http.get(stack.url("/auth/v1/.well-known/jwks.json"));
    let keys: Value = keys.send().await.unwrap().json().await.unwrap();
    assert_eq!(keys, json!({ "keys": [] }));
    for path in ["/auth/v1/user", "/rest/v1/"] {
        let request = stack.http.get(stack.url(path)).bearer_auth(token);
        let answer = request
            .header("apikey", &stack.ready.legacy_anon_key)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200, "{path}");
    }
    assert_eq!(stack.stop().0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_when_everything_is_killed() {
    let folder = Folder::new();
    let mut config = folder.config();
    let migrations = folder.0.join("migrations");
    write_migration(
        &migrations,
        "20260101000000_one.sql",
        "create table one (id int);",
    );
    config.migrations = Some(migrations.clone());
    let mut stack = Stack::start(&config);
    assert_eq!(stack.sign_up("ada@example.com").await.0, 200);
    let bucket = json!({ "name": "box", "id": "box" });
    let service = stack.ready.service_role_key.clone();
    let send =
        |stack: &Stack, path: &str| stack.http.post(stack.url(path)).header("apikey", &service);
    let made = send(&stack, "/storage/v1/bucket")
        .json(&bucket)
        .send()
        .await
        .unwrap();
    assert_eq!(made.status(), 200);
    let upload = send(&stack, "/storage/v1/object/box/a/b.txt").body("kept");
    assert_eq!(upload.send().await.unwrap().status(), 200);

    let pid = std::fs::read_to_string(config.data_dir.join("postgres/postmaster.pid")).unwrap();
    signal(pid.lines().next().unwrap().parse().unwrap(), "KILL");
    signal(stack.process.id(), "KILL");
    stack.process.wait().unwrap();
    let versions = config.data_dir.join("storage/versions/00");
    std::fs::create_dir_all(&versions).unwrap();
    let orphan = versions.join("00000000-0000-4000-8000-000000000000");
    std::fs::write(&orphan, "of a row that was never written").unwrap();

    write_migration(
        &migrations,
        "20260101000001_two.sql",
        "alter table one add two int;",
    );
    let again = Stack::start(&config);
    assert_eq!(again.ready.service_role_key, service);
    assert_eq!(again.sign_in("ada@example.com").await.0, 200);
    let file = again.http.get(again.url("/storage/v1/object/box/a/b.txt"));
    let file = file.header("apikey", &service).send().await.unwrap();
    assert_eq!(file.text().await.unwrap(), "kept");
    assert!(!orphan.exists());

    // One data folder, one process.
    let second = Stack::try_start(&config).err().unwrap();
    assert!(
        second.contains("another local Supabase already runs on"),
        "{second}"
    );
    let (code, said) = again.stop();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("applied 20260101000001_two.sql"), "{said}");
    assert!(!said.contains("one.sql"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn half_an_upload_outlives_a_kill_until_it_expires() {
    let folder = Folder::new();
    let config = folder.config();
    let mut stack = Stack::start(&config);
    let service = stack.ready.service_role_key.clone();
    let bucket = json!({ "name": "box", "id": "box" });
    let made = stack.http.post(stack.url("/storage/v1/bucket"));
    let made = made.header("apikey", &service).json(&bucket).send().await;
    assert_eq!(made.unwrap().status(), 200);
    let tus = |stack: &Stack, method: &str, url: &str| {
        let request = stack.http.request(method.parse().unwrap(), url);
        let request = request.header("apikey", &service);
        request.header("tus-resumable", "1.0.0")
    };
    let pair = |key: &str, value: &str| format!("{key} {}", STANDARD.encode(value));
    let mut urls = Vec::new();
    for name in ["kept.txt", "late.txt"] {
        let about = [pair("bucketName", "box"), pair("objectName", name)].join(",");
        let created = tus(&stack, "POST", &stack.url("/storage/v1/upload/resumable"))
            .header("upload-length", "10")
            .header("upload-metadata", about)
            .header("content-type", "application/offset+octet-stream")
            .body("0123")
            .send()
            .await
            .unwrap();
        assert_eq!(created.status(), 201);
        assert_eq!(created.headers()["upload-offset"], "4");
        urls.push(created.headers()["location"].to_str().unwrap().to_owned());
    }

    let pid = std::fs::read_to_string(config.data_dir.join("postgres/postmaster.pid")).unwrap();
    signal(pid.lines().next().unwrap().parse().unwrap(), "KILL");
    signal(stack.process.id(), "KILL");
    stack.process.wait().unwrap();
    let stack = Stack::start(&config);
    let state = tus(&stack, "HEAD", &urls[0]).send().await.unwrap();
    assert_eq!(state.status(), 200);
    assert_eq!(state.headers()["upload-offset"], "4");
    let last = tus(&stack, "PATCH", &urls[0])
        .header("upload-offset", "4")
        .header("content-type", "application/offset+octet-stream")
        .body("456789")
        .send()
        .await
        .unwrap();
    assert_eq!(last.status(), 204);
    let file = stack
        .http
        .get(stack.url("/storage/v1/object/box/kept.txt"))
        .header("apikey", &service);
    let file = file.send().await.unwrap();
    assert_eq!(file.text().await.unwrap(), "0123456789");

    // A day later.
    let uploads = config.data_dir.join("storage/resumable");
    let files = || {
        let entries = std::fs::read_dir(&uploads).unwrap();
        entries
            .map(|entry| entry.unwrap().path())
            .collect::<Vec<_>>()
    };
    for path in files() {
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            let text = std::fs::read_to_string(&path).unwrap();
            let mut about: Value = serde_json::from_str(&text).unwrap();
            let made = about["created_at"].as_u64().unwrap();
            about["created_at"] = json!(made - 24 * 3600);
            std::fs::write(&path, about.to_string()).unwrap();
        }
    }
    for method in ["HEAD", "PATCH"] {
        let late = tus(&stack, method, &urls[1])
            .header("upload-offset", "4")
            .header("content-type", "application/offset+octet-stream");
        assert_eq!(late.send().await.unwrap().status(), 410, "{method}");
    }
    assert_eq!(stack.stop().0, Some(0));
    let stack = Stack::start(&config);
    assert_eq!(files(), Vec::<PathBuf>::new());
    let gone = tus(&stack, "HEAD", &urls[1]).send().await.unwrap();
    assert_eq!(gone.status(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_it_from_running_is_said_in_a_sentence() {
    let folder = Folder::new();
    let mut config = folder.config();

    let holder = TcpListener::bind(("127.0.0.1", config.port)).unwrap();
    let said = Stack::try_start(&config).err().unwrap();
    let port = format!(
        "port {}, which the local Supabase needs, is already in use",
        config.port
    );
    assert!(said.contains(&port), "{said}");
    drop(holder);

    let migrations = folder.0.join("migrations");
    let file = "20260101000000_broken.sql";
    write_migration(
        &migrations,
        file,
        "create table t (id int);\n\n-- why\nselect\n  nothing from t;",
    );
    config.migrations = Some(migrations.clone());
    let said = Stack::try_start(&config).err().unwrap();
    let expected = format!("{file}:5: column \"nothing\" does not exist (42703)");
    assert!(said.contains(&expected), "{said}");

    // The broken one left nothing behind.
    write_migration(&migrations, file, "create table t (id int);");
    let mut stack = Stack::start(&config);
    let children = Command::new("ps")
        .args(["-axo", "ppid=,pid=,args="])
        .output()
        .unwrap();
    let children = String::from_utf8(children.stdout).unwrap();
    let parent = stack.process.id().to_string();
    let rest = children
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .find(|words| words[0] == parent && words[2].contains("postgrest"))
        .unwrap();
    let started = Instant::now();
    signal(rest[1].parse().unwrap(), "KILL");
    let (code, said) = last_words(&mut stack.process);
    assert_eq!(code, Some(1));
    assert!(said.contains("postgrest ended (signal: 9"), "{said}");
    assert!(started.elapsed() < Duration::from_secs(15));
}
