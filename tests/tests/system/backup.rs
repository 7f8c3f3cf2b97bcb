//! `cargo xtask backup` and `restore`: what is taken from a running system is the same in an empty one.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use omega_tests::files::Sample;
use omega_tests::openapi::root;
use omega_tests::{Addresses, Answer, Client, Database, System};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

/// A folder that ends with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("omega-{name}-{}", Uuid::new_v4().simple()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A Supabase with the migrations and nothing else.
struct Empty {
    child: Child,
    addresses: Addresses,
    _folder: Folder,
}

impl Empty {
    fn start(like: &Addresses) -> Self {
        let folder = Folder::new("empty");
        // Beside the tests, in the same target folder.
        let program = std::env::current_exe()
            .unwrap()
            .parent()
            .and_then(Path::parent)
            .unwrap()
            .join("omega-local");
        let port = || {
            std::net::TcpListener::bind("127.0.0.1:0")
                .unwrap()
                .local_addr()
                .unwrap()
                .port()
                .to_string()
        };
        let mut child = Command::new(program)
            .arg("--data-dir")
            .arg(&folder.0)
            .args([
                "--port",
                &port(),
                "--db-port",
                &port(),
                "--inbox-url",
                &like.inbox,
            ])
            .arg("--migrations")
            .arg(root().join("migrations"))
            .arg("--node")
            .arg(root().join("node_modules/.bin/node"))
            .arg("--node-modules")
            .arg(root().join("node_modules"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("omega-local was not built: `cargo xtask test` does it");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let addresses = json!({
            "site": like.site, "inbox": like.inbox, "webhook_secret": like.webhook_secret, "supabase": ready["url"], "anon_key": ready["anon_key"],
            "service_role_key": ready["service_role_key"], "database_url": ready["database_url"],
        });
        Self {
            child,
            addresses: serde_json::from_value(addresses).unwrap(),
            _folder: folder,
        }
    }
}

impl Drop for Empty {
    fn drop(&mut self) {
        let _ = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status();
        let _ = self.child.wait();
    }
}

/// Runs the command as `cargo xtask` does; answers with whether it succeeded and what it said.
fn run(mode: &str, folder: &Path, addresses: &Addresses) -> (bool, String) {
    let output = Command::new(root().join("node_modules/.bin/node"))
        .arg(root().join("crates/xtask/src/backup.mjs"))
        .arg(mode)
        .arg(folder)
        .env("SUPABASE_URL", &addresses.supabase)
        .env("SUPABASE_SERVICE_ROLE_KEY", &addresses.service_role_key)
        .env("SUPABASE_DB_URL", addresses.database_url.as_ref().unwrap())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    (output.status.success(), said)
}

/// Every row of every table that tells of somebody, whole but for where Storage has put the bytes.
async fn rows_of(database: &Database, client: &Client) -> Vec<(String, Value)> {
    let tables: Vec<String> = database
        .values(
            "select format('%I.%I', schemaname, tablename) from pg_tables
             where schemaname in ('public', 'private', 'auth') or (schemaname, tablename) = ('storage', 'objects') order by 1",
            &[],
        )
        .await;
    let words = [format!("%{}%", client.id), format!("%{}%", client.email)];
    let mut all = Vec::new();
    for table in tables {
        let sql = format!(
            "select to_jsonb(t) - '{{version,metadata}}'::text[] from {table} as t
             where to_jsonb(t)::text like any ($1) order by to_jsonb(t)::text"
        );
        let rows: Vec<Value> = database.values(&sql, &[&words.as_slice()]).await;
        all.extend(rows.into_iter().map(|row| (table.clone(), row)));
    }
    all
}

#[tokio::test]
async fn what_was_backed_up_is_restored_into_an_empty_project_row_by_row_and_byte_by_byte() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let sample = Sample::pdf("A letter from the IRS");
    client.answer_everything().await;
    let document = client.upload(&sample, "ein-letter").await;
    client.send_required_documents().await;
    client
        .post("onboarding/submit-profile", &json!({ "complete": true }))
        .await
        .expect(200);
    client
        .post(
            "onboarding/chat",
            &json!({ "message": "What is a W-9? \\ \t\n \u{1f9fe}" }),
        )
        .await
        .expect(200);
    client
        .post(
            "account/closure",
            &json!({ "action": "ask", "reason": null }),
        )
        .await
        .expect(201);
    // Until nothing of it changes any more.
    for subject in ["Welcome", "Your receipt", "We have your request"] {
        system.mail(&client.email, subject).await;
    }
    let database = system.database().await;
    omega_tests::eventually("the mails to be noted as sent", async || {
        let open: i64 = database.value("select count(*) from public.email_outbox where recipient = $1 and status <> 'sent'", &[&client.email]).await;
        (open == 0).then_some(())
    })
    .await;

    let folder = Folder::new("backup");
    let (worked, said) = run("backup", &folder.0, &system.addresses);
    assert!(worked, "{said}");
    let before = rows_of(&database, &client).await;
    for table in [
        "auth.users",
        "public.clients",
        "public.client_documents",
        "public.messages",
        "public.activity",
        "public.email_outbox",
        "public.account_closures",
        "storage.objects",
    ] {
        assert!(
            before.iter().any(|(name, _)| name == table),
            "nothing in {table}"
        );
    }

    let empty = Empty::start(&system.addresses);
    let (worked, said) = run("restore", &folder.0, &empty.addresses);
    assert!(worked, "{said}");
    let mut there = system.clone();
    there.addresses = empty.addresses.clone();
    let restored = there.database().await;
    pretty_equal(&before, &rows_of(&restored, &client).await);

    // Every table has as many rows as the backup says, every object its bytes.
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(folder.0.join("backup.json")).unwrap()).unwrap();
    for table in manifest["tables"].as_array().unwrap() {
        let name = table["name"].as_str().unwrap();
        let rows: i64 = restored
            .value(&format!("select count(*) from {name}"), &[])
            .await;
        assert_eq!(json!(rows), table["rows"], "{name}");
    }
    let objects = manifest["objects"].as_array().unwrap();
    assert!(objects.len() >= 2);
    for object in objects {
        let path = format!(
            "/storage/v1/object/authenticated/{}/{}",
            object["bucket"].as_str().unwrap(),
            object["name"].as_str().unwrap()
        );
        let answer = Answer::to(there.service(Method::GET, &path)).await;
        assert_eq!(answer.status, 200, "{path}");
        let written = std::fs::read(
            folder
                .0
                .join("objects")
                .join(object["sha256"].as_str().unwrap()),
        )
        .unwrap();
        assert!(answer.body == written, "{path}");
    }
    // The account works there: its password, its row under its policies, its file.
    let moved = Client {
        system: there.clone(),
        ..client.clone()
    }
    .sign_in()
    .await;
    let mine = Answer::to(moved.supabase(Method::GET, "/rest/v1/client_documents?select=id"))
        .await
        .expect(200);
    assert!(
        mine.as_array()
            .unwrap()
            .iter()
            .any(|row| row["id"] == document["id"])
    );
    let path: String = restored
        .value(
            "select storage_path from public.client_documents where id = $1::text::uuid",
            &[&document["id"].as_str().unwrap()],
        )
        .await;
    let file = Answer::to(moved.supabase(
        Method::GET,
        &format!("/storage/v1/object/authenticated/client-documents/{path}"),
    ))
    .await;
    assert!(file.body == sample.bytes);

    // It is not put over what is there.
    let (worked, said) = run("restore", &folder.0, &empty.addresses);
    assert!(
        !worked && said.contains("a backup is restored into an empty one"),
        "{said}"
    );
    let (worked, said) = run("backup", &folder.0, &system.addresses);
    assert!(!worked && said.contains("is not empty"), "{said}");
}

#[tokio::test]
async fn a_backup_that_is_not_whole_or_was_changed_is_not_restored() {
    let system = System::connect().await;
    let folder = Folder::new("backup");
    let (worked, said) = run("restore", &folder.0, &system.addresses);
    assert!(!worked && said.contains("no whole backup"), "{said}");
    let (worked, said) = run("backup", &folder.0, &system.addresses);
    assert!(worked, "{said}");
    let table = folder.0.join("tables/public.clients.tsv");
    let mut rows = std::fs::read(&table).unwrap();
    rows.push(b'\n');
    std::fs::write(&table, rows).unwrap();
    let (worked, said) = run("restore", &folder.0, &system.addresses);
    assert!(
        !worked && said.contains("is not as it was written"),
        "{said}"
    );
}

/// As `assert_eq`, telling the first difference only.
fn pretty_equal(before: &[(String, Value)], after: &[(String, Value)]) {
    for (one, other) in before.iter().zip(after) {
        assert_eq!(one, other);
    }
    assert_eq!(before.len(), after.len());
}
