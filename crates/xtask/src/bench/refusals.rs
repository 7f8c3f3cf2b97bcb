//! How long it takes to be told that a token is bad.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use reqwest::Client;
use serde::Serialize;

use super::load::{HttpRequest, percentile};

/// Requests with each bad token, one after the other.
const REQUESTS: usize = 300;

/// A refusal takes less than this, in milliseconds.
pub const AIM_MS: f64 = 5.0;

#[derive(Clone, Debug, Serialize)]
pub struct Refusal {
    pub endpoint: String,
    pub token: &'static str,
    pub p50_ms: f64,
    pub p99_ms: f64,
    /// The TypeScript peer's.
    pub peer_p50_ms: f64,
    pub peer_p99_ms: f64,
}

/// From the cheapest to refuse to the dearest: one whose signature must be verified first.
pub fn bad_tokens(good: &str) -> Result<[(&'static str, String); 3]> {
    let (signed, signature) = good.rsplit_once('.').context("a token has no signature")?;
    let other: String = signature.chars().rev().collect();
    let unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.e30.";
    Ok([
        ("garbage", "garbage".to_owned()),
        ("unsigned", unsigned.to_owned()),
        ("another signature", format!("{signed}.{other}")),
    ])
}

/// Median and 99th percentile in milliseconds of `request` with `token`.
pub async fn times(request: &HttpRequest, token: &str) -> Result<(f64, f64)> {
    let http = Client::new();
    let mut times = Vec::with_capacity(REQUESTS);
    // The first answers also wait for the key set and for the compiler.
    for number in 0..REQUESTS + REQUESTS / 10 {
        let mut sent = http
            .request(request.method.clone(), &request.url)
            .bearer_auth(token);
        if let Some(body) = &request.body {
            sent = sent
                .header("content-type", "application/json")
                .body(body.clone());
        }
        let started = Instant::now();
        let answer = sent.send().await?;
        let status = answer.status();
        answer.bytes().await?;
        ensure!(status == 401, "{} answered {status}", request.url);
        if number >= REQUESTS / 10 {
            times.push(started.elapsed().as_secs_f64() * 1000.0);
        }
    }
    Ok((percentile(&mut times, 0.5), percentile(&mut times, 0.99)))
}
