//! The embedded Postgres 17: made once, started each time, recovered after a crash.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, User};
use omega_supervise::{Child, Error as ChildError, Spec, Supervisor};
use tokio::time::{Instant, sleep};
use tokio_postgres::{Client, NoTls};

use crate::config::{Config, loopback};
use crate::privileges::postgres_account;

pub(crate) const SUPERUSER: &str = "supabase_admin";
const PASSWORD: &str = "postgres";
const START: Duration = Duration::from_secs(60);
/// How long an orphan of a killed run may take to leave the data folder.
const ORPHAN: Duration = Duration::from_secs(15);

/// Modest settings for one developer; durability is never traded away.
const SETTINGS: &[&str] = &[
    "unix_socket_directories=",
    "max_connections=60",
    "shared_buffers=32MB",
    "fsync=on",
    "synchronous_commit=on",
    "full_page_writes=on",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_wal_size=256MB",
    "max_worker_processes=4",
    "jit=off",
    "timezone=UTC",
    "log_timezone=UTC",
    "log_min_messages=warning",
    "log_line_prefix=%m ",
];

struct Postgres<'a> {
    programs: PathBuf,
    data: PathBuf,
    account: Option<User>,
    config: &'a Config,
}

/// Starts Postgres, making its data folder first if there is none.
pub(crate) async fn start(config: &Config, children: &mut Supervisor) -> Result<Child> {
    let postgres = Postgres {
        programs: config.package(&format!("@embedded-postgres/{}/native/bin", platform()?))?,
        data: config.data_dir.join("postgres"),
        account: postgres_account()?,
        config,
    };
    if !postgres.data.join("PG_VERSION").exists() {
        postgres.init().await?;
    }
    postgres.serve(children).await
}

/// The name of the npm package with this machine's Postgres.
fn platform() -> Result<String> {
    let system = match std::env::consts::OS {
        "linux" => "linux",
        "macos" => "darwin",
        other => bail!("there is no embedded Postgres for {other}"),
    };
    let processor = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => bail!("there is no embedded Postgres for {other} processors"),
    };
    Ok(format!("{system}-{processor}"))
}

impl Postgres<'_> {
    fn spec(&self, name: &str, program: &str) -> Result<Spec> {
        let program = self.programs.join(program);
        let spec = match &self.account {
            None => Spec::new(name, program),
            Some(user) => Spec::new(name, std::env::current_exe()?)
                .arg("run-as")
                .arg(user.uid.to_string())
                .arg(user.gid.to_string())
                .arg(program),
        };
        Ok(spec
            .env("LC_ALL", "C")
            .log(self.config.logs().join("postgres.log")))
    }

    /// Makes the data folder, under another name until it is whole.
    async fn init(&self) -> Result<()> {
        let parent = self.data.parent().unwrap_or(Path::new("."));
        let fresh = parent.join("postgres.new");
        if fresh.exists() {
            fs::remove_dir_all(&fresh)
                .with_context(|| format!("cannot remove {}", fresh.display()))?;
        }
        fs::create_dir_all(&fresh).with_context(|| format!("cannot make {}", fresh.display()))?;
        fs::set_permissions(&fresh, fs::Permissions::from_mode(0o700))?;
        let password = parent.join("postgres.password");
        fs::write(&password, PASSWORD)?;
        if let Some(user) = &self.account {
            let (uid, gid) = (Some(user.uid.as_raw()), Some(user.gid.as_raw()));
            chown(&fresh, uid, gid)?;
            chown(&password, uid, gid)?;
        }
        let exit = self
            .spec("initdb", "initdb")?
            .arg("--pgdata")
            .arg(&fresh)
            .arg("--pwfile")
            .arg(&password)
            .args(["--username", SUPERUSER])
            .args(["--auth", "scram-sha-256", "--encoding", "UTF8"])
            .args([
                "--locale-provider",
                "builtin",
                "--builtin-locale",
                "C.UTF-8",
            ])
            .args(["--locale", "C"])
            .spawn()?
            .exited()
            .await;
        let _ = fs::remove_file(&password);
        if !exit.status.success() {
            bail!("{exit}");
        }
        fs::rename(&fresh, &self.data)?;
        Ok(())
    }

    async fn serve(&self, children: &mut Supervisor) -> Result<Child> {
        let deadline = Instant::now() + ORPHAN;
        loop {
            let mut spec = self
                .spec("postgres", "postgres")?
                .arg("-D")
                .arg(&self.data)
                .args(["-p", &self.config.db_port.to_string()])
                .args(["-h", "127.0.0.1"])
                // Fast shutdown: open sessions are ended, nothing acknowledged is lost.
                .stop_with(Signal::SIGINT, Duration::from_secs(10))
                .on_parent_death(Signal::SIGINT);
            for setting in SETTINGS {
                spec = spec.args(["-c", setting]);
            }
            let child = spec.spawn()?;
            let address = loopback(self.config.db_port);
            let answers = async || connect(address, SUPERUSER).await.is_ok();
            match child
                .wait_until(&format!("{address}"), START, answers)
                .await
            {
                Ok(()) => {
                    children.adopt(child.clone());
                    return Ok(child);
                }
                // Sessions of a killed Postgres notice within moments that it is gone.
                Err(ChildError::Exited(exit))
                    if Instant::now() < deadline
                        && exit
                            .last_lines
                            .iter()
                            .any(|line| line.contains("pre-existing shared memory block")) =>
                {
                    sleep(Duration::from_millis(300)).await;
                }
                Err(error) => {
                    child.stop().await;
                    return Err(error.into());
                }
            }
        }
    }
}

/// Deals with postmaster.pid of a run that was killed: a Postgres that still lives (where no
/// parent-death signal exists) is ended; a number that belongs to another program by now would
/// keep Postgres from starting, so the file goes.
pub(crate) async fn end_orphan(config: &Config) -> Result<()> {
    let data = config.data_dir.join("postgres");
    let file = data.join("postmaster.pid");
    let Ok(text) = fs::read_to_string(&file) else {
        return Ok(());
    };
    let Some(pid) = text
        .lines()
        .next()
        .and_then(|line| line.trim().parse().ok())
    else {
        return Ok(());
    };
    let deadline = Instant::now() + ORPHAN;
    let mut asked = false;
    while serves(pid, &data).await {
        if !asked {
            let _ = kill(Pid::from_raw(pid), Signal::SIGINT);
            asked = true;
        }
        if Instant::now() > deadline {
            bail!(
                "a Postgres of an earlier run (process {pid}) does not end: end it and start again"
            );
        }
        sleep(Duration::from_millis(100)).await;
    }
    match fs::remove_file(&file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove the stale {}", file.display()))
        }
        _ => Ok(()),
    }
}

/// Whether the process is a Postgres on this folder, not some other program by now.
async fn serves(pid: i32, data: &Path) -> bool {
    let output = tokio::process::Command::new("ps")
        .args(["-ww", "-o", "stat=,command=", "-p", &pid.to_string()])
        .output()
        .await;
    let Ok(output) = output else {
        return false;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let folder = data.display().to_string();
    !text.trim_start().starts_with('Z') && text.contains("postgres") && text.contains(&folder)
}

/// One connection, for set-up; requests use pools.
pub(crate) async fn connect(address: SocketAddr, user: &str) -> Result<Client> {
    let (client, connection) = settings(address, user).connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

pub(crate) fn pool(
    address: SocketAddr,
    user: &str,
    size: usize,
) -> Result<deadpool_postgres::Pool> {
    let manager = deadpool_postgres::Manager::new(settings(address, user), NoTls);
    Ok(deadpool_postgres::Pool::builder(manager)
        .max_size(size)
        .build()?)
}

fn settings(address: SocketAddr, user: &str) -> tokio_postgres::Config {
    let mut settings = tokio_postgres::Config::new();
    settings
        .host(address.ip().to_string())
        .port(address.port())
        .user(user)
        .password(PASSWORD)
        .dbname("postgres")
        .application_name("omega-local")
        .connect_timeout(Duration::from_secs(10));
    settings
}
