//! What a Worker may weigh: crates/budgets.toml, checked whenever Workers are built as they are deployed.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::bench::gzip_size;
use crate::workspace::{Worker, read, root};

#[derive(Deserialize)]
struct Budgets {
    /// By the Worker's path.
    gzip_kilobytes: BTreeMap<String, u64>,
}

/// Compares the Workers' sizes with their budgets. They must have been built for release.
pub fn check(workers: &[Worker]) -> Result<()> {
    let budgets: Budgets = toml::from_str(&read(&root().join("crates/budgets.toml"))?)
        .context("crates/budgets.toml")?;
    let sizes = workers
        .iter()
        .map(|worker| Ok((worker.path.clone(), gzip_size(worker)?)))
        .collect::<Result<BTreeMap<_, _>>>()?;
    for (path, bytes) in &sizes {
        let budget = budgets
            .gzip_kilobytes
            .get(path)
            .map_or_else(|| "none".to_owned(), u64::to_string);
        println!(
            "{path:<32} {:>6.1} KB gzipped, budget {budget}",
            *bytes as f64 / 1024.0
        );
    }
    let faults = faults(&budgets.gzip_kilobytes, &sizes);
    ensure!(
        faults.is_empty(),
        "crates/budgets.toml: {}",
        faults.join("; ")
    );
    Ok(())
}

fn faults(budgets: &BTreeMap<String, u64>, sizes: &BTreeMap<String, u64>) -> Vec<String> {
    let mut faults = Vec::new();
    for (path, bytes) in sizes {
        match budgets.get(path) {
            None => faults.push(format!("{path} has no budget")),
            Some(budget) if *bytes > budget * 1024 => faults.push(format!(
                "{path} weighs {} KB and may weigh {budget}: find what it carries and does not need, or raise the budget and say why",
                bytes.div_ceil(1024)
            )),
            Some(_) => {}
        }
    }
    let unknown = budgets.keys().filter(|path| !sizes.contains_key(*path));
    faults.extend(unknown.map(|path| format!("{path} is no Worker")));
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_worker_has_a_budget_and_keeps_it() {
        let table = |entries: &[(&str, u64)]| {
            entries
                .iter()
                .map(|(path, number)| ((*path).to_owned(), *number))
                .collect()
        };
        let budgets = table(&[("a/b", 2), ("a/c", 2), ("a/gone", 2)]);
        let sizes = table(&[("a/b", 2048), ("a/c", 2049), ("a/new", 1)]);
        let faults = faults(&budgets, &sizes);
        assert_eq!(faults.len(), 3, "{faults:?}");
        assert!(faults[0].starts_with("a/c weighs 3 KB and may weigh 2"));
        assert_eq!(faults[1..], ["a/new has no budget", "a/gone is no Worker"]);
    }
}
