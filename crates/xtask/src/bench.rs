//! `cargo xtask bench`: what a Worker costs, side by side with the same query sent to PostgREST directly.
//!
//! Each Worker runs alone in a plain workerd, as deployed (release build), against the local Supabase.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use omega_local::JwtMode;
use omega_supervise::{Child, Spec, free_port};
use reqwest::{Client, Method};
use serde::Serialize;
use serde_json::{Value, json};

use crate::build::{Profile, build};
use crate::seed;
use crate::stack::{Addresses, Options, Ports, Stack, answers, default_data};
use crate::tools;
use crate::workspace::{self, Worker, target, write};

#[derive(clap::Args)]
pub struct Arguments {
    /// Requests for each figure
    #[arg(long, default_value_t = 2000)]
    requests: usize,
}

/// The columns that the profile Worker asks for, so that both sides send the same query.
const PROFILE_QUERY: &str = "select=id,full_name,business_name,email,phone,entity_type,ein,urgency,services_needed,\
onboarding_status,submitted_at,receipt_number,created_at,updated_at,received_categories";

/// Requests before the clock starts.
const WARM_UP: usize = 200;

#[derive(Serialize)]
struct Figure {
    what: String,
    connections: usize,
    requests_per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    /// Of workerd; none for a direct query.
    cpu_us: Option<f64>,
}

pub async fn run(arguments: Arguments) -> Result<()> {
    tools::set_up()?;
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
    let outcome = measure(&stack, arguments.requests).await;
    stack.children.stop_all().await;
    let (sizes, figures) = outcome?;
    println!("{}", table(&sizes, &figures)?);
    let file = target().join("bench.json");
    write(
        &file,
        serde_json::to_string_pretty(&json!({ "gzip_bytes": sizes, "figures": figures }))?,
    )?;
    println!("\nas JSON: {}", file.display());
    Ok(())
}

async fn measure(stack: &Stack, requests: usize) -> Result<(Vec<(String, u64)>, Vec<Figure>)> {
    let workers = workspace::workers()?;
    let sizes = workers
        .iter()
        .map(|worker| Ok((worker.path.clone(), gzip_size(worker)?)))
        .collect::<Result<_>>()?;
    seed::run(&stack.addresses).await?;
    let session = sign_in(&stack.addresses).await?;
    let token = session["access_token"].as_str().context("no session")?;
    let user = session["user"]["id"].as_str().context("no user")?;

    let direct = Target {
        what: "PostgREST direct".to_owned(),
        method: Method::GET,
        url: format!(
            "{}/rest/v1/clients?{PROFILE_QUERY}&id=eq.{user}",
            stack.addresses.supabase
        ),
        body: None,
        anon_key: Some(stack.addresses.anon_key.clone()),
        token: token.to_owned(),
    };
    let mut figures = Vec::new();
    for worker in workers.iter().filter(|worker| worker.is_public()) {
        let Some((method, body)) = request(worker, user) else {
            continue;
        };
        let (child, url) = alone(stack, worker).await?;
        let through = Target {
            what: worker.path.clone(),
            method,
            url: format!("{url}/functions/v1/{}", worker.path),
            body,
            anon_key: None,
            token: token.to_owned(),
        };
        for connections in [1, 16] {
            if worker.path == "onboarding/profile" {
                // Turn by turn, so that whatever else the machine does falls on both.
                let (mut ours, mut theirs) = (Vec::new(), Vec::new());
                for _ in 0..4 {
                    theirs.push(direct.run(connections, requests / 4, None).await?);
                    ours.push(through.run(connections, requests / 4, Some(&child)).await?);
                }
                figures.push(middle(theirs)?);
                figures.push(middle(ours)?);
            } else {
                figures.push(through.run(connections, requests, Some(&child)).await?);
            }
        }
        child.stop().await;
    }
    Ok((sizes, figures))
}

/// The round with the middle p50.
fn middle(mut rounds: Vec<Figure>) -> Result<Figure> {
    rounds.sort_by(|a, b| a.p50_ms.total_cmp(&b.p50_ms));
    let at = rounds.len() / 2;
    rounds.into_iter().nth(at).context("no rounds")
}

/// A request that can be repeated without changing anything.
fn request(worker: &Worker, user: &str) -> Option<(Method, Option<Value>)> {
    match worker.path.as_str() {
        "onboarding/home" | "onboarding/profile" | "onboarding/documents" | "onboarding/chat" => {
            Some((Method::GET, None))
        }
        "onboarding/submit-profile" => {
            Some((Method::POST, Some(json!({ "urgency": "this-month" }))))
        }
        "onboarding/register-document" => Some((
            Method::POST,
            Some(json!({
                "document_name": "EIN letter CP 575.pdf",
                "document_category": "ein-letter",
                "storage_path": format!("{user}/ein-letter.pdf"),
            })),
        )),
        _ => None,
    }
}

struct Target {
    what: String,
    method: Method,
    url: String,
    body: Option<Value>,
    anon_key: Option<String>,
    token: String,
}

impl Target {
    async fn run(
        &self,
        connections: usize,
        requests: usize,
        workerd: Option<&Child>,
    ) -> Result<Figure> {
        let client = Client::builder()
            .pool_max_idle_per_host(connections)
            .build()?;
        self.batch(&client, connections, WARM_UP.min(requests))
            .await?;
        let cpu = workerd.map(cpu_time).transpose()?;
        let started = Instant::now();
        let mut times = self.batch(&client, connections, requests).await?;
        let took = started.elapsed();
        let cpu = workerd
            .map(cpu_time)
            .transpose()?
            .zip(cpu)
            .map(|(after, before)| after - before);
        times.sort();
        let at = |share: f64| {
            let index = ((times.len() as f64 * share) as usize).min(times.len().saturating_sub(1));
            times
                .get(index)
                .map_or(0.0, |time| time.as_secs_f64() * 1000.0)
        };
        Ok(Figure {
            what: self.what.clone(),
            connections,
            requests_per_second: times.len() as f64 / took.as_secs_f64(),
            p50_ms: at(0.5),
            p99_ms: at(0.99),
            cpu_us: cpu.map(|cpu| cpu.as_secs_f64() * 1e6 / times.len() as f64),
        })
    }

    async fn batch(
        &self,
        client: &Client,
        connections: usize,
        requests: usize,
    ) -> Result<Vec<Duration>> {
        let lanes = (0..connections).map(|_| async {
            let mut times = Vec::with_capacity(requests / connections);
            for _ in 0..requests / connections {
                let mut request = client
                    .request(self.method.clone(), &self.url)
                    .bearer_auth(&self.token);
                if let Some(key) = &self.anon_key {
                    request = request.header("apikey", key);
                }
                if let Some(body) = &self.body {
                    request = request.json(body);
                }
                let started = Instant::now();
                let response = request.send().await?;
                let status = response.status();
                response.bytes().await?;
                ensure!(status.is_success(), "{} answered {status}", self.what);
                times.push(started.elapsed());
            }
            Ok(times)
        });
        let lanes = futures_util::future::try_join_all(lanes).await?;
        Ok(lanes.into_iter().flatten().collect())
    }
}

/// One Worker in a workerd of its own.
async fn alone(stack: &Stack, worker: &Worker) -> Result<(Child, String)> {
    let port = free_port()?;
    let folder = stack.data.join("workerd");
    let file = folder.join(format!("{}.capnp", worker.config.name));
    write(&file, capnp(worker, &stack.addresses, port)?)?;
    let child = Spec::new("workerd", tools::node_modules().join(".bin/workerd"))
        .args(["serve", "-I/"])
        .arg(&file)
        .log(stack.data.join("logs/workerd.log"))
        .spawn()?;
    let url = format!("http://127.0.0.1:{port}");
    answers(
        &child,
        &format!("{url}/functions/v1/{}", worker.path),
        |status| matches!(status, 200 | 401 | 405),
    )
    .await?;
    Ok((child, url))
}

/// workerd's configuration: the modules of a built Worker and its settings.
fn capnp(worker: &Worker, addresses: &Addresses, port: u16) -> Result<String> {
    let mut modules = String::new();
    for name in modules_of(worker)? {
        let kind = if name.ends_with(".wasm") {
            "wasm"
        } else {
            "esModule"
        };
        let path = worker.build_folder().join(&name);
        writeln!(
            modules,
            "      ( name = {name:?}, {kind} = embed {:?} ),",
            path.display().to_string()
        )?;
    }
    let mut bindings = String::new();
    for (name, value) in [
        ("SUPABASE_URL", &addresses.supabase),
        ("SUPABASE_ANON_KEY", &addresses.anon_key),
        ("SUPABASE_SERVICE_ROLE_KEY", &addresses.service_role_key),
    ] {
        writeln!(bindings, "      ( name = {name:?}, text = {value:?} ),")?;
    }
    let date = &worker.config.compatibility_date;
    Ok(format!(
        r#"using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ( name = "worker", worker = (
      modules = [
{modules}      ],
      bindings = [
{bindings}      ],
      compatibilityDate = "{date}",
    ) ),
    ( name = "internet", network = ( allow = ["public", "private", "local"] ) ),
  ],
  sockets = [ ( name = "http", address = "127.0.0.1:{port}", http = (), service = "worker" ) ],
);
"#
    ))
}

/// CPU time that a process has used so far (proc(5), fields 14 and 15 of stat, in ticks of 10 ms).
fn cpu_time(child: &Child) -> Result<Duration> {
    let stat = workspace::read(Path::new(&format!("/proc/{}/stat", child.id())))?;
    let (_, fields) = stat.rsplit_once(')').context("/proc/…/stat")?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut ticks = || -> Result<u64> { Ok(fields.next().context("/proc/…/stat")?.parse()?) };
    Ok(Duration::from_millis((ticks()? + ticks()?) * 10))
}

async fn sign_in(addresses: &Addresses) -> Result<Value> {
    let response = Client::new()
        .post(format!(
            "{}/auth/v1/token?grant_type=password",
            addresses.supabase
        ))
        .header("apikey", &addresses.anon_key)
        .json(&json!({ "email": seed::BUSY_CLIENT, "password": seed::PASSWORD }))
        .send()
        .await?;
    Ok(response.error_for_status()?.json().await?)
}

/// What Cloudflare counts: every module, compressed.
fn gzip_size(worker: &Worker) -> Result<u64> {
    build(std::slice::from_ref(worker), Profile::Release)?;
    let mut total = 0;
    for name in modules_of(worker)? {
        let output = Command::new("gzip")
            .args(["--best", "--stdout"])
            .arg(worker.build_folder().join(name))
            .output()?;
        ensure!(output.status.success(), "gzip failed");
        total += output.stdout.len() as u64;
    }
    Ok(total)
}

/// The modules of a built Worker, by their paths in its build folder.
fn modules_of(worker: &Worker) -> Result<Vec<String>> {
    let root = worker.build_folder();
    let mut names = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            let is_module = path
                .extension()
                .is_some_and(|kind| kind == "js" || kind == "wasm");
            if path.is_dir() {
                folders.push(path);
            } else if is_module {
                names.push(path.strip_prefix(&root)?.display().to_string());
            }
        }
    }
    // workerd starts at the first.
    names.sort_by_key(|name| name != "index.js");
    Ok(names)
}

fn table(sizes: &[(String, u64)], figures: &[Figure]) -> Result<String> {
    let mut text = String::from("Worker                           gzip KB\n");
    for (path, bytes) in sizes {
        writeln!(text, "{path:<32} {:>7}", bytes / 1024)?;
    }
    writeln!(
        text,
        "\n{:<32} {:>5} {:>8} {:>8} {:>8} {:>8}",
        "", "conns", "req/s", "p50 ms", "p99 ms", "CPU µs"
    )?;
    for figure in figures {
        let cpu = figure
            .cpu_us
            .map_or_else(|| "-".to_owned(), |cpu| format!("{cpu:.0}"));
        writeln!(
            text,
            "{:<32} {:>5} {:>8.0} {:>8.2} {:>8.2} {:>8}",
            figure.what,
            figure.connections,
            figure.requests_per_second,
            figure.p50_ms,
            figure.p99_ms,
            cpu
        )?;
    }
    for connections in [1, 16] {
        let p50 = |what: &str| {
            figures
                .iter()
                .find(|figure| figure.what == what && figure.connections == connections)
                .map(|figure| figure.p50_ms)
        };
        if let (Some(through), Some(direct)) = (p50("onboarding/profile"), p50("PostgREST direct"))
        {
            writeln!(
                text,
                "\nprofile at {connections} connections: {:.2} times the direct query at p50",
                through / direct
            )?;
        }
    }
    Ok(text)
}
