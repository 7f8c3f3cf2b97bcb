//! From Rust to a module that workerd loads: one cargo build of all Workers, then wasm-bindgen for each
//! that changed. wrangler bundles the result.

use std::path::Path;
use std::process::Command;
use std::time::{Instant, SystemTime};

use anyhow::{Context, Result, ensure};
use wasm_bindgen_cli_support::Bindgen;

use crate::workspace::{Worker, root, target, write};

const SHIM: &str = include_str!("shim.js");
const WASM: &str = "wasm32-unknown-unknown";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Quick to build.
    Dev,
    /// Fast to run, without the names of functions.
    Release,
}

impl Profile {
    /// wrangler tells its build commands what it is about to do.
    pub fn from_wrangler() -> Self {
        match std::env::var("WRANGLER_COMMAND").as_deref() {
            Ok("dev") => Self::Dev,
            _ => Self::Release,
        }
    }

    fn cargo_name(self) -> &'static str {
        match self {
            Self::Dev => "dev-worker",
            Self::Release => "release",
        }
    }
}

/// Builds Workers; answers with how many changed.
pub fn build(workers: &[Worker], profile: Profile) -> Result<usize> {
    let mut cargo = Command::new(crate::workspace::cargo());
    cargo.current_dir(root()).args([
        "build",
        "--quiet",
        "--lib",
        "--target",
        WASM,
        "--profile",
        profile.cargo_name(),
    ]);
    for worker in workers {
        cargo.args(["--package", &worker.package]);
    }
    ensure!(cargo.status()?.success(), "the Workers did not compile");
    let mut changed = 0;
    for worker in workers {
        let file = format!("{}.wasm", worker.package.replace('-', "_"));
        let wasm = target().join(WASM).join(profile.cargo_name()).join(file);
        changed += usize::from(bind(worker, &wasm, profile).with_context(|| worker.path.clone())?);
    }
    Ok(changed)
}

/// Makes the module of one Worker unless it is there already.
fn bind(worker: &Worker, wasm: &Path, profile: Profile) -> Result<bool> {
    let out = worker.build_folder();
    let stamp_file = out.join("stamp");
    let metadata = wasm
        .metadata()
        .with_context(|| wasm.display().to_string())?;
    let modified = metadata
        .modified()?
        .duration_since(SystemTime::UNIX_EPOCH)?
        .as_nanos();
    let stamp = format!("{profile:?} {} {modified} {}", metadata.len(), SHIM.len());
    if std::fs::read_to_string(&stamp_file).is_ok_and(|found| found == stamp) {
        return Ok(false);
    }
    std::fs::create_dir_all(&out)?;
    // Of its own: `cargo xtask dev` and a build command of wrangler may be at it at the same time.
    let staging = out.join(format!("staging-{}", std::process::id()));
    std::fs::create_dir_all(&staging)?;
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(wasm)
        .out_name("bindings")
        .typescript(false)
        .remove_name_section(profile == Profile::Release)
        .remove_producers_section(profile == Profile::Release);
    bindgen
        .module(true)?
        .reset_state_function(true)
        .force_enable_abort_handler(true)
        .generate(&staging)?;

    let bindings = staging.join("bindings.js");
    let script = std::fs::read_to_string(&bindings)?;
    std::fs::write(&bindings, adapted(&script)?)?;
    // The entry point last: a watching wrangler takes its change for the sign that all is there.
    for entry in std::fs::read_dir(&staging)? {
        let entry = entry?;
        let target = out.join(entry.file_name());
        if target.is_dir() {
            std::fs::remove_dir_all(&target)?;
        }
        std::fs::rename(entry.path(), target)?;
    }
    std::fs::remove_dir(&staging)?;
    write(&out.join("index.js"), SHIM)?;
    write(&stamp_file, stamp)?;
    Ok(true)
}

/// wasm-bindgen's script as it suits workerd.
fn adapted(script: &str) -> Result<String> {
    // wrangler imports .wasm files as modules; it does not know source phase imports yet.
    let script = script.replace("import source ", "import ");
    // Every future that waits for a promise makes two closures and drops them itself. That they are also registered
    // for finalization frees nothing, as the waiting future holds them, and costs at each collection of garbage.
    let registry = "const CLOSURE_DTORS = (typeof FinalizationRegistry === 'undefined')";
    ensure!(
        script.contains(registry) || !script.contains("CLOSURE_DTORS"),
        "wasm-bindgen registers closures for finalization in another way"
    );
    Ok(script.replace(registry, "const CLOSURE_DTORS = (true)"))
}

/// Sizes of what would be deployed, for people.
pub fn report(workers: &[Worker], started: Instant) -> Result<()> {
    for worker in workers {
        let wasm = worker.build_folder().join("bindings_bg.wasm");
        println!(
            "{:<32} {:>6} KB",
            worker.path,
            wasm.metadata()?.len() / 1024
        );
    }
    println!("built in {:.1} s", started.elapsed().as_secs_f32());
    Ok(())
}
