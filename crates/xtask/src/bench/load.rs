//! Load by `oha`, and what it costs the process that serves it.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use omega_supervise::Child;
use reqwest::{Client, Method};
use serde::Serialize;
use serde_json::Value;

use super::contestants::cpu_time;
use crate::tools;
use crate::workspace::{cargo, target};

/// The version of the load generator, from crates.io.
const OHA_VERSION: &str = "1.16.0";

/// A request as it is sent.
#[derive(Clone, Debug)]
pub struct HttpRequest {
    pub method: Method,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
}

impl HttpRequest {
    /// Sends it once; gives status and body.
    pub async fn send(&self) -> Result<(u16, String)> {
        let mut request = Client::new().request(self.method.clone(), &self.url);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(body) = &self.body {
            request = request.body(body.clone());
        }
        let answer = request.send().await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    }
}

#[derive(Clone, Copy, Debug, Serialize)]
pub struct Load {
    pub requests_per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    /// Of the process that serves; none where it is not ours alone.
    pub cpu_us: Option<f64>,
}

impl Load {
    /// Each figure's median over the rounds.
    pub fn median(rounds: &[Self]) -> Self {
        let of = |value: fn(&Self) -> f64| median(rounds.iter().map(value).collect());
        Self {
            requests_per_second: of(|load| load.requests_per_second),
            p50_ms: of(|load| load.p50_ms),
            p99_ms: of(|load| load.p99_ms),
            cpu_us: rounds
                .iter()
                .all(|load| load.cpu_us.is_some())
                .then(|| of(|load| load.cpu_us.unwrap_or_default())),
        }
    }
}

pub fn median(mut values: Vec<f64>) -> f64 {
    percentile(&mut values, 0.5)
}

/// The value that `share` of them stay below.
pub fn percentile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = (values.len() as f64 * share) as usize;
    values
        .get(at.min(values.len().saturating_sub(1)))
        .copied()
        .unwrap_or_default()
}

/// The installed load generator.
pub struct Oha(PathBuf);

impl Oha {
    /// Builds it once, into the target folder.
    pub fn install() -> Result<Self> {
        let folder = target().join("tools");
        let program = folder.join("bin/oha");
        let version = Command::new(&program).arg("--version").output();
        let is_there = version.is_ok_and(|output| {
            String::from_utf8_lossy(&output.stdout).trim() == format!("oha {OHA_VERSION}")
        });
        if !is_there {
            tools::step("oha, the load generator");
            let status = Command::new(cargo())
                .args([
                    "install",
                    "oha",
                    "--locked",
                    "--quiet",
                    "--version",
                    OHA_VERSION,
                ])
                .arg("--root")
                .arg(&folder)
                // It has no say in what it measures, and whole-program optimisation takes minutes.
                .env("CARGO_PROFILE_RELEASE_LTO", "off")
                .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
                .status()?;
            ensure!(status.success(), "oha did not install");
        }
        Ok(Self(program))
    }

    /// Keeps `connections` busy for `seconds`.
    pub async fn run(
        &self,
        request: &HttpRequest,
        connections: usize,
        seconds: f64,
        serves: Option<&Child>,
    ) -> Result<Load> {
        let mut oha = tokio::process::Command::new(&self.0);
        oha.args(["--no-tui", "--output-format", "json"])
            .args(["--disable-compression", "--redirect", "0"])
            .args(["--worker-threads", "1"])
            // What is under way at the end counts: where answers are slow there would be few, or none.
            .arg("--wait-ongoing-requests-after-deadline")
            .args(["-z", &format!("{}ms", (seconds * 1000.0) as u64)])
            .args(["-c", &connections.to_string()])
            .args(["-m", request.method.as_str()]);
        for (name, value) in &request.headers {
            oha.args(["-H", &format!("{name}: {value}")]);
        }
        if let Some(body) = &request.body {
            oha.args(["-d", body]);
        }
        oha.arg(&request.url).kill_on_drop(true);
        let before = serves.map(cpu_time).transpose()?;
        let output = tokio::time::timeout(Duration::from_secs(60), oha.output())
            .await
            .context("oha hangs")??;
        let after = serves.map(cpu_time).transpose()?;
        ensure!(
            output.status.success(),
            "oha: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let told: Value = serde_json::from_slice(&output.stdout).context("oha's JSON")?;
        let statuses = told["statusCodeDistribution"]
            .as_object()
            .context("oha's statuses")?;
        if statuses.keys().any(|status| !status.starts_with('2')) || statuses.is_empty() {
            bail!(
                "answers were {statuses:?}, errors {}",
                told["errorDistribution"]
            );
        }
        let answers: u64 = statuses.values().filter_map(Value::as_u64).sum();
        let number = |pointer: &str| {
            told.pointer(pointer)
                .and_then(Value::as_f64)
                .with_context(|| format!("oha's {pointer}"))
        };
        Ok(Load {
            requests_per_second: answers as f64 / number("/summary/total")?,
            p50_ms: number("/latencyPercentiles/p50")? * 1000.0,
            p99_ms: number("/latencyPercentiles/p99")? * 1000.0,
            cpu_us: after
                .zip(before)
                .map(|(after, before)| (after - before).as_secs_f64() * 1e6 / answers as f64),
        })
    }
}
