//! `cargo xtask sbom`: what the system is built from, as CycloneDX.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use base64::{Engine, engine::general_purpose::STANDARD};
use cyclonedx_bom::models::component::{Classification, Component, Components};
use cyclonedx_bom::models::hash::{Hash, HashAlgorithm, HashValue, Hashes};
use cyclonedx_bom::models::license::{LicenseChoice, Licenses};
use cyclonedx_bom::models::metadata::Metadata;
use cyclonedx_bom::prelude::{Bom, Purl, Validate};
use serde_json::Value;

use crate::workspace::{cargo, read, root, target, write};

#[derive(clap::Args)]
pub struct Arguments {
    /// Where to write it; target/sbom.cdx.json when absent
    #[arg(long)]
    output: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let bom = bom()?;
    let count = bom
        .components
        .as_ref()
        .map_or(0, |components| components.0.len());
    let mut json = Vec::new();
    bom.output_as_json_v1_5(&mut json)?;
    let file = arguments
        .output
        .clone()
        .unwrap_or_else(|| target().join("sbom.cdx.json"));
    write(&file, json)?;
    println!("{}: {count} components", file.display());
    Ok(())
}

/// The crates of Cargo.lock and the packages of package-lock.json.
pub fn bom() -> Result<Bom> {
    let mut components = crates()?;
    components.extend(packages(&root().join("package-lock.json"))?);
    let mut metadata = Metadata::new()?;
    metadata.component = Some(Component::new(
        Classification::Application,
        "omegaos",
        env!("CARGO_PKG_VERSION"),
        Some("omegaos".to_owned()),
    ));
    let bom = Bom {
        metadata: Some(metadata),
        components: Some(Components(components)),
        ..Bom::default()
    };
    ensure!(bom.validate().passed(), "{:?}", bom.validate());
    Ok(bom)
}

/// `cargo metadata` of the workspace, with the lock file as it is.
pub fn metadata() -> Result<Value> {
    let output = Command::new(cargo())
        .current_dir(root())
        .args(["metadata", "--format-version", "1", "--locked"])
        .output()?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn crates() -> Result<Vec<Component>> {
    let lock: toml::Table = read(&root().join("Cargo.lock"))?.parse()?;
    let checksum = |name: &str, version: &str| {
        lock["package"].as_array()?.iter().find_map(|package| {
            let is_it = package["name"].as_str() == Some(name)
                && package["version"].as_str() == Some(version);
            package
                .get("checksum")
                .filter(|_| is_it)?
                .as_str()
                .map(str::to_owned)
        })
    };
    let metadata = metadata()?;
    let packages = metadata["packages"].as_array().context("no packages")?;
    packages
        .iter()
        .filter(|package| !package["source"].is_null())
        .map(|package| {
            let (name, version) = (text(package, "name")?, text(package, "version")?);
            let hash = checksum(name, version).map(|hex| (HashAlgorithm::SHA_256, hex));
            component("cargo", name, version, package["license"].as_str(), hash)
        })
        .collect()
}

fn packages(lock: &Path) -> Result<Vec<Component>> {
    let lock: Value = serde_json::from_str(&read(lock)?)?;
    let mut components = Vec::new();
    for (path, package) in lock["packages"].as_object().into_iter().flatten() {
        let Some((_, name)) = path.rsplit_once("node_modules/") else {
            continue;
        };
        let name = package["name"].as_str().unwrap_or(name);
        let hash = text(package, "integrity")?
            .strip_prefix("sha512-")
            .context("an integrity of another kind")?;
        let hex: String = STANDARD
            .decode(hash)?
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let version = text(package, "version")?;
        let made = component(
            "npm",
            name,
            version,
            package["license"].as_str(),
            Some((HashAlgorithm::SHA_512, hex)),
        )?;
        // The same version may lie at several places of the tree.
        if !components.contains(&made) {
            components.push(made);
        }
    }
    Ok(components)
}

fn text<'a>(package: &'a Value, name: &str) -> Result<&'a str> {
    package[name]
        .as_str()
        .with_context(|| format!("no {name}: {package}"))
}

fn component(
    kind: &str,
    name: &str,
    version: &str,
    license: Option<&str>,
    hash: Option<(HashAlgorithm, String)>,
) -> Result<Component> {
    // The scope of an npm package is the namespace of its package URL, and stays before a slash.
    let (name_in_url, version_in_url) = (name.replace('@', "%40"), version.replace('+', "%2B"));
    let purl = format!("pkg:{kind}/{name_in_url}@{version_in_url}");
    let purl: Purl = purl
        .parse()
        .map_err(|()| anyhow::anyhow!("{purl} is no package URL"))?;
    let mut component = Component::new(
        Classification::Library,
        name,
        version,
        Some(purl.to_string()),
    );
    component.purl = Some(purl);
    component.hashes = hash.map(|(alg, hex)| {
        Hashes(vec![Hash {
            alg,
            content: HashValue(hex),
        }])
    });
    component.licenses = license.map(|license| {
        // Older crates write `MIT/Apache-2.0`.
        let choice = match spdx::Expression::canonicalize(license) {
            Ok(canonical) => LicenseChoice::expression(canonical.as_deref().unwrap_or(license)),
            Err(_) => LicenseChoice::license(license),
        };
        Licenses(vec![choice])
    });
    Ok(component)
}
