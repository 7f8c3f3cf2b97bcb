//! What was measured, as a table, beside what was aimed at.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};

use super::contestants::modules_of;
use super::refusals::AIM_MS;
use super::{Figure, LEFT_OUT, Results, Side};
use crate::workspace::{Worker, root};

/// The Worker's requests a second, as multiples of the TypeScript peer's and of the Deno handler's, at least.
const REQUESTS_OF_TYPESCRIPT: f64 = 1.5;
const REQUESTS_OF_DENO: f64 = 3.0;
/// The Worker's CPU as a share of the TypeScript peer's, at most.
const CPU_OF_TYPESCRIPT: f64 = 0.67;
/// The Worker's median as a multiple of PostgREST's, at most.
const P50_OF_FLOOR: f64 = 1.3;

pub fn table(results: &Results) -> Result<String> {
    let mut text = format!(
        "\n{}, {}, commit {}; medians of {} rounds of {} s, turn by turn\n\n",
        results.machine, results.date, results.commit, results.rounds, results.seconds
    );
    writeln!(
        text,
        "{:<34} {:>8} {:>8} {:>8} {:>10}",
        "", "gzip KB", "start ms", "idle MB", "loaded MB"
    )?;
    for start in &results.starts {
        let loaded = start
            .loaded_mb
            .map_or_else(|| "-".to_owned(), |loaded| format!("{loaded:.0}"));
        writeln!(
            text,
            "{:<34} {:>8.1} {:>8.0} {:>8.0} {loaded:>10}",
            start.what,
            start.gzip_bytes as f64 / 1024.0,
            start.start_ms,
            start.idle_mb
        )?;
    }
    writeln!(
        text,
        "\n{:<34} {:>5} {:<11} {:>7} {:>8} {:>8} {:>7}",
        "", "conns", "", "req/s", "p50 ms", "p99 ms", "CPU µs"
    )?;
    for figure in &results.figures {
        let cpu = figure
            .load
            .cpu_us
            .map_or_else(|| "-".to_owned(), |cpu| format!("{cpu:.0}"));
        writeln!(
            text,
            "{:<34} {:>5} {:<11} {:>7.0} {:>8.2} {:>8.2} {cpu:>7}",
            figure.endpoint,
            figure.connections,
            format!("{:?}", figure.side),
            figure.load.requests_per_second,
            figure.load.p50_ms,
            figure.load.p99_ms,
        )?;
    }
    writeln!(
        text,
        "\nThe Worker against each; * where the aim is missed: TypeScript ≥ {REQUESTS_OF_TYPESCRIPT} × requests/s, ≤ {CPU_OF_TYPESCRIPT} × CPU, p99 no worse; Deno ≥ {REQUESTS_OF_DENO} × requests/s; floor ≤ {P50_OF_FLOOR} × p50"
    )?;
    writeln!(
        text,
        "{:<34} {:>5} {:>9} {:>8} {:>8} {:>10} {:>9} {:>10}",
        "", "conns", "TS req/s", "TS CPU", "TS p99", "Deno req/s", "floor p50", "relay CPU"
    )?;
    for figure in results
        .figures
        .iter()
        .filter(|figure| figure.side == Side::Worker)
    {
        writeln!(text, "{}", ratios(figure, &results.figures))?;
    }
    writeln!(
        text,
        "\nA bad token at one connection, ms; * where the p99 is not under {AIM_MS} ms\n{:<34} {:<18} {:>8} {:>8} {:>8} {:>8}",
        "", "", "p50", "p99", "TS p50", "TS p99"
    )?;
    for refusal in &results.refusals {
        let star = if refusal.p99_ms < AIM_MS { " " } else { "*" };
        writeln!(
            text,
            "{:<34} {:<18} {:>8.2} {:>7.2}{star} {:>8.2} {:>8.2}",
            refusal.endpoint,
            refusal.token,
            refusal.p50_ms,
            refusal.p99_ms,
            refusal.peer_p50_ms,
            refusal.peer_p99_ms
        )?;
    }
    let losses = &results.losses;
    writeln!(
        text,
        "\nA panic, ms (p50, p99): a request as usual {:.2}, {:.2}; the one that panics {:.2}, {:.2}; the next, with a new instance {:.2}, {:.2}.\nOf a hundred requests under way in the same instance {:.0} end with it.\n",
        losses.usual_ms.0,
        losses.usual_ms.1,
        losses.panic_ms.0,
        losses.panic_ms.1,
        losses.next_ms.0,
        losses.next_ms.1,
        losses.ended_beside
    )?;
    for (name, calls) in &results.upstream_calls {
        writeln!(text, "{name}: {calls} database round trips")?;
    }
    for (name, why) in LEFT_OUT {
        writeln!(text, "{name} is not measured: it {why}")?;
    }
    Ok(text)
}

fn ratios(ours: &Figure, all: &[Figure]) -> String {
    let other = |side: Side| {
        all.iter()
            .find(|figure| {
                figure.side == side
                    && figure.endpoint == ours.endpoint
                    && figure.connections == ours.connections
            })
            .map(|figure| figure.load)
    };
    let load = ours.load;
    let (typescript, deno, relay, floor) = (
        other(Side::TypeScript),
        other(Side::Deno),
        other(Side::Relay),
        other(Side::Floor),
    );
    let cell = |ratio: Option<f64>, holds: &dyn Fn(f64) -> bool| match ratio {
        None => "-".to_owned(),
        Some(ratio) => format!("{ratio:.2}{}", if holds(ratio) { " " } else { "*" }),
    };
    let requests = |of: super::Load| load.requests_per_second / of.requests_per_second;
    format!(
        "{:<34} {:>5} {:>9} {:>8} {:>8} {:>10} {:>9} {:>10}",
        ours.endpoint,
        ours.connections,
        cell(typescript.map(requests), &|ratio| ratio
            >= REQUESTS_OF_TYPESCRIPT),
        cell(
            typescript.and_then(|of| Some(load.cpu_us? / of.cpu_us?)),
            &|ratio| ratio <= CPU_OF_TYPESCRIPT
        ),
        cell(typescript.map(|of| load.p99_ms / of.p99_ms), &|ratio| ratio
            <= 1.0),
        cell(deno.map(requests), &|ratio| ratio >= REQUESTS_OF_DENO),
        cell(floor.map(|of| load.p50_ms / of.p50_ms), &|ratio| ratio
            <= P50_OF_FLOOR),
        // Nothing is aimed at: it tells how much of the CPU is the runtime's own.
        cell(
            relay.and_then(|of| Some(load.cpu_us? / of.cpu_us?)),
            &|_| true
        ),
    )
}

/// What Cloudflare counts of a built Worker: every module, compressed.
pub fn gzip_size(worker: &Worker) -> Result<u64> {
    modules_of(worker)?
        .into_iter()
        .map(|name| gzipped(&worker.build_folder().join(name)))
        .sum()
}

pub fn gzipped(file: &Path) -> Result<u64> {
    let output = Command::new("gzip")
        .args(["--best", "--stdout"])
        .arg(file)
        .output()?;
    ensure!(output.status.success(), "gzip failed");
    Ok(output.stdout.len() as u64)
}

/// The processor and how many there are.
pub fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let values = |name: &str| {
        info.lines()
            .filter(|line| line.starts_with(name))
            .filter_map(|line| line.split_once(": "))
            .map(|(_, value)| value.to_owned())
            .collect::<Vec<_>>()
    };
    let names = values("model name");
    format!(
        "{} × {}",
        names.len().max(1),
        names.first().map_or("a processor", String::as_str)
    )
}

pub fn today() -> String {
    said(Command::new("date").arg("+%Y-%m-%d"))
}

pub fn commit() -> String {
    said(
        Command::new("git")
            .current_dir(root())
            .args(["rev-parse", "--short", "HEAD"]),
    )
}

fn said(command: &mut Command) -> String {
    command
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .unwrap_or_default()
}
