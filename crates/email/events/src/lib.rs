//! `POST /functions/v1/email/events`: what Resend's webhooks tell of a mail. A webhook is believed by its signature and kept once,
//! by its id. After a hard bounce or a complaint no mail goes to the address.

use chrono::{DateTime, SecondsFormat};
use omega_common::auth::email;
use omega_common::mail::MailOutcome;
use omega_common::problem::Problem;
use omega_common::text::{MAX_CHARACTERS, plain_text};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

#[cfg(not(target_arch = "wasm32"))]
mod api;
pub mod signature;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

omega_common::string_enum! {
    /// What was done with a webhook.
    Taken {
        Kept = "kept", "Kept";
        Known = "known", "Was kept before";
        Ignored = "ignored", "Tells of nothing that is kept here";
    }
}

/// The answer to a webhook.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct EventTaken {
    pub event: Taken,
}

/// A webhook of Resend. Whether somebody opened a mail or pressed a link in it is nobody's business here, so such fields are not
/// read. Source: Resend's documentation, "Event Types".
#[derive(Debug, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Webhook {
    #[serde(rename = "type")]
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "email.bounced"))]
    pub kind: String,
    /// When it happened, RFC 3339.
    #[cfg_attr(not(target_arch = "wasm32"), schema(format = DateTime, example = "2026-11-22T23:41:12.126Z"))]
    pub created_at: String,
    /// What it happened to; read for mails alone.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = Object))]
    pub data: Value,
}

#[derive(Deserialize)]
struct Data {
    email_id: String,
    #[serde(default)]
    to: Vec<String>,
    bounce: Option<Said>,
    suppressed: Option<Said>,
    failed: Option<Failed>,
}

/// How the other side refused it.
#[derive(Deserialize)]
struct Said {
    #[serde(default, rename = "type")]
    kind: String,
    message: Option<String>,
}

#[derive(Deserialize)]
struct Failed {
    reason: Option<String>,
}

/// What became of a mail.
#[derive(Debug, PartialEq, Eq)]
pub struct MailEvent {
    pub outcome: MailOutcome,
    pub message_id: String,
    /// Whom it was sent to, if to one address.
    pub recipient: Option<String>,
    /// RFC 3339.
    pub occurred_at: String,
    pub detail: Option<String>,
}

impl MailEvent {
    /// What a webhook's body tells of a mail; nothing, where it tells of something else.
    ///
    /// # Errors
    /// 400 for a body that is no webhook, 422 for one that tells of a mail in another way than Resend describes.
    pub fn read(body: &[u8]) -> Result<Option<Self>, Problem> {
        let no_webhook = |_| Problem::bad_request("This is no webhook of Resend.");
        let object: Map<String, Value> = serde_json::from_slice(body).map_err(no_webhook)?;
        let webhook: Webhook = serde_json::from_value(object.into()).map_err(no_webhook)?;
        let told_otherwise = |field: &'static str| {
            Problem::invalid(Vec::new()).with_error(field, "Resend describes this otherwise.")
        };
        let outcome = match webhook.kind.as_str() {
            "email.delivery_delayed" => MailOutcome::Delayed,
            "email.failed" => MailOutcome::Failed,
            "email.delivered" => MailOutcome::Delivered,
            "email.suppressed" => MailOutcome::Withheld,
            "email.bounced" => MailOutcome::Bounced,
            "email.complained" => MailOutcome::Complained,
            _ => return Ok(None),
        };
        let data: Data =
            serde_json::from_value(webhook.data).map_err(|_| told_otherwise("data"))?;
        let outcome = match (&data.bounce, outcome) {
            // As Amazon SES tells them apart, by which Resend sends: what is not for good may work the next time.
            (Some(bounce), MailOutcome::Bounced) if bounce.kind != "Permanent" => {
                MailOutcome::SoftBounced
            }
            (None, MailOutcome::Bounced) => MailOutcome::SoftBounced,
            _ => outcome,
        };
        let occurred_at = DateTime::parse_from_rfc3339(&webhook.created_at)
            .map_err(|_| told_otherwise("created_at"))?
            .to_utc()
            .to_rfc3339_opts(SecondsFormat::Micros, true);
        let said = match outcome {
            MailOutcome::Bounced | MailOutcome::SoftBounced => {
                data.bounce.and_then(|said| said.message)
            }
            MailOutcome::Withheld => data.suppressed.and_then(|said| said.message),
            MailOutcome::Failed => data.failed.and_then(|failed| failed.reason),
            _ => None,
        };
        Ok(Some(Self {
            outcome,
            message_id: plain_text(&data.email_id).map_err(|_| told_otherwise("data.email_id"))?,
            recipient: match data.to.as_slice() {
                [address] => email(address).ok(),
                _ => None,
            },
            occurred_at,
            detail: said.and_then(|said| in_short(&said)),
        }))
    }

    /// The parameters of the database's `record_mail_event`.
    pub fn parameters(&self, event_id: &str) -> Value {
        json!({
            "event_id": event_id,
            "outcome": self.outcome,
            "message_id": self.message_id,
            "recipient": self.recipient,
            "occurred_at": self.occurred_at,
            "detail": self.detail,
        })
    }
}

/// On one line and no longer than the database keeps it.
fn in_short(said: &str) -> Option<String> {
    let line: String = said
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    // What is composed of several characters may become longer, so there is room.
    let short: String = line.chars().take(MAX_CHARACTERS / 2).collect();
    plain_text(&short).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// As Resend's documentation shows it.
    fn webhook(kind: &str, more: Value) -> Vec<u8> {
        let mut data = json!({
            "broadcast_id": "8b146471-e88e-4322-86af-016cd36fd216",
            "created_at": "2026-11-22T23:41:11.894719+00:00",
            "email_id": "56761188-7520-42d8-8898-ff6fc54ce618",
            "from": "Acme <onboarding@resend.dev>",
            "to": ["Delivered@resend.dev"],
            "subject": "Sending this example",
            "tags": { "category": "confirm_email" },
        });
        data.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        json!({ "type": kind, "created_at": "2026-11-22T23:41:12.126Z", "data": data })
            .to_string()
            .into_bytes()
    }

    fn read(kind: &str, more: Value) -> MailEvent {
        MailEvent::read(&webhook(kind, more)).unwrap().unwrap()
    }

    #[test]
    fn each_webhook_is_told_by_its_type_and_a_bounce_by_its_kind() {
        let bounce = |kind: &str| json!({ "bounce": { "message": "No such\r\nuser.", "subType": "General", "type": kind } });
        for (kind, more, outcome, detail) in [
            ("email.delivered", json!({}), MailOutcome::Delivered, None),
            (
                "email.delivery_delayed",
                json!({}),
                MailOutcome::Delayed,
                None,
            ),
            ("email.complained", json!({}), MailOutcome::Complained, None),
            (
                "email.bounced",
                bounce("Permanent"),
                MailOutcome::Bounced,
                Some("No such user."),
            ),
            (
                "email.bounced",
                bounce("Transient"),
                MailOutcome::SoftBounced,
                Some("No such user."),
            ),
            (
                "email.bounced",
                bounce("Undetermined"),
                MailOutcome::SoftBounced,
                Some("No such user."),
            ),
            ("email.bounced", json!({}), MailOutcome::SoftBounced, None),
            (
                "email.failed",
                json!({ "failed": { "reason": "reached_daily_quota" } }),
                MailOutcome::Failed,
                Some("reached_daily_quota"),
            ),
            (
                "email.suppressed",
                json!({ "suppressed": { "message": "On the list", "type": "OnAccountSuppressionList" } }),
                MailOutcome::Withheld,
                Some("On the list"),
            ),
        ] {
            let event = read(kind, more);
            assert_eq!(
                (event.outcome, event.detail.as_deref()),
                (outcome, detail),
                "{kind}"
            );
            assert_eq!(event.message_id, "56761188-7520-42d8-8898-ff6fc54ce618");
            assert_eq!(event.recipient.as_deref(), Some("delivered@resend.dev"));
            assert_eq!(event.occurred_at, "2026-11-22T23:41:12.126000Z");
        }
    }

    #[test]
    fn whose_it_is_is_not_guessed() {
        for to in [json!([]), json!(["a@b.co", "c@d.co"]), json!(["nobody"])] {
            assert_eq!(read("email.bounced", json!({ "to": to })).recipient, None);
        }
    }

    #[test]
    fn what_is_not_of_a_mails_way_is_not_kept() {
        for kind in [
            "email.sent",
            "email.opened",
            "email.clicked",
            "contact.created",
            "domain.updated",
            "something.new",
        ] {
            assert_eq!(
                MailEvent::read(&webhook(kind, json!({}))),
                Ok(None),
                "{kind}"
            );
        }
    }

    #[test]
    fn what_resend_does_not_describe_is_refused() {
        for (body, status) in [
            (b"".to_vec(), 400),
            (b"[]".to_vec(), 400),
            (br#"{"type":"email.bounced"}"#.to_vec(), 400),
            (
                br#"{"type":"email.bounced","created_at":"2026-11-22T23:41:12Z","data":{}}"#
                    .to_vec(),
                422,
            ),
            (
                br#"{"type":"email.bounced","created_at":"soon","data":{"email_id":"x"}}"#.to_vec(),
                422,
            ),
            (webhook("email.bounced", json!({ "email_id": " " })), 422),
        ] {
            assert_eq!(
                MailEvent::read(&body).unwrap_err().status,
                status,
                "{}",
                String::from_utf8_lossy(&body)
            );
        }
    }

    proptest! {
        #[test]
        fn what_the_other_side_says_fits_into_the_database(said in any::<String>()) {
            let event = read("email.bounced", json!({ "bounce": { "type": "Permanent", "message": said } }));
            if let Some(detail) = event.detail {
                prop_assert_eq!(plain_text(&detail), Ok(detail));
            }
        }
    }
}
