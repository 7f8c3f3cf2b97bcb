//! The running system: the inbox, Supabase, the site with its Workers. Used by `dev`, `test` and `bench`.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use omega_local::{JwtMode, Ready};
use omega_supervise::{Child, Signal, Spec, Stream, Supervisor, check_port, free_port};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::build::{Profile, build};
use crate::tools;
use crate::workspace::{self, Worker, root, write};

/// What `.omega/dev.json` says: where the system answers, and with which keys.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Addresses {
    pub site: String,
    pub supabase: String,
    pub inbox: String,
    pub anon_key: String,
    pub service_role_key: String,
    /// What webhooks of Resend are signed with.
    pub webhook_secret: String,
    /// Null for a Supabase that is not ours and whose database was not told.
    pub database_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legacy_anon_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legacy_service_role_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwt_secret: Option<String>,
}

pub const USUAL_SITE_PORT: u16 = 8787;

#[derive(Clone, Copy, Debug)]
pub struct Ports {
    pub site: u16,
    pub supabase: u16,
    pub database: u16,
    pub inbox: u16,
}

impl Ports {
    /// The ports that Supabase's own CLI and wrangler use, all moved as far as the site's, so that two
    /// clones can run side by side.
    pub fn from_site(site: u16) -> Result<Self> {
        let moved = |usual: u16| {
            let port = i32::from(usual) + i32::from(site) - i32::from(USUAL_SITE_PORT);
            u16::try_from(port).with_context(|| {
                format!(
                    "--port {site} is too far from {USUAL_SITE_PORT}: the other ports move with it"
                )
            })
        };
        Ok(Self {
            site,
            supabase: moved(54321)?,
            database: moved(54322)?,
            inbox: moved(54324)?,
        })
    }

    pub fn free() -> Result<Self> {
        Ok(Self {
            site: free_port()?,
            supabase: free_port()?,
            database: free_port()?,
            inbox: free_port()?,
        })
    }
}

pub struct Options {
    pub ports: Ports,
    /// Where data, logs and generated settings live.
    pub data: PathBuf,
    pub profile: Profile,
    pub jwt_mode: JwtMode,
    pub confirm_email: bool,
}

pub struct Stack {
    pub children: Supervisor,
    pub addresses: Addresses,
    /// Where its data, logs and dev.json are.
    pub data: PathBuf,
    /// Whether Supabase is the local one.
    pub is_ours: bool,
    /// Whether this start made the data.
    pub is_new: bool,
}

/// The Resend key that the local Workers hold. The inbox takes any.
const LOCAL_RESEND_KEY: &str = "re_local";

/// What local webhooks of Resend are signed with: `whsec_` and 24 bytes in Base64.
const LOCAL_WEBHOOK_SECRET: &str = "whsec_bG9jYWwgd2ViaG9va3Mgb25seSEhISE=";

fn webhook_secret() -> String {
    std::env::var("RESEND_WEBHOOK_SECRET").unwrap_or_else(|_| LOCAL_WEBHOOK_SECRET.to_owned())
}

const READY_WITHIN: Duration = Duration::from_secs(90);

impl Stack {
    /// Starts everything and returns when all of it answers.
    pub async fn start(options: &Options) -> Result<Self> {
        let workers = workspace::workers_and_dispatch()?;
        let hosted = hosted_supabase()?;
        for (port, what) in [
            (options.ports.site, "the site"),
            (options.ports.inbox, "the inbox"),
            (options.ports.supabase, "Supabase"),
            (options.ports.database, "Postgres"),
        ] {
            if hosted.is_none() || !matches!(what, "Supabase" | "Postgres") {
                check_port(loopback(port), what)?;
            }
        }
        std::fs::create_dir_all(&options.data)?;
        let is_ours = hosted.is_none();
        let is_new = hosted.is_none() && !options.data.join("supabase").exists();

        let building = {
            let (workers, profile) = (workers.clone(), options.profile);
            tokio::task::spawn_blocking(move || build(&workers, profile))
        };
        let mut children = Supervisor::default();
        let started = Self::services(options, hosted, &mut children).await;
        let addresses = match (
            started,
            building.await.context("building the Workers").flatten(),
        ) {
            (Ok(addresses), Ok(_)) => addresses,
            (Err(error), _) | (_, Err(error)) => {
                children.stop_all().await;
                return Err(error);
            }
        };
        if let Err(error) = site(options, &workers, &addresses, &mut children).await {
            children.stop_all().await;
            return Err(error);
        }
        write(
            &options.data.join("dev.json"),
            serde_json::to_string_pretty(&addresses)?,
        )?;
        Ok(Self {
            children,
            addresses,
            data: options.data.clone(),
            is_ours,
            is_new,
        })
    }

    /// The inbox and Supabase.
    async fn services(
        options: &Options,
        hosted: Option<Addresses>,
        children: &mut Supervisor,
    ) -> Result<Addresses> {
        let site = format!("http://127.0.0.1:{}", options.ports.site);
        let inbox = format!("http://127.0.0.1:{}", options.ports.inbox);
        let resend = children.spawn(inbox_spec(options)?)?;
        let addresses = match hosted {
            Some(hosted) => Addresses {
                site,
                inbox: inbox.clone(),
                ..hosted
            },
            None => {
                let ready = supabase(options, &site, &inbox, children).await?;
                // A project that signs with the legacy secret has keys signed with it too.
                let legacy = options.jwt_mode == JwtMode::Hs256;
                let (anon_key, service_role_key) = if legacy {
                    (
                        ready.legacy_anon_key.clone(),
                        ready.legacy_service_role_key.clone(),
                    )
                } else {
                    (ready.anon_key, ready.service_role_key)
                };
                Addresses {
                    site,
                    supabase: ready.url,
                    inbox: inbox.clone(),
                    anon_key,
                    service_role_key,
                    webhook_secret: webhook_secret(),
                    database_url: Some(ready.database_url),
                    legacy_anon_key: Some(ready.legacy_anon_key),
                    legacy_service_role_key: Some(ready.legacy_service_role_key),
                    jwt_secret: legacy.then_some(ready.jwt_secret),
                }
            }
        };
        answers(&resend, &format!("{inbox}/inbox"), |_| true).await?;
        Ok(addresses)
    }
}

/// A Supabase that the environment names is used instead of a local one.
fn hosted_supabase() -> Result<Option<Addresses>> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let Some(supabase) = variable("SUPABASE_URL") else {
        return Ok(None);
    };
    let needed = |name: &str| {
        variable(name).with_context(|| format!("SUPABASE_URL is set, so {name} must be set too"))
    };
    Ok(Some(Addresses {
        site: String::new(),
        supabase: supabase.trim_end_matches('/').to_owned(),
        inbox: String::new(),
        anon_key: needed("SUPABASE_ANON_KEY")?,
        service_role_key: needed("SUPABASE_SERVICE_ROLE_KEY")?,
        webhook_secret: webhook_secret(),
        database_url: variable("SUPABASE_DB_URL"),
        legacy_anon_key: None,
        legacy_service_role_key: None,
        jwt_secret: variable("SUPABASE_JWT_SECRET"),
    }))
}

/// npm `emulate` speaks Resend's API and shows what was sent.
fn inbox_spec(options: &Options) -> Result<Spec> {
    tools::set_up()?;
    Ok(Spec::new("inbox", tools::node())
        .arg(tools::node_modules().join("emulate/dist/index.js"))
        .args([
            "start",
            "--service",
            "resend",
            "--port",
            &options.ports.inbox.to_string(),
        ])
        .cwd(&options.data)
        .log(options.data.join("logs/inbox.log")))
}

async fn supabase(
    options: &Options,
    site: &str,
    inbox: &str,
    children: &mut Supervisor,
) -> Result<Ready> {
    let program = {
        // Where Workers are as deployed, what they wait for should be quick too.
        let (profile, folder) = match options.profile {
            Profile::Dev => ("dev", "debug"),
            Profile::Release => ("quick", "quick"),
        };
        let status = tokio::process::Command::new(workspace::cargo())
            .current_dir(root())
            .args(["build", "--quiet", "--package", "omega-local"])
            .args(["--profile", profile])
            .status()
            .await?;
        if !status.success() {
            bail!("omega-local did not compile");
        }
        workspace::target().join(folder).join("omega-local")
    };
    let mut config = omega_local::Config::new(options.data.join("supabase"));
    config.port = options.ports.supabase;
    config.db_port = options.ports.database;
    config.site_url = site.to_owned();
    config.redirect_url = vec![format!("{site}/**")];
    config.inbox_url = inbox.to_owned();
    config.supabase_config = Some(root().join("supabase/config.toml"));
    config.migrations = Some(root().join("migrations"));
    config.node = tools::node();
    config.node_modules = Some(tools::node_modules());
    config.jwt_mode = options.jwt_mode;
    config.confirm_email = options.confirm_email;

    let ready: Arc<Mutex<Option<Ready>>> = Arc::default();
    let seen = ready.clone();
    let spec = Spec::new("supabase", program)
        .args(config.args())
        .env("RESEND_API_KEY", LOCAL_RESEND_KEY)
        .log(options.data.join("logs/supabase.log"))
        .stop_with(Signal::SIGTERM, Duration::from_secs(15))
        .on_parent_death(Signal::SIGTERM)
        .on_line(move |stream, line| match stream {
            Stream::Stdout => {
                if let (Ok(line), Ok(mut ready)) = (serde_json::from_str(line), seen.lock()) {
                    *ready = Some(line);
                }
            }
            Stream::Stderr => eprintln!("  {line}"),
        });
    let child = children.spawn(spec)?;
    let started = tokio::time::Instant::now();
    loop {
        if let Some(ready) = ready.lock().ok().and_then(|ready| ready.clone()) {
            return Ok(ready);
        }
        if !child.is_running() {
            bail!("{}", child.exited().await);
        }
        if started.elapsed() > READY_WITHIN {
            bail!(
                "Supabase did not come up; its last lines:\n{}",
                child.last_lines().join("\n")
            );
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

/// One `wrangler dev` for the site and all Workers.
async fn site(
    options: &Options,
    workers: &[Worker],
    addresses: &Addresses,
    children: &mut Supervisor,
) -> Result<()> {
    let mut spec = Spec::new("wrangler", tools::node())
        .arg(tools::node_modules().join("wrangler/bin/wrangler.js"))
        .arg("dev");
    for worker in workers {
        let file = options
            .data
            .join("wrangler")
            .join(format!("{}.json", worker.config.name));
        let mut settings = settings(worker, workers, addresses);
        // With a build of its own wrangler waits for the file system to tell of changes. Its esbuild would look at
        // each file over and over: a fifth of a core while nothing changes. The folder is named from the file's place.
        let watched = file
            .parent()
            .and_then(|from| pathdiff::diff_paths(worker.build_folder(), from));
        settings["build"] = json!({ "command": "exit 0", "watch_dir": watched });
        write(&file, serde_json::to_string_pretty(&settings)?)?;
        write_dev_vars(options, worker, &settings)?;
        spec = spec.arg("-c").arg(file);
    }
    let spec = spec
        .args([
            "--ip",
            "127.0.0.1",
            "--port",
            &options.ports.site.to_string(),
            "--inspector-port",
            "0",
        ])
        .args([
            "--log-level",
            "info",
            "--show-interactive-dev-session=false",
        ])
        .arg("--persist-to")
        .arg(options.data.join("wrangler/state"))
        .cwd(root())
        // workerd inherits a home of its own, so that nothing is written outside the repository.
        .env("CLOUDFLARE_CF_FETCH_ENABLED", "false")
        .env("WRANGLER_SEND_METRICS", "false")
        .env("WRANGLER_LOG_PATH", options.data.join("logs"))
        .env(
            "WRANGLER_REGISTRY_PATH",
            options.data.join("wrangler/registry"),
        )
        .env("CI", "true")
        .log(options.data.join("logs/workers.log"))
        .on_parent_death(Signal::SIGTERM);
    let wrangler = children.spawn(spec)?;
    answers(
        &wrangler,
        &format!("{}/config.json", addresses.site),
        |status| status == 200,
    )
    .await?;
    for worker in workers.iter().filter(|worker| worker.is_public()) {
        let url = format!("{}/functions/v1/{}", addresses.site, worker.path);
        // Without a token or a body a healthy Worker refuses, or answers what all may see; one that is not
        // there yet is a 404 or a 5xx.
        answers(&wrangler, &url, |status| {
            matches!(status, 200 | 400 | 401 | 405)
        })
        .await?;
    }
    Ok(())
}

/// A Worker's own wrangler.toml, with local addresses and keys, as wrangler takes it.
pub fn settings(worker: &Worker, all: &[Worker], addresses: &Addresses) -> serde_json::Value {
    let mut vars = worker.config.vars.clone();
    let mut set = |name: &str, value: String| {
        vars.insert(name.to_owned(), value.into());
    };
    set("RESEND_BASE_URL", addresses.inbox.clone());
    // A setting of the Worker's own is one variable away from another value: a real model, the real Resend.
    for name in worker.config.vars.keys().map(String::as_str).chain([
        "OPENAI_API_KEY",
        "READ_ONLY",
        "TURNSTILE_SECRET_KEY",
    ]) {
        if let Ok(value) = std::env::var(name) {
            set(name, value);
        }
    }
    set("SITE_URL", addresses.site.clone());
    set("SUPABASE_URL", addresses.supabase.clone());
    set("SUPABASE_ANON_KEY", addresses.anon_key.clone());
    set("ALLOWED_ORIGINS", addresses.site.clone());
    if let Some(secret) = &addresses.jwt_secret {
        set("SUPABASE_JWT_SECRET", secret.clone());
    }
    for secret in &worker.config.secrets.required {
        let given = std::env::var(secret).ok();
        match secret.as_str() {
            "SUPABASE_SERVICE_ROLE_KEY" => set(secret, addresses.service_role_key.clone()),
            "RESEND_API_KEY" => set(secret, given.unwrap_or_else(|| LOCAL_RESEND_KEY.to_owned())),
            "RESEND_WEBHOOK_SECRET" => set(secret, addresses.webhook_secret.clone()),
            other => given.into_iter().for_each(|value| set(other, value)),
        }
    }
    let mut settings = json!({
        "name": worker.config.name,
        "main": worker.build_folder().join("index.js"),
        "compatibility_date": worker.config.compatibility_date,
        "compatibility_flags": worker.config.compatibility_flags,
        "vars": vars,
        "services": worker.config.services,
        "ratelimits": worker.config.ratelimits,
    });
    if worker.path == "dispatch" {
        settings["assets"] = json!({
            "directory": root().join("omega-site"),
            "binding": "ASSETS",
            "not_found_handling": "404-page",
            "run_worker_first": true,
        });
        settings["services"] = all
            .iter()
            .filter(|other| other.path != "dispatch")
            .map(service_binding)
            .collect();
    }
    settings
}

/// The dispatch's binding to a Worker.
pub fn service_binding(worker: &Worker) -> serde_json::Value {
    json!({ "binding": worker.binding(), "service": worker.config.name })
}

/// `.dev.vars` beside each wrangler.toml, so that a plain `wrangler dev` in a Worker's folder meets this stack.
fn write_dev_vars(options: &Options, worker: &Worker, settings: &serde_json::Value) -> Result<()> {
    if options.data != default_data() {
        return Ok(());
    }
    let mut lines =
        String::from("# Written by `cargo xtask dev` for `wrangler dev` in this folder.\n");
    for (name, value) in settings["vars"].as_object().into_iter().flatten() {
        lines.push_str(&format!("{name}={value}\n"));
    }
    let folder = if worker.path == "dispatch" {
        root()
    } else {
        worker.folder.clone()
    };
    write(&folder.join(".dev.vars"), lines)
}

/// Where `cargo xtask dev` keeps its data.
pub fn default_data() -> PathBuf {
    root().join(".omega")
}

/// Waits until `url` answers with an expected status, or the child that serves it has died.
pub async fn answers(child: &Child, url: &str, expected: impl Fn(u16) -> bool) -> Result<()> {
    let client = reqwest::Client::new();
    let started = tokio::time::Instant::now();
    loop {
        let status = client
            .get(url)
            .timeout(Duration::from_secs(5))
            .send()
            .await
            .map(|answer| answer.status().as_u16());
        match status {
            Ok(status) if expected(status) => return Ok(()),
            _ if !child.is_running() => bail!("{}", child.exited().await),
            _ if started.elapsed() > READY_WITHIN => {
                bail!(
                    "{url} does not answer as it should ({status:?}); the last lines of {}:\n{}",
                    child.name(),
                    child.last_lines().join("\n")
                )
            }
            _ => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

fn loopback(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}
