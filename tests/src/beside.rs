//! A Worker of the running system once more, or all of them, beside it and with other settings: to see what they
//! do when a part that they ask is not there.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::openapi::root;
use crate::system::{System, data_folder};
use crate::wait::{LONG, eventually_within};

/// Ends with the test.
pub struct Beside {
    _wrangler: Wrangler,
    url: String,
}

/// Every Worker of the running system, behind a front of their own. Ends with the test.
pub struct AllBeside {
    _wrangler: Wrangler,
    pub site: String,
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
        let (wrangler, port) = Wrangler::start(folder, &[file]);
        let beside = Self {
            _wrangler: wrangler,
            url: format!("http://127.0.0.1:{port}/functions/v1/{worker}"),
        };
        eventually_within(LONG, &format!("{worker} to run beside"), async || {
            let answer = system.http.post(&beside.url).send().await.ok()?;
            (answer.status().as_u16() == 405).then_some(())
        })
        .await;
        beside
    }

    pub fn get(&self, system: &System) -> reqwest::RequestBuilder {
        system.http.get(&self.url)
    }
}

impl AllBeside {
    /// Starts all Workers with the system's own settings but for `settings`, and without its limits on how often
    /// somebody may call. The running system has built them.
    ///
    /// # Panics
    /// When they do not come up.
    pub async fn start(settings: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!("omega-beside-{}", Uuid::new_v4().simple()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut files = Vec::new();
        for entry in std::fs::read_dir(data_folder().join("wrangler")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|kind| kind != "json") {
                continue;
            }
            let mut config: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            for (name, value) in settings {
                config["vars"][name] = Value::from(*value);
            }
            // The folder that the running system watches is named from its own place.
            config["build"]["watch_dir"] = json!("nothing");
            for limit in config["ratelimits"].as_array_mut().into_iter().flatten() {
                limit["simple"]["limit"] = json!(100_000);
            }
            let file = folder.join(path.file_name().unwrap());
            std::fs::write(&file, config.to_string()).unwrap();
            files.push((config["assets"].is_null(), file));
        }
        // The front comes first; it alone has the site's files.
        files.sort();
        let files: Vec<_> = files.into_iter().map(|(_, file)| file).collect();
        let (wrangler, port) = Wrangler::start(folder, &files);
        let beside = Self {
            _wrangler: wrangler,
            site: format!("http://127.0.0.1:{port}"),
        };
        let http = reqwest::Client::new();
        for operation in crate::openapi::operations() {
            let endpoint = operation.endpoint;
            let url = format!("{}/functions/v1/{endpoint}", beside.site);
            eventually_within(LONG * 3, &format!("{endpoint} to run beside"), async || {
                let answer = http.patch(&url).send().await.ok()?;
                (answer.status().as_u16() == 405).then_some(())
            })
            .await;
        }
        beside
    }

    /// The system as it is met there.
    #[must_use]
    pub fn system(&self, running: &System) -> System {
        let mut met_here = running.clone();
        met_here.addresses.site.clone_from(&self.site);
        met_here
    }
}

/// `wrangler dev` with a folder of its own.
struct Wrangler {
    child: Child,
    folder: PathBuf,
}

impl Wrangler {
    fn start(folder: PathBuf, configs: &[PathBuf]) -> (Self, u16) {
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .unwrap()
            .port();
        let child = Command::new(root().join("node_modules/.bin/node"))
            .arg(root().join("node_modules/wrangler/bin/wrangler.js"))
            .arg("dev")
            .args(
                configs
                    .iter()
                    .flat_map(|file| ["-c".as_ref(), file.as_os_str()]),
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
            .current_dir(&folder)
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
            });
        (Self { child, folder }, port)
    }
}

impl Drop for Wrangler {
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
