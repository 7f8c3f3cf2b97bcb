//! `GET /functions/v1/email/outbox`: the mails that were sent or are owed, for staff. `POST` has one that was not sent sent or
//! cancelled, or has mail go to an address again after it was stopped.

use omega_common::fields::Fields;
use omega_common::mail::{MailAction, MailOutcome, MailStatus, MailStop, MailTemplate, actions};
use omega_common::paging::PageRequest;
use omega_common::problem::Problem;
use omega_common::rest::{self, RestError};
use omega_common::text::{plain_text, uuid};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

/// The client that a mail is about.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct AddressedClient {
    pub id: Uuid,
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "Reyes Bakery"))]
    pub name: Option<String>,
}

/// What our team did last with a mail.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct MailChange {
    pub action: MailAction,
    /// RFC 3339.
    pub at: String,
    /// The address of who did it; null for an account that is gone.
    pub by: Option<String>,
}

/// A mail as the database's functions give it.
#[derive(Debug, Deserialize)]
pub struct MailRow {
    id: Uuid,
    template: MailTemplate,
    recipient: String,
    status: MailStatus,
    outcome: Option<MailOutcome>,
    attempts: i32,
    last_error: Option<String>,
    created_at: String,
    sent_at: Option<String>,
    next_attempt_at: Option<String>,
    client: Option<AddressedClient>,
    stop: Option<MailStop>,
    last_change: Option<MailChange>,
}

/// A mail of the outbox: to whom, which one and how it went, not what it says.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct OutboxMail {
    pub id: Uuid,
    pub template: MailTemplate,
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "maria@example.com"))]
    pub recipient: String,
    pub status: MailStatus,
    /// What became of it after it was sent; null until something is known.
    pub outcome: Option<MailOutcome>,
    /// How often it was tried.
    pub attempts: i32,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// RFC 3339.
    pub created_at: String,
    pub sent_at: Option<String>,
    /// When it is tried next; null for what is tried no more.
    pub next_attempt_at: Option<String>,
    /// Null for a mail to the firm.
    pub client: Option<AddressedClient>,
    /// Why no mail goes to the address; null while it does.
    pub stop: Option<MailStop>,
    /// What our team did with it last; null for nothing.
    pub last_change: Option<MailChange>,
    /// What can be done with it.
    pub actions: Vec<MailAction>,
}

impl From<MailRow> for OutboxMail {
    fn from(row: MailRow) -> Self {
        Self {
            actions: actions(row.status, row.stop.is_some()),
            id: row.id,
            template: row.template,
            recipient: row.recipient,
            status: row.status,
            outcome: row.outcome,
            attempts: row.attempts,
            last_error: row.last_error,
            created_at: row.created_at,
            sent_at: row.sent_at,
            next_attempt_at: row.next_attempt_at,
            client: row.client,
            stop: row.stop,
            last_change: row.last_change,
        }
    }
}

/// A page of the outbox.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Outbox {
    /// Newest first.
    pub mails: Vec<OutboxMail>,
    /// For the next page; null on the last one.
    pub next_cursor: Option<String>,
}

impl Outbox {
    pub fn of(mut rows: Vec<MailRow>, page: &PageRequest) -> Self {
        let next_cursor = page.cut(&mut rows, |row| (&row.created_at, row.id));
        Self {
            mails: rows.into_iter().map(OutboxMail::from).collect(),
            next_cursor,
        }
    }
}

/// Which mails to list, as the query parameters say it.
#[derive(Debug, Default)]
pub struct Asked {
    pub search: Option<String>,
    pub status: Option<String>,
    pub outcome: Option<String>,
    pub template: Option<String>,
    pub client: Option<String>,
}

impl Asked {
    /// The parameters of the database's `list_emails`. One row more than shown tells whether a next page exists.
    ///
    /// # Errors
    /// 400 for a parameter that is not valid.
    pub fn parameters(&self, page: &PageRequest) -> Result<Value, Problem> {
        let (older_than, older_than_id) = page.cursor.as_ref().map(|cursor| cursor.key()).unzip();
        let search = self
            .search
            .as_deref()
            .filter(|text| !text.trim().is_empty());
        Ok(json!({
            "search": one("search", search, plain_text)?,
            "status": one("status", self.status.as_deref(), str::parse::<MailStatus>)?,
            "outcome": one("outcome", self.outcome.as_deref(), str::parse::<MailOutcome>)?,
            "template": one("template", self.template.as_deref(), str::parse::<MailTemplate>)?,
            "client_id": one("client", self.client.as_deref(), uuid("Send the id of a client."))?,
            "older_than": older_than,
            "older_than_id": older_than_id,
            "page_size": page.limit + 1,
        }))
    }
}

fn one<T>(
    name: &str,
    sent: Option<&str>,
    read: impl FnOnce(&str) -> Result<T, String>,
) -> Result<Option<T>, Problem> {
    sent.map(read)
        .transpose()
        .map_err(|detail| Problem::bad_request(detail.clone()).with_error(name, detail))
}

omega_common::string_enum! {
    /// What staff have done.
    OutboxAction {
        Retry = "retry", "Send the mail now";
        Cancel = "cancel", "Cancel the mail";
        Resume = "resume", "Send mail to the address again";
    }
}

/// What came of it.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Done {
    /// The mail; null for `resume`.
    pub mail: Option<OutboxMail>,
    /// The stop that was lifted, for `resume`.
    pub stop: Option<MailStop>,
}

/// What is to be done with what.
#[derive(Debug, PartialEq, Eq)]
pub enum Wish {
    Change { mail: Uuid, action: MailAction },
    Resume { stop: Uuid },
}

impl Wish {
    /// # Errors
    /// 422 with one entry for each bad field.
    pub fn read(mut fields: Fields) -> Result<Self, Problem> {
        let id = fields.required("id", uuid("Send the id of a mail, or of a stop."));
        let action = fields.required("action", str::parse::<OutboxAction>);
        fields.finish()?;
        let (Some(id), Some(action)) = (id, action) else {
            return Err(Problem::internal("a missing field was not refused"));
        };
        Ok(match action {
            OutboxAction::Retry => Self::Change {
                mail: id,
                action: MailAction::Retry,
            },
            OutboxAction::Cancel => Self::Change {
                mail: id,
                action: MailAction::Cancel,
            },
            OutboxAction::Resume => Self::Resume { stop: id },
        })
    }
}

/// What a refusal of the database means.
pub fn refusal(status: u16, body: &[u8]) -> Problem {
    let error: RestError = serde_json::from_slice(body).unwrap_or_default();
    match (error.code.as_str(), error.hint.as_deref()) {
        ("PT404", Some("mail")) => Problem::not_found("There is no such mail."),
        ("PT404", _) => Problem::not_found("There is no such stop."),
        ("PT409", Some("stopped")) => {
            Problem::conflict("No mail goes to this address. Have mails go there again first.")
        }
        ("PT409", _) => Problem::conflict(match error.details.as_deref() {
            Some("sending") => "It is being sent right now. Look again in a minute.",
            Some("sent") => "It was sent already.",
            Some("cancelled") => "It was cancelled.",
            _ => "It is not where this can be done. Reload the page.",
        }),
        _ => rest::refusal(status, body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use omega_common::paging::Cursor;

    const TIME: &str = "2026-11-23T03:44:05.123456+00:00";

    fn row(number: u128) -> MailRow {
        serde_json::from_value(json!({
            "id": Uuid::from_u128(number), "template": "receipt", "recipient": "maria@example.com", "status": "parked",
            "outcome": null, "attempts": 6, "last_error": "Resend answered 500", "created_at": TIME, "sent_at": null,
            "next_attempt_at": null, "client": { "id": Uuid::nil(), "name": "Reyes Bakery" }, "stop": null,
            "last_change": { "action": "retry", "at": TIME, "by": "ana@omegaos.co" },
        }))
        .unwrap()
    }

    #[test]
    fn a_page_is_cut_and_each_mail_says_what_can_be_done() {
        let page = PageRequest::parse(Some("1"), None).unwrap();
        let outbox = Outbox::of(vec![row(2), row(1)], &page);
        assert_eq!(outbox.mails.len(), 1);
        assert_eq!(
            outbox.mails[0].actions,
            [MailAction::Retry, MailAction::Cancel]
        );
        let cursor = Cursor::decode(&outbox.next_cursor.unwrap()).unwrap();
        assert_eq!(cursor.key(), (TIME, Uuid::from_u128(2)));
    }

    #[test]
    fn a_list_is_asked_for_by_what_is_known() {
        let page = PageRequest::parse(None, None).unwrap();
        let asked = |asked: Asked| asked.parameters(&page);
        let all = asked(Asked::default()).unwrap();
        assert_eq!(
            (&all["search"], &all["page_size"]),
            (&Value::Null, &json!(21))
        );
        let some = asked(Asked {
            search: Some("  Reyes ".to_owned()),
            status: Some("parked".to_owned()),
            outcome: Some("bounced".to_owned()),
            template: Some("receipt".to_owned()),
            client: Some(Uuid::nil().to_string()),
        })
        .unwrap();
        assert_eq!(
            (&some["search"], &some["client_id"]),
            (&json!("Reyes"), &json!(Uuid::nil()))
        );
        let bad = Some("lost".to_owned());
        for (name, wrong) in [
            (
                "status",
                Asked {
                    status: bad.clone(),
                    ..Asked::default()
                },
            ),
            (
                "outcome",
                Asked {
                    outcome: bad.clone(),
                    ..Asked::default()
                },
            ),
            (
                "template",
                Asked {
                    template: bad.clone(),
                    ..Asked::default()
                },
            ),
            (
                "client",
                Asked {
                    client: bad,
                    ..Asked::default()
                },
            ),
        ] {
            let problem = asked(wrong).unwrap_err();
            assert_eq!(
                (problem.status, problem.errors[0].field.as_str()),
                (400, name)
            );
        }
    }

    #[test]
    fn a_wish_names_what_and_which() {
        let read = |body: Value| Wish::read(Fields::parse(body.to_string().as_bytes()).unwrap());
        let id = Uuid::from_u128(1);
        assert_eq!(
            read(json!({ "id": id, "action": "cancel" })),
            Ok(Wish::Change {
                mail: id,
                action: MailAction::Cancel
            })
        );
        assert_eq!(
            read(json!({ "id": id, "action": "resume" })),
            Ok(Wish::Resume { stop: id })
        );
        for (body, field) in [
            (json!({ "id": "x", "action": "resume" }), "id"),
            (json!({ "id": id, "action": "send" }), "action"),
            (
                json!({ "id": id, "action": "retry", "recipient": "a@b.co" }),
                "recipient",
            ),
        ] {
            let problem = read(body).unwrap_err();
            assert_eq!(
                (problem.status, problem.errors[0].field.as_str()),
                (422, field)
            );
        }
    }

    #[test]
    fn a_refusal_says_where_the_mail_is() {
        let said = |body: Value| refusal(409, body.to_string().as_bytes());
        for (body, status, words) in [
            (json!({ "code": "PT404", "hint": "mail" }), 404, "mail"),
            (json!({ "code": "PT404", "hint": "stop" }), 404, "stop"),
            (
                json!({ "code": "PT409", "hint": "stopped" }),
                409,
                "address",
            ),
            (
                json!({ "code": "PT409", "hint": "move", "details": "sent" }),
                409,
                "sent already",
            ),
            (
                json!({ "code": "PT409", "hint": "move", "details": "sending" }),
                409,
                "right now",
            ),
        ] {
            let problem = said(body);
            assert_eq!(problem.status, status);
            assert!(problem.detail.contains(words), "{}", problem.detail);
        }
    }
}
