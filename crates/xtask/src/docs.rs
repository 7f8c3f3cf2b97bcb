//! Tests of the words: what the README, the pages in `docs/` and the workflows say of the repository is so.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::CommandFactory;

use crate::workspace::{self, Worker, read, root};

/// A page of the documentation: its path in the repository, and its text.
struct Page {
    path: String,
    text: String,
}

impl Page {
    fn read(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: read(&root().join(path)).unwrap(),
        }
    }

    fn folder(&self) -> PathBuf {
        root().join(&self.path).parent().unwrap().to_owned()
    }

    /// The text outside fenced blocks.
    fn prose(&self) -> String {
        self.text.split("```").step_by(2).collect()
    }

    /// The lines of its fenced blocks.
    fn fenced(&self) -> impl Iterator<Item = &str> {
        self.text
            .split("```")
            .skip(1)
            .step_by(2)
            .flat_map(str::lines)
    }

    /// What stands between backticks in the prose.
    fn code_spans(&self) -> Vec<String> {
        self.prose()
            .split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect()
    }

    /// Where links and pictures lead.
    fn links(&self) -> Vec<String> {
        let targets = |text: &str| {
            text.split("](")
                .skip(1)
                .filter_map(|rest| rest.split_once(')'))
                .map(|(to, _)| to.to_owned())
                .collect()
        };
        targets(&self.prose())
    }
}

fn pages() -> Vec<Page> {
    let mut pages = vec![Page::read("README.md")];
    for folder in ["docs", "docs/runbooks"] {
        let mut files: Vec<_> = std::fs::read_dir(root().join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        pages.extend(
            files
                .iter()
                .filter(|file| file.ends_with(".md"))
                .map(|file| Page::read(&format!("{folder}/{file}"))),
        );
    }
    pages
}

fn workers_with_secrets() -> impl Iterator<Item = Worker> {
    workspace::workers()
        .unwrap()
        .into_iter()
        .filter(|worker| !worker.config.secrets.required.is_empty())
}

#[test]
fn links_lead_somewhere() {
    let mut followed = 0;
    for page in pages() {
        for link in page
            .links()
            .iter()
            .filter(|link| !link.starts_with("https://") && !link.starts_with('#'))
        {
            let file = link.split('#').next().unwrap();
            assert!(
                page.folder().join(file).exists(),
                "{}: {link} leads nowhere",
                page.path
            );
            followed += 1;
        }
    }
    assert!(followed > 10, "only {followed} links were found");
}

#[test]
fn runbooks_are_linked_from_the_readme() {
    let links: BTreeSet<_> = Page::read("README.md").links().into_iter().collect();
    for page in pages().iter().filter(|page| page.path.starts_with("docs/")) {
        assert!(
            links.contains(&page.path),
            "the README does not link {}",
            page.path
        );
    }
}

/// Whether a word names a file or folder of the repository: a path from its root, or a Worker by its path.
/// Words with a placeholder in them name none.
fn named_path(word: &str) -> Option<PathBuf> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    if !word.chars().all(is_plain) || !word.contains('/') || word.starts_with('/') {
        return None;
    }
    let first = word.split('/').next()?;
    // What a run leaves behind is not there in a fresh clone.
    if matches!(first, ".omega" | "node_modules" | "target") {
        return None;
    }
    let services: BTreeSet<_> = workspace::workers()
        .unwrap()
        .iter()
        .map(|worker| worker.service().to_owned())
        .collect();
    if services.contains(first) {
        return Some(root().join("crates").join(word));
    }
    root().join(first).exists().then(|| root().join(word))
}

#[test]
fn paths_exist() {
    let mut found = 0;
    for page in pages() {
        let configs = page.fenced().flat_map(|line| {
            line.split("--config ")
                .skip(1)
                .filter_map(|rest| rest.split_whitespace().next())
        });
        let words = page
            .code_spans()
            .into_iter()
            .chain(configs.map(str::to_owned));
        for word in words {
            // A span may be a command.
            for path in word.split_whitespace().filter_map(named_path) {
                assert!(path.exists(), "{}: `{word}` does not exist", page.path);
                found += 1;
            }
        }
    }
    assert!(found > 30, "only {found} paths were found");
}

#[test]
fn commands_of_xtask_exist() {
    let command = crate::Arguments::command();
    let mut found = 0;
    for page in pages() {
        let spans = page.code_spans();
        let lines = page.fenced().map(str::to_owned).chain(spans);
        for line in lines {
            let Some((_, rest)) = line.split_once("cargo xtask ") else {
                continue;
            };
            let mut words = rest.split('#').next().unwrap().split_whitespace();
            let name = words.next().unwrap();
            let subcommand = command.find_subcommand(name);
            let subcommand = subcommand
                .unwrap_or_else(|| panic!("{}: there is no `cargo xtask {name}`", page.path));
            let words: Vec<_> = words.collect();
            // `staff add`: a flag may be that of a command of its own.
            let subcommand = words
                .first()
                .and_then(|word| subcommand.find_subcommand(word))
                .unwrap_or(subcommand);
            for flag in words.iter().filter_map(|word| word.strip_prefix("--")) {
                assert!(
                    has_flag(subcommand, flag),
                    "{}: `cargo xtask {name}` has no --{flag}",
                    page.path
                );
            }
            found += 1;
        }
    }
    assert!(found > 10, "only {found} commands were found");
}

fn has_flag(command: &clap::Command, flag: &str) -> bool {
    command
        .get_arguments()
        .any(|argument| argument.get_long() == Some(flag))
}

#[test]
fn flags_in_the_readme_exist() {
    let command = crate::Arguments::command();
    for (name, flag) in [
        ("dev", "port"),
        ("dev", "fresh"),
        ("test", "only"),
        ("deploy", "dry-run"),
    ] {
        assert!(
            Page::read("README.md").text.contains(&format!("--{flag}")),
            "--{flag} is not in the README any more"
        );
        assert!(
            has_flag(command.find_subcommand(name).unwrap(), flag),
            "`cargo xtask {name}` has no --{flag}"
        );
    }
}

#[test]
fn every_worker_is_in_the_table_of_endpoints() {
    let readme = Page::read("README.md").text;
    let picture = read(&root().join("docs/architecture.svg")).unwrap();
    for worker in workspace::workers().unwrap() {
        let folder = format!("`crates/{}`", worker.path);
        let row = readme
            .lines()
            .find(|line| line.starts_with('|') && line.contains(&folder));
        let row = row.unwrap_or_else(|| panic!("the README's table of endpoints lacks {folder}"));
        if worker.is_public() {
            assert!(
                row.contains(&format!("/functions/v1/{}`", worker.path)),
                "{row}"
            );
        }
        let service = worker.service();
        assert!(
            picture.contains(service),
            "docs/architecture.svg lacks {service}"
        );
    }
}

#[test]
fn every_secret_can_be_rotated() {
    let page = Page::read("docs/runbooks/rotate-a-secret.md");
    for worker in workers_with_secrets() {
        for secret in &worker.config.secrets.required {
            let row = page
                .text
                .lines()
                .find(|line| line.starts_with(&format!("| `{secret}`")));
            let row = row.unwrap_or_else(|| panic!("{} does not tell of {secret}", page.path));
            assert!(
                row.contains(&format!("`{}`", worker.path)),
                "{}: {secret} is in {} too",
                page.path,
                worker.path
            );
        }
    }
    let holders = workers_with_secrets().filter(|worker| {
        worker
            .config
            .secrets
            .required
            .iter()
            .any(|secret| secret == "SUPABASE_SERVICE_ROLE_KEY")
    });
    for worker in holders {
        let put = format!(
            "npx wrangler secret put SUPABASE_SERVICE_ROLE_KEY --config crates/{}/wrangler.toml",
            worker.path
        );
        assert!(
            page.fenced().any(|line| line.trim() == put),
            "{} does not say `{put}`",
            page.path
        );
        let architecture = Page::read("docs/architecture.md").text;
        let row = format!("| `{}` |", worker.path);
        assert!(
            architecture.lines().any(|line| line.starts_with(&row)),
            "docs/architecture.md does not say why {} has the service key",
            worker.path
        );
    }
}

/// The DevOps Center and the runbook tell the same of each secret.
#[test]
fn the_runbook_and_the_registry_of_secrets_agree() {
    let page = Page::read("docs/runbooks/rotate-a-secret.md");
    let registry = crate::ops::registry(&workspace::workers().unwrap()).unwrap();
    assert!(registry.len() > 4);
    for secret in &registry {
        let row = page
            .text
            .lines()
            .find(|line| line.starts_with(&format!("| `{}`", secret.name)));
        match (row, secret.rotation.as_str()) {
            (Some(row), "quarterly") => {
                assert!(row.ends_with("| quarterly |"), "{row}");
                assert!(
                    row.contains(&secret.made_at),
                    "{row}: it is made at {}",
                    secret.made_at
                );
            }
            (None, "static") => assert!(page.text.contains(&format!("`{}`", secret.name))),
            (row, rotation) => panic!("{} is {rotation}, and its row is {row:?}", secret.name),
        }
    }
    for line in page
        .text
        .lines()
        .filter(|line| line.ends_with("| quarterly |"))
    {
        let name = line.split('`').nth(1).unwrap();
        assert!(
            registry.iter().any(|secret| secret.name == name),
            "docs/ops/secrets.toml lacks {name}"
        );
    }
}

#[test]
fn the_runbook_shows_the_dns_records_that_are_looked_for() {
    let page = Page::read("docs/runbooks/verify-email-domain.md").text;
    for record in omega_common::mail_domain::RECORDS {
        let priority = record
            .priority
            .map(|priority| priority.to_string())
            .unwrap_or_default();
        let row = format!(
            "| {} | `{}` | `{}` | {priority} |",
            record.kind.as_str(),
            record.name,
            record.value
        );
        let row = row.replace("|  |", "| |");
        assert!(page.contains(&row), "the runbook lacks {row}");
    }
}

/// wrangler takes from `.dev.vars` only what a wrangler.toml with `[secrets]` names, so such a Worker has to
/// name its settings too, or `wrangler dev` in its folder would start it without them.
#[test]
fn wrangler_alone_is_told_the_settings() {
    let shared: Vec<_> = workspace::dispatch()
        .unwrap()
        .config
        .vars
        .keys()
        // Asked of two Workers alone, one of which has no secrets.
        .filter(|name| *name != "TURNSTILE_SITE_KEY")
        .cloned()
        .collect();
    assert!(shared.contains(&"SUPABASE_URL".to_owned()));
    for worker in workers_with_secrets() {
        let own: &[&str] = match worker.path.as_str() {
            "email/deliver" => &["RESEND_BASE_URL"],
            "onboarding/signup" => &["TURNSTILE_SITE_KEY", "TURNSTILE_VERIFY_URL"],
            _ => &[],
        };
        for name in shared.iter().map(String::as_str).chain(own.iter().copied()) {
            assert!(
                worker.config.vars.contains_key(name),
                "crates/{}/wrangler.toml: [vars] lacks {name}",
                worker.path
            );
        }
    }
}

/// Sentences that repeat what the code says: a page, its words, a file, and its words.
#[rustfmt::skip]
const FACTS: [(&str, &str, &str, &str); 46] = [
    ("README.md", "Node](https://nodejs.org) 20 or newer", "crates/xtask/src/tools.rs", "const OLDEST_NODE: u32 = 20;"),
    ("README.md", "http://127.0.0.1:8787", "crates/xtask/src/stack.rs", "USUAL_SITE_PORT: u16 = 8787"),
    ("README.md", "http://127.0.0.1:54324/inbox", "crates/xtask/src/stack.rs", "inbox: moved(54324)?"),
    ("README.md", "http://127.0.0.1:54321", "crates/xtask/src/stack.rs", "supabase: moved(54321)?"),
    ("README.md", "postgresql://postgres:postgres@127.0.0.1:54322/postgres", "crates/xtask/src/stack.rs", "database: moved(54322)?"),
    ("README.md", "Pages project omega-pipeline", "crates/xtask/src/deploy.rs", "\"omega-pipeline\""),
    ("README.md", "`SUPABASE_JWT_SECRET`", "crates/xtask/src/stack.rs", "\"SUPABASE_JWT_SECRET\""),
    ("README.md", "--project-ref ckeykrgdnddjdojkxmyt", "wrangler.toml", "https://ckeykrgdnddjdojkxmyt.supabase.co"),
    ("docs/architecture.md", "every 30 s", "crates/common/src/edge/keys.rs", "UNKNOWN_KEY_INTERVAL: u64 = 30_000"),
    ("docs/architecture.md", "ten minutes old", "crates/common/src/edge/keys.rs", "REFRESH_INTERVAL: u64 = 600_000"),
    ("docs/architecture.md", "sixteen random hex digits", "crates/common/src/edge/handler.rs", "{:016x}"),
    ("docs/architecture.md", "runs each minute", "crates/email/deliver/wrangler.toml", "crons = [\"* * * * *\"]"),
    ("docs/architecture.md", "for two minutes", "migrations/20261123000500_email_outbox.sql", "interval '2 minutes'"),
    ("docs/architecture.md", "1, 4, 16, 64 and 256 minutes; after the sixth", "migrations/20261123000500_email_outbox.sql", "attempts >= 6"),
    ("docs/api-design.md", "at most 64 KB", "crates/common/src/edge/exchange.rs", "MAX_BODY_BYTES: u32 = 64 * 1024"),
    ("docs/api-design.md", "`limit` 1 to 100", "crates/common/src/paging.rs", "MAX_LIMIT: usize = 100"),
    ("docs/api-design.md", "20 by default", "crates/common/src/paging.rs", "DEFAULT_LIMIT: usize = 20"),
    ("docs/api-design.md", "5 s for the database", "crates/common/src/edge/upstream.rs", "Self::Database => 5_000"),
    ("docs/api-design.md", "10 s for Auth, Storage and Resend", "crates/common/src/edge/upstream.rs", "Self::Service => 10_000"),
    ("docs/api-design.md", "60 s for a model", "crates/common/src/edge/upstream.rs", "Self::Model => 60_000"),
    ("docs/api-design.md", "signup 10 a minute for each IP address", "crates/onboarding/signup/wrangler.toml", "limit = 10, period = 60"),
    ("docs/api-design.md", "chat 20 messages a minute for each client", "crates/onboarding/chat/wrangler.toml", "limit = 20, period = 60"),
    ("docs/api-design.md", "form 5 messages a minute for each IP address", "crates/site/contact/wrangler.toml", "limit = 5, period = 60"),
    ("docs/api-design.md", "5 an hour from one mail address", "migrations/20261123001400_contact_requests.sql", "count(*) >= 5 from"),
    ("docs/api-design.md", "and 500 in all", "migrations/20261123001400_contact_requests.sql", "count(*) >= 500 from"),
    ("docs/api-design.md", "10 s for the body of a request", "crates/common/src/edge/exchange.rs", "BODY_WITHIN_MILLISECONDS: u32 = 10_000"),
    ("docs/api-design.md", "registering files 60 a", "crates/onboarding/register-document/wrangler.toml", "limit = 60, period = 60"),
    ("docs/api-design.md", "exports 6 a minute", "crates/account/export/wrangler.toml", "limit = 6, period = 60"),
    ("docs/api-design.md", "5 a day for each client", "migrations/20261123000920_account_closures.sql", "count(*) >= 5"),
    ("docs/api-design.md", "4 s for a look", "crates/common/src/edge/upstream.rs", "Self::Probe => 4_000"),
    ("docs/api-design.md", "status 30 looks a minute for each IP address", "crates/ops/status/wrangler.toml", "limit = 30, period = 60"),
    ("docs/architecture.md", "told again for 15 s", "crates/ops/status/src/lib.rs", "REMEMBERED_FOR: u64 = 15_000"),
    ("docs/architecture.md", "`global_fetch_strictly_public`", "crates/ops/status/wrangler.toml", "\"global_fetch_strictly_public\""),
    ("docs/runbooks/rotate-a-secret.md", "90 days later", "crates/ops/secrets/src/lib.rs", "ROTATION_DAYS: i64 = 90"),
    ("docs/runbooks/rotate-a-secret.md", "two weeks before", "crates/ops/secrets/src/lib.rs", "NOTICE_DAYS: i64 = 14"),
    ("docs/runbooks/verify-email-domain.md", "onboarding@resend.dev", "crates/email/deliver/wrangler.toml", "EMAIL_FROM = \"OmegaOS <onboarding@resend.dev>\""),
    ("docs/reliability.md", "5 s for a query", "crates/common/src/edge/upstream.rs", "Self::Database => 5_000"),
    ("docs/reliability.md", "10 s for Auth, Storage and Resend", "crates/common/src/edge/upstream.rs", "Self::Service => 10_000"),
    ("docs/reliability.md", "20 s until its first words", "crates/assistant/src/remote.rs", "first_words: Duration::from_secs(20)"),
    ("docs/reliability.md", "`Retry-After: 120`", "crates/common/src/problem.rs", "READ_ONLY_RETRY_AFTER: u32 = 120"),
    ("docs/reliability.md", "each night at 3:17 UTC", "crates/upkeep/sweep/wrangler.toml", "crons = [\"17 3 * * *\"]"),
    ("docs/reliability.md", "| 48 hours |", "migrations/20261123002100_sweep.sql", "interval '48 hours'"),
    ("docs/reliability.md", "| 90 days |", "migrations/20261123002100_sweep.sql", "interval '90 days'"),
    ("docs/reliability.md", "older than 24 hours is no longer", "migrations/20261123002100_sweep.sql", "private.file_lifetime() + interval '24 hours'"),
    ("docs/reliability.md", "From `20261123002100` on", "crates/xtask/src/migrations.rs", "FIRST_ON_DATA: &str = \"20261123002100\""),
    ("crates/dispatch/src/worker.rs", "\"17 3 * * *\"", "crates/upkeep/sweep/wrangler.toml", "crons = [\"17 3 * * *\"]"),
];

#[test]
fn numbers_are_those_of_the_code() {
    for (page, words, file, code) in FACTS {
        assert!(
            Page::read(page).text.contains(words),
            "{page} does not say \"{words}\" any more: drop its fact"
        );
        let source = read(&root().join(file)).unwrap();
        assert!(
            source.contains(code),
            "{page} says \"{words}\", but {file} says `{code}` no more"
        );
    }
}

/// A tag can be moved to other code; a commit can't.
#[test]
fn actions_are_pinned_by_commit() {
    let mut found = 0;
    for entry in std::fs::read_dir(root().join(".github/workflows")).unwrap() {
        let file = entry.unwrap().path();
        for action in read(&file)
            .unwrap()
            .lines()
            .filter_map(|line| line.split_once("uses: ").map(|(_, action)| action))
        {
            found += 1;
            if let Some(workflow) = action.strip_prefix("./") {
                assert!(root().join(workflow).exists(), "{action}");
                continue;
            }
            let (name, pin) = action.split_once('@').unwrap();
            let (commit, version) = pin
                .split_once(" # v")
                .unwrap_or_else(|| panic!("{name}: no version beside the commit"));
            assert!(
                commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()),
                "{action}"
            );
            assert!(version.split('.').count() == 3, "{action}");
        }
    }
    assert!(found > 4, "only {found} actions were found");
}

#[test]
fn the_script_of_ci_is_executable_and_knows_the_native_crates() {
    use std::os::unix::fs::PermissionsExt;
    let script = root().join(".ci/run");
    assert!(
        script.metadata().unwrap().permissions().mode() & 0o111 != 0,
        ".ci/run is not executable"
    );
    let text = read(&script).unwrap();
    let native = text
        .lines()
        .find_map(|line| line.strip_prefix("native=(")?.strip_suffix(')'))
        .unwrap();
    for package in native.split_whitespace() {
        let output = read(Path::new(&root().join("Cargo.lock"))).unwrap();
        assert!(
            output.contains(&format!("name = \"{package}\"\n")),
            ".ci/run excludes {package}, which is no package"
        );
    }
}
