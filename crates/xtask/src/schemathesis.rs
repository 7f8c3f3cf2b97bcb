//! `cargo xtask schemathesis`: requests made up from the OpenAPI documents, right and wrong ones, and whether
//! each answer is as described.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use omega_local::JwtMode;
use tokio::process::Command;

use crate::build::Profile;
use crate::stack::{Options, Ports, Stack, default_data};
use crate::tools;
use crate::workspace::root;

/// Requests of each phase for each operation.
const EXAMPLES: u32 = 200;

/// As many as fit into a run of all tests.
pub const FEW_EXAMPLES: u32 = 10;

#[derive(clap::Args)]
pub struct Arguments {
    /// Requests that are made up for each operation
    #[arg(long, default_value_t = EXAMPLES)]
    examples: u32,
    /// The dev.json of a running system, instead of one that is started for this
    #[arg(long)]
    system: Option<PathBuf>,
    /// Only these services
    only: Vec<String>,
}

pub async fn run(arguments: Arguments) -> Result<()> {
    if let Some(dev_json) = &arguments.system {
        return all(dev_json, arguments.examples, &arguments.only).await;
    }
    tools::set_up()?;
    let data = default_data().join("schemathesis");
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
    let dev_json = stack.data.join("dev.json");
    let outcome = all(&dev_json, arguments.examples, &arguments.only).await;
    stack.children.stop_all().await;
    outcome
}

/// Every document, as a client and as staff, against the system of a dev.json.
pub async fn all(dev_json: &Path, examples: u32, only: &[String]) -> Result<()> {
    let folder = root().join("tests/schemathesis");
    let environment = tools::python_environment(&folder.join("requirements.txt"))?;
    let dev_json = dev_json.canonicalize()?;
    let addresses: serde_json::Value = serde_json::from_slice(&std::fs::read(&dev_json)?)?;
    let site = addresses["site"]
        .as_str()
        .context("dev.json names no site")?;
    let mut documents: Vec<_> = std::fs::read_dir(root().join("omega-site/openapi"))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|kind| kind == "json"))
        .collect();
    documents.sort();
    let mut failed = Vec::new();
    for document in documents {
        let service = document
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if !only.is_empty() && !only.contains(&service) {
            continue;
        }
        for caller in ["client", "staff"] {
            println!("\n=== {service}, as {caller}");
            let status = Command::new(environment.join("bin/schemathesis"))
                .current_dir(&folder)
                .arg("--config-file")
                .arg(folder.join("schemathesis.toml"))
                .arg("run")
                .arg(&document)
                .args(["--url", site, "--max-examples", &examples.to_string()])
                .env("SCHEMATHESIS_HOOKS", "hooks")
                .env("PYTHONPATH", &folder)
                .env("PYTHONDONTWRITEBYTECODE", "1")
                .env("OMEGA_DEV_JSON", &dev_json)
                .env("OMEGA_CALLER", caller)
                .stdin(Stdio::null())
                .kill_on_drop(true)
                .status()
                .await
                .context("schemathesis")?;
            if !status.success() {
                failed.push(format!("{service} as {caller}"));
            }
        }
    }
    ensure!(
        failed.is_empty(),
        "schemathesis found something in {}",
        failed.join(", ")
    );
    Ok(())
}
