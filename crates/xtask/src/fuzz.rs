//! `cargo xtask fuzz`: each property of the parsers and readers for minutes instead of a moment.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

use crate::workspace::{cargo, root};

/// The packages that have a module `properties`.
pub const PACKAGES: [&str; 4] = [
    "email-deliver",
    "omega-assistant",
    "omega-common",
    "omega-deadlines",
];

/// Cases between two looks at the clock.
const CASES: &str = "20000";

#[derive(clap::Args)]
pub struct Arguments {
    /// Minutes for each property
    #[arg(long, default_value_t = 10.0)]
    minutes: f64,
    /// Only properties whose name holds this
    filter: Option<String>,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let time = Duration::from_secs_f64(arguments.minutes * 60.0);
    let mut found = 0;
    for package in PACKAGES {
        for property in properties(package)? {
            if arguments
                .filter
                .as_ref()
                .is_some_and(|filter| !property.contains(filter.as_str()))
            {
                continue;
            }
            found += 1;
            let started = Instant::now();
            let mut rounds = 0;
            while started.elapsed() < time {
                let output = test(package)
                    .args(["--", "--exact", &property])
                    .env("PROPTEST_CASES", CASES)
                    .output()?;
                if !output.status.success() {
                    bail!(
                        "{package} {property}:\n{}",
                        String::from_utf8_lossy(&output.stdout)
                    );
                }
                rounds += 1;
            }
            println!(
                "{package} {property}: {rounds} × {CASES} cases in {:.0} s",
                started.elapsed().as_secs_f64()
            );
        }
    }
    ensure!(found > 0, "no property has such a name");
    Ok(())
}

fn test(package: &str) -> Command {
    let mut command = Command::new(cargo());
    command
        .current_dir(root())
        .args(["test", "--quiet", "--package", package, "--lib"]);
    command
}

/// The names of the tests in a package's module `properties`.
fn properties(package: &str) -> Result<Vec<String>> {
    let output = test(package)
        .args(["properties::", "--", "--list"])
        .output()?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .map(str::to_owned)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_with_properties_is_fuzzed() {
        let mut found = Vec::new();
        for file in crate::supply_chain::tracked_files() {
            if file.ends_with("src/properties.rs") {
                let folder = root().join(&file).ancestors().nth(2).unwrap().to_owned();
                let manifest: toml::Table = crate::workspace::read(&folder.join("Cargo.toml"))
                    .unwrap()
                    .parse()
                    .unwrap();
                found.push(manifest["package"]["name"].as_str().unwrap().to_owned());
            }
        }
        found.sort();
        assert_eq!(found, PACKAGES);
    }
}
