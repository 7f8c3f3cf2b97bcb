//! The domain that mail is to come from: the three DNS records that Resend asks for, and how the world
//! sees them. docs/runbooks/verify-email-domain.md shows the same records; a test compares the two.

use serde::Serialize;

use crate::dns::RecordType;

pub const DOMAIN: &str = "omegaos.co";

/// A record that must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpectedRecord {
    pub kind: RecordType,
    /// Below [`DOMAIN`].
    pub name: &'static str,
    pub value: &'static str,
    /// An MX record's preference: of several, the lowest is tried first.
    pub priority: Option<u16>,
    /// What it is for, in words.
    pub purpose: &'static str,
}

/// DKIM (RFC 6376), the return path, and SPF (RFC 7208) for it.
pub const RECORDS: [ExpectedRecord; 3] = [
    ExpectedRecord {
        kind: RecordType::Txt,
        name: "resend._domainkey",
        value: "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC8yiNGgy3R1Zxyf87liitFRm3MMzNMsNUsY0iMYc2+Pn3w3ROKAR6p5ZeTNz2w4tvP3McYHFlgul308PvUKSS5Eu1qKIeylJ5m1vaD8mimmGzji629sU3jnB20X0SE6yPKkSxDH6h00+lAmnxPXWQKIVmSN0Gr4edhiTKpDl2G7QIDAQAB",
        priority: None,
        purpose: "Signs our mail, so that receivers can tell it is ours (DKIM).",
    },
    ExpectedRecord {
        kind: RecordType::Mx,
        name: "send",
        value: "feedback-smtp.us-east-1.amazonses.com",
        priority: Some(10),
        purpose: "Takes back mail that could not be delivered.",
    },
    ExpectedRecord {
        kind: RecordType::Txt,
        name: "send",
        value: "v=spf1 include:amazonses.com ~all",
        priority: None,
        purpose: "Names the servers that may send our mail (SPF).",
    },
];

crate::string_enum! {
    /// How the world sees a record, or all of them together.
    DnsState {
        Verified = "verified", "Verified";
        Pending = "pending", "Not there yet";
        Wrong = "wrong", "Wrong value";
        Unknown = "unknown", "Could not be looked up";
    }
}

/// One record: what must be there, and what is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct DnsRecord {
    /// `TXT` or `MX`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Below the domain.
    pub name: &'static str,
    pub purpose: &'static str,
    pub expected: &'static str,
    /// For MX alone.
    pub priority: Option<u16>,
    /// What is there; null when it could not be looked up.
    pub live: Option<Vec<String>>,
    pub state: DnsState,
    pub detail: String,
}

impl ExpectedRecord {
    pub fn full_name(&self) -> String {
        format!("{}.{DOMAIN}", self.name)
    }

    /// The value as [`crate::dns::records`] reads it back.
    fn wanted(&self) -> String {
        match self.priority {
            Some(priority) => format!("{priority} {}", self.value),
            None => self.value.to_owned(),
        }
    }

    /// Compares with what a lookup found; `None` when it failed.
    pub fn judge(&self, live: Option<Vec<String>>) -> DnsRecord {
        let (state, detail) = match &live {
            None => (
                DnsState::Unknown,
                "The name server did not answer, so nothing can be said. Try again in a minute."
                    .to_owned(),
            ),
            Some(found) => self.compare(found),
        };
        DnsRecord {
            kind: self.kind.as_str(),
            name: self.name,
            purpose: self.purpose,
            expected: self.value,
            priority: self.priority,
            live,
            state,
            detail,
        }
    }

    fn compare(&self, found: &[String]) -> (DnsState, String) {
        let is_wanted = |value: &&String| squeezed(value) == squeezed(&self.wanted());
        let rivals = found
            .iter()
            .filter(|value| !is_wanted(value) && self.rivals(value))
            .count();
        match (found.iter().any(|value| is_wanted(&value)), rivals) {
            (true, 0) => (DnsState::Verified, "The world sees the right value.".to_owned()),
            (true, _) => (
                DnsState::Wrong,
                "The right value is there, but another of its kind beside it. Remove the other one.".to_owned(),
            ),
            (false, _) if found.is_empty() => (
                DnsState::Pending,
                "There is no such record yet. Enter it in Cloudflare; it can take some minutes to be seen.".to_owned(),
            ),
            (false, 0) if self.kind == RecordType::Txt => (
                DnsState::Pending,
                "Other records stand at this name, but not this one yet.".to_owned(),
            ),
            (false, _) => (
                DnsState::Wrong,
                "Another value stands in its place. Correct it in Cloudflare.".to_owned(),
            ),
        }
    }

    /// Whether another value makes this record void: a name has one SPF record (RFC 7208, section 4.5)
    /// and one DKIM key. Any other text may stand beside; a further mail server takes mail away.
    fn rivals(&self, value: &str) -> bool {
        let tag = |text: &str| {
            text.trim_start()
                .split(['=', ' ', ';'])
                .next()
                .map(str::to_lowercase)
        };
        match self.kind {
            RecordType::Mx => true,
            RecordType::Txt if self.name.ends_with("_domainkey") => true,
            RecordType::Txt => tag(value) == tag(self.value),
        }
    }
}

/// Spaces mean nothing in these records, and some are entered with a `;` at the end.
fn squeezed(value: &str) -> String {
    value
        .trim_end_matches([';', ' '])
        .chars()
        .filter(|character| !character.is_whitespace())
        .collect()
}

/// All records together: the worst of them, but unknown only where nothing worse is known.
pub fn overall(records: &[DnsRecord]) -> DnsState {
    let any = |state| records.iter().any(|record| record.state == state);
    if any(DnsState::Wrong) {
        DnsState::Wrong
    } else if any(DnsState::Pending) {
        DnsState::Pending
    } else if any(DnsState::Unknown) || records.is_empty() {
        DnsState::Unknown
    } else {
        DnsState::Verified
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DKIM: ExpectedRecord = RECORDS[0];
    const MX: ExpectedRecord = RECORDS[1];
    const SPF: ExpectedRecord = RECORDS[2];

    fn state(record: &ExpectedRecord, found: &[&str]) -> DnsState {
        record
            .judge(Some(found.iter().map(|&value| value.to_owned()).collect()))
            .state
    }

    #[test]
    fn the_right_values_are_verified() {
        assert_eq!(
            state(&DKIM, &[&format!("{};", DKIM.value)]),
            DnsState::Verified
        );
        assert_eq!(
            state(&MX, &["10 feedback-smtp.us-east-1.amazonses.com"]),
            DnsState::Verified
        );
        assert_eq!(
            state(
                &SPF,
                &[
                    "google-site-verification=x",
                    "v=spf1  include:amazonses.com ~all"
                ]
            ),
            DnsState::Verified
        );
    }

    #[test]
    fn what_is_not_there_is_pending() {
        assert_eq!(state(&MX, &[]), DnsState::Pending);
        assert_eq!(
            state(&SPF, &["google-site-verification=x"]),
            DnsState::Pending
        );
    }

    #[test]
    fn what_stands_in_the_way_is_wrong() {
        assert_eq!(state(&DKIM, &["p=other"]), DnsState::Wrong);
        assert_eq!(
            state(&MX, &["20 feedback-smtp.us-east-1.amazonses.com"]),
            DnsState::Wrong
        );
        assert_eq!(state(&SPF, &[SPF.value, "v=spf1 -all"]), DnsState::Wrong);
        assert_eq!(
            state(
                &MX,
                &[
                    "10 feedback-smtp.us-east-1.amazonses.com",
                    "5 mail.example.com"
                ]
            ),
            DnsState::Wrong
        );
    }

    #[test]
    fn a_failed_lookup_says_nothing_and_hides_nothing_worse() {
        let unknown = SPF.judge(None);
        assert_eq!(
            (unknown.state, unknown.live.clone()),
            (DnsState::Unknown, None)
        );
        let verified = SPF.judge(Some(vec![SPF.value.to_owned()]));
        let pending = MX.judge(Some(Vec::new()));
        assert_eq!(overall(std::slice::from_ref(&verified)), DnsState::Verified);
        assert_eq!(
            overall(&[verified.clone(), unknown.clone()]),
            DnsState::Unknown
        );
        assert_eq!(overall(&[verified, unknown, pending]), DnsState::Pending);
    }
}
