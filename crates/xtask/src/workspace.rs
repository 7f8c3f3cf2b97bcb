//! What the repository holds. The list of endpoints is the list of folders `crates/<service>/<endpoint>`
//! with a wrangler.toml; whatever needs it asks here.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;

/// The repository's root.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// The cargo that runs us; by the name that rustup's proxies have when nothing does, so that they choose
/// the pinned toolchain.
pub fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Where cargo puts what it builds.
pub fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// A deployable Worker.
#[derive(Clone, Debug)]
pub struct Worker {
    /// `onboarding/profile`, or `dispatch`.
    pub path: String,
    /// Its cargo package.
    pub package: String,
    pub folder: PathBuf,
    pub config: Wrangler,
}

/// The parts of a wrangler.toml that matter here.
#[derive(Clone, Debug, Deserialize)]
pub struct Wrangler {
    pub name: String,
    pub compatibility_date: String,
    #[serde(default)]
    pub compatibility_flags: Vec<String>,
    #[serde(default)]
    pub routes: Vec<Route>,
    #[serde(default)]
    pub secrets: Secrets,
    #[serde(default)]
    pub vars: serde_json::Map<String, serde_json::Value>,
    #[serde(default)]
    pub services: Vec<serde_json::Value>,
    #[serde(default)]
    pub ratelimits: Vec<serde_json::Value>,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub struct Secrets {
    #[serde(default)]
    pub required: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Route {
    pub pattern: String,
}

impl Worker {
    fn read(path: &str, folder: &Path, config: &Path) -> Result<Self> {
        let manifest: toml::Table = read(&folder.join("Cargo.toml"))?.parse()?;
        let package = manifest["package"]["name"]
            .as_str()
            .context("a Cargo.toml has no package name")?
            .to_owned();
        let config =
            toml::from_str(&read(config)?).with_context(|| config.display().to_string())?;
        Ok(Self {
            path: path.to_owned(),
            package,
            folder: folder.to_owned(),
            config,
        })
    }

    /// A Worker that only tests run.
    pub fn fixture(folder: &str) -> Result<Self> {
        let path = root().join(folder);
        Self::read(folder, &path, &path.join("wrangler.toml"))
    }

    /// The path under `/functions/v1/` is public when the Worker has a route.
    pub fn is_public(&self) -> bool {
        !self.config.routes.is_empty()
    }

    /// The service binding under which the dispatch finds it.
    pub fn binding(&self) -> String {
        self.path.replace(['/', '-'], "_").to_uppercase()
    }

    pub fn service(&self) -> &str {
        self.path.split('/').next().unwrap_or_default()
    }

    pub fn build_folder(&self) -> PathBuf {
        self.folder.join("build")
    }
}

/// Every Worker that is deployed, by path.
pub fn workers() -> Result<Vec<Worker>> {
    let mut workers = Vec::new();
    for service in folders(&root().join("crates"))? {
        for folder in folders(&service)? {
            let config = folder.join("wrangler.toml");
            if config.is_file() {
                let path = format!("{}/{}", name(&service), name(&folder));
                workers.push(Worker::read(&path, &folder, &config)?);
            }
        }
    }
    workers.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(workers)
}

/// The Worker in front of all others under `wrangler dev`.
pub fn dispatch() -> Result<Worker> {
    Worker::read(
        "dispatch",
        &root().join("crates/dispatch"),
        &root().join("wrangler.toml"),
    )
}

/// Every Worker that `wrangler dev` runs, the front one first.
pub fn workers_and_dispatch() -> Result<Vec<Worker>> {
    let mut all = vec![dispatch()?];
    all.extend(workers()?);
    Ok(all)
}

pub fn read(file: &Path) -> Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("{} can't be read", file.display()))
}

pub fn write(file: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(file, content).with_context(|| format!("{} can't be written", file.display()))
}

fn name(folder: &Path) -> String {
    folder
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn folders(parent: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(parent).with_context(|| parent.display().to_string())?;
    Ok(entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.is_dir())
        .collect())
}
