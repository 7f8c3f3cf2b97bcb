//! `cargo xtask chaos`: each part is killed with SIGKILL in the middle of many journeys. What a client was told was done
//! has to be there afterwards, once.

use std::collections::HashMap;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use omega_local::JwtMode;
use serde::Deserialize;
use tokio::process::Command;

use crate::build::Profile;
use crate::stack::{Options, Ports, Stack, default_data};
use crate::tools;
use crate::workspace::root;

#[derive(clap::Args)]
pub struct Arguments {
    /// Journeys at once, for each part that is killed
    #[arg(long, default_value_t = 200)]
    journeys: usize,
    /// Seconds after which the part is killed
    #[arg(long, default_value_t = 4)]
    after: u64,
    /// Kill these parts only
    #[arg(long)]
    only: Vec<String>,
}

/// The parts, and what the command line of each holds.
const PARTS: [(&str, &str); 5] = [
    ("database", "/native/bin/postgres -D"),
    ("postgrest", "/postgrest"),
    ("auth", "/auth.mjs"),
    ("workerd", "/workerd serve"),
    ("inbox", "/emulate/dist/index.js"),
];

/// How long the journeys may take with a part that is gone for a while.
const PATIENCE: Duration = Duration::from_secs(400);

/// What was found after a kill.
#[derive(Deserialize)]
struct Findings {
    accounts: usize,
    saves: usize,
    documents: usize,
    messages: usize,
    mails: usize,
    /// Tries that got no answer or a refusal and were made again.
    retries: usize,
    lost: Vec<String>,
}

pub async fn run(arguments: Arguments) -> Result<()> {
    tools::set_up()?;
    let chosen: Vec<_> = PARTS
        .into_iter()
        .filter(|(part, _)| {
            arguments.only.is_empty() || arguments.only.iter().any(|only| only == part)
        })
        .collect();
    ensure!(!chosen.is_empty(), "there is no such part");
    let data = default_data().join("chaos");
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
    let mut rows = Vec::new();
    for (part, program) in chosen {
        match strike(stack, &options, &arguments, part, program).await {
            Ok((next, down, findings)) => {
                stack = next;
                rows.push((part, down, findings));
            }
            Err(error) => return Err(error.context(part)),
        }
    }
    stack.children.stop_all().await;
    println!(
        "\n{:10} {:>7} {:>8} {:>6} {:>9} {:>8} {:>6} {:>8}  lost or double",
        "killed", "down s", "accounts", "saves", "documents", "messages", "mails", "retries"
    );
    for (part, down, found) in &rows {
        println!(
            "{part:10} {:7.1} {:8} {:6} {:9} {:8} {:6} {:8}  {}",
            down.as_secs_f32(),
            found.accounts,
            found.saves,
            found.documents,
            found.messages,
            found.mails,
            found.retries,
            found.lost.len()
        );
    }
    let lost: Vec<_> = rows.iter().flat_map(|(_, _, found)| &found.lost).collect();
    for line in &lost {
        println!("  {line}");
    }
    ensure!(lost.is_empty(), "{} things are lost or double", lost.len());
    Ok(())
}

/// Lets the journeys begin, kills the part, starts all anew, and looks when the journeys are over.
async fn strike(
    mut stack: Stack,
    options: &Options,
    arguments: &Arguments,
    part: &str,
    program: &str,
) -> Result<(Stack, Duration, Findings)> {
    println!("{part}: {} journeys", arguments.journeys);
    let file = options.data.join(format!("{part}.json"));
    let mut journeys = script(&stack, "journeys", &file)?
        .arg(arguments.journeys.to_string())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    tokio::time::sleep(Duration::from_secs(arguments.after)).await;
    ensure!(
        journeys.try_wait()?.is_none(),
        "the journeys were over before the kill: ask for more of them"
    );
    let victim = descendants(program)?
        .into_iter()
        .next()
        .with_context(|| format!("no process has {program}"))?;
    let killed = Instant::now();
    let status = Command::new("kill")
        .args(["-KILL", &victim.to_string()])
        .status()
        .await?;
    ensure!(status.success(), "it could not be killed");
    // Half a second in which the others are there without it.
    tokio::time::sleep(Duration::from_millis(500)).await;
    stack.children.stop_all().await;
    let stack = restart(options).await?;
    let down = killed.elapsed();

    let mut cron = tokio::time::interval(Duration::from_secs(5));
    let client = reqwest::Client::new();
    let url = format!("{}/cdn-cgi/handler/scheduled", stack.addresses.site);
    let status = loop {
        tokio::select! {
            status = journeys.wait() => break status?,
            _ = cron.tick() => { let _ = client.get(&url).timeout(Duration::from_secs(60)).send().await; }
            () = tokio::time::sleep(PATIENCE) => bail!("the journeys do not end"),
        }
    };
    ensure!(status.success(), "the journeys failed");
    let output = script(&stack, "verify", &file)?
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .await?;
    ensure!(
        output.status.success(),
        "what is there could not be looked at"
    );
    let findings = serde_json::from_slice(&output.stdout)?;
    Ok((stack, down, findings))
}

/// Ports may need a moment until they are free again.
async fn restart(options: &Options) -> Result<Stack> {
    let mut tries = 0;
    loop {
        match Stack::start(options).await {
            Ok(stack) => return Ok(stack),
            Err(error) if tries == 10 => return Err(error),
            Err(_) => tokio::time::sleep(Duration::from_secs(1)).await,
        }
        tries += 1;
    }
}

fn script(stack: &Stack, mode: &str, file: &Path) -> Result<Command> {
    let mut command = Command::from(tools::node_command("../crates/xtask/src/chaos.mjs")?);
    command
        .current_dir(root())
        .env("OMEGA_DEV_JSON", stack.data.join("dev.json"))
        .arg(mode)
        .arg(file);
    Ok(command)
}

/// The processes below this one whose command lines hold `program`.
pub fn descendants(program: &str) -> Result<Vec<u32>> {
    let output = std::process::Command::new("ps")
        .args(["-ww", "-e", "-o", "pid=,ppid=,command="])
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut parents = HashMap::new();
    let mut found = Vec::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        let (Some(pid), Some(parent)) = (
            words.next().and_then(|word| word.parse::<u32>().ok()),
            words.next().and_then(|word| word.parse::<u32>().ok()),
        ) else {
            continue;
        };
        parents.insert(pid, parent);
        if words.collect::<Vec<_>>().join(" ").contains(program) {
            found.push(pid);
        }
    }
    let own = std::process::id();
    let is_below = |mut pid: u32| {
        while let Some(&parent) = parents.get(&pid) {
            if parent == own {
                return true;
            }
            pid = parent;
        }
        false
    };
    Ok(found.into_iter().filter(|&pid| is_below(pid)).collect())
}
