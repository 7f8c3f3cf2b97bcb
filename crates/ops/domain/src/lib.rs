//! `GET /functions/v1/ops/domain`: the DNS records of the mail domain as they should be and as the world sees them.

use omega_common::mail_domain::{DOMAIN, DnsRecord, DnsState, overall};
use serde::Serialize;

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct MailDomain {
    pub checked_at: String,
    pub domain: &'static str,
    /// All records together.
    pub state: DnsState,
    pub records: Vec<DnsRecord>,
}

impl MailDomain {
    pub fn of(records: Vec<DnsRecord>, checked_at: String) -> Self {
        Self {
            checked_at,
            domain: DOMAIN,
            state: overall(&records),
            records,
        }
    }
}
