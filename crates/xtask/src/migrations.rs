//! What a migration may not do while Workers are running: locks that others wait for without end, and forms that
//! break who still reads the old shape. squawk knows them.

use std::process::Command;

use crate::tools;
use crate::workspace::root;

/// Migrations before this one made the project when nobody used it yet.
const FIRST_ON_DATA: &str = "20261123002100";

/// Rules that are not ours, and why.
const NOT_OURS: [&str; 3] = [
    // A migration is one transaction (docs/reliability.md), so that it is there whole or not at all.
    "require-concurrent-index-creation",
    "ban-concurrent-index-creation-in-transaction",
    // The transaction is what makes it repeatable.
    "prefer-robust-stmts",
];

fn lint(files: &[std::path::PathBuf]) -> (bool, String) {
    let output = Command::new(tools::node())
        .arg(tools::node_modules().join("squawk-cli/js/bin/squawk"))
        .args([
            "--reporter",
            "gcc",
            "--pg-version",
            "17.0",
            "--assume-in-transaction",
        ])
        .args(NOT_OURS.iter().flat_map(|rule| ["--exclude", rule]))
        .args(files)
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

#[test]
fn a_migration_takes_no_lock_that_others_wait_for_without_end() {
    let mut files: Vec<_> = std::fs::read_dir(root().join("migrations"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap().to_string_lossy().as_ref() >= FIRST_ON_DATA)
        .collect();
    files.sort();
    assert!(!files.is_empty());
    let (passed, said) = lint(&files);
    assert!(passed, "{said}");
}

/// That the rules bite.
#[test]
fn a_migration_that_rewrites_a_table_or_waits_for_ever_is_refused() {
    let folder = std::env::temp_dir().join(format!("omega-squawk-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("bad.sql");
    let refused = |sql: &str, rule: &str| {
        std::fs::write(&file, sql).unwrap();
        let (passed, said) = lint(std::slice::from_ref(&file));
        assert!(!passed && said.contains(rule), "{rule}: {said}");
    };
    refused(
        "alter table public.clients add column x text;",
        "require-lock-timeout",
    );
    refused(
        "set lock_timeout = '4s'; set statement_timeout = '60s'; alter table public.clients alter column phone type bigint using 1;",
        "changing-column-type",
    );
    refused(
        "set lock_timeout = '4s'; set statement_timeout = '60s'; alter table public.clients drop column phone;",
        "ban-drop-column",
    );
    std::fs::remove_dir_all(&folder).unwrap();
}
