//! `cargo xtask load`: mixed traffic at 70 % of what the machine can take, for minutes.

use std::process::Stdio;

use anyhow::{Result, ensure};
use omega_local::JwtMode;
use tokio::process::Command;

use crate::build::Profile;
use crate::chaos::descendants;
use crate::stack::{Options, Ports, Stack, default_data};
use crate::tools;
use crate::workspace::root;

#[derive(clap::Args)]
pub struct Arguments {
    /// How long the traffic lasts
    #[arg(long, default_value_t = 10)]
    minutes: u32,
}

pub async fn run(arguments: Arguments) -> Result<()> {
    tools::set_up()?;
    let data = default_data().join("load");
    if data.exists() {
        std::fs::remove_dir_all(&data)?;
    }
    let options = Options {
        ports: Ports::free()?,
        data,
        profile: Profile::Release,
        jwt_mode: JwtMode::Es256,
        confirm_email: false,
    };
    let mut stack = Stack::start(&options).await?;
    let outcome = traffic(&stack, arguments.minutes).await;
    stack.children.stop_all().await;
    outcome
}

async fn traffic(stack: &Stack, minutes: u32) -> Result<()> {
    let mut command = Command::from(tools::node_command("../crates/xtask/src/load.mjs")?);
    let status = command
        .current_dir(root())
        .arg(minutes.to_string())
        // The runtime of the Workers alone, not the tool around it.
        .args(descendants("/workerd serve")?.iter().map(u32::to_string))
        .env("OMEGA_DEV_JSON", stack.data.join("dev.json"))
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .status()
        .await?;
    ensure!(status.success(), "requests failed: see above");
    Ok(())
}
