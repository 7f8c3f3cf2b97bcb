//! `cargo xtask`: builds, runs, tests and deploys the system.

mod backup;
mod bench;
mod budgets;
mod build;
mod chaos;
mod deadlines;
mod deploy;
mod dev;
mod dev_loop;
#[cfg(test)]
mod docs;
mod enumeration;
mod fuzz;
mod generate;
mod growth;
mod lighthouse;
mod load;
#[cfg(test)]
mod migrations;
mod ops;
#[cfg(test)]
mod pages;
mod sbom;
mod schemathesis;
mod seed;
mod site;
mod stack;
mod staff;
#[cfg(test)]
mod supply_chain;
mod test;
mod tools;
mod workspace;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Set up, start everything and leave it running
    Dev(dev::Arguments),
    /// Run all tests against a system of their own
    Test(test::Arguments),
    /// Install what the lock files name
    Setup,
    /// Build one Worker (`onboarding/profile`, `dispatch`) or all, as wrangler's build command
    Build {
        worker: Option<String>,
        /// Build quickly instead of small
        #[arg(long)]
        dev: bool,
    },
    /// Write what is derived: OpenAPI documents, bindings of the dispatch, the site's style sheet and frames, vendored code
    Generate {
        /// Fail instead when something is stale
        #[arg(long)]
        check: bool,
    },
    /// Begin something new
    #[command(subcommand)]
    New(New),
    /// Deploy the Workers, then the site
    Deploy(deploy::Arguments),
    /// Say who is staff of the firm: of the local project, or of the one that SUPABASE_URL names
    #[command(subcommand)]
    Staff(staff::Command),
    /// Take the rows and files of a project into a folder
    Backup(backup::Arguments),
    /// Put a backup into an empty project
    Restore(backup::Arguments),
    /// Kill each part in the middle of many journeys, and see that nothing is lost
    Chaos(chaos::Arguments),
    /// Measure the Workers beside a TypeScript peer, a Deno handler and PostgREST itself
    Bench(bench::Arguments),
    /// Measure how long an engineer waits: for a start, for an edit, for the tests
    DevLoop,
    /// Measure the lists while the database grows
    Growth(growth::Arguments),
    /// Send mixed traffic for minutes, at 70 % of what the machine takes
    Load(load::Arguments),
    /// Measure each page: Lighthouse, axe, weight, console
    Lighthouse(lighthouse::Arguments),
    /// Measure whether anybody learns who has an account
    Enumeration(enumeration::Arguments),
    /// Look for what breaks the parsers, for minutes each
    Fuzz(fuzz::Arguments),
    /// Write the software bill of materials (CycloneDX 1.5) of crates and npm packages
    Sbom(sbom::Arguments),
    /// Send every endpoint requests made up from the OpenAPI documents
    Schemathesis(schemathesis::Arguments),
}

#[derive(Subcommand)]
enum New {
    /// A page of the site, at /NAME
    Page { name: String },
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    match arguments.command {
        Command::Dev(arguments) => runtime.block_on(dev::run(arguments)),
        Command::Test(arguments) => runtime.block_on(test::run(arguments)),
        Command::Setup => tools::set_up(),
        Command::Build { worker, dev } => build_command(worker.as_deref(), dev),
        Command::Generate { check } => generate::run(check),
        Command::New(New::Page { name }) => site::new_page(&name),
        Command::Deploy(arguments) => deploy::run(&arguments),
        Command::Lighthouse(arguments) => runtime.block_on(lighthouse::run(arguments)),
        Command::Load(arguments) => runtime.block_on(load::run(arguments)),
        Command::Enumeration(arguments) => runtime.block_on(enumeration::run(arguments)),
        Command::Fuzz(arguments) => fuzz::run(&arguments),
        Command::Sbom(arguments) => sbom::run(&arguments),
        Command::Schemathesis(arguments) => runtime.block_on(schemathesis::run(arguments)),
        Command::Staff(command) => runtime.block_on(staff::run(command)),
        Command::DevLoop => runtime.block_on(dev_loop::run()),
        Command::Growth(arguments) => runtime.block_on(growth::run(arguments)),
        Command::Backup(arguments) => backup::run(backup::Mode::Backup, &arguments),
        Command::Restore(arguments) => backup::run(backup::Mode::Restore, &arguments),
        Command::Chaos(arguments) => runtime.block_on(chaos::run(arguments)),
        Command::Bench(arguments) => runtime.block_on(bench::run(arguments)),
    }
}

fn build_command(worker: Option<&str>, dev: bool) -> Result<()> {
    let started = Instant::now();
    let all = workspace::workers_and_dispatch()?;
    let chosen: Vec<_> = match worker {
        None => all,
        Some(path) => {
            let found = all.into_iter().find(|worker| worker.path == path);
            vec![found.with_context(|| format!("there is no Worker {path}"))?]
        }
    };
    let profile = if dev {
        build::Profile::Dev
    } else {
        build::Profile::from_wrangler()
    };
    build::build(&chosen, profile)?;
    build::report(&chosen, started)
}
