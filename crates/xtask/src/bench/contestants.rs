//! Who is measured: a Worker or its TypeScript peer alone in a workerd, the Deno handler.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use omega_supervise::{Child, Spec, free_port};

use super::load::HttpRequest;
use crate::stack::{Addresses, Stack, settings};
use crate::tools;
use crate::workspace::{self, Worker, root, target, write};

const PEER: &str = "bench/peer";

/// What a limit is raised to while endpoints are measured.
const NO_LIMIT: u32 = 1_000_000_000;

/// The TypeScript of bench/peer, bundled as it would be deployed.
pub struct Peer {
    pub worker: PathBuf,
    pub deno: PathBuf,
    pub runtime: PathBuf,
}

impl Peer {
    /// Installs what its lock file names, checks the types, bundles both.
    pub fn build() -> Result<Self> {
        tools::step("the TypeScript peer");
        let folder = root().join(PEER);
        tools::npm_install(&folder)?;
        let types = tools::node_command("typescript/bin/tsc")?
            .arg("--project")
            .arg(&folder)
            .status()?;
        ensure!(types.success(), "the types of {PEER} are wrong: see above");
        let bundle = |name: &str| -> Result<PathBuf> {
            let out = target().join("bench").join(format!("{name}.js"));
            let status = Command::new(folder.join("node_modules/.bin/esbuild"))
                .arg(folder.join(format!("src/{name}.ts")))
                .args(["--bundle", "--minify", "--format=esm", "--target=es2024"])
                .args(["--platform=browser", "--conditions=worker,browser"])
                .arg("--log-level=warning")
                .arg(format!("--outfile={}", out.display()))
                .status()?;
            ensure!(status.success(), "esbuild failed on {name}.ts");
            Ok(out)
        };
        Ok(Self {
            worker: bundle("worker")?,
            deno: bundle("deno")?,
            runtime: deno_program(&folder)?,
        })
    }
}

/// npm's `deno` is a script that starts this: measured is what it starts.
fn deno_program(folder: &Path) -> Result<PathBuf> {
    for entry in std::fs::read_dir(folder.join("node_modules/@deno"))? {
        let program = entry?.path().join("deno");
        if program.is_file() {
            return Ok(program);
        }
    }
    bail!("npm installed no Deno for this platform")
}

/// A process that answers.
pub struct Started {
    pub child: Child,
    pub url: String,
    /// From its start to its first answer.
    pub start_ms: f64,
    pub idle_mb: f64,
}

pub async fn worker(stack: &Stack, worker: &Worker, addresses: &Addresses) -> Result<Started> {
    worker_of(stack, worker, addresses, None).await
}

/// The Worker with another issuer of tokens than its Supabase.
pub async fn worker_of(
    stack: &Stack,
    worker: &Worker,
    addresses: &Addresses,
    issuer: Option<&str>,
) -> Result<Started> {
    let modules = modules_of(worker)?
        .into_iter()
        .map(|name| (worker.build_folder().join(&name), name))
        .collect();
    let settings = settings(worker, &[], addresses);
    let vars = settings["vars"].as_object().context("no vars")?;
    let bindings = vars
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .chain(issuer.map(|issuer| ("SUPABASE_JWT_ISSUER".to_owned(), issuer.to_owned())))
        .collect();
    let limiters = worker
        .config
        .ratelimits
        .iter()
        .filter_map(|limit| limit["name"].as_str().map(str::to_owned))
        .collect();
    workerd(
        stack,
        &Workerd {
            name: worker.config.name.clone(),
            date: worker.config.compatibility_date.clone(),
            modules,
            bindings,
            limiters,
        },
        &format!("/functions/v1/{}", worker.path),
    )
    .await
}

pub async fn peer(stack: &Stack, peer: &Peer, addresses: &Addresses) -> Result<Started> {
    peer_of(stack, peer, addresses, None).await
}

pub async fn peer_of(
    stack: &Stack,
    peer: &Peer,
    addresses: &Addresses,
    issuer: Option<&str>,
) -> Result<Started> {
    let mut bindings = vec![
        ("SUPABASE_URL".to_owned(), addresses.supabase.clone()),
        ("SUPABASE_ANON_KEY".to_owned(), addresses.anon_key.clone()),
        ("ALLOWED_ORIGINS".to_owned(), addresses.site.clone()),
    ];
    bindings.extend(issuer.map(|issuer| ("SUPABASE_JWT_ISSUER".to_owned(), issuer.to_owned())));
    workerd(
        stack,
        &Workerd {
            name: "typescript-peer".to_owned(),
            date: workspace::dispatch()?.config.compatibility_date,
            modules: vec![(peer.worker.clone(), "index.js".to_owned())],
            bindings,
            limiters: vec!["EXPORT_LIMITER".to_owned()],
        },
        "/functions/v1/onboarding/profile",
    )
    .await
}

/// A Worker of three lines that sends the same call to the database and gives back what it answers.
pub async fn relay(stack: &Stack, call: &HttpRequest) -> Result<Started> {
    let headers: BTreeMap<_, _> = call.headers.iter().cloned().collect();
    workerd(
        stack,
        &Workerd {
            name: "relay".to_owned(),
            date: workspace::dispatch()?.config.compatibility_date,
            modules: vec![(
                root().join(PEER).join("src/relay.js"),
                "index.js".to_owned(),
            )],
            bindings: vec![
                ("METHOD".to_owned(), call.method.to_string()),
                ("ADDRESS".to_owned(), call.url.clone()),
                ("HEADERS".to_owned(), serde_json::to_string(&headers)?),
                ("BODY".to_owned(), call.body.clone().unwrap_or_default()),
            ],
            limiters: Vec::new(),
        },
        "/",
    )
    .await
}

pub async fn deno(stack: &Stack, peer: &Peer, addresses: &Addresses) -> Result<Started> {
    let port = free_port()?;
    let started = Instant::now();
    let child = Spec::new("deno", &peer.runtime)
        .args([
            "run",
            "--no-config",
            "--no-remote",
            "--allow-net",
            "--allow-env",
        ])
        .arg(&peer.deno)
        .env("PORT", port.to_string())
        .env("SUPABASE_URL", &addresses.supabase)
        .env("SUPABASE_ANON_KEY", &addresses.anon_key)
        .env("DENO_NO_UPDATE_CHECK", "1")
        .env("DENO_DIR", stack.data.join("deno"))
        .log(stack.data.join("logs/deno.log"))
        .spawn()?;
    answering(child, port, "/functions/v1/onboarding/profile", started).await
}

/// What a workerd is to run.
struct Workerd {
    name: String,
    date: String,
    /// File and name; workerd starts at the first.
    modules: Vec<(PathBuf, String)>,
    bindings: Vec<(String, String)>,
    limiters: Vec<String>,
}

async fn workerd(stack: &Stack, what: &Workerd, path: &str) -> Result<Started> {
    let port = free_port()?;
    let file = stack
        .data
        .join("workerd")
        .join(format!("{}-{port}.capnp", what.name));
    write(&file, what.capnp(port)?)?;
    let mut spec = Spec::new("workerd", workerd_program()?).args(["serve", "-I/"]);
    if let Ok(address) = std::env::var("OMEGA_BENCH_INSPECTOR") {
        spec = spec.arg(format!("--inspector-addr={address}"));
    }
    let started = Instant::now();
    let child = spec
        .arg(&file)
        .log(stack.data.join("logs/workerd.log"))
        .spawn()?;
    answering(child, port, path, started).await
}

/// The program itself: npm's `workerd` may be a script that starts it.
fn workerd_program() -> Result<PathBuf> {
    for entry in std::fs::read_dir(tools::node_modules().join("@cloudflare"))? {
        let program = entry?.path().join("bin/workerd");
        if program.is_file() {
            return Ok(program);
        }
    }
    bail!("npm installed no workerd for this platform")
}

impl Workerd {
    /// workerd's configuration.
    fn capnp(&self, port: u16) -> Result<String> {
        let mut modules = String::new();
        for (file, name) in &self.modules {
            let kind = if name.ends_with(".wasm") {
                "wasm"
            } else {
                "esModule"
            };
            writeln!(
                modules,
                "      ( name = {name:?}, {kind} = embed {:?} ),",
                file.display().to_string()
            )?;
        }
        let mut bindings = String::new();
        for (name, value) in &self.bindings {
            writeln!(bindings, "      ( name = {name:?}, text = {value:?} ),")?;
        }
        for name in &self.limiters {
            writeln!(
                bindings,
                r#"      ( name = {name:?}, wrapped = ( moduleName = "bench:limiter", innerBindings = [ ( name = "limit", json = "{NO_LIMIT}" ) ] ) ),"#
            )?;
        }
        let limiter = root().join(PEER).join("src/limiter.js");
        let date = &self.date;
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
  extensions = [ ( modules = [ ( name = "bench:limiter", internal = true, esModule = embed {:?} ) ] ) ],
);
"#,
            limiter.display().to_string()
        ))
    }
}

/// Waits for the first answer, whatever it is.
async fn answering(child: Child, port: u16, path: &str, started: Instant) -> Result<Started> {
    let url = format!("http://127.0.0.1:{port}");
    let client = reqwest::Client::new();
    loop {
        if client.get(format!("{url}{path}")).send().await.is_ok() {
            break;
        }
        if !child.is_running() {
            bail!("{}", child.exited().await);
        }
        ensure!(
            started.elapsed() < Duration::from_secs(30),
            "no answer: {}",
            child.last_lines().join("\n")
        );
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let start_ms = started.elapsed().as_secs_f64() * 1000.0;
    let idle_mb = memory_mb(&child)?;
    Ok(Started {
        child,
        url,
        start_ms,
        idle_mb,
    })
}

/// Memory that a process has to itself, in MB (proc(5), RssAnon: what is mapped from files is shared).
pub fn memory_mb(child: &Child) -> Result<f64> {
    let status = workspace::read(Path::new(&format!("/proc/{}/status", child.id())))?;
    let kilobytes: f64 = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"))
        .and_then(|rest| rest.split_whitespace().next())
        .context("/proc/…/status")?
        .parse()?;
    Ok(kilobytes / 1024.0)
}

/// CPU time that a process has used so far (proc(5), fields 14 and 15 of stat, in ticks of 10 ms).
pub fn cpu_time(child: &Child) -> Result<Duration> {
    let stat = workspace::read(Path::new(&format!("/proc/{}/stat", child.id())))?;
    let (_, fields) = stat.rsplit_once(')').context("/proc/…/stat")?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut ticks = || -> Result<u64> { Ok(fields.next().context("/proc/…/stat")?.parse()?) };
    Ok(Duration::from_millis((ticks()? + ticks()?) * 10))
}

/// The modules of a built Worker, by their paths in its build folder.
pub fn modules_of(worker: &Worker) -> Result<Vec<String>> {
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
