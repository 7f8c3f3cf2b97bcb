//! What the DevOps Center tells of the repository: services, timeline, endpoints, tables and policies,
//! secrets by name, runbooks. Derived here, compiled into the Workers `ops/center` and `ops/secrets`.

mod markdown;
mod schema;

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use omega_common::openapi::{PUBLIC, STAFF};
use ops_center::{Access, Center, Endpoint, Phase, Runbook};
use ops_secrets::{Registered, Rotation};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::generate::Generated;
use crate::workspace::{Worker, read, root};

/// The files, given the OpenAPI document of each service.
pub fn generated(workers: &[Worker], openapi: &BTreeMap<&str, Value>) -> Result<Vec<Generated>> {
    let center = Center {
        timeline: hand_kept::<Timeline>("timeline")?.phase,
        endpoints: openapi.values().flat_map(endpoints).collect(),
        tables: schema::tables(&migrations()?)?,
        deployment: markdown::section(&read(&root().join("README.md"))?, "Deploy")?,
        runbooks: runbooks()?,
    };
    Ok(vec![
        json("crates/ops/center/center.json", &center)?,
        json("crates/ops/secrets/registry.json", &registry(workers)?)?,
        (
            root().join("omega-site/ops/architecture.svg"),
            read(&root().join("docs/architecture.svg"))?.into_bytes(),
        ),
    ])
}

fn json(file: &str, value: &impl serde::Serialize) -> Result<Generated> {
    let text = serde_json::to_string_pretty(value)? + "\n";
    Ok((root().join(file), text.into_bytes()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Timeline {
    phase: Vec<Phase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Secrets {
    secret: Vec<KnownSecret>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KnownSecret {
    name: String,
    purpose: String,
    made_at: String,
    rotation: Rotation,
    #[serde(default)]
    places: Vec<String>,
    #[serde(default)]
    optional: bool,
}

/// A page of facts that no file of the repository can tell.
fn hand_kept<T: DeserializeOwned>(name: &str) -> Result<T> {
    let file = root().join("docs/ops").join(format!("{name}.toml"));
    toml::from_str(&read(&file)?).with_context(|| file.display().to_string())
}

/// Secrets by name, with the Workers that hold them.
pub fn registry(workers: &[Worker]) -> Result<Vec<Registered>> {
    let known = hand_kept::<Secrets>("secrets")?.secret;
    for worker in workers {
        for secret in &worker.config.secrets.required {
            ensure!(
                known.iter().any(|known| known.name == *secret),
                "{}: {secret} is not in docs/ops/secrets.toml",
                worker.path
            );
        }
    }
    let holders = |name: &str| {
        workers
            .iter()
            .filter(|worker| {
                worker
                    .config
                    .secrets
                    .required
                    .iter()
                    .any(|secret| secret == name)
            })
            .map(|worker| worker.path.clone())
            .collect::<Vec<_>>()
    };
    Ok(known
        .into_iter()
        .map(|known| Registered {
            places: [holders(&known.name), known.places].concat(),
            name: known.name,
            purpose: known.purpose,
            made_at: known.made_at,
            rotation: known.rotation,
            optional: known.optional,
        })
        .collect())
}

/// The operations of one OpenAPI document.
fn endpoints(document: &Value) -> Vec<Endpoint> {
    let mut endpoints = Vec::new();
    for (path, operations) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in operations.as_object().into_iter().flatten() {
            let has_tag = |tag: &str| {
                operation["tags"]
                    .as_array()
                    .is_some_and(|tags| tags.iter().any(|known| known == tag))
            };
            let needs_a_token = operation["security"]
                .as_array()
                .is_some_and(|security| !security.is_empty());
            endpoints.push(Endpoint {
                method: method.to_uppercase(),
                worker: path.replace("/functions/v1/", "crates/"),
                path: path.clone(),
                access: if has_tag(STAFF) {
                    Access::Staff
                } else if needs_a_token && !has_tag(PUBLIC) {
                    Access::SignedIn
                } else {
                    Access::Public
                },
                summary: operation["summary"].as_str().unwrap_or_default().to_owned(),
            });
        }
    }
    endpoints
}

/// The migrations in their order, each with its name.
fn migrations() -> Result<Vec<(String, String)>> {
    files("migrations", "sql")
}

fn runbooks() -> Result<Vec<Runbook>> {
    files("docs/runbooks", "md")?
        .into_iter()
        .map(|(id, text)| markdown::runbook(&id, &text))
        .collect()
}

/// Names without their ending, and texts, of the files of a folder by name.
fn files(folder: &str, ending: &str) -> Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(root().join(folder))? {
        let file = entry?.path();
        if file.extension().is_some_and(|kind| kind == ending) {
            let name = file
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            files.push((name, read(&file)?));
        }
    }
    files.sort();
    Ok(files)
}
