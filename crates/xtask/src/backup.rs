//! `cargo xtask backup` and `restore`: rows and files of a project into a folder, and from there into an empty one.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use crate::stack::{Addresses, default_data};
use crate::tools;
use crate::workspace::{read, root};

#[derive(clap::Args)]
pub struct Arguments {
    /// The backup's folder
    folder: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Backup,
    Restore,
}

pub fn run(mode: Mode, arguments: &Arguments) -> Result<()> {
    let project = Project::named()?;
    let mut command = tools::node_command("../crates/xtask/src/backup.mjs")?;
    command
        .current_dir(root())
        .arg(match mode {
            Mode::Backup => "backup",
            Mode::Restore => "restore",
        })
        .arg(std::path::absolute(&arguments.folder)?)
        .env("SUPABASE_URL", project.url)
        .env("SUPABASE_SERVICE_ROLE_KEY", project.secret_key)
        .env("SUPABASE_DB_URL", project.database_url);
    ensure!(command.status()?.success(), "see above");
    Ok(())
}

struct Project {
    url: String,
    secret_key: String,
    database_url: String,
}

impl Project {
    /// The one that the environment names, or the one that `cargo xtask dev` runs.
    fn named() -> Result<Self> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        if let Some(url) = variable("SUPABASE_URL") {
            let needed = |name: &str| {
                variable(name)
                    .with_context(|| format!("SUPABASE_URL is set, so {name} must be set too"))
            };
            return Ok(Self {
                url,
                secret_key: needed("SUPABASE_SERVICE_ROLE_KEY")?,
                database_url: needed("SUPABASE_DB_URL")?,
            });
        }
        let file = std::env::var_os("OMEGA_DEV_JSON")
            .map_or_else(|| default_data().join("dev.json"), Into::into);
        let text = read(&file).context(
            "no project is named: run `cargo xtask dev`, or set SUPABASE_URL, SUPABASE_SERVICE_ROLE_KEY and SUPABASE_DB_URL",
        )?;
        let addresses: Addresses = serde_json::from_str(&text)?;
        Ok(Self {
            url: addresses.supabase,
            secret_key: addresses.service_role_key,
            database_url: addresses
                .database_url
                .context("dev.json names no database")?,
        })
    }
}
