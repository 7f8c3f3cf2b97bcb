//! `cargo xtask growth`: whether lists stay as quick as they are while the firm grows.
//!
//! In a database of its own, filled by SQL: each listing is asked for its first and its hundredth page among few
//! clients and among many, and its plan is looked at. A listing is every endpoint that takes a `cursor`, and for
//! staff every table that a policy opens to them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use omega_common::openapi::STAFF;
use omega_local::JwtMode;
use reqwest::Client;
use serde::Serialize;
use serde_json::Value;
use tokio_postgres::Client as Database;

use crate::bench::{Recorder, UpstreamCall, connect, median, sign_in, start_worker};
use crate::build::Profile;
use crate::seed;
use crate::stack::{Addresses, Options, Ports, Stack, default_data};
use crate::tools;
use crate::workspace::{self, read, root, target, write};

#[derive(clap::Args)]
pub struct Arguments {
    /// Clients, from few to many; ten documents, twenty messages, five entries of activity and five requests each
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 100_000])]
    clients: Vec<u32>,
    /// Requests for each figure
    #[arg(long, default_value_t = 200)]
    requests: usize,
}

/// The superuser of the local database.
const SUPERUSER: &str = "supabase_admin";

/// How much slower a page may get from the fewest clients to the most.
const SLOWEST: f64 = 1.2;

/// The page that is asked for beside the first.
const DEEP: usize = 100;

/// What the measured client has of everything, so that there is such a page.
const OWN_ROWS: u32 = 2_200;

/// Rows that a plan may throw away to give a page of twenty.
const MOST_WASTED: f64 = 100.0;

/// Rows that a plan may sort: what one client has, never what all have. Where a client usually has few of something,
/// the planner prefers to read and sort them to walking the index in order.
const MOST_SORTED: f64 = 2.0 * OWN_ROWS as f64;

/// Tables that staff list, and the column that orders them. The catalog is asked whether it knows others.
const STAFF_LISTS: [(&str, &str); 5] = [
    ("access_log", "at"),
    ("account_closures", "requested_at"),
    ("activity", "at"),
    ("contact_requests", "created_at"),
    ("email_outbox", "created_at"),
];

/// A table of staff's that does not grow with the clients: an entry a secret and quarter.
const DOES_NOT_GROW: [&str; 1] = ["secret_rotations"];

#[derive(Clone, Debug, Serialize)]
struct Figure {
    listing: String,
    page: usize,
    /// By number of clients.
    p50_ms: BTreeMap<u32, f64>,
    /// Blocks of 8 KB that the database looks at, by number of clients: what a busy machine can't blur.
    blocks: BTreeMap<u32, f64>,
    /// What is wrong with the plan among the most clients.
    faults: Vec<String>,
}

impl Figure {
    fn growth(values: &BTreeMap<u32, f64>) -> f64 {
        let first = values.values().next().copied().unwrap_or_default();
        let last = values.values().last().copied().unwrap_or_default();
        last / first
    }
}

/// A request for one page.
struct Page {
    listing: String,
    number: usize,
    url: String,
    /// What it asks of PostgREST.
    call: UpstreamCall,
    as_staff: bool,
}

pub async fn run(arguments: Arguments) -> Result<()> {
    tools::set_up()?;
    let data = default_data().join("growth");
    if data.exists() {
        std::fs::remove_dir_all(&data)?;
    }
    let options = Options {
        ports: Ports::free()?,
        data,
        profile: Profile::Release,
        jwt_mode: JwtMode::Es256,
        confirm_email: false,
    };
    let mut stack = Stack::start(&options).await?;
    let outcome = measure(&stack, &arguments).await;
    stack.children.stop_all().await;
    let figures = outcome?;
    println!("{}", table(&figures, &arguments.clients)?);
    let file = target().join("growth.json");
    write(&file, serde_json::to_string_pretty(&figures)?)?;
    println!("as JSON: {}", file.display());
    let wrong: Vec<_> = figures
        .iter()
        .flat_map(|figure| figure.faults.iter())
        .collect();
    ensure!(wrong.is_empty(), "{} plans are wrong", wrong.len());
    Ok(())
}

async fn measure(stack: &Stack, arguments: &Arguments) -> Result<Vec<Figure>> {
    seed::run(&stack.addresses).await?;
    let database = superuser(stack).await?;
    // PostgREST tells the plans of its queries to who asks; never where anybody can.
    database
        .batch_execute(
            "alter role authenticator set pgrst.db_plan_enabled = 'true'; notify pgrst, 'reload config'",
        )
        .await?;
    check_staff_lists(&database).await?;
    let client = sign_in(&stack.addresses, seed::BUSY_CLIENT).await?;
    let staff = sign_in(&stack.addresses, seed::STAFF).await?;
    let own: uuid::Uuid = database
        .query_one(
            "select id from public.clients where email = $1",
            &[&seed::BUSY_CLIENT],
        )
        .await?
        .get(0);
    fill_own(&database, own).await?;

    let mut figures: BTreeMap<(String, usize), Figure> = BTreeMap::new();
    let mut there = 0;
    for (at, &clients) in arguments.clients.iter().enumerate() {
        tools::step(&format!("{clients} clients"));
        ensure!(clients > there, "--clients goes from few to many");
        fill(&database, there, clients).await?;
        there = clients;
        let is_last = at + 1 == arguments.clients.len();
        let mut pages = endpoint_pages(stack, &client, &staff).await?;
        pages.extend(staff_pages(&database, stack, &staff).await?);
        for page in &pages {
            let token = if page.as_staff { &staff } else { &client };
            let p50 = p50(page, token, stack, arguments.requests).await?;
            let figure = figures
                .entry((page.listing.clone(), page.number))
                .or_insert_with(|| Figure {
                    listing: page.listing.clone(),
                    page: page.number,
                    p50_ms: BTreeMap::new(),
                    blocks: BTreeMap::new(),
                    faults: Vec::new(),
                });
            figure.p50_ms.insert(clients, p50);
            let plan = plan(stack, &page.call).await?;
            figure.blocks.insert(clients, blocks(&plan));
            if is_last {
                figure.faults = faults(&plan);
            }
        }
    }
    Ok(figures.into_values().collect())
}

/// The database as who may let triggers rest, which `postgres` may not, as on hosted Supabase.
async fn superuser(stack: &Stack) -> Result<Database> {
    let addresses = Addresses {
        database_url: stack
            .addresses
            .database_url
            .as_ref()
            .map(|url| url.replace("//postgres:", &format!("//{SUPERUSER}:"))),
        ..stack.addresses.clone()
    };
    connect(&addresses).await
}

/// Every table that a policy lets staff read is measured, or said not to grow.
async fn check_staff_lists(database: &Database) -> Result<()> {
    let rows = database
        .query(
            "select distinct tablename::text from pg_policies
             where schemaname = 'public' and cmd in ('SELECT', 'ALL') and permissive = 'PERMISSIVE'
               and qual like '%is_staff()%' order by 1",
            &[],
        )
        .await?;
    for row in rows {
        let table: String = row.get(0);
        ensure!(
            STAFF_LISTS.iter().any(|(known, _)| *known == table)
                || DOES_NOT_GROW.contains(&table.as_str()),
            "staff may list {table}: add it to STAFF_LISTS"
        );
    }
    Ok(())
}

/// What the measured client has, spread over a year like everybody's, and as many other clients.
async fn fill_own(database: &Database, own: uuid::Uuid) -> Result<()> {
    insert(
        database,
        &format!("(select '{own}'::uuid as id) as client"),
        [OWN_ROWS, OWN_ROWS, OWN_ROWS],
    )
    .await?;
    database
        .batch_execute(&format!(
            "set session_replication_role = replica;
             create temporary table early (id uuid primary key, n integer);
             insert into early select gen_random_uuid(), n from generate_series(1, {OWN_ROWS}) as n;
             insert into auth.users (id, email) select id, 'early' || n || '@example.com' from early;
             insert into public.clients (id, full_name, email, created_at, waiting_since)
             select id, 'Early client ' || n, 'early' || n || '@example.com', now() - interval '1 year', now() - n * interval '4 hours'
             from early;
             drop table early;
             insert into public.contact_requests (name, email, message, created_at)
             select 'A visitor', 'visitor' || n || '@example.com', 'When do you open?', now() - n * interval '4 hours'
             from generate_series(1, {OWN_ROWS}) as n;
             insert into public.account_closures (client_id, status, requested_at, settled_at)
             select '{own}', 'withdrawn', now() - n * interval '4 hours', now()
             from generate_series(1, {OWN_ROWS}) as n;
             set session_replication_role = default"
        ))
        .await?;
    Ok(())
}

/// Clients from `from` to `to`, with all that is theirs. Triggers rest meanwhile: nothing is to be told of it.
async fn fill(database: &Database, from: u32, to: u32) -> Result<()> {
    let started = Instant::now();
    database
        .batch_execute(&format!(
            "set session_replication_role = replica;
             create temporary table grown (id uuid primary key, n integer);
             insert into grown select gen_random_uuid(), n from generate_series({from} + 1, {to}) as n;
             insert into auth.users (id, email) select id, 'client' || n || '@example.com' from grown;
             insert into public.clients (id, full_name, email, entity_type, onboarding_status, created_at, waiting_since)
             select id, 'Client ' || n, 'client' || n || '@example.com', 'llc', 'active', now() - interval '1 year',
               now() - random() * interval '1 year'
             from grown"
        ))
        .await
        .context("clients")?;
    insert(database, "grown as client", [10, 20, 5]).await?;
    database
        .batch_execute(
            "set session_replication_role = replica;
             insert into public.email_outbox (client_id, template, recipient, status, sent_at, created_at)
             select id, 'welcome', 'client' || n || '@example.com', 'sent', now(), now() - random() * interval '1 year'
             from grown, generate_series(1, 3);
             insert into public.contact_requests (name, email, message, created_at)
             select 'A visitor', 'visitor' || n || '@example.com', 'When do you open?', now() - random() * interval '1 year'
             from grown;
             insert into public.account_closures (client_id, status, requested_at, settled_at)
             select id, 'withdrawn', now() - random() * interval '1 year', now() from grown where n % 5 = 0;
             drop table grown;
             set session_replication_role = default",
        )
        .await
        .context("the rest")?;
    // By itself: no vacuum takes part in a transaction, which statements sent together are.
    database.batch_execute("vacuum analyze").await?;
    println!("  filled in {:.0} s", started.elapsed().as_secs_f32());
    Ok(())
}

/// Documents, messages, activity and as many requests of each client of a source with the alias `client`.
async fn insert(
    database: &Database,
    source: &str,
    [documents, messages, entries]: [u32; 3],
) -> Result<()> {
    database
        .batch_execute(&format!(
            "set session_replication_role = replica;
             insert into public.client_documents
               (client_id, document_name, document_category, storage_path, content_type, byte_size, uploaded_at)
             select client.id, 'Statement ' || k || '.pdf',
               (array['bank-statement', 'tax-return', 'w9', 'other'])[1 + k % 4],
               client.id || '/' || gen_random_uuid() || '.pdf', 'application/pdf', 20000 + k,
               now() - random() * interval '1 year'
             from {source}, generate_series(1, {documents}) as k;
             insert into public.messages (client_id, author, content, created_at)
             select client.id, (array['client', 'assistant', 'staff'])[1 + k % 3],
               'Message ' || k || ': what do I still need to send, and until when? ' || repeat('x', k % 80),
               now() - random() * interval '1 year'
             from {source}, generate_series(1, {messages}) as k;
             insert into public.activity (client_id, kind, actor, at)
             select client.id, 'signed-in', 'client', now() - random() * interval '1 year'
             from {source}, generate_series(1, {entries}) as k;
             insert into public.client_requests
               (client_id, batch_id, position, title, wanted, due_on, status, answer, made_by, made_at, answered_at, settled_at)
             select client.id, gen_random_uuid(), 1, 'Question ' || k, 'answer', current_date, 'accepted', 'An answer.', client.id,
               now() - random() * interval '1 year', now(), now()
             from {source}, generate_series(1, {entries}) as k;
             insert into public.access_log (client_id, actor, actor_id, action, subject, document_id, at)
             select client.id, 'client', client.id, 'added', 'document', gen_random_uuid(), now() - random() * interval '1 year'
             from {source}, generate_series(1, {documents}) as k;
             set session_replication_role = default"
        ))
        .await
        .context("documents, messages and activity")
}

/// The first and the deep page of each endpoint that takes a cursor.
async fn endpoint_pages(stack: &Stack, client: &str, staff: &str) -> Result<Vec<Page>> {
    let mut pages = Vec::new();
    for (path, as_staff) in listings()? {
        let (whose, token) = if as_staff {
            ("staff", staff)
        } else {
            ("client", client)
        };
        let workers = workspace::workers()?;
        let worker = workers
            .iter()
            .find(|worker| worker.path == path)
            .with_context(|| format!("{path} has no Worker"))?;
        let recorder = Recorder::start(&stack.addresses.supabase).await?;
        let started = start_worker(stack, worker, &recorder.url).await?;
        let first = format!("{}/functions/v1/{path}", started.url);
        let mut url = first.clone();
        for number in 1..=DEEP {
            recorder.forget();
            let answer: Value = get(&url, token, stack).await?.json().await?;
            if number == 1 || number == DEEP {
                // The first answer also waits for the key set.
                let call = recorder
                    .calls()
                    .into_iter()
                    .next_back()
                    .with_context(|| format!("{path} asked nothing"))?;
                pages.push(Page {
                    listing: format!("{whose}: {path}"),
                    number,
                    url: call.request(&stack.addresses.supabase).url,
                    call,
                    as_staff,
                });
            }
            if number < DEEP {
                let cursor = answer["next_cursor"]
                    .as_str()
                    .with_context(|| format!("{path} ends at page {number}"))?;
                url = format!("{first}?cursor={cursor}");
            }
        }
        started.child.stop().await;
    }
    Ok(pages)
}

/// The paths of endpoints that take a `cursor`, and whether they are for staff.
fn listings() -> Result<Vec<(String, bool)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root().join("omega-site/openapi"))? {
        let document: Value = serde_json::from_str(&read(&entry?.path())?)?;
        for (path, methods) in document["paths"].as_object().context("no paths")? {
            let takes_a_cursor = methods["get"]["parameters"]
                .as_array()
                .is_some_and(|parameters| parameters.iter().any(|one| one["name"] == "cursor"));
            if takes_a_cursor {
                let is_for_staff = methods["get"]["tags"] == serde_json::json!([STAFF]);
                let path = path.trim_start_matches("/functions/v1/");
                found.push((path.to_owned(), is_for_staff));
            }
        }
    }
    found.sort();
    ensure!(!found.is_empty(), "no endpoint takes a cursor");
    Ok(found)
}

/// The same pages as staff ask PostgREST for them.
async fn staff_pages(database: &Database, stack: &Stack, token: &str) -> Result<Vec<Page>> {
    let mut pages = Vec::new();
    for (table, time) in STAFF_LISTS {
        let last_before = database
            .query_one(
                &format!(
                    "select to_json({time}) #>> '{{}}', id::text from public.{table}
                     order by {time} desc, id desc offset {} limit 1",
                    (DEEP - 1) * 20 - 1
                ),
                &[],
            )
            .await
            .with_context(|| format!("{table} has no page {DEEP}"))?;
        let (at, id): (String, String) = (last_before.get(0), last_before.get(1));
        let start = format!("/rest/v1/{table}?select=*&order={time}.desc,id.desc&limit=20");
        let at: String = url::form_urlencoded::byte_serialize(at.as_bytes()).collect();
        let deep = format!(
            "{start}&{time}=lte.{at}&or=({time}.lt.%22{at}%22,and({time}.eq.%22{at}%22,id.lt.{id}))"
        );
        for (number, path) in [(1, start), (DEEP, deep)] {
            let call = UpstreamCall::get(path, &stack.addresses.anon_key, token)?;
            pages.push(Page {
                listing: format!("staff: {table}"),
                number,
                url: call.request(&stack.addresses.supabase).url,
                call,
                as_staff: true,
            });
        }
    }
    Ok(pages)
}

async fn get(url: &str, token: &str, stack: &Stack) -> Result<reqwest::Response> {
    let answer = Client::new()
        .get(url)
        .header("apikey", &stack.addresses.anon_key)
        .bearer_auth(token)
        .send()
        .await?;
    let status = answer.status();
    if !status.is_success() {
        bail!("{status}: {}", answer.text().await?);
    }
    Ok(answer)
}

async fn p50(page: &Page, token: &str, stack: &Stack, requests: usize) -> Result<f64> {
    let client = Client::new();
    // A function is called by POST, with what is asked in the body.
    let asked = page.call.request(&stack.addresses.supabase);
    let mut times = Vec::with_capacity(requests);
    for at in 0..requests + requests / 4 {
        let started = Instant::now();
        let mut request = client
            .request(asked.method.clone(), &page.url)
            .header("apikey", &stack.addresses.anon_key)
            .bearer_auth(token);
        if let Some(body) = &asked.body {
            request = request
                .header("content-type", "application/json")
                .body(body.clone());
        }
        let answer = request.send().await?.error_for_status()?;
        answer.bytes().await?;
        if at >= requests / 4 {
            times.push(started.elapsed().as_secs_f64() * 1000.0);
        }
    }
    ensure!(!times.is_empty(), "no requests were made");
    Ok(median(times))
}

/// The plan of a call as PostgREST runs it, with what each step really took.
async fn plan(stack: &Stack, call: &UpstreamCall) -> Result<Value> {
    let mut request = call.request(&stack.addresses.supabase);
    let is_singular = request
        .headers
        .iter()
        .any(|(name, value)| name == "accept" && value.contains("pgrst.object"));
    request.headers.retain(|(name, _)| name != "accept");
    let of = if is_singular {
        "application/vnd.pgrst.object+json"
    } else {
        "application/json"
    };
    request.headers.push((
        "accept".to_owned(),
        format!("application/vnd.pgrst.plan+json; for=\"{of}\"; options=analyze|buffers"),
    ));
    let (status, body) = request.send().await?;
    ensure!(
        status == 200,
        "the plan of {}: {status} {body}",
        request.url
    );
    let plan: Value = serde_json::from_str(&body)?;
    Ok(plan[0]["Plan"].clone())
}

/// Blocks that a plan looked at, in memory or on disk; the first step counts those of all below it.
fn blocks(plan: &Value) -> f64 {
    ["Shared Hit Blocks", "Shared Read Blocks"]
        .iter()
        .filter_map(|name| plan[name].as_f64())
        .sum()
}

/// Where a plan reads more than it gives: a whole table, or rows only to throw them away.
fn faults(plan: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let mut steps = vec![plan];
    while let Some(step) = steps.pop() {
        let kind = step["Node Type"].as_str().unwrap_or_default();
        let table = step["Relation Name"].as_str().unwrap_or("rows");
        let rows = step["Actual Rows"].as_f64().unwrap_or_default();
        let wasted = step["Rows Removed by Filter"].as_f64().unwrap_or_default();
        if kind == "Seq Scan" && rows + wasted > MOST_WASTED {
            faults.push(format!("reads all of {table}"));
        } else if wasted > MOST_WASTED {
            faults.push(format!("throws {wasted} rows of {table} away"));
        }
        if kind == "Sort" && rows > MOST_SORTED {
            faults.push(format!("sorts {rows} rows"));
        }
        steps.extend(step["Plans"].as_array().into_iter().flatten());
    }
    faults
}

fn table(figures: &[Figure], sizes: &[u32]) -> Result<String> {
    let mut text = format!("\n{:<32} {:>5}", "p50 ms", "page");
    for size in sizes {
        write!(text, " {:>9}", format!("{size}"))?;
    }
    writeln!(text, " {:>7} {:>15}  plan", "growth", "blocks, growth")?;
    for figure in figures {
        write!(text, "{:<32} {:>5}", figure.listing, figure.page)?;
        for size in sizes {
            match figure.p50_ms.get(size) {
                Some(p50) => write!(text, " {p50:>9.2}")?,
                None => write!(text, " {:>9}", "-")?,
            }
        }
        let growth = Figure::growth(&figure.p50_ms);
        let mark = if growth > SLOWEST { "*" } else { " " };
        let looked_at = figure.blocks.values().last().copied().unwrap_or_default();
        let more = Figure::growth(&figure.blocks);
        let plan = if figure.faults.is_empty() {
            "by index".to_owned()
        } else {
            figure.faults.join(", ")
        };
        writeln!(
            text,
            " {growth:>6.2}{mark} {looked_at:>8.0} {more:>6.2}  {plan}"
        )?;
    }
    writeln!(
        text,
        "\n* more than {SLOWEST} times as long among the most clients"
    )?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn plans_that_read_too_much_are_told() {
        let step = |kind: &str, rows: f64, wasted: f64| json!({ "Node Type": kind, "Relation Name": "messages", "Actual Rows": rows, "Rows Removed by Filter": wasted });
        let within = |step: Value| json!({ "Node Type": "Limit", "Plans": [step] });
        assert!(faults(&within(step("Index Scan", 21.0, 3.0))).is_empty());
        assert!(faults(&within(step("Seq Scan", 1.0, 0.0))).is_empty());
        assert_eq!(
            faults(&within(step("Seq Scan", 9.0, 5_000.0))),
            ["reads all of messages"]
        );
        assert_eq!(
            faults(&within(step("Index Scan", 21.0, 2_000.0))),
            ["throws 2000 rows of messages away"]
        );
        assert!(faults(&within(step("Sort", 2_200.0, 0.0))).is_empty());
        assert_eq!(
            faults(&within(step("Sort", 300_000.0, 0.0))),
            ["sorts 300000 rows"]
        );
    }
}
