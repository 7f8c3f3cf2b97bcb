//! The migrations from every earlier version: the first few are applied, rows are put in, the rest follow, and what
//! was there is there. Each starting point is a database of its own, cloned from one without migrations.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by a panic, in its helpers too"
)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tokio_postgres::{Client, Config, NoTls};
use uuid::Uuid;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A row of each table, put in as soon as the table is there. `$1` is the client's id.
const ROWS: [(&str, &str); 28] = [
    (
        "public.clients",
        "update public.clients set business_name = 'Reyes Bakery', entity_type = 'llc', urgency = 'this-month',
           services_needed = array['bookkeeping', 'payroll'] where id = $1::text::uuid",
    ),
    (
        "public.client_documents",
        "insert into public.client_documents (client_id, document_name, document_category, storage_path, content_type, byte_size)
         values ($1::text::uuid, 'CP 575.pdf', 'ein-letter', $1 || '/letter.pdf', 'application/pdf', 655)",
    ),
    (
        "public.messages",
        "insert into public.messages (client_id, author, content) values ($1::text::uuid, 'client', 'What is a W-9?')",
    ),
    (
        "public.email_outbox",
        "insert into public.email_outbox (client_id, template, recipient) values ($1::text::uuid, 'welcome', 'maria@example.com')",
    ),
    (
        "public.activity",
        "insert into public.activity (client_id, kind, actor) values ($1::text::uuid, 'profile-changed', 'client')",
    ),
    (
        "public.account_closures",
        "insert into public.account_closures (client_id, reason) values ($1::text::uuid, 'We stop trading.')",
    ),
    (
        "public.secret_rotations",
        "insert into public.secret_rotations (name, rotated_by, note, rotated_by_id) values ('RESEND_API_KEY', 'ana@example.com', 'By Ana', $1::text::uuid)",
    ),
    (
        "public.contact_requests",
        "insert into public.contact_requests (name, email, message) values ('Maria Reyes', 'maria@example.com', $1)",
    ),
    (
        "public.client_requests",
        "insert into public.client_requests (client_id, batch_id, position, title, wanted, due_on, made_by, remind_on)
         values ($1::text::uuid, gen_random_uuid(), 1, 'Bank statement of March', 'file', '2026-12-01', $1::text::uuid, '2026-11-28')",
    ),
    (
        "private.reminded_days",
        "insert into private.reminded_days (client_id, day) values ($1::text::uuid, '2026-11-23')",
    ),
    (
        "private.onboarding_stays",
        "insert into private.onboarding_stays (client_id, status, entered_at, left_at, next_status)
         values ($1::text::uuid, 'pending', now(), now(), 'in_progress')",
    ),
    (
        "private.client_owners",
        "insert into private.client_owners (client_id, owner_id, assigned_by)
         values ($1::text::uuid, $1::text::uuid, $1::text::uuid)",
    ),
    (
        "private.client_notes",
        "insert into private.client_notes (id, client_id, author_id, content)
         values (gen_random_uuid(), $1::text::uuid, $1::text::uuid, 'Called on Monday.')",
    ),
    (
        "public.compliance_facts",
        "insert into public.compliance_facts (client_id, fiscal_year_end, payroll, pays_contractors, states)
         values ($1::text::uuid, 12, 'quarterly', true, array['TX'])",
    ),
    (
        "public.deadline_records",
        "insert into public.deadline_records (client_id, rule, period) values ($1::text::uuid, 'form-941', '2026-q1')",
    ),
    (
        "private.calendar_feeds",
        "insert into private.calendar_feeds (client_id, secret_sha256) values ($1::text::uuid, sha256(convert_to($1, 'UTF8')))",
    ),
    (
        "public.deadline_reminders",
        "insert into public.deadline_reminders (client_id, rule, period, days_before, reminded_on)
         values ($1::text::uuid, 'form-941', '2026-q1', 14, '2026-04-16')",
    ),
    (
        "private.services",
        "insert into private.services (name, provider, tier, status, monthly_cost_cents)
         values ('Error tracking', 'Sentry', 'Team' || left($1, 0), 'proposed', 2600)",
    ),
    (
        "private.expenses",
        "insert into private.expenses (id, spent_on, cents, category, vendor)
         values ($1::text::uuid, '2026-11-03', 75, 'hosting', 'Cloudflare Registrar')",
    ),
    (
        "private.expense_receipts",
        "insert into private.expense_receipts (expense_id, storage_path, content_type, byte_size)
         values ($1::text::uuid, $1 || '/receipt.pdf', 'application/pdf', 655)",
    ),
    (
        "private.budgets",
        "insert into private.budgets (month, category, cents) values ('2026-11-01', 'hosting' || left($1, 0), 1000)",
    ),
    (
        "private.finance_changes",
        "insert into private.finance_changes (subject, subject_id, title) values ('budget', $1, 'hosting')",
    ),
    (
        "private.settings",
        "insert into private.settings (name, value) values ('contact_notify_address', 'office@example.com' || left($1, 0))
         on conflict (name) do nothing",
    ),
    (
        "private.email_changes",
        "insert into private.email_changes (email_id, action, actor_id)
         select id, 'retry', $1::text::uuid from public.email_outbox where client_id = $1::text::uuid limit 1",
    ),
    (
        "private.mail_events",
        "insert into private.mail_events (id, message_id, outcome, occurred_at) values ('msg_' || $1, 're_1', 'bounced', now())",
    ),
    (
        "private.mail_stops",
        "insert into private.mail_stops (address, outcome, since) values ('a' || $1 || '@example.com', 'bounced', now())",
    ),
    (
        "public.form_drafts",
        "insert into public.form_drafts (client_id, form_id, answers) values ($1::text::uuid, 'mileage-log', '{\"driver\": \"Maria\"}')",
    ),
    (
        "public.signed_forms",
        "insert into public.signed_forms (id, client_id, form_id, form_version, form_title, answers, form_sha256, file_sha256,
           typed_name, consent, consent_version, signed_at, ip_address, user_agent)
         values (gen_random_uuid(), $1::text::uuid, 'mileage-log', 1, 'Mileage log', '{}', repeat('0', 64), repeat('1', 64),
           'Maria Reyes', 'I agree.', 1, now(), '203.0.113.7', 'Mozilla/5.0')",
    ),
];

/// Tables that migrations fill and nobody else: a later one may say them anew.
const OF_MIGRATIONS: [&str; 5] = [
    "private.email_moves",
    "private.mail_outcomes",
    "private.onboarding_moves",
    "private.onboarding_requirements",
    "private.service_moves",
];

struct Postgres {
    process: Child,
    folder: PathBuf,
    port: u16,
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

impl Postgres {
    /// With Auth's and Storage's tables, and no migrations.
    fn start() -> Self {
        let folder = std::env::temp_dir().join(format!("omega-migrations-{}", Uuid::new_v4()));
        std::fs::create_dir(&folder).unwrap();
        let port = free_port();
        let mut process = Command::new(env!("CARGO_BIN_EXE_omega-local"))
            .arg("--data-dir")
            .arg(&folder)
            .args([
                "--port",
                &free_port().to_string(),
                "--db-port",
                &port.to_string(),
            ])
            .arg("--node")
            .arg(root().join("node_modules/.bin/node"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert!(line.contains("ready"), "it did not start");
        Self {
            process,
            folder,
            port,
        }
    }

    async fn connect(&self, user: &str, database: &str) -> Client {
        let (client, connection) = Config::new()
            .host("127.0.0.1")
            .port(self.port)
            .user(user)
            .password("postgres")
            .dbname(database)
            .connect(NoTls)
            .await
            .unwrap();
        tokio::spawn(connection);
        client
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = Command::new("kill")
            .args(["-TERM", &self.process.id().to_string()])
            .status();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn migrations() -> Vec<(String, String)> {
    let mut files: Vec<_> = std::fs::read_dir(root().join("migrations"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
        .iter()
        .map(|file| {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(file).unwrap())
        })
        .collect()
}

async fn apply(client: &mut Client, migrations: &[(String, String)], from: usize) {
    for (name, sql) in migrations {
        let transaction = client.transaction().await.unwrap();
        if let Err(error) = transaction.batch_execute(sql).await {
            panic!("{name}, from version {from}: {error:?}");
        }
        transaction
            .batch_execute("reset role; reset all")
            .await
            .unwrap();
        transaction.commit().await.unwrap();
    }
}

async fn tables(client: &Client) -> Vec<String> {
    let sql = "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('public', 'private') order by 1";
    client
        .query(sql, &[])
        .await
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect()
}

/// Every row of every table but those that migrations fill themselves.
async fn rows(client: &Client) -> BTreeMap<String, Vec<Value>> {
    let mut all = BTreeMap::new();
    for table in tables(client).await {
        if OF_MIGRATIONS.contains(&table.as_str()) {
            continue;
        }
        let sql = format!("select to_jsonb(t) from {table} as t");
        let rows = client.query(&sql, &[]).await.unwrap();
        all.insert(table, rows.iter().map(|row| row.get(0)).collect());
    }
    all
}

/// Whether a row says what it said before; a migration may add to it.
fn still_says(now: &Value, before: &Value) -> bool {
    let (Some(now), Some(before)) = (now.as_object(), before.as_object()) else {
        return now == before;
    };
    before
        .iter()
        .filter(|(column, _)| column.as_str() != "updated_at")
        .all(|(column, value)| now.get(column) == Some(value))
}

#[tokio::test(flavor = "multi_thread")]
async fn migrations_apply_from_every_earlier_version_and_keep_what_was_there() {
    let postgres = Postgres::start();
    let migrations = migrations();
    // Nobody else is on the database while it is cloned.
    let admin = postgres.connect("supabase_admin", "template1").await;
    let clone = async |name: &str| {
        let end =
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'postgres'";
        for attempt in 0.. {
            admin.query(end, &[]).await.unwrap();
            let sql = format!("create database {name} template postgres owner postgres");
            match admin.batch_execute(&sql).await {
                Ok(()) => break,
                Err(error) if attempt == 50 => panic!("{error:?}"),
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
            }
        }
        let settings = format!(
            "alter database {name} set search_path to \"$user\", public, extensions; alter database {name} set timezone to 'UTC'"
        );
        admin.batch_execute(&settings).await.unwrap();
    };
    admin
        .batch_execute("alter role authenticator nologin; alter role supabase_auth_admin nologin; alter role supabase_storage_admin nologin")
        .await
        .unwrap();

    for version in 0..=migrations.len() {
        let name = format!("version_{version}");
        clone(&name).await;
        let mut client = postgres.connect("postgres", &name).await;
        let (first, rest) = migrations.split_at(version);
        apply(&mut client, first, version).await;

        let id = Uuid::new_v4().to_string();
        let user = json!({ "full_name": "Maria Reyes" });
        client
            .execute(
                "insert into auth.users (id, aud, role, email, raw_app_meta_data, raw_user_meta_data)
                 values ($1::text::uuid, 'authenticated', 'authenticated', 'maria@example.com', '{}', $2)",
                &[&id, &user],
            )
            .await
            .unwrap();
        let there = tables(&client).await;
        if there.iter().any(|table| table == "public.clients") {
            // Before the trigger on new users there was no other way.
            let sql = "insert into public.clients (id, email) values ($1::text::uuid, 'maria@example.com') on conflict do nothing";
            client.execute(sql, &[&id]).await.unwrap();
        }
        for (table, sql) in ROWS {
            if there.iter().any(|known| known == table)
                && let Err(error) = client.execute(sql, &[&id]).await
            {
                panic!("{table} at version {version}: {error:?}");
            }
        }
        let before = rows(&client).await;
        for (table, rows) in &before {
            assert!(!rows.is_empty(), "{table} has no row in this test: add one");
        }

        apply(&mut client, rest, version).await;
        let now = rows(&client).await;
        for (table, before) in &before {
            for row in before {
                let kept = now
                    .get(table)
                    .is_some_and(|rows| rows.iter().any(|now| still_says(now, row)));
                assert!(
                    kept,
                    "from version {version}, {table} lost {row}; it has {:?}",
                    now.get(table)
                );
            }
        }
        drop(client);
        admin
            .batch_execute(&format!("drop database {name} with (force)"))
            .await
            .unwrap();
    }
}
