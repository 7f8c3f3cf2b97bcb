//! Resend: sending one mail. Source: Resend's API reference, "Send Email" and "Idempotency Keys".

use serde::Deserialize;

use crate::upstream::UpstreamRequest;

pub const DEFAULT_BASE_URL: &str = "https://api.resend.com";

/// A mail ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    pub from: String,
    pub to: String,
    /// Where an answer goes, if not to `from`.
    pub reply_to: Option<String>,
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// `POST /emails`; the same `idempotency_key` within 24 hours sends nothing twice.
pub fn send(base_url: &str, api_key: &str, idempotency_key: &str, mail: &Mail) -> UpstreamRequest {
    let mut body = serde_json::json!({
        "from": mail.from,
        "to": [mail.to],
        "subject": mail.subject,
        "text": mail.text,
        "html": mail.html,
    });
    if let Some(address) = &mail.reply_to {
        body["reply_to"] = address.as_str().into();
    }
    UpstreamRequest::new("POST", format!("{base_url}/emails"))
        .header("authorization", format!("Bearer {api_key}"))
        .header("idempotency-key", idempotency_key)
        .json(&body)
}

/// What came of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    Sent {
        message_id: String,
    },
    /// `permanent`: no retry mends it.
    Failed {
        reason: String,
        permanent: bool,
    },
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    id: String,
    name: String,
}

/// What Resend's answer to [`send`] means.
pub fn read(status: u16, body: &[u8]) -> Delivery {
    let answer: Answer = serde_json::from_slice(body).unwrap_or_default();
    if (200..300).contains(&status) && !answer.id.is_empty() {
        return Delivery::Sent {
            message_id: answer.id,
        };
    }
    // 401 and 403 are mended by rotating the key or verifying the domain, 409 by the request under way ending.
    let permanent = matches!(status, 400 | 405 | 422);
    Delivery::Failed {
        reason: format!("Resend answered {status} {}", answer.name),
        permanent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_no_retry_mends_is_permanent() {
        let permanent = |status| {
            matches!(
                read(status, b"{}"),
                Delivery::Failed {
                    permanent: true,
                    ..
                }
            )
        };
        assert!(permanent(422) && permanent(400));
        assert!(!permanent(429) && !permanent(500) && !permanent(401) && !permanent(409));
        assert!(!permanent(200), "a 200 without an id is tried again");
        assert_eq!(
            read(200, br#"{"id":"x"}"#),
            Delivery::Sent {
                message_id: "x".to_owned()
            }
        );
    }
}
