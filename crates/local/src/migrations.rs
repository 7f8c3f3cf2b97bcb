//! Applies `<14 digits>_<name>.sql` files that are not yet applied and records them as the official
//! CLI does, in supabase_migrations.schema_migrations.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use tokio_postgres::Client;
use tokio_postgres::error::ErrorPosition;

struct Migration {
    version: String,
    name: String,
    path: PathBuf,
}

/// Applies what is new, each file in one transaction. Gives the names of the files applied.
pub(crate) async fn apply(client: &mut Client, folder: &Path) -> Result<Vec<String>> {
    let rows = client
        .query(
            "select version from supabase_migrations.schema_migrations",
            &[],
        )
        .await?;
    let applied: HashSet<String> = rows.iter().map(|row| row.get(0)).collect();
    let mut done = Vec::new();
    for migration in list(folder)? {
        if applied.contains(&migration.version) {
            continue;
        }
        let sql = fs::read_to_string(&migration.path)
            .with_context(|| format!("cannot read {}", migration.path.display()))?;
        apply_one(client, &migration, &sql).await?;
        done.push(format!("{}_{}.sql", migration.version, migration.name));
    }
    Ok(done)
}

fn list(folder: &Path) -> Result<Vec<Migration>> {
    let entries = fs::read_dir(folder)
        .with_context(|| format!("cannot read the migrations in {}", folder.display()))?;
    let mut found: Vec<Migration> = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let Some(stem) = file.strip_suffix(".sql") else {
            continue;
        };
        let parts = stem
            .split_once('_')
            .filter(|(version, name)| {
                version.len() == 14
                    && version.bytes().all(|byte| byte.is_ascii_digit())
                    && !name.is_empty()
            })
            .ok_or_else(|| {
                anyhow!(
                    "{} is no name for a migration: it must be <14 digits>_<name>.sql",
                    path.display()
                )
            })?;
        let (version, name) = (parts.0.to_owned(), parts.1.to_owned());
        found.push(Migration {
            version,
            name,
            path,
        });
    }
    found.sort_by(|a, b| a.version.cmp(&b.version));
    if let Some(pair) = found
        .windows(2)
        .find(|pair| pair[0].version == pair[1].version)
    {
        bail!(
            "{} and {} have the same version",
            pair[0].path.display(),
            pair[1].path.display()
        );
    }
    Ok(found)
}

async fn apply_one(client: &mut Client, migration: &Migration, sql: &str) -> Result<()> {
    let transaction = client.transaction().await?;
    let mut statements = Vec::new();
    for (offset, statement) in split(sql) {
        transaction
            .batch_execute(statement)
            .await
            .map_err(|error| explain(&error, &migration.path, sql, offset, statement))?;
        statements.push(statement);
    }
    // What a migration set for its own session must not reach the next one.
    transaction.batch_execute("reset role; reset all").await?;
    transaction
        .execute(
            "insert into supabase_migrations.schema_migrations (version, name, statements)
             values ($1, $2, $3)",
            &[&migration.version, &migration.name, &statements],
        )
        .await?;
    transaction
        .commit()
        .await
        .with_context(|| migration.path.display().to_string())
}

/// `file:line: message`, as compilers say it.
fn explain(
    error: &tokio_postgres::Error,
    path: &Path,
    sql: &str,
    offset: usize,
    statement: &str,
) -> anyhow::Error {
    let Some(cause) = error.as_db_error() else {
        return anyhow!("{}: {error}", path.display());
    };
    // Postgres counts characters from 1.
    let within = match cause.position() {
        Some(ErrorPosition::Original(position)) => statement
            .char_indices()
            .nth(position.saturating_sub(1) as usize)
            .map_or(0, |(at, _)| at),
        _ => 0,
    };
    let line = sql[..offset + within].matches('\n').count() + 1;
    let mut text = format!(
        "{}:{line}: {} ({})",
        path.display(),
        cause.message(),
        cause.code().code()
    );
    for (label, part) in [
        ("detail", cause.detail()),
        ("hint", cause.hint()),
        ("where", cause.where_()),
    ] {
        if let Some(part) = part {
            text.push_str(&format!("\n  {label}: {part}"));
        }
    }
    anyhow!(text)
}

/// The statements of a file with their byte offsets, without the semicolons between them.
///
/// Knows what may hide a semicolon: quotes, dollar quotes, comments, and the bodies of functions
/// written `begin atomic … end`.
fn split(sql: &str) -> Vec<(usize, &str)> {
    let bytes = sql.as_bytes();
    let mut statements = Vec::new();
    let mut start = 0;
    let mut at = 0;
    let mut last_word = String::new();
    let mut atomic_depth = 0_usize;
    let mut push = |from: usize, to: usize| {
        let piece = &sql[from..to];
        let skipped = leading_blank(piece);
        let statement = piece[skipped..].trim_end();
        if !statement.is_empty() {
            statements.push((from + skipped, statement));
        }
    };
    while at < bytes.len() {
        match bytes[at] {
            b'\'' => {
                let escapes = last_word.eq_ignore_ascii_case("e") && bytes[at - 1] != b' ';
                at = end_of_quote(bytes, at, b'\'', escapes);
            }
            b'"' => at = end_of_quote(bytes, at, b'"', false),
            b'-' if bytes[at..].starts_with(b"--") => at = end_of_line(bytes, at),
            b'/' if bytes[at..].starts_with(b"/*") => at = end_of_comment(bytes, at),
            b'$' => at = end_of_dollar_quote(sql, at),
            b';' if atomic_depth == 0 => {
                push(start, at);
                at += 1;
                start = at;
            }
            byte if is_word(byte) => {
                let from = at;
                while at < bytes.len() && (is_word(bytes[at]) || bytes[at] == b'$') {
                    at += 1;
                }
                let word = sql[from..at].to_ascii_lowercase();
                match word.as_str() {
                    "atomic" if last_word == "begin" => atomic_depth = 1,
                    "case" if atomic_depth > 0 => atomic_depth += 1,
                    "end" => atomic_depth = atomic_depth.saturating_sub(1),
                    _ => {}
                }
                last_word = word;
                continue;
            }
            _ => at += 1,
        }
        if at > 0 && !bytes[at - 1].is_ascii_whitespace() {
            last_word.clear();
        }
    }
    push(start, bytes.len());
    statements
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Blank space and comments before a statement, so that its line is where it begins.
fn leading_blank(piece: &str) -> usize {
    let bytes = piece.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at].is_ascii_whitespace() {
            at += 1;
        } else if bytes[at..].starts_with(b"--") {
            at = end_of_line(bytes, at);
        } else if bytes[at..].starts_with(b"/*") {
            at = end_of_comment(bytes, at);
        } else {
            break;
        }
    }
    at
}

fn end_of_quote(bytes: &[u8], open: usize, quote: u8, escapes: bool) -> usize {
    let mut at = open + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if escapes => at += 2,
            byte if byte == quote && bytes.get(at + 1) == Some(&quote) => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn end_of_line(bytes: &[u8], at: usize) -> usize {
    bytes[at..]
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(bytes.len(), |length| at + length + 1)
}

fn end_of_comment(bytes: &[u8], open: usize) -> usize {
    let mut depth = 0;
    let mut at = open;
    while at < bytes.len() {
        if bytes[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if bytes[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    bytes.len()
}

/// `$$ … $$` or `$tag$ … $tag$`; a lone `$1` is no quote.
fn end_of_dollar_quote(sql: &str, open: usize) -> usize {
    let rest = &sql[open + 1..];
    let Some(length) = rest.find('$') else {
        return open + 1;
    };
    let tag = &rest[..length];
    if tag.bytes().any(|byte| !is_word(byte)) || tag.starts_with(|c: char| c.is_ascii_digit()) {
        return open + 1;
    }
    let delimiter = &sql[open..open + length + 2];
    let body = open + delimiter.len();
    sql[body..]
        .find(delimiter)
        .map_or(sql.len(), |at| body + at + delimiter.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(sql: &str) -> Vec<&str> {
        split(sql).into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn statements_are_parted_at_semicolons_only() {
        assert_eq!(
            texts("select 1;\n-- a; comment\nselect ';', \"a;b\" ; /* c; /* d; */ */ select 3"),
            ["select 1", "select ';', \"a;b\"", "select 3"]
        );
    }

    #[test]
    fn bodies_of_functions_stay_whole() {
        let quoted = "create function f() returns int language plpgsql as $body$ begin; $1; $$;$$ end; $body$";
        assert_eq!(
            texts(&format!("{quoted};\nselect 2;")),
            [quoted, "select 2"]
        );
        let atomic = "create function g() returns int begin atomic select case when true then 1 end; select 2; end";
        assert_eq!(texts(&format!("{atomic}; select 3")), [atomic, "select 3"]);
    }

    #[test]
    fn quotes_are_read_as_postgres_reads_them() {
        assert_eq!(
            texts(r"select e'a\';b'; select 'it''s; so'; select 'c:\';"),
            [r"select e'a\';b'", "select 'it''s; so'", r"select 'c:\'"]
        );
        assert_eq!(
            texts("do $$ begin end; $$; begin; commit;"),
            ["do $$ begin end; $$", "begin", "commit"]
        );
    }

    #[test]
    fn a_statement_begins_after_its_comment() {
        let sql = "-- one\n\n-- two\nselect 1;";
        assert_eq!(split(sql), [(sql.len() - 9, "select 1")]);
    }

    #[test]
    fn names_of_files_are_checked() {
        let folder = std::env::temp_dir().join(format!("migrations-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("20260102030405_b.sql"), "").unwrap();
        fs::write(folder.join("20260102030404_a.sql"), "").unwrap();
        fs::write(folder.join("README.md"), "").unwrap();
        let names: Vec<_> = list(&folder).unwrap().into_iter().map(|m| m.name).collect();
        assert_eq!(names, ["a", "b"]);
        fs::write(folder.join("1_short.sql"), "").unwrap();
        let error = list(&folder).err().unwrap().to_string();
        fs::remove_dir_all(&folder).unwrap();
        assert!(error.contains("<14 digits>_<name>.sql"), "{error}");
    }
}
