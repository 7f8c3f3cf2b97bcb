//! `cargo xtask bench`: what each authenticated endpoint costs, side by side with what one would write instead.
//!
//! Every contestant is asked for the same answer on the same local Supabase, turn by turn, so that whatever else
//! the machine does falls on all of them: the Worker as deployed, alone in a workerd; its TypeScript peer in
//! another; a Deno handler that asks Auth for the user on each request; a relay, which is what the runtime takes; and
//! the Worker's own query sent to PostgREST directly, which is the floor.

mod contestants;
mod load;
mod losses;
mod recorder;
mod refusals;
mod report;

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use omega_common::openapi::STAFF;
use omega_local::JwtMode;
use omega_supervise::Child;
use reqwest::{Client, Method};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::build::{Profile, build};
use crate::seed;
use crate::stack::{Addresses, Options, Ports, Stack, default_data};
use crate::tools;
use crate::workspace::{self, Worker, read, root, target, write};
use contestants::{Peer, Started};
pub use load::median;
use load::{HttpRequest, Load, Oha};
pub use recorder::{Recorder, UpstreamCall};
use refusals::Refusal;
pub use report::{gzip_size, machine, today};

#[derive(clap::Args)]
pub struct Arguments {
    /// Only these endpoints, by their paths: onboarding/profile
    only: Vec<String>,
    /// Seconds of load for each round
    #[arg(long, default_value_t = 1.0)]
    seconds: f64,
    /// Rounds of each contestant, turn by turn; figures are their medians
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Connections that are kept busy
    #[arg(long, value_delimiter = ',', default_values_t = [1, 16, 64])]
    connections: Vec<usize>,
    /// Leave the Deno handler out
    #[arg(long)]
    no_deno: bool,
}

/// Seconds of load before a contestant is measured.
const WARM_UP: f64 = 1.0;

/// How often each contestant is started to see how long that takes.
const STARTS: usize = 5;

/// Endpoints that read as somebody and are not measured, and why.
const LEFT_OUT: [(&str, &str); 13] = [
    (
        "GET ops/domain",
        "waits for name servers outside the machine",
    ),
    (
        "GET compliance/deadlines",
        "computes by rules that stand once, in Rust: a peer would be measured by others",
    ),
    (
        "GET clients/workflow",
        "counts every client in the database, which is what would be measured",
    ),
    (
        "GET email/outbox",
        "for a few of staff now and then: the same path as clients/list",
    ),
    (
        "GET finance/budget",
        "computes by rules that stand once, in Rust: a peer would be measured by others",
    ),
    (
        "GET finance/changes",
        "for a few of staff now and then: the same path as clients/list",
    ),
    ("GET finance/csv", "a file that somebody keeps once a year"),
    (
        "GET finance/expenses",
        "for a few of staff now and then: the same path as clients/list",
    ),
    (
        "GET finance/services",
        "for a few of staff now and then: the same path as clients/list",
    ),
    ("GET forms/document", "asks nobody: it draws a PDF"),
    (
        "GET forms/draft",
        "tells of definitions that stand once, in Rust: a peer would have none",
    ),
    (
        "GET forms/library",
        "tells of definitions that stand once, in Rust: a peer would have none",
    ),
    ("GET forms/signed", "reads as the other lists do"),
];

/// Which side a figure is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    Worker,
    TypeScript,
    Deno,
    /// The runtime, with nothing of ours in it.
    Relay,
    /// PostgREST itself.
    Floor,
}

#[derive(Clone, Debug, Serialize)]
struct Figure {
    endpoint: String,
    connections: usize,
    side: Side,
    #[serde(flatten)]
    load: Load,
}

/// How long one takes from nothing to the first answer, and what it is then and after the load.
#[derive(Clone, Debug, Serialize)]
struct Start {
    what: String,
    start_ms: f64,
    gzip_bytes: u64,
    idle_mb: f64,
    loaded_mb: Option<f64>,
}

/// What is asked of an endpoint.
#[derive(Clone, Debug)]
struct Operation {
    /// `GET onboarding/profile`
    name: String,
    method: Method,
    path: String,
    /// With its question mark, or empty.
    query: String,
    body: Option<Value>,
    as_staff: bool,
}

impl Operation {
    fn reads(&self) -> bool {
        self.method == Method::GET
    }
}

pub async fn run(arguments: Arguments) -> Result<()> {
    tools::set_up()?;
    let oha = Oha::install()?;
    let peer = Peer::build()?;
    let data = default_data().join("bench");
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
    let bench = async {
        seed::run(&stack.addresses).await?;
        Bench::new(&stack, &peer, &oha, &arguments)
            .await?
            .run()
            .await
    };
    let outcome = bench.await;
    stack.children.stop_all().await;
    let results = outcome?;
    println!("{}", report::table(&results)?);
    let file = target().join("bench.json");
    write(&file, serde_json::to_string_pretty(&results)?)?;
    println!("\nas JSON: {}", file.display());
    Ok(())
}

/// All that was measured.
#[derive(Serialize)]
struct Results {
    machine: String,
    date: String,
    commit: String,
    seconds: f64,
    rounds: usize,
    starts: Vec<Start>,
    figures: Vec<Figure>,
    refusals: Vec<Refusal>,
    losses: losses::Losses,
    /// Calls that each endpoint makes for one request.
    upstream_calls: BTreeMap<String, usize>,
}

struct Bench<'a> {
    stack: &'a Stack,
    peer: &'a Peer,
    oha: &'a Oha,
    arguments: &'a Arguments,
    client_token: String,
    staff_token: String,
    document: String,
    /// The demo client, for what staff ask of one.
    client_id: Uuid,
    database: tokio_postgres::Client,
}

impl<'a> Bench<'a> {
    async fn new(
        stack: &'a Stack,
        peer: &'a Peer,
        oha: &'a Oha,
        arguments: &'a Arguments,
    ) -> Result<Self> {
        let client_token = sign_in(&stack.addresses, seed::BUSY_CLIENT).await?;
        let listed: Value = Client::new()
            .get(format!(
                "{}/functions/v1/onboarding/documents",
                stack.addresses.site
            ))
            .bearer_auth(&client_token)
            .send()
            .await?
            .json()
            .await?;
        let database = connect(&stack.addresses).await?;
        let client_id = database
            .query_one(
                "select id from public.clients where email = $1",
                &[&seed::BUSY_CLIENT],
            )
            .await?
            .get(0);
        Ok(Self {
            stack,
            peer,
            oha,
            arguments,
            client_id,
            client_token,
            staff_token: sign_in(&stack.addresses, seed::STAFF).await?,
            document: listed["documents"][0]["id"]
                .as_str()
                .context("the demo client has no document")?
                .to_owned(),
            database,
        })
    }

    async fn run(&self) -> Result<Results> {
        let operations: Vec<_> = self
            .operations()?
            .into_iter()
            .filter(|operation| {
                self.arguments.only.is_empty() || self.arguments.only.contains(&operation.path)
            })
            .collect();
        ensure!(!operations.is_empty(), "no endpoint has such a path");
        let workers = workspace::workers()?;
        let worker = |operation: &Operation| -> Result<&Worker> {
            workers
                .iter()
                .find(|worker| worker.path == operation.path)
                .with_context(|| format!("{} has no Worker", operation.path))
        };
        let addresses = &self.stack.addresses;
        tools::step("starting each side");
        let mut starts = self.starts(worker(&operations[0])?).await?;

        let losses = self.losses().await?;
        let mut upstream_calls = BTreeMap::new();
        let mut figures = Vec::new();
        let mut refusals = Vec::new();
        let peer = contestants::peer(self.stack, self.peer, addresses).await?;
        let deno = match self.arguments.no_deno {
            true => None,
            false => Some(contestants::deno(self.stack, self.peer, addresses).await?),
        };
        for operation in &operations {
            tools::step(&operation.name);
            let calls = self.same_work(operation, worker(operation)?).await?;
            upstream_calls.insert(operation.name.clone(), calls.len());
            let ours = contestants::worker(self.stack, worker(operation)?, addresses).await?;
            let mut sides = vec![
                (
                    Side::Worker,
                    Some(&ours.child),
                    self.request(operation, &ours.url),
                ),
                (
                    Side::TypeScript,
                    Some(&peer.child),
                    self.request(operation, &peer.url),
                ),
            ];
            if let Some(deno) = &deno {
                sides.push((
                    Side::Deno,
                    Some(&deno.child),
                    self.request(operation, &deno.url),
                ));
            }
            let floor = calls.first().map(|call| call.request(&addresses.supabase));
            let relay = match &floor {
                Some(floor) => Some(contestants::relay(self.stack, floor).await?),
                None => None,
            };
            if let Some((floor, relay)) = floor.zip(relay.as_ref()) {
                let relayed = self.request(operation, &relay.url);
                sides.push((Side::Relay, Some(&relay.child), relayed));
                sides.push((Side::Floor, None, floor));
            }
            figures.extend(self.measure(operation, &sides).await?);
            let sides = (
                self.request(operation, &ours.url),
                self.request(operation, &peer.url),
            );
            refusals.extend(self.refuse(operation, &sides).await?);
            if let Some(relay) = relay {
                relay.child.stop().await;
            }
            let (raw, gzip) = (
                contestants::memory_mb(&ours.child)?,
                gzip_size(worker(operation)?)?,
            );
            starts.push(Start {
                what: operation.path.clone(),
                start_ms: ours.start_ms,
                gzip_bytes: gzip,
                idle_mb: ours.idle_mb,
                loaded_mb: Some(raw),
            });
            ours.child.stop().await;
        }
        for (start, child) in [
            ("TypeScript peer", Some(&peer.child)),
            ("Deno handler", deno.as_ref().map(|deno| &deno.child)),
        ] {
            let loaded = child.map(contestants::memory_mb).transpose()?;
            if let Some(found) = starts.iter_mut().find(|found| found.what == start) {
                found.loaded_mb = loaded;
            }
        }
        peer.child.stop().await;
        if let Some(deno) = deno {
            deno.child.stop().await;
        }
        Ok(Results {
            machine: report::machine(),
            date: report::today(),
            commit: report::commit(),
            seconds: self.arguments.seconds,
            rounds: self.arguments.rounds,
            starts,
            figures,
            refusals,
            losses,
            upstream_calls,
        })
    }

    /// Turn by turn, at each number of connections.
    async fn measure(
        &self,
        operation: &Operation,
        sides: &[(Side, Option<&Child>, HttpRequest)],
    ) -> Result<Vec<Figure>> {
        let mut figures = Vec::new();
        for (at, &connections) in self.arguments.connections.iter().enumerate() {
            let mut rounds: BTreeMap<Side, Vec<Load>> = BTreeMap::new();
            if at == 0 {
                for (_, _, request) in sides {
                    self.prepare(operation).await?;
                    self.oha.run(request, 8, WARM_UP, None).await?;
                }
            }
            for _ in 0..self.arguments.rounds {
                for (side, child, request) in sides {
                    self.prepare(operation).await?;
                    let load = self
                        .oha
                        .run(request, connections, self.arguments.seconds, *child)
                        .await
                        .with_context(|| format!("{} of {side:?}", operation.name))?;
                    rounds.entry(*side).or_default().push(load);
                }
            }
            figures.extend(rounds.into_iter().map(|(side, loads)| Figure {
                endpoint: operation.name.clone(),
                connections,
                side,
                load: Load::median(&loads),
            }));
        }
        Ok(figures)
    }

    /// Panics, in the Worker of the tests that does so when it is asked to.
    async fn losses(&self) -> Result<losses::Losses> {
        tools::step("panics");
        let mut worker = Worker::fixture("tests/panicking-worker")?;
        worker.path = "panicking/worker".to_owned();
        let built = worker.clone();
        tokio::task::spawn_blocking(move || build(&[built], Profile::Release)).await??;
        let started = contestants::worker(self.stack, &worker, &self.stack.addresses).await?;
        let url = format!("{}/functions/v1/{}", started.url, worker.path);
        let losses = losses::measure(&url).await;
        started.child.stop().await;
        losses
    }

    /// Bad tokens, at the Worker and at its peer.
    async fn refuse(
        &self,
        operation: &Operation,
        (ours, theirs): &(HttpRequest, HttpRequest),
    ) -> Result<Vec<Refusal>> {
        let mut refusals = Vec::new();
        for (token, text) in refusals::bad_tokens(&self.client_token)? {
            let (p50_ms, p99_ms) = refusals::times(ours, &text).await?;
            let (peer_p50_ms, peer_p99_ms) = refusals::times(theirs, &text).await?;
            refusals.push(Refusal {
                endpoint: operation.name.clone(),
                token,
                p50_ms,
                p99_ms,
                peer_p50_ms,
                peer_p99_ms,
            });
        }
        Ok(refusals)
    }

    /// Asking for an export is recorded, and the export tells of it: without this each answer would be longer than
    /// the one before.
    async fn prepare(&self, operation: &Operation) -> Result<()> {
        if operation.path == "account/export" {
            self.database
                .batch_execute("delete from public.activity where kind = 'data-exported'")
                .await?;
        }
        Ok(())
    }

    /// Asks each side once and compares the answers, and what Worker and peer asked of the database for them.
    /// Gives the Worker's calls.
    async fn same_work(&self, operation: &Operation, worker: &Worker) -> Result<Vec<UpstreamCall>> {
        let recorder = Recorder::start(&self.stack.addresses.supabase).await?;
        let through = Addresses {
            supabase: recorder.url.clone(),
            ..self.stack.addresses.clone()
        };
        let issuer = format!("{}/auth/v1", self.stack.addresses.supabase);
        let sides = [
            contestants::worker_of(self.stack, worker, &through, Some(&issuer)).await?,
            contestants::peer_of(self.stack, self.peer, &through, Some(&issuer)).await?,
        ];
        let mut seen = Vec::new();
        for side in sides {
            let request = self.request(operation, &side.url);
            // The first answer also waits for the key set.
            for _ in 0..2 {
                recorder.forget();
                self.prepare(operation).await?;
                let answer = request.send().await?;
                ensure!(
                    answer.0 == 200,
                    "{} answered {}: {}",
                    operation.name,
                    answer.0,
                    answer.1
                );
                seen.push((answer.1, recorder.calls()));
            }
            side.child.stop().await;
        }
        let [_, (ours, our_calls), _, (theirs, their_calls)] = seen.as_slice() else {
            anyhow::bail!("not every side answered");
        };
        let (ours, theirs) = (comparable(ours)?, comparable(theirs)?);
        ensure!(
            ours == theirs,
            "{}: the TypeScript peer answers otherwise\nWorker: {ours}\npeer:   {theirs}",
            operation.name
        );
        let canonical = |calls: &[UpstreamCall]| -> Vec<_> {
            calls.iter().map(UpstreamCall::canonical).collect()
        };
        let (asked, theirs) = (canonical(our_calls), canonical(their_calls));
        ensure!(
            asked == theirs,
            "{}: the TypeScript peer asks the database otherwise\nWorker: {asked:?}\npeer:   {theirs:?}",
            operation.name
        );
        ensure!(
            !operation.reads() || our_calls.len() <= 1,
            "{} makes {} calls for one read",
            operation.name,
            our_calls.len()
        );
        if !self.arguments.no_deno {
            let deno = contestants::deno(self.stack, self.peer, &self.stack.addresses).await?;
            self.prepare(operation).await?;
            let (status, answer) = self.request(operation, &deno.url).send().await?;
            deno.child.stop().await;
            ensure!(
                status == 200 && comparable(&answer)? == ours,
                "{}: the Deno handler answers otherwise: {status} {answer}",
                operation.name
            );
        }
        Ok(our_calls.clone())
    }

    fn request(&self, operation: &Operation, base: &str) -> HttpRequest {
        let token = match operation.as_staff {
            true => &self.staff_token,
            false => &self.client_token,
        };
        let mut headers = vec![("authorization".to_owned(), format!("Bearer {token}"))];
        if operation.body.is_some() {
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        HttpRequest {
            method: operation.method.clone(),
            url: format!("{base}/functions/v1/{}{}", operation.path, operation.query),
            headers,
            body: operation.body.as_ref().map(Value::to_string),
        }
    }

    /// Every operation that reads as somebody, from the OpenAPI documents, and writes that may be repeated.
    fn operations(&self) -> Result<Vec<Operation>> {
        let mut operations = Vec::new();
        for entry in std::fs::read_dir(root().join("omega-site/openapi"))? {
            let document: Value = serde_json::from_str(&read(&entry?.path())?)?;
            for (path, methods) in document["paths"].as_object().context("no paths")? {
                let path = path.trim_start_matches("/functions/v1/");
                let get = &methods["get"];
                // Without an empty alternative: only with a token.
                let needs_a_token = get["security"]
                    .as_array()
                    .is_some_and(|ways| ways.iter().all(|way| way.get("bearer").is_some()));
                let name = format!("GET {path}");
                if needs_a_token && LEFT_OUT.iter().all(|(left_out, _)| *left_out != name) {
                    operations.push(Operation {
                        name,
                        method: Method::GET,
                        path: path.to_owned(),
                        query: self.query(get)?,
                        body: None,
                        as_staff: get["tags"] == json!([STAFF]),
                    });
                }
            }
        }
        let writes = [
            (
                "onboarding/submit-profile",
                json!({ "urgency": "this-month", "phone": "(555) 234-5678", "services_needed": ["bookkeeping", "payroll"] }),
            ),
            (
                "onboarding/update-document",
                json!({ "id": self.document, "document_category": "bank-statement" }),
            ),
        ];
        operations.extend(writes.map(|(path, body)| Operation {
            name: format!("POST {path}"),
            method: Method::POST,
            path: path.to_owned(),
            query: String::new(),
            body: Some(body),
            as_staff: false,
        }));
        operations.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(operations)
    }

    /// The parameters that must be there; an id is the demo client's.
    fn query(&self, operation: &Value) -> Result<String> {
        let mut query = String::new();
        let parameters = operation["parameters"].as_array();
        for parameter in parameters.into_iter().flatten() {
            if parameter["required"] == true {
                ensure!(
                    parameter["name"] == "id" && query.is_empty(),
                    "nothing is known of {parameter}"
                );
                query = format!("?id={}", self.client_id);
            }
        }
        Ok(query)
    }

    /// From nothing to the first answer, side by side.
    async fn starts(&self, worker: &Worker) -> Result<Vec<Start>> {
        let addresses = &self.stack.addresses;
        let mut taken: BTreeMap<&str, Vec<Started>> = BTreeMap::new();
        for _ in 0..STARTS {
            let mut started = vec![
                (
                    "Worker",
                    contestants::worker(self.stack, worker, addresses).await?,
                ),
                (
                    "TypeScript peer",
                    contestants::peer(self.stack, self.peer, addresses).await?,
                ),
            ];
            if !self.arguments.no_deno {
                started.push((
                    "Deno handler",
                    contestants::deno(self.stack, self.peer, addresses).await?,
                ));
            }
            for (what, started) in started {
                started.child.stop().await;
                taken.entry(what).or_default().push(started);
            }
        }
        taken
            .into_iter()
            .map(|(what, started)| {
                let of =
                    |value: fn(&Started) -> f64| load::median(started.iter().map(value).collect());
                Ok(Start {
                    what: match what {
                        "Worker" => format!("Worker {}", worker.path),
                        other => other.to_owned(),
                    },
                    start_ms: of(|started| started.start_ms),
                    gzip_bytes: match what {
                        "Worker" => gzip_size(worker)?,
                        "TypeScript peer" => report::gzipped(&self.peer.worker)?,
                        _ => report::gzipped(&self.peer.deno)?,
                    },
                    idle_mb: of(|started| started.idle_mb),
                    loaded_mb: None,
                })
            })
            .collect()
    }
}

/// An answer without what differs from one request to the next: when it was made, the version that a save made, and
/// in an export the entries that tell of exports.
fn comparable(answer: &str) -> Result<Value> {
    let mut value: Value = serde_json::from_str(answer).context("an answer is no JSON")?;
    let is_export = value.get("exported_at").is_some();
    if is_export && let Some(entries) = value["activity"].as_array_mut() {
        entries.retain(|entry| entry["kind"] != "data-exported");
    }
    for (object, name) in [("", "exported_at"), ("/profile", "updated_at")] {
        if let Some(object) = value.pointer_mut(object).and_then(Value::as_object_mut) {
            object.remove(name);
        }
    }
    Ok(value)
}

/// The access token of a demo account, which has taken its second step.
pub async fn sign_in(addresses: &Addresses, email: &str) -> Result<String> {
    let session = seed::session(addresses, email).await?;
    Ok(session["access_token"]
        .as_str()
        .context("no session")?
        .to_owned())
}

/// A Worker in a workerd of its own whose Supabase is at another address.
pub async fn start_worker(stack: &Stack, worker: &Worker, supabase: &str) -> Result<Started> {
    let addresses = Addresses {
        supabase: supabase.to_owned(),
        ..stack.addresses.clone()
    };
    let issuer = format!("{}/auth/v1", stack.addresses.supabase);
    contestants::worker_of(stack, worker, &addresses, Some(&issuer)).await
}

/// The database past all policies.
pub async fn connect(addresses: &Addresses) -> Result<tokio_postgres::Client> {
    let url = addresses
        .database_url
        .as_deref()
        .context("this needs a local database")?;
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}
