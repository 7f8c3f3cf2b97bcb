//! `cargo xtask dev-loop`: how long an engineer waits: for the system to start, for an edit to be live, for the tests.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use omega_local::JwtMode;
use reqwest::Client;

use crate::build::Profile;
use crate::stack::{Options, Ports, Stack, default_data};
use crate::workspace::{read, root, target, write};
use crate::{bench, dev, seed, test, tools};

/// An edit of a Worker that shows from outside, and is taken back: it answers POST too.
const EDITED: &str = "crates/onboarding/profile/src/worker.rs";
const BEFORE: &str = ".get(profile)";
const AFTER: &str = ".get(profile).post(profile)";

/// An edit of a page's module that shows from outside.
const PAGE: &str = "omega-site/robots.txt";

pub async fn run() -> Result<()> {
    tools::set_up()?;
    let data = default_data().join("dev-loop");
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
    let mut rows = Vec::new();
    let started = Instant::now();
    let mut stack = Stack::start(&options).await?;
    let seeded = seed::run(&stack.addresses).await;
    rows.push(("cold start: no data, Workers built", started.elapsed()));
    stack.children.stop_all().await;
    seeded?;

    let started = Instant::now();
    let mut stack = Stack::start(&options).await?;
    rows.push(("warm start", started.elapsed()));
    let edits = edits(&stack).await;
    stack.children.stop_all().await;
    rows.extend(edits?);

    println!("\n{}, {}\n", bench::machine(), bench::today());
    for (what, took) in &rows {
        println!("{what:<44} {:>7.1} s", took.as_secs_f64());
    }
    match test::last_times() {
        Some(times) => {
            for (part, seconds) in times {
                println!("{:<44} {seconds:>7.1} s", format!("tests: {part}"));
            }
        }
        None => println!("tests: run `cargo xtask test` first; it notes how long each part takes"),
    }
    let figures: serde_json::Map<_, _> = rows
        .iter()
        .map(|(what, took)| ((*what).to_owned(), took.as_secs_f64().into()))
        .collect();
    let file = target().join("dev-loop.json");
    write(&file, serde_json::to_string_pretty(&figures)?)?;
    println!("\nas JSON: {}", file.display());
    Ok(())
}

async fn edits(stack: &Stack) -> Result<Vec<(&'static str, Duration)>> {
    let client = Client::new();
    let url = format!("{}/functions/v1/onboarding/profile", stack.addresses.site);
    let answers_post = async || -> Result<bool> {
        let answer = client.post(&url).send().await;
        Ok(answer.is_ok_and(|answer| answer.status() == 401))
    };
    ensure!(!answers_post().await?, "the Worker answers POST already");
    let started = Instant::now();
    let edit = Edit::make(EDITED, BEFORE, AFTER)?;
    dev::rebuild().await;
    until(answers_post).await?;
    let worker = started.elapsed();
    drop(edit);
    dev::rebuild().await;

    let page = format!("{}/robots.txt", stack.addresses.site);
    let shows = async || -> Result<bool> {
        let text = client.get(&page).send().await?.text().await?;
        Ok(text.contains("edit of the dev loop"))
    };
    let started = Instant::now();
    let edit = Edit::make(PAGE, "\n", "\n# edit of the dev loop\n")?;
    until(shows).await?;
    let file = started.elapsed();
    drop(edit);
    Ok(vec![
        ("edit of a Worker until it answers otherwise", worker),
        ("edit of a file of the site until it is served", file),
    ])
}

/// A change of a file that lasts as long as this.
struct Edit {
    file: PathBuf,
    original: String,
}

impl Edit {
    fn make(file: &str, from: &str, to: &str) -> Result<Self> {
        let file = root().join(file);
        let original = read(&file)?;
        ensure!(
            original.contains(from),
            "{} has no {from:?}",
            file.display()
        );
        write(&file, original.replacen(from, to, 1))?;
        Ok(Self { file, original })
    }
}

impl Drop for Edit {
    fn drop(&mut self) {
        if let Err(error) = write(&self.file, &self.original) {
            eprintln!("take the edit of {} back: {error:#}", self.file.display());
        }
    }
}

async fn until(holds: impl AsyncFn() -> Result<bool>) -> Result<()> {
    let started = Instant::now();
    while !holds().await.context("an edit")? {
        if started.elapsed() > Duration::from_secs(300) {
            bail!("an edit does not show");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}
