//! What the loss of an instance costs: a panic ends one, and the next request gets a new one.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures_util::future::join_all;
use reqwest::Client;
use serde::Serialize;

use super::load::percentile;

/// Panics, one after the other.
const PANICS: usize = 200;

/// Requests under way with each panic of the second part.
const BESIDE: usize = 15;

#[derive(Clone, Debug, Serialize)]
pub struct Losses {
    /// Median and 99th percentile, in milliseconds: a request as usual.
    pub usual_ms: (f64, f64),
    /// The request that panics.
    pub panic_ms: (f64, f64),
    /// The first request afterwards, which waits for the new instance.
    pub next_ms: (f64, f64),
    /// Of the requests under way at a panic, how many of a hundred ended with it.
    pub ended_beside: f64,
}

/// `url` answers, with `?wait` after a tenth of a second, and panics with `?panic`.
pub async fn measure(url: &str) -> Result<Losses> {
    let http = Client::new();
    let ask = async |query: &str, status: u16| -> Result<f64> {
        let started = Instant::now();
        let answer = http.get(format!("{url}{query}")).send().await?;
        let found = answer.status();
        answer.bytes().await?;
        ensure!(found == status, "{url}{query} answered {found}");
        Ok(started.elapsed().as_secs_f64() * 1000.0)
    };
    let (mut usual, mut panics, mut next) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..PANICS {
        usual.push(ask("", 200).await?);
    }
    for _ in 0..PANICS {
        panics.push(ask("?panic", 500).await?);
        next.push(ask("", 200).await?);
    }
    let (mut ended, mut all) = (0, 0);
    for _ in 0..PANICS / 4 {
        let waiting = format!("{url}?wait");
        let beside = join_all((0..BESIDE).map(|_| http.get(&waiting).send()));
        let panic = async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            http.get(format!("{url}?panic")).send().await
        };
        let (beside, panic) = futures_util::future::join(beside, panic).await;
        ensure!(panic?.status() == 500, "a panic was no 500");
        for answer in beside {
            all += 1;
            ended += usize::from(answer?.status() == 500);
        }
    }
    let figures = |times: &mut [f64]| (percentile(times, 0.5), percentile(times, 0.99));
    Ok(Losses {
        usual_ms: figures(&mut usual),
        panic_ms: figures(&mut panics),
        next_ms: figures(&mut next),
        ended_beside: 100.0 * f64::from(ended as u32) / f64::from(all.max(1)),
    })
}
