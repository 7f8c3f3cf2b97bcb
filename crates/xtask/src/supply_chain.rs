//! Tests of what the system is built from: licences, sources, versions, hashes; no secret in the tree; workflows that
//! may do little.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;

use serde::Deserialize;
use serde_json::Value;

use crate::sbom;
use crate::workspace::{read, root};

/// deny.toml, as far as it can be held to without the network.
#[derive(Deserialize)]
struct Deny {
    licenses: Licenses,
    bans: Bans,
    sources: Sources,
}

#[derive(Deserialize)]
struct Licenses {
    allow: BTreeSet<String>,
    exceptions: Vec<Exception>,
}

#[derive(Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Bans {
    skip: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Sources {
    allow_registry: Vec<String>,
}

fn deny() -> Deny {
    toml::from_str(&read(&root().join("deny.toml")).unwrap()).unwrap()
}

/// Every crate that is not ours.
fn foreign_crates() -> Vec<Value> {
    let metadata = sbom::metadata().unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let foreign: Vec<_> = packages
        .iter()
        .filter(|package| !package["source"].is_null())
        .cloned()
        .collect();
    assert!(foreign.len() > 100, "only {} crates", foreign.len());
    foreign
}

#[test]
fn crates_have_licences_that_are_allowed() {
    let deny = deny();
    let mut unused: BTreeSet<_> = deny.licenses.exceptions.iter().map(|e| &e.name).collect();
    for package in foreign_crates() {
        let name = package["name"].as_str().unwrap();
        let license = package["license"]
            .as_str()
            .unwrap_or_else(|| panic!("{name} has no licence"));
        let expression = spdx::Expression::parse_mode(license, spdx::ParseMode::LAX).unwrap();
        let exception = deny.licenses.exceptions.iter().find(|e| e.name == name);
        if let Some(exception) = exception {
            unused.remove(&exception.name);
        }
        let allowed = expression.evaluate(|requirement| {
            let requirement = requirement.to_string();
            deny.licenses.allow.contains(&requirement)
                || exception.is_some_and(|exception| exception.allow.contains(&requirement))
        });
        assert!(allowed, "{name}: {license} is not allowed by deny.toml");
    }
    assert!(
        unused.is_empty(),
        "exceptions for crates that are gone: {unused:?}"
    );
}

#[test]
fn crates_come_from_the_registry() {
    let registries = deny().sources.allow_registry;
    for package in foreign_crates() {
        let source = package["source"].as_str().unwrap();
        let known = registries
            .iter()
            .any(|registry| source == format!("registry+{registry}"));
        assert!(known, "{}: {source}", package["name"]);
    }
}

#[test]
fn crates_are_there_once_but_for_those_that_deny_toml_names() {
    let mut versions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in foreign_crates() {
        let text = |name: &str| package[name].as_str().unwrap().to_owned();
        versions
            .entry(text("name"))
            .or_default()
            .push(text("version"));
    }
    let mut skip = deny().bans.skip;
    for (name, versions) in versions {
        let told = versions
            .iter()
            .filter(|version| skip.remove(&format!("{name}@{version}")))
            .count();
        assert!(
            versions.len() - told <= 1,
            "{name} is there in {versions:?}, and deny.toml names {told} of them"
        );
    }
    assert!(
        skip.is_empty(),
        "deny.toml skips what is not there: {skip:?}"
    );
}

fn package_lock() -> Value {
    serde_json::from_str(&read(&root().join("package-lock.json")).unwrap()).unwrap()
}

#[test]
fn npm_packages_are_pinned_and_hashed() {
    let lock = package_lock();
    assert_eq!(lock["lockfileVersion"], 3);
    let mut seen = 0;
    for (path, package) in lock["packages"].as_object().unwrap() {
        if path.is_empty() {
            continue;
        }
        seen += 1;
        let integrity = package["integrity"].as_str().unwrap_or_default();
        assert!(integrity.starts_with("sha512-"), "{path}: {integrity:?}");
        // Where `resolved` is left out, npm asks the registry (.npmrc: omit-lockfile-registry-resolved).
        assert!(
            package["resolved"].is_null() && package["link"].is_null(),
            "{path} comes from elsewhere: {}",
            package["resolved"]
        );
    }
    assert!(seen > 100, "only {seen} packages");
}

#[test]
fn the_lock_of_npm_is_that_of_the_manifest() {
    let lock = package_lock();
    let manifest: Value =
        serde_json::from_str(&read(&root().join("package.json")).unwrap()).unwrap();
    for kind in ["dependencies", "devDependencies"] {
        assert_eq!(lock["packages"][""][kind], manifest[kind], "{kind}");
        for (name, version) in manifest[kind].as_object().unwrap() {
            let version = version.as_str().unwrap();
            assert!(
                version.starts_with(|c: char| c.is_ascii_digit())
                    && !version.contains(['x', '*', ' ']),
                "{name} is not pinned: {version}"
            );
            let locked = &lock["packages"][format!("node_modules/{name}")]["version"];
            assert_eq!(locked, version, "{name}");
        }
    }
}

#[test]
fn python_packages_are_pinned_and_hashed() {
    let text = read(&root().join("tests/schemathesis/requirements.txt")).unwrap();
    let joined = text.replace("\\\n", " ");
    let mut seen = 0;
    for line in joined.lines().filter(|line| !line.trim().is_empty()) {
        seen += 1;
        assert!(
            line.contains("==") && line.contains("--hash=sha256:"),
            "{line}"
        );
    }
    assert!(seen > 5, "only {seen} packages");
}

#[test]
fn the_bill_of_materials_names_every_crate_and_package_with_a_hash() {
    let bom = sbom::bom().unwrap();
    let components = bom.components.unwrap().0;
    for package in foreign_crates() {
        let purl = format!("pkg:cargo/{}@", package["name"].as_str().unwrap());
        let found = components
            .iter()
            .find(|component| {
                component
                    .bom_ref
                    .as_ref()
                    .is_some_and(|it| it.starts_with(&purl))
            })
            .unwrap_or_else(|| panic!("no {purl}"));
        assert!(found.hashes.is_some() && found.licenses.is_some(), "{purl}");
    }
    let npm = components
        .iter()
        .filter(|component| {
            component
                .bom_ref
                .as_ref()
                .is_some_and(|it| it.starts_with("pkg:npm/"))
        })
        .count();
    assert!(npm > 100, "only {npm} npm packages");
}

/// What a secret looks like, by the name of its kind. A secret's beginning and its length tell it from a word.
const SECRETS: &[(&str, &str)] = &[
    (
        "a private key",
        "-----BEGIN [A-Z ]*PRIVATE KEY-----\\s+[A-Za-z0-9+/]{40}",
    ),
    ("a private JWK", "\"d\"\\s*:\\s*\"[A-Za-z0-9_-]{43,}\""),
    (
        "a JWT",
        "eyJ[A-Za-z0-9_-]{10,}\\.eyJ[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]{20,}",
    ),
    (
        "a Supabase secret key",
        "sb_secret_[A-Za-z0-9]{20,}[A-Za-z0-9_-]*",
    ),
    ("a Supabase access token", "sbp_[a-f0-9]{40}"),
    ("a Resend key", "re_[A-Za-z0-9]{8}_[A-Za-z0-9]{20,}"),
    ("a model provider's key", "sk-[A-Za-z0-9_-]{32,}"),
    ("a GitHub token", "gh[pousr]_[A-Za-z0-9]{36}"),
    ("an AWS key", "AKIA[0-9A-Z]{16}"),
    (
        "a password in a URL",
        "postgres(ql)?://[^:/\\s]+:[^@/\\s]{12,}@[a-z0-9.-]+\\.[a-z]",
    ),
];

/// What looks like a secret and is none: the file, and how the text begins.
const KNOWN: &[(&str, &str)] = &[];

/// Every file that git knows.
pub fn tracked_files() -> Vec<PathBuf> {
    let output = Command::new("git")
        .current_dir(root())
        .args(["ls-files", "-z"])
        .output()
        .unwrap();
    assert!(output.status.success(), "git ls-files failed");
    let files: Vec<_> = String::from_utf8(output.stdout)
        .unwrap()
        .split('\0')
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
        .collect();
    assert!(files.len() > 300, "only {} files", files.len());
    files
}

#[test]
fn no_secret_is_in_the_tree() {
    let patterns: Vec<_> = SECRETS
        .iter()
        .map(|(kind, pattern)| (kind, regex::bytes::Regex::new(pattern).unwrap()))
        .collect();
    let mut unused: BTreeSet<_> = KNOWN.iter().collect();
    for path in tracked_files() {
        let Ok(content) = std::fs::read(root().join(&path)) else {
            continue;
        };
        for (kind, pattern) in &patterns {
            for found in pattern.find_iter(&content) {
                let text = String::from_utf8_lossy(found.as_bytes());
                let known = KNOWN.iter().find(|(file, start)| {
                    path == std::path::Path::new(file) && text.starts_with(start)
                });
                match known {
                    Some(known) => drop(unused.remove(known)),
                    None => panic!(
                        "{}: this looks like {kind}: {}…",
                        path.display(),
                        text.chars().take(12).collect::<String>()
                    ),
                }
            }
        }
    }
    assert!(
        unused.is_empty(),
        "known, but not there any more: {unused:?}"
    );
}

#[test]
fn each_kind_of_secret_is_recognised() {
    // Put together here, so that this file holds none.
    let long = "Ab3dEf6hIj9lMn2pQr5tUv8xYz1bCd4fGh7jKl0nOp3r";
    let digits = "0123456789abcdef".repeat(3);
    for (kind, secret) in [
        (
            "a private key",
            format!("-----BEGIN {} KEY-----\n{long}", "PRIVATE"),
        ),
        ("a private JWK", format!("\"d\": \"{}\"", &long[..43])),
        ("a JWT", format!("eyJ{long}.eyJ{long}.{long}")),
        (
            "a Supabase secret key",
            format!("sb_secret_{}", &long[..31]),
        ),
        ("a Supabase access token", format!("sbp_{}", &digits[..40])),
        (
            "a Resend key",
            format!("re_{}_{}", &long[..8], &long[8..32]),
        ),
        ("a model provider's key", format!("sk-proj-{long}")),
        ("a GitHub token", format!("ghp_{}", &long[..36])),
        ("an AWS key", format!("AKIA{}", "ABCDEFGH01234567")),
        (
            "a password in a URL",
            format!(
                "postgresql://postgres:{}@db.example.co/postgres",
                &long[..16]
            ),
        ),
    ] {
        let (_, pattern) = SECRETS.iter().find(|(name, _)| *name == kind).unwrap();
        assert!(
            regex::Regex::new(pattern).unwrap().is_match(&secret),
            "{kind}"
        );
    }
}

/// The top level of a workflow, line by line, without comments.
fn workflows() -> Vec<(PathBuf, String)> {
    let entries = std::fs::read_dir(root().join(".github/workflows")).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let text = read(&path).unwrap();
            (path, text)
        })
        .collect()
}

#[test]
fn workflows_may_read_the_code_and_nothing_else() {
    for (path, text) in workflows() {
        let path = path.display();
        assert!(
            text.contains("\npermissions:\n  contents: read\n\n"),
            "{path}: its permissions"
        );
        assert_eq!(
            text.matches("permissions:").count(),
            1,
            "{path}: a job has its own permissions"
        );
        assert!(
            !text.contains("pull_request_target"),
            "{path}: strangers' code would see secrets"
        );
        assert!(
            !text.contains("secrets: inherit"),
            "{path}: secrets are handed on by name"
        );
        assert_eq!(
            text.matches("actions/checkout@").count(),
            text.matches("persist-credentials: false").count(),
            "{path}: a checkout leaves its token behind"
        );
        // What somebody else writes (a title, a branch) would be run as a script.
        for line in text.lines().filter(|line| line.contains("run:")) {
            assert!(!line.contains("${{"), "{path}: {line}");
        }
        if text.contains("pull_request:") {
            assert!(
                !text.contains("${{ secrets."),
                "{path}: a pull request sees secrets"
            );
        }
    }
}

#[test]
fn ci_holds_to_the_lock_files() {
    let script = read(&root().join(".ci/run")).unwrap();
    assert!(script.contains("cargo fetch --locked"));
}
