//! A Worker of the running system once more, beside it and with other settings: to see what it does when a
//! part that it asks is not there.

use std::ffi::OsStr;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::openapi::root;
use crate::system::System;
use crate::wait::{LONG, eventually_within};

/// Ends with the test.
pub struct Beside {
    child: Child,
    folder: PathBuf,
    url: String,
}

impl Beside {
    /// Starts `ops/status` or another Worker with the system's own settings but for `settings`. The running
    /// system has built it.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn start(system: &System, worker: &str, settings: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!("omega-beside-{}", Uuid::new_v4().simple()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut vars = json!({
            "SITE_URL": system.addresses.site,
            "SUPABASE_URL": system.addresses.supabase,
            "SUPABASE_ANON_KEY": system.addresses.anon_key,
            "RESEND_BASE_URL": system.addresses.inbox,
            "ALLOWED_ORIGINS": system.addresses.site,
        });
        for (name, value) in settings {
            vars[name] = Value::from(*value);
        }
        let config = json!({
            "name": format!("beside-{}", worker.replace('/', "-")),
            "main": root().join("crates").join(worker).join("build/index.js"),
            "compatibility_date": "2026-11-17",
            "compatibility_flags": ["global_fetch_strictly_public"],
            "vars": vars,
            "ratelimits": [{ "name": "STATUS_LIMITER", "namespace_id": "1", "simple": { "limit": 100, "period": 60 } }],
        });
        let file = folder.join("wrangler.json");
        std::fs::write(&file, config.to_string()).unwrap();
        let port = free_port();
        let child = wrangler(&folder, &[file], port);
        let beside = Self {
            child,
            folder,
            url: format!("http://127.0.0.1:{port}/functions/v1/{worker}"),
        };
        eventually_within(LONG, &format!("{worker} to run beside"), async || {
            let answer = system.http.post(&beside.url).send().await.ok()?;
            (answer.status().as_u16() == 405).then_some(())
        })
        .await;
        beside
    }

    /// Starts every Worker of the system once more behind one address, with its own settings but for `settings`;
    /// answers with the system as it is met there.
    ///
    /// # Panics
    /// When they do not come up.
    pub async fn all(system: &System, settings: &[(&str, &str)]) -> (Self, System) {
        let folder = std::env::temp_dir().join(format!("omega-beside-{}", Uuid::new_v4().simple()));
        std::fs::create_dir_all(&folder).unwrap();
        let dev_json =
            PathBuf::from(std::env::var_os("OMEGA_DEV_JSON").expect("OMEGA_DEV_JSON is not set"));
        let running = dev_json.parent().unwrap_or(Path::new(".")).join("wrangler");
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&running)
            .unwrap_or_else(|error| panic!("{}: {error}", running.display()))
        {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|kind| kind != "json") {
                continue;
            }
            let mut config: Value =
                serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            for (name, value) in settings {
                config["vars"][name] = Value::from(*value);
            }
            let is_front = config["assets"].is_object();
            let file = folder.join(path.file_name().unwrap());
            std::fs::write(&file, config.to_string()).unwrap();
            // The first of them is the one that is met at the address.
            files.insert(if is_front { 0 } else { files.len() }, file);
        }
        let port = free_port();
        let beside = Self {
            child: wrangler(&folder, &files, port),
            folder,
            url: format!("http://127.0.0.1:{port}"),
        };
        let mut met_here = system.clone();
        met_here.addresses.site.clone_from(&beside.url);
        for operation in crate::openapi::operations() {
            let url = met_here.worker_url(&operation.endpoint);
            eventually_within(
                LONG * 2,
                &format!("{} to run beside", operation.endpoint),
                async || {
                    let answer = system.http.patch(&url).send().await.ok()?;
                    (answer.status().as_u16() == 405).then_some(())
                },
            )
            .await;
        }
        (beside, met_here)
    }

    pub fn get(&self, system: &System) -> reqwest::RequestBuilder {
        system.http.get(&self.url)
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .unwrap()
        .port()
}

fn wrangler(folder: &Path, configs: &[PathBuf], port: u16) -> Child {
    Command::new(root().join("node_modules/.bin/node"))
        .arg(root().join("node_modules/wrangler/bin/wrangler.js"))
        .arg("dev")
        .args(
            configs
                .iter()
                .flat_map(|file| [OsStr::new("-c"), file.as_os_str()]),
        )
        .args([
            "--ip",
            "127.0.0.1",
            "--port",
            &port.to_string(),
            "--inspector-port",
            "0",
        ])
        .arg("--show-interactive-dev-session=false")
        .arg("--persist-to")
        .arg(folder.join("state"))
        .current_dir(folder)
        .env("CLOUDFLARE_CF_FETCH_ENABLED", "false")
        .env("WRANGLER_SEND_METRICS", "false")
        .env("WRANGLER_REGISTRY_PATH", folder.join("registry"))
        .env("WRANGLER_LOG_PATH", folder.join("logs"))
        .env("CI", "true")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| {
            panic!("wrangler does not start ({error}): `cargo xtask setup` installs it")
        })
}

impl Drop for Beside {
    fn drop(&mut self) {
        // wrangler ends its workerd when it is asked to end, not when it is killed.
        let _ = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status();
        for _ in 0..50 {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
