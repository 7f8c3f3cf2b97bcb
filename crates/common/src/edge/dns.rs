//! Lookups of DNS records from a Worker.

use futures_util::future::join_all;

use super::{Deadline, Exchange, log, upstream};
use crate::dns::{self, DEFAULT_URL};
use crate::mail_domain::{DnsRecord, ExpectedRecord, RECORDS};
use crate::problem::Problem;

/// How the world sees the records of the mail domain, through the resolver at `DNS_OVER_HTTPS_URL`.
/// A lookup that fails is no error: its record's state is then unknown.
pub async fn mail_domain(exchange: &Exchange) -> Vec<DnsRecord> {
    let base_url = exchange
        .variable("DNS_OVER_HTTPS_URL")
        .unwrap_or_else(|| DEFAULT_URL.to_owned());
    let lookups = RECORDS.iter().map(async |record| {
        let live = look_up(&base_url, record).await;
        if let Err(problem) = &live {
            log(
                "warn",
                serde_json::json!({"request_id": exchange.request_id(), "record": record.full_name(), "cause": problem.cause}),
            );
        }
        record.judge(live.ok())
    });
    join_all(lookups).await
}

async fn look_up(base_url: &str, record: &ExpectedRecord) -> Result<Vec<String>, Problem> {
    let request = dns::query(base_url, &record.full_name(), record.kind);
    let (status, body) = upstream::answer(request, Deadline::Probe).await?;
    dns::records(record.kind, status, &body)
}
