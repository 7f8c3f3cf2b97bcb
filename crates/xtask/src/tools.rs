//! Tools that are not Rust: Node, npm packages, Chromium, Python. Whatever is missing is installed from its
//! registry, or named in a sentence.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::workspace::{root, target};

/// Oldest Node that can install the packages; what runs them afterwards is the pinned one among them.
const OLDEST_NODE: u32 = 20;

pub fn node_modules() -> PathBuf {
    root().join("node_modules")
}

/// The pinned Node.
pub fn node() -> PathBuf {
    node_modules().join(".bin/node")
}

/// A script of an npm package, to be run by the pinned Node.
pub fn node_command(script: &str) -> Result<Command> {
    ensure!(
        node().exists(),
        "node_modules is missing: run `cargo xtask setup`"
    );
    let mut command = Command::new(node());
    command.arg(node_modules().join(script)).current_dir(root());
    Ok(command)
}

/// Installs what the lock files name, if it is not there.
pub fn set_up() -> Result<()> {
    wasm_target()?;
    npm_packages()
}

fn wasm_target() -> Result<()> {
    let sysroot = Command::new("rustc")
        .current_dir(root())
        .args([
            "--print",
            "target-libdir",
            "--target",
            "wasm32-unknown-unknown",
        ])
        .output()?;
    let folder = String::from_utf8_lossy(&sysroot.stdout);
    if Path::new(folder.trim()).is_dir() {
        return Ok(());
    }
    step("Rust's wasm32 target");
    let added = Command::new("rustup")
        .current_dir(root())
        .args(["target", "add", "wasm32-unknown-unknown"])
        .status();
    match added {
        Ok(status) if status.success() => Ok(()),
        _ => bail!(
            "Rust's wasm32-unknown-unknown target is missing: install Rust with rustup, or run `rustup target add wasm32-unknown-unknown`."
        ),
    }
}

fn npm_packages() -> Result<()> {
    let lock = std::fs::read(root().join("package-lock.json")).context("package-lock.json")?;
    let stamp = node_modules().join(".omega-lock");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == lock) && node().exists() {
        return Ok(());
    }
    let version = Command::new("node")
        .arg("--version")
        .output()
        .ok()
        .filter(|output| output.status.success());
    let major = version.as_ref().and_then(|output| {
        let text = String::from_utf8_lossy(&output.stdout);
        text.trim()
            .trim_start_matches('v')
            .split('.')
            .next()?
            .parse::<u32>()
            .ok()
    });
    match major {
        Some(major) if major >= OLDEST_NODE => {}
        Some(major) => {
            bail!("Node {major} is too old: install Node {OLDEST_NODE} or newer from nodejs.org.")
        }
        None => bail!("Node is missing: install Node {OLDEST_NODE} or newer from nodejs.org."),
    }
    step("npm packages");
    // Not `npm ci`: it refuses a lock file without the entries of platforms whose builds the registry
    // at hand does not carry, though it would not install them.
    let status = Command::new("npm")
        .current_dir(root())
        .args([
            "install",
            "--no-save",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
        ])
        .status()
        .context("npm is missing: it comes with Node")?;
    ensure!(status.success(), "npm install failed: see above");
    ensure!(
        node().exists(),
        "npm did not install the pinned Node: its install scripts must be allowed"
    );
    as_locked(&lock)?;
    std::fs::write(stamp, lock)?;
    Ok(())
}

/// Installs what the lock file in a folder of its own names, if it is not there.
pub fn npm_install(folder: &Path) -> Result<()> {
    let lock = std::fs::read(folder.join("package-lock.json"))
        .with_context(|| folder.join("package-lock.json").display().to_string())?;
    let stamp = folder.join("node_modules/.omega-lock");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    let status = Command::new("npm")
        .current_dir(folder)
        .args(["install", "--no-save", "--loglevel=error"])
        .status()
        .context("npm is missing: it comes with Node")?;
    ensure!(status.success(), "npm install failed: see above");
    std::fs::write(stamp, lock)?;
    Ok(())
}

/// What `npm ci` would hold to: nothing was installed that the lock file does not name, in its version and with its hash.
fn as_locked(lock: &[u8]) -> Result<()> {
    let packages = |text: &[u8]| -> Result<serde_json::Value> {
        Ok(serde_json::from_slice::<serde_json::Value>(text)?["packages"].take())
    };
    let locked = packages(lock)?;
    let installed = packages(&std::fs::read(node_modules().join(".package-lock.json"))?)?;
    for (path, package) in installed.as_object().into_iter().flatten() {
        for fact in ["version", "integrity"] {
            ensure!(
                locked[path][fact] == package[fact],
                "{path}: npm installed {}, package-lock.json names {}",
                package[fact],
                locked[path][fact]
            );
        }
    }
    Ok(())
}

/// Chromium and its driver, for the tests in a browser.
pub fn chromium() -> Result<()> {
    if find("chromedriver").is_some()
        && (find("chromium").is_some() || find("google-chrome").is_some())
    {
        return Ok(());
    }
    step("Chromium");
    let installed = find("apt-get").is_some()
        && run("apt-get", &["update", "--quiet=2"])
        && run(
            "apt-get",
            &[
                "install",
                "--yes",
                "--quiet=2",
                "--no-install-recommends",
                "chromium",
                "chromium-driver",
                "fonts-liberation",
            ],
        );
    ensure!(
        installed && find("chromedriver").is_some(),
        "Chromium and ChromeDriver are missing: install the packages chromium and chromium-driver (Debian, as root), or Chrome with a matching chromedriver on the PATH."
    );
    Ok(())
}

/// A virtual environment with the packages of a requirements file, each pinned with its hashes. Gives its folder.
pub fn python_environment(requirements: &Path) -> Result<PathBuf> {
    let wanted = std::fs::read(requirements).with_context(|| requirements.display().to_string())?;
    let folder = target().join("schemathesis");
    let stamp = folder.join("installed.txt");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(folder);
    }
    step("Python packages");
    let make = |folder: &Path| {
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(folder)
            .output()
            .is_ok_and(|output| output.status.success())
    };
    let made = make(&folder)
        || (find("apt-get").is_some()
            && run("apt-get", &["update", "--quiet=2"])
            && run(
                "apt-get",
                &["install", "--yes", "--quiet=2", "python3-venv"],
            )
            && make(&folder));
    ensure!(
        made,
        "Python 3.11 or newer with its module venv is missing: install the packages python3 and python3-venv (Debian, as root)."
    );
    let installed = Command::new(folder.join("bin/pip"))
        .args(["install", "--quiet", "--disable-pip-version-check"])
        .args(["--require-hashes", "--no-deps", "--only-binary=:all:"])
        .arg("--requirement")
        .arg(requirements)
        .status()?;
    ensure!(installed.success(), "pip install failed: see above");
    std::fs::write(stamp, wanted)?;
    Ok(folder)
}

/// A program on the PATH.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

fn run(program: &str, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdout(std::process::Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Tells what is going on: set-up takes minutes on a fresh machine.
pub fn step(what: &str) {
    eprintln!("→ {what}");
}
