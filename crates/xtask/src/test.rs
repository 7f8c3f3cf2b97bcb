//! `cargo xtask test`: all tests, against a system of their own.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use omega_local::JwtMode;
use omega_supervise::{Child, Spec, free_port};
use tokio::process::Command;

use crate::build::{Profile, build};
use crate::stack::{Options, Ports, Stack, default_data};
use crate::tools;
use crate::workspace::{Worker, root, target, write};
use crate::{deploy, generate, schemathesis};

#[derive(clap::Args)]
pub struct Arguments {
    /// Run some parts only
    #[arg(long, value_enum)]
    only: Vec<Part>,
    /// Run only tests whose name holds this
    filter: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Logic, natively
    Native,
    /// supabase-js against the local Supabase
    SupabaseJs,
    /// Endpoints, policies and the journey in Chromium
    System,
    /// Requests made up from the OpenAPI documents
    Schemathesis,
    /// The same endpoints with legacy keys, HS256 tokens and confirmed addresses
    Legacy,
    /// What would be deployed, and what is generated
    Deploy,
}

pub async fn run(arguments: Arguments) -> Result<()> {
    let started = Instant::now();
    let parts: Vec<Part> = if arguments.only.is_empty() {
        Part::value_variants().to_vec()
    } else {
        arguments.only
    };
    let filter = arguments.filter.as_deref();
    tools::set_up()?;
    if parts.contains(&Part::System) {
        tools::chromium()?;
    }
    let mut report = Vec::new();
    for part in parts {
        let began = Instant::now();
        println!("\n=== {part:?}");
        let outcome = match part {
            Part::Native => native(filter).await,
            Part::SupabaseJs => {
                on_a_stack("test", JwtMode::Es256, async |stack| {
                    supabase_js(stack).await
                })
                .await
            }
            Part::System => {
                on_a_stack("test", JwtMode::Es256, async |stack| {
                    system(stack, filter).await
                })
                .await
            }
            Part::Schemathesis => {
                on_a_stack("test-schemathesis", JwtMode::Es256, async |stack| {
                    schemathesis::all(&dev_json(stack), schemathesis::FEW_EXAMPLES, &[]).await
                })
                .await
            }
            Part::Legacy => {
                on_a_stack("test-legacy", JwtMode::Hs256, async |stack| {
                    cargo_test(stack, "legacy", filter, None).await
                })
                .await
            }
            Part::Deploy => tokio::task::spawn_blocking(|| {
                generate::run(true)?;
                deploy::run(&deploy::Arguments {
                    dry_run: true,
                    secrets_file: None,
                })
            })
            .await
            .context("deploy")
            .flatten(),
        };
        report.push((part, outcome, began.elapsed()));
    }
    summary(&report, started.elapsed())
}

fn summary(report: &[(Part, Result<()>, Duration)], total: Duration) -> Result<()> {
    println!("\n=== Summary");
    for (part, outcome, took) in report {
        let word = if outcome.is_ok() { "passed" } else { "FAILED" };
        println!("{word}  {part:?} ({:.0} s)", took.as_secs_f32());
        if let Err(error) = outcome {
            println!("        {error:#}");
        }
    }
    println!("all in {:.0} s", total.as_secs_f32());
    note_times(report)?;
    let failed = report
        .iter()
        .filter(|(_, outcome, _)| outcome.is_err())
        .count();
    println!("{} passed, {failed} failed", report.len() - failed);
    ensure!(failed == 0, "{failed} of {} parts failed", report.len());
    Ok(())
}

fn times_file() -> PathBuf {
    target().join("test-times.json")
}

/// For `cargo xtask dev-loop`: how long each part took that passed.
fn note_times(report: &[(Part, Result<()>, Duration)]) -> Result<()> {
    let mut times = last_times().unwrap_or_default();
    for (part, outcome, took) in report {
        if outcome.is_ok() {
            times.insert(format!("{part:?}"), took.as_secs_f64());
        }
    }
    write(&times_file(), serde_json::to_string_pretty(&times)?)
}

/// How many seconds each part took when it last passed.
pub fn last_times() -> Option<BTreeMap<String, f64>> {
    serde_json::from_str(&std::fs::read_to_string(times_file()).ok()?).ok()
}

async fn native(filter: Option<&str>) -> Result<()> {
    let mut cargo = cargo();
    cargo
        .args([
            "test",
            "--no-fail-fast",
            "--workspace",
            "--exclude",
            "omega-tests",
        ])
        .args(filter);
    status(cargo, "the native tests").await?;
    // What of the site's modules needs no browser.
    status(node_tests("tests/site")?, "the tests of the site's modules").await
}

/// Runs `tests` against a system that is started for it on free ports and thrown away before the next time.
async fn on_a_stack(
    name: &str,
    jwt_mode: JwtMode,
    tests: impl AsyncFnOnce(&Stack) -> Result<()>,
) -> Result<()> {
    let data = default_data().join(name);
    if data.exists() {
        std::fs::remove_dir_all(&data)?;
    }
    let legacy = jwt_mode == JwtMode::Hs256;
    let options = Options {
        ports: Ports::free()?,
        data,
        profile: Profile::Dev,
        jwt_mode,
        confirm_email: legacy,
    };
    let mut stack = Stack::start(&options).await?;
    let outcome = tokio::select! {
        outcome = tests(&stack) => outcome,
        exit = stack.children.first_exit() => Err(anyhow::anyhow!("{exit}")),
        signal = interrupted() => Err(anyhow::anyhow!("stopped by {signal}")),
    };
    stack.children.stop_all().await;
    outcome
}

async fn interrupted() -> &'static str {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    ) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => "SIGINT",
        _ = terminate.recv() => "SIGTERM",
    }
}

async fn supabase_js(stack: &Stack) -> Result<()> {
    let mut node = node_tests("tests/supabase-js")?;
    node.env("OMEGA_DEV_JSON", dev_json(stack));
    status(node, "the supabase-js tests").await
}

/// Node's test runner on the tests in a folder.
fn node_tests(folder: &str) -> Result<Command> {
    let mut files: Vec<_> = std::fs::read_dir(root().join(folder))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.to_string_lossy().ends_with(".test.mjs"))
        .collect();
    files.sort();
    ensure!(!files.is_empty(), "{folder} holds no tests");
    let mut node = Command::new(tools::node());
    node.current_dir(root()).arg("--test").args(files);
    Ok(node)
}

async fn system(stack: &Stack, filter: Option<&str>) -> Result<()> {
    let (child, url) = panicking_worker(stack).await?;
    let outcome = cargo_test(stack, "system", filter, Some(&url)).await;
    child.stop().await;
    outcome
}

async fn cargo_test(
    stack: &Stack,
    binary: &str,
    filter: Option<&str>,
    panic_url: Option<&str>,
) -> Result<()> {
    // A test waits for the system more than it works itself.
    let at_once = std::thread::available_parallelism()?.get() + 1;
    let mut cargo = cargo();
    cargo
        .args(["test", "--package", "omega-tests", "--test", binary])
        .args(filter)
        .env("OMEGA_DEV_JSON", dev_json(stack))
        .env("RUST_TEST_THREADS", at_once.to_string());
    if let Some(url) = panic_url {
        cargo.env("OMEGA_PANIC_URL", url);
    }
    status(cargo, "the system tests").await
}

/// A Worker that panics on demand, run by `wrangler dev` in its own folder as an engineer would run one.
async fn panicking_worker(stack: &Stack) -> Result<(Child, String)> {
    let worker = Worker::fixture("tests/panicking-worker")?;
    let built = worker.clone();
    tokio::task::spawn_blocking(move || build(&[built], Profile::Dev)).await??;
    let vars = format!(
        "SUPABASE_URL={}\nSUPABASE_ANON_KEY={}\n",
        stack.addresses.supabase, stack.addresses.anon_key
    );
    write(&worker.folder.join(".dev.vars"), vars)?;
    let port = free_port()?;
    let spec = Spec::new("panicking Worker", tools::node())
        .arg(tools::node_modules().join("wrangler/bin/wrangler.js"))
        .args([
            "dev",
            "--ip",
            "127.0.0.1",
            "--port",
            &port.to_string(),
            "--inspector-port",
            "0",
        ])
        .arg("--show-interactive-dev-session=false")
        .cwd(&worker.folder)
        .env("WRANGLER_SEND_METRICS", "false")
        .env("CLOUDFLARE_CF_FETCH_ENABLED", "false")
        .env("CI", "true")
        .log(stack.data.join("logs/panicking-worker.log"));
    let child = spec.spawn()?;
    let url = format!("http://127.0.0.1:{port}");
    crate::stack::answers(&child, &url, |status| status == 200).await?;
    Ok((child, url))
}

fn dev_json(stack: &Stack) -> PathBuf {
    stack.data.join("dev.json")
}

fn cargo() -> Command {
    let mut cargo = Command::new(crate::workspace::cargo());
    cargo.current_dir(root());
    cargo
}

async fn status(mut command: Command, what: &str) -> Result<()> {
    command.stdin(Stdio::null()).kill_on_drop(true);
    let status = command.status().await.with_context(|| what.to_owned())?;
    if !status.success() {
        bail!("{what} failed ({status})");
    }
    Ok(())
}
