//! `cargo xtask dev`: everything, running, rebuilt as files change.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use notify::{RecursiveMode, Watcher};
use omega_local::JwtMode;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::build::{Profile, build};
use crate::generate;
use crate::seed;
use crate::stack::{Options, Ports, Stack, USUAL_SITE_PORT, default_data};
use crate::tools;
use crate::workspace::{root, workers_and_dispatch};

#[derive(clap::Args)]
pub struct Arguments {
    /// Port of the site and the Workers; the other ports move with it.
    #[arg(long, default_value_t = USUAL_SITE_PORT)]
    port: u16,
    /// Throw the local data away and start over.
    #[arg(long)]
    fresh: bool,
}

/// How often the outbox is looked at, as the cron does in production.
const CRON: Duration = Duration::from_secs(30);

pub async fn run(arguments: Arguments) -> Result<()> {
    let started = Instant::now();
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tools::set_up()?;
    let options = Options {
        ports: Ports::from_site(arguments.port)?,
        data: default_data(),
        profile: Profile::Dev,
        jwt_mode: JwtMode::Es256,
        confirm_email: false,
    };
    if arguments.fresh {
        forget(&options.data)?;
    }
    tools::step("starting");
    let mut stack = tokio::select! {
        stack = Stack::start(&options) => stack?,
        _ = interrupt.recv() => return Ok(()),
        _ = terminate.recv() => return Ok(()),
    };
    let seeded = if stack.is_new {
        seed::run(&stack.addresses).await
    } else {
        Ok(())
    };
    if let Err(error) = seeded {
        stack.children.stop_all().await;
        return Err(error.context("the demo clients could not be made"));
    }
    let addresses = &stack.addresses;
    println!(
        "\nOmegaOS is ready after {:.1} s.\n",
        started.elapsed().as_secs_f32()
    );
    println!("  Site      {}", addresses.site);
    println!("  Inbox     {}/inbox", addresses.inbox);
    println!("  Supabase  {}", addresses.supabase);
    if let Some(database) = &addresses.database_url {
        println!("  Database  {database}");
    }
    println!("  Keys      {}\n", options.data.join("dev.json").display());
    if stack.is_ours {
        seed::print_credentials(addresses);
    }
    println!("Stop with Ctrl-C.");

    let (changes, mut changed) = mpsc::channel(1);
    let _watcher = watch(changes)?;
    let mut cron = tokio::time::interval(CRON);
    let client = reqwest::Client::new();
    let dead = loop {
        tokio::select! {
            exit = stack.children.first_exit() => break Some(exit),
            _ = interrupt.recv() => break None,
            _ = terminate.recv() => break None,
            Some(()) = changed.recv() => {
                // Editors write in bursts.
                tokio::time::sleep(Duration::from_millis(150)).await;
                let _ = changed.try_recv();
                rebuild().await;
            }
            _ = cron.tick() => {
                let _ = client.get(format!("{}/cdn-cgi/handler/scheduled", stack.addresses.site)).send().await;
            }
        }
    };
    eprintln!("stopping");
    stack.children.stop_all().await;
    match dead {
        None => Ok(()),
        Some(exit) => bail!("{exit}"),
    }
}

/// Removes the data, logs and generated settings; never what was built.
fn forget(data: &Path) -> Result<()> {
    for entry in ["supabase", "wrangler", "logs", "dev.json"] {
        let path = data.join(entry);
        if path.is_dir() {
            std::fs::remove_dir_all(path)?;
        } else if path.exists() {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// Builds what changed; what can't be built is said, and the Workers before go on.
pub async fn rebuild() {
    let started = Instant::now();
    let built = tokio::task::spawn_blocking(|| {
        for file in generate::site()? {
            println!("wrote {file}");
        }
        build(&workers_and_dispatch()?, Profile::Dev)
    })
    .await;
    match built {
        Ok(Ok(0)) => {}
        Ok(Ok(changed)) => println!(
            "rebuilt {changed} Workers in {:.1} s",
            started.elapsed().as_secs_f32()
        ),
        Ok(Err(error)) => eprintln!("not rebuilt, the Workers before go on: {error:#}"),
        Err(error) => eprintln!("not rebuilt: {error}"),
    }
}

/// Tells of changes to what Workers and the style sheet are made of. All else of a page is read anew at each load.
fn watch(changes: mpsc::Sender<()>) -> Result<impl Watcher> {
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let Ok(event) = event else { return };
        let matters = |path: &Path| {
            let is_source = path.extension().is_some_and(|kind| {
                ["rs", "toml", "md", "txt", "html", "css"]
                    .iter()
                    .any(|known| kind == *known)
            });
            is_source && !path.components().any(|part| part.as_os_str() == "build")
        };
        if !event.kind.is_access() && event.paths.iter().any(|path| matters(path)) {
            let _ = changes.try_send(());
        }
    })?;
    for folder in [
        "crates",
        "omega-site/components",
        "omega-site/styles",
        "omega-site/modules",
    ] {
        watcher.watch(&root().join(folder), RecursiveMode::Recursive)?;
    }
    Ok(watcher)
}
