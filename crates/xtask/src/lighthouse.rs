//! `cargo xtask lighthouse`: how good each page is, in one table, against the bars it has to pass.

use std::fmt::Write as _;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use omega_local::JwtMode;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;

use crate::build::Profile;
use crate::seed;
use crate::site;
use crate::stack::{Addresses, Options, Ports, Stack, default_data};
use crate::tools;
use crate::workspace::root;

#[derive(clap::Args)]
pub struct Arguments {
    /// Only these pages, by their paths
    only: Vec<String>,
}

const SCRIPT: &str = include_str!("lighthouse.mjs");
/// What a first load may weigh, gzipped, beside the font and the page's own data.
const LARGEST_KILOBYTES: f64 = 100.0;
const LEAST_PERFORMANCE: u8 = 95;
/// What Chromium calls a shift that nobody sees.
const LARGEST_SHIFT: f64 = 0.001;

/// What the script tells of a page.
#[derive(Deserialize)]
struct Row {
    path: String,
    indexed: bool,
    needs: Option<String>,
    performance: Option<u8>,
    accessibility: Option<u8>,
    practices: Option<u8>,
    seo: Option<u8>,
    shift: Option<f64>,
    paint: Option<f64>,
    kilobytes: f64,
    failed: Vec<String>,
    axe: Vec<String>,
    complaints: Vec<String>,
    strangers: Vec<String>,
}

impl Row {
    /// The bars that the page does not pass.
    fn misses(&self) -> Vec<String> {
        let mut misses = Vec::new();
        let mut want = |holds: bool, what: String| {
            if !holds {
                misses.push(what);
            }
        };
        let is_full = |points: Option<u8>| points == Some(100);
        want(
            self.performance >= Some(LEAST_PERFORMANCE),
            format!("performance under {LEAST_PERFORMANCE}"),
        );
        want(
            is_full(self.accessibility),
            "accessibility under 100".into(),
        );
        want(is_full(self.practices), "best practices under 100".into());
        want(!self.indexed || is_full(self.seo), "SEO under 100".into());
        want(
            self.shift.is_some_and(|shift| shift <= LARGEST_SHIFT),
            "the layout shifts".into(),
        );
        want(
            self.kilobytes <= LARGEST_KILOBYTES,
            format!("over {LARGEST_KILOBYTES} KB"),
        );
        for (what, list) in [
            ("axe", &self.axe),
            ("console", &self.complaints),
            ("another origin", &self.strangers),
        ] {
            want(list.is_empty(), format!("{what}: {}", list.join("; ")));
        }
        if !misses.is_empty() && !self.failed.is_empty() {
            misses.push(format!("audits: {}", self.failed.join(", ")));
        }
        misses
    }
}

pub async fn run(arguments: Arguments) -> Result<()> {
    tools::set_up()?;
    tools::chromium()?;
    let data = default_data().join("lighthouse");
    if data.exists() {
        std::fs::remove_dir_all(&data)?;
    }
    let options = Options {
        ports: Ports::free()?,
        data,
        profile: Profile::Dev,
        jwt_mode: JwtMode::Es256,
        confirm_email: false,
    };
    let mut stack = Stack::start(&options).await?;
    let outcome = measure(&stack.addresses, &arguments.only).await;
    stack.children.stop_all().await;
    let rows = outcome?;
    print!("{}", table(&rows)?);
    let missed = rows.iter().filter(|row| !row.misses().is_empty()).count();
    ensure!(missed == 0, "{missed} of {} pages miss a bar", rows.len());
    Ok(())
}

async fn measure(addresses: &Addresses, only: &[String]) -> Result<Vec<Row>> {
    seed::run(addresses).await?;
    let client = seed::session(addresses, seed::BUSY_CLIENT).await?;
    let staff = seed::session(addresses, seed::STAFF).await?;
    let pages: Vec<Value> = site::pages()?
        .iter()
        .map(|page| json!({ "path": page.path, "indexed": page.indexed, "needs": page.needs }))
        .collect();
    let job = json!({
        "site": addresses.site,
        "supabase": addresses.supabase,
        "chromium": std::env::var("CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".into()),
        "axe": tools::node_modules().join("axe-core/axe.min.js"),
        "only": only,
        "pages": pages,
        "sessions": { "client": client, "staff": staff },
    });
    // From the root, since a script's imports are looked up from where it stands.
    let mut node = Command::new(tools::node())
        .current_dir(root())
        .args(["--input-type=module", "--eval", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("node")?;
    let mut input = node.stdin.take().context("node's input")?;
    input.write_all(job.to_string().as_bytes()).await?;
    drop(input);
    let mut lines = BufReader::new(node.stdout.take().context("node's output")?).lines();
    let mut rows = Vec::new();
    while let Some(line) = lines.next_line().await? {
        let row: Row = serde_json::from_str(&line).with_context(|| line.clone())?;
        eprintln!("measured {}", row.path);
        rows.push(row);
    }
    ensure!(
        node.wait().await?.success(),
        "the measurement broke off: see above"
    );
    ensure!(!rows.is_empty(), "there is no such page");
    Ok(rows)
}

fn table(rows: &[Row]) -> Result<String> {
    let mut text = String::from(
        "\nLighthouse as on a phone (performance: median of three runs); axe in light and dark at 320, 768 and 1280 px; first load gzipped, without the font and the page's data\n\n",
    );
    writeln!(
        text,
        "{:<20} {:>5} {:>5} {:>5} {:>5} {:>7} {:>7} {:>7} {:>5} {:>8}",
        "page", "perf", "a11y", "best", "SEO", "LCP s", "shift", "KB", "axe", "console"
    )?;
    let points = |value: Option<u8>| value.map_or_else(|| "–".into(), |value| value.to_string());
    for row in rows {
        let seo = if row.indexed {
            points(row.seo)
        } else {
            "–".into()
        };
        writeln!(
            text,
            "{:<20} {:>5} {:>5} {:>5} {:>5} {:>7.1} {:>7.3} {:>7.1} {:>5} {:>8}",
            format!(
                "{}{}",
                row.path,
                if row.needs.is_some() { " *" } else { "" }
            ),
            points(row.performance),
            points(row.accessibility),
            points(row.practices),
            seo,
            row.paint.unwrap_or_default() / 1000.0,
            row.shift.unwrap_or_default(),
            row.kilobytes,
            row.axe.len(),
            row.complaints.len(),
        )?;
    }
    writeln!(text, "\n* signed in. Not for search engines: –")?;
    for row in rows {
        for miss in row.misses() {
            writeln!(text, "{} {miss}", row.path)?;
        }
    }
    Ok(text)
}
