//! `cargo xtask deploy`: the Workers, then the site.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use omega_dispatch::{TURNSTILE_PAGES, TURNSTILE_SCRIPT, turnstile_policy};
use serde_json::json;

use crate::build::{Profile, build};
use crate::workspace::{self, Worker, read, root, target, write};
use crate::{budgets, tools};

#[derive(clap::Args)]
pub struct Arguments {
    /// Show what would go where, and check it, without sending anything
    #[arg(long)]
    pub dry_run: bool,
    /// Secrets as NAME=value lines, for Workers that are not deployed yet and so hold none
    #[arg(long)]
    pub secrets_file: Option<PathBuf>,
}

/// The Pages project of the site.
const PAGES_PROJECT: &str = "omega-pipeline";

/// Secrets that a Worker may hold; a wrangler.toml that asks for another is a mistake.
const KNOWN_SECRETS: [&str; 4] = [
    "SUPABASE_SERVICE_ROLE_KEY",
    "RESEND_API_KEY",
    "RESEND_WEBHOOK_SECRET",
    "OPENAI_API_KEY",
];

/// Settings that are empty for what is not in use.
const OPTIONAL: [&str; 1] = ["TURNSTILE_SITE_KEY"];

pub fn run(arguments: &Arguments) -> Result<()> {
    tools::set_up()?;
    let workers = workspace::workers()?;
    let variables = variables(arguments.dry_run)?;
    for worker in &workers {
        for secret in &worker.config.secrets.required {
            ensure!(
                KNOWN_SECRETS.contains(&secret.as_str()),
                "{}: {secret} is no secret of this system",
                worker.path
            );
        }
        for route in &worker.config.routes {
            let expected = format!("omegaos.co/functions/v1/{}*", worker.path);
            ensure!(
                route.pattern == expected,
                "{}: its route is {}, not {expected}",
                worker.path,
                route.pattern
            );
        }
    }
    build(&workers, Profile::Release)?;
    budgets::check(&workers)?;
    // A dry run sends nothing, so that nothing is lost when several go at once.
    let at_once = match arguments.dry_run {
        true => std::thread::available_parallelism()?.get(),
        false => 1,
    };
    for some in workers.chunks(at_once) {
        let told: Vec<Result<String>> = std::thread::scope(|scope| {
            let running: Vec<_> = some
                .iter()
                .map(|worker| scope.spawn(|| deploy(worker, &variables, arguments)))
                .collect();
            running
                .into_iter()
                .map(|one| one.join().unwrap_or_else(|_| bail!("a thread broke off")))
                .collect()
        });
        for (worker, told) in some.iter().zip(told) {
            print!("{}", told.with_context(|| worker.path.clone())?);
        }
    }
    let site = stage_site(&variables)?;
    println!("omega-site → Pages project {PAGES_PROJECT}");
    if arguments.dry_run {
        println!("\nNothing was sent.");
        return Ok(());
    }
    let mut wrangler = tools::node_command("wrangler/bin/wrangler.js")?;
    wrangler.args(["pages", "deploy"]).arg(&site).args([
        "--project-name",
        PAGES_PROJECT,
        "--branch",
        "main",
    ]);
    print!("{}", execute(wrangler)?);
    Ok(())
}

/// Sends one Worker, and answers with what was done in words.
fn deploy(
    worker: &Worker,
    variables: &[(String, String)],
    arguments: &Arguments,
) -> Result<String> {
    let place = match worker.config.routes.first() {
        Some(route) => route.pattern.clone(),
        None => "no route: reached by cron and service binding".to_owned(),
    };
    let mut wrangler = tools::node_command("wrangler/bin/wrangler.js")?;
    wrangler
        .arg("deploy")
        .arg("--config")
        .arg(worker.folder.join("wrangler.toml"));
    for (name, value) in variables {
        wrangler.args(["--var", &format!("{name}:{value}")]);
    }
    if let Some(secrets) = &arguments.secrets_file {
        wrangler
            .arg("--secrets-file")
            .arg(std::path::absolute(secrets)?);
    }
    if arguments.dry_run {
        wrangler
            .arg("--dry-run")
            .arg("--outdir")
            .arg(target().join("deploy").join(&worker.config.name));
    }
    Ok(format!(
        "{} → {place}\n  secrets: {}\n{}",
        worker.config.name,
        list(&worker.config.secrets.required),
        execute(wrangler)?
    ))
}

/// What every Worker is told: the [vars] of the root wrangler.toml, or the environment's word.
fn variables(dry_run: bool) -> Result<Vec<(String, String)>> {
    let mut variables = Vec::new();
    for (name, value) in &workspace::dispatch()?.config.vars {
        let value = std::env::var(name)
            .ok()
            .or_else(|| value.as_str().map(str::to_owned))
            .unwrap_or_default();
        if value.is_empty() && !dry_run && !OPTIONAL.contains(&name.as_str()) {
            bail!("{name} is not set: set it in the environment of the deployment");
        }
        variables.push((name.clone(), value));
    }
    Ok(variables)
}

/// The site as it is sent: its files, and the settings that pages read.
fn stage_site(variables: &[(String, String)]) -> Result<PathBuf> {
    let folder = target().join("deploy/site");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    copy(&root().join("omega-site"), &folder)?;
    let value = |name: &str| {
        variables
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    };
    let turnstile = value("TURNSTILE_SITE_KEY").filter(|key| !key.is_empty());
    let config = json!({
        "supabase_url": value("SUPABASE_URL"),
        "supabase_key": value("SUPABASE_ANON_KEY"),
        "turnstile": turnstile.map(|key| json!({ "site_key": key, "script": TURNSTILE_SCRIPT })),
    });
    write(&folder.join("config.json"), serde_json::to_string(&config)?)?;
    if turnstile.is_some() {
        let file = folder.join("_headers");
        let headers = let_turnstile_in(&read(&file)?)?;
        write(&file, headers)?;
    }
    Ok(folder)
}

/// The rules of `_headers`, with another policy for the pages that hold Turnstile's widget. A header that several rules
/// set would be sent once for each, so theirs takes the usual one off first (Cloudflare Pages, "Headers").
fn let_turnstile_in(headers: &str) -> Result<String> {
    const NAME: &str = "Content-Security-Policy:";
    let usual = headers
        .lines()
        .find_map(|line| line.trim().strip_prefix(NAME))
        .context("_headers sets no policy")?;
    let policy = turnstile_policy(usual, TURNSTILE_SCRIPT);
    let mut with = headers.to_owned();
    for page in TURNSTILE_PAGES {
        with.push_str(&format!(
            "\n{page}\n  ! Content-Security-Policy\n  {NAME} {policy}\n"
        ));
    }
    Ok(with)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn list(names: &[String]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

/// Runs wrangler, and answers with the lines that tell what was sent.
fn execute(mut command: Command) -> Result<String> {
    command.env("WRANGLER_SEND_METRICS", "false");
    let output = command.output()?;
    if !output.status.success() {
        bail!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let told = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter(|line| {
            line.contains("Total Upload") || line.contains("Deployed") || line.contains("https://")
        })
        .map(|line| format!("  {}\n", line.trim()))
        .collect();
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_with_the_widget_let_it_in() {
        let headers = read(&root().join("omega-site/_headers")).unwrap();
        let with = let_turnstile_in(&headers).unwrap();
        assert!(with.starts_with(&headers));
        let added = &with[headers.len()..];
        assert_eq!(
            added.matches("! Content-Security-Policy\n").count(),
            TURNSTILE_PAGES.len()
        );
        assert_eq!(
            added
                .matches("script-src 'self' https://challenges.cloudflare.com;")
                .count(),
            TURNSTILE_PAGES.len()
        );
        assert!(!headers.contains("challenges.cloudflare.com"));
    }
}
