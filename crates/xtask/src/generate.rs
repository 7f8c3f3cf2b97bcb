//! What is derived from the code and kept in the repository; the tests fail when it is stale.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use email_deliver::account_mails::{ACCOUNT_MAILS, AccountMail};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::workspace::{self, Worker, root, write};
use crate::{deadlines, ops, site, tools};

/// A file and what it should hold.
pub type Generated = (PathBuf, Vec<u8>);

pub fn run(check: bool) -> Result<()> {
    let workers = workspace::workers()?;
    let documents = openapi(&workers)?;
    let mut files = ops::generated(&workers, &documents)?;
    for (service, document) in documents {
        let file = root()
            .join("omega-site/openapi")
            .join(format!("{service}.json"));
        let text = serde_json::to_string_pretty(&document)? + "\n";
        files.push((file, text.into_bytes()));
    }
    files.push(dispatch_bindings(&workers)?);
    files.push(request_templates()?);
    files.push(deadlines::document()?);
    files.push(deadlines::words());
    files.push(deadlines::finance_words());
    files.push(deadlines::mail_words());
    files.push(deadlines::form_words());
    files.extend(account_mails()?);
    files.extend(vendored()?);
    files.extend(site_files()?);
    let stale = update(files, check)?;
    match (check, stale.is_empty()) {
        (true, false) => bail!("stale: {}; run `cargo xtask generate`", stale.join(", ")),
        (false, false) => println!("wrote {}", stale.join(", ")),
        (_, true) => println!("up to date"),
    }
    Ok(())
}

/// What of the site is put together from its parts, for `cargo xtask dev`. Gives what was written.
pub fn site() -> Result<Vec<String>> {
    update(site_files()?, false)
}

fn site_files() -> Result<Vec<Generated>> {
    let pages = site::pages()?;
    let mut files = site::frames(&pages)?;
    files.push(site::style_sheet()?);
    files.push(site::style_guide(&pages)?);
    files.push(site::sitemap(&pages)?);
    let service_worker = site::service_worker(&files)?;
    files.push(service_worker);
    Ok(files)
}

/// Writes what differs, unless it is only to be told. Gives the paths of it.
fn update(files: Vec<Generated>, check: bool) -> Result<Vec<String>> {
    let mut stale = Vec::new();
    for (file, content) in files {
        if std::fs::read(&file).is_ok_and(|found| found == content) {
            continue;
        }
        stale.push(
            file.strip_prefix(root())
                .unwrap_or(&file)
                .display()
                .to_string(),
        );
        if !check {
            write(&file, content)?;
        }
    }
    Ok(stale)
}

/// One OpenAPI document a service, put together from what each endpoint says of itself.
fn openapi(workers: &[Worker]) -> Result<BTreeMap<&str, Value>> {
    let public: Vec<_> = workers.iter().filter(|worker| worker.is_public()).collect();
    let mut cargo = Command::new(workspace::cargo());
    cargo
        .current_dir(root())
        .args(["build", "--quiet", "--examples"]);
    for worker in &public {
        cargo.args(["--package", &worker.package]);
    }
    ensure!(
        cargo.status()?.success(),
        "the OpenAPI examples did not compile"
    );

    let mut services: BTreeMap<&str, Value> = BTreeMap::new();
    for worker in public {
        let program = workspace::target()
            .join("debug/examples")
            .join(format!("{}-openapi", worker.package));
        let output = Command::new(&program)
            .output()
            .with_context(|| program.display().to_string())?;
        let endpoint: Value =
            serde_json::from_slice(&output.stdout).with_context(|| worker.path.clone())?;
        let document = services
            .entry(worker.service())
            .or_insert_with(|| empty_document(worker.service()));
        let operations = endpoint["paths"]["/"].clone();
        document["paths"][format!("/functions/v1/{}", worker.path)] = operations;
        for kind in ["schemas", "securitySchemes"] {
            for (name, schema) in endpoint["components"][kind]
                .as_object()
                .into_iter()
                .flatten()
            {
                document["components"][kind][name] = schema.clone();
            }
        }
    }
    Ok(services)
}

fn empty_document(service: &str) -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": format!("OmegaOS {service} API"),
            "version": "1",
            "description": "Every refusal is RFC 9457 problem+json; every answer carries X-Request-Id.",
        },
        "servers": [{ "url": "https://omegaos.co" }],
        "paths": {},
        "components": { "schemas": {}, "securitySchemes": {} },
    })
}

/// What pages offer to ask a client for.
fn request_templates() -> Result<Generated> {
    let templates = serde_json::to_string_pretty(&omega_common::request_templates::TEMPLATES)?;
    let text = format!(
        "// @ts-check
// Written by `cargo xtask generate` from crates/common/src/request_templates.rs.

/** @typedef {{{{title: string, description: string, wanted: \"file\" | \"answer\", document_category: string | null}}}} TemplateItem */
/** @typedef {{{{id: string, title: string, entity_type: string | null, due_in_days: number, items: TemplateItem[]}}}} Template */

export const templates = /** @type {{Template[]}} */ ({templates});
"
    );
    let file = root().join("omega-site/modules/request-templates.js");
    Ok((file, text.into_bytes()))
}

/// The dispatch's service bindings, at the end of the root wrangler.toml.
fn dispatch_bindings(workers: &[Worker]) -> Result<Generated> {
    let bindings = workers.iter().map(|worker| {
        format!(
            "[[services]]\nbinding = \"{}\"\nservice = \"{}\"\n",
            worker.binding(),
            worker.config.name
        )
    });
    ending(
        "wrangler.toml",
        "# Generated from the Workers' folders by `cargo xtask generate`.\n",
        bindings,
    )
}

/// The templates of Auth's own mails, and the settings that name them.
fn account_mails() -> Result<Vec<Generated>> {
    let path = |mail: &AccountMail| format!("supabase/templates/{}.html", mail.name);
    let settings = ACCOUNT_MAILS.iter().map(|mail| {
        format!(
            "[auth.email.template.{}]\nsubject = \"{}\"\ncontent_path = \"./{}\"\n",
            mail.name,
            mail.subject,
            path(mail)
        )
    });
    let mut files = vec![ending(
        "supabase/config.toml",
        "# Generated from crates/email/deliver by `cargo xtask generate`.\n",
        settings,
    )?];
    for mail in &ACCOUNT_MAILS {
        files.push((root().join(path(mail)), mail.html()?.into_bytes()));
    }
    Ok(files)
}

/// A settings file whose end, after a mark, is put together here.
fn ending(path: &str, mark: &str, parts: impl Iterator<Item = String>) -> Result<Generated> {
    let file = root().join(path);
    let content = workspace::read(&file)?;
    let (head, _) = content
        .split_once(mark)
        .with_context(|| format!("{path} lost its mark"))?;
    let parts: Vec<_> = parts.collect();
    Ok((
        file,
        format!("{head}{mark}{}", parts.join("\n")).into_bytes(),
    ))
}

/// Third-party browser code, as omega-site/vendor/vendor.json lists it.
#[derive(Deserialize)]
pub struct Vendored {
    package: String,
    version: String,
    /// From the path inside the package to the one inside omega-site/vendor.
    pub files: BTreeMap<String, String>,
}

/// Browser libraries, copied unmodified from the pinned npm packages.
fn vendored() -> Result<Vec<Generated>> {
    let folder = root().join("omega-site/vendor");
    let list: Vec<Vendored> = serde_json::from_str(&workspace::read(&folder.join("vendor.json"))?)?;
    let mut files = Vec::new();
    for vendored in list {
        let package = tools::node_modules().join(&vendored.package);
        let manifest: Value =
            serde_json::from_str(&workspace::read(&package.join("package.json"))?)?;
        ensure!(
            manifest["version"] == vendored.version,
            "{} is {} in node_modules and {} in vendor.json",
            vendored.package,
            manifest["version"],
            vendored.version
        );
        for (from, to) in vendored.files {
            let content = std::fs::read(package.join(&from)).with_context(|| from.clone())?;
            files.push((folder.join(&to), content));
        }
    }
    Ok(files)
}
