//! Sends the mail that the outbox holds: on a cron, and when another Worker asks for it.
//!
//! A mail is three templates (subject, text, HTML) and a typed context read from its outbox row.

use askama::Template;
use chrono::{DateTime, NaiveDate};
use omega_common::clients::{EntityType, OnboardingStatus, Service, Urgency};
use omega_common::documents::DocumentCategory;
use omega_common::requests::day_in_words;
use omega_common::resend::Mail;
use serde::Deserialize;
use uuid::Uuid;

pub mod account_mails;
#[cfg(test)]
mod properties;
#[cfg(target_arch = "wasm32")]
mod worker;

/// A claimed row of `email_outbox`.
#[derive(Debug, Deserialize)]
pub struct OutboxRow {
    pub id: Uuid,
    pub recipient: String,
    #[serde(flatten)]
    pub content: Content,
}

/// The templates, by the name in the outbox, and what each needs to know.
#[derive(Debug, Deserialize)]
#[serde(tag = "template", content = "context", rename_all = "kebab-case")]
pub enum Content {
    Welcome {
        full_name: Option<String>,
    },
    ClosureRequested {
        full_name: Option<String>,
    },
    ContactRequest {
        name: String,
        email: String,
        business_name: Option<String>,
        message: String,
    },
    Receipt(Receipt),
    DocumentReturned {
        full_name: Option<String>,
        document_name: String,
        document_category: DocumentCategory,
        reason: String,
    },
    RequestsMade {
        full_name: Option<String>,
        requests: Vec<RequestLine>,
    },
    RequestReturned {
        full_name: Option<String>,
        title: String,
        reason: String,
        due_on: String,
    },
    RequestsReminder {
        full_name: Option<String>,
        requests: Vec<RequestLine>,
    },
    StatusChanged {
        full_name: Option<String>,
        status: OnboardingStatus,
        reason: Option<String>,
    },
    TeamMessage {
        full_name: Option<String>,
        messages: Vec<WrittenMessage>,
    },
    DeadlineReminder {
        full_name: Option<String>,
        deadlines: Vec<ComingDeadline>,
    },
}

/// A request in a list of them.
#[derive(Debug, Deserialize)]
pub struct RequestLine {
    title: String,
    /// `YYYY-MM-DD`.
    due_on: String,
    #[serde(default)]
    overdue: bool,
}

/// A request in words.
struct Line<'a> {
    title: &'a str,
    when: String,
}

fn lines(requests: &[RequestLine]) -> Vec<Line<'_>> {
    requests
        .iter()
        .map(|request| Line {
            title: &request.title,
            when: format!(
                "{} {}",
                if request.overdue {
                    "was due on"
                } else {
                    "due on"
                },
                day_in_words(&request.due_on)
            ),
        })
        .collect()
}

/// The beginning of a message of our team.
#[derive(Debug, Deserialize)]
pub struct WrittenMessage {
    author_name: Option<String>,
    text: String,
}

impl WrittenMessage {
    fn name(&self) -> &str {
        self.author_name.as_deref().unwrap_or("Our team")
    }
}

/// What a new status means for the client.
struct Said {
    subject: &'static str,
    text: &'static str,
}

const fn said(status: OnboardingStatus) -> Said {
    match status {
        OnboardingStatus::Active => Said {
            subject: "Your account is active",
            text: "We have read your answers and documents, and begin our work for you.",
        },
        OnboardingStatus::InReview => Said {
            subject: "We look at your papers again",
            text: "Our team reads your answers and documents once more. There is nothing to do for you now.",
        },
        OnboardingStatus::Pending | OnboardingStatus::InProgress => Said {
            subject: "We have opened your answers again",
            text: "Please change what is named here, then check your answers and submit them again.",
        },
        OnboardingStatus::Archived => Said {
            subject: "Your onboarding is closed",
            text: "Your documents are still there. Write to us if you want to open it again.",
        },
    }
}

/// A due date that a client is reminded of.
#[derive(Debug, Deserialize)]
pub struct ComingDeadline {
    title: String,
    period: String,
    /// ISO 8601.
    due: String,
}

impl ComingDeadline {
    /// The due date in words.
    fn day(&self) -> String {
        self.due.parse::<NaiveDate>().map_or_else(
            |_| self.due.clone(),
            |due| due.format("%A, %B %-d, %Y").to_string(),
        )
    }
}

/// What was submitted: the context that the database's `receipt_context` writes.
#[derive(Debug, Deserialize)]
pub struct Receipt {
    receipt_number: String,
    /// RFC 3339.
    submitted_at: String,
    full_name: Option<String>,
    business_name: Option<String>,
    entity_type: Option<EntityType>,
    ein_last_four: Option<String>,
    services_needed: Vec<Service>,
    urgency: Option<Urgency>,
    documents: Vec<ReceivedDocument>,
}

#[derive(Debug, Deserialize)]
struct ReceivedDocument {
    name: String,
    category: DocumentCategory,
}

impl Receipt {
    /// The answers with what they are called, in the order of the steps; what was not asked is left out.
    fn answers(&self) -> Vec<(&'static str, String)> {
        let services: Vec<_> = self
            .services_needed
            .iter()
            .map(|service| service.title())
            .collect();
        let answers = [
            ("Name", self.full_name.clone()),
            ("Business name", self.business_name.clone()),
            (
                "Legal form",
                self.entity_type.map(|kind| kind.title().to_owned()),
            ),
            (
                "EIN",
                self.ein_last_four
                    .as_ref()
                    .map(|last| format!("ends in {last}")),
            ),
            ("Services", Some(services.join(", "))),
            ("Start", self.urgency.map(|when| when.title().to_owned())),
        ];
        answers
            .into_iter()
            .filter_map(|(name, answer)| Some((name, answer?)))
            .collect()
    }

    /// The time in words. Clients live in several time zones, so it names its own.
    fn when(&self) -> String {
        DateTime::parse_from_rfc3339(&self.submitted_at).map_or_else(
            |_| self.submitted_at.clone(),
            |time| {
                time.to_utc()
                    .format("%B %-d, %Y at %-I:%M %p UTC")
                    .to_string()
            },
        )
    }
}

#[derive(Template)]
#[template(path = "welcome.subject.txt")]
struct WelcomeSubject<'a> {
    first_name: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "welcome.txt")]
struct WelcomeText<'a> {
    first_name: Option<&'a str>,
    site_url: &'a str,
}

#[derive(Template)]
#[template(path = "welcome.html")]
struct WelcomeHtml<'a> {
    first_name: Option<&'a str>,
    site_url: &'a str,
}

#[derive(Template)]
#[template(path = "contact-request.subject.txt")]
struct ContactRequestSubject<'a> {
    name: &'a str,
}

#[derive(Template)]
#[template(path = "contact-request.txt")]
struct ContactRequestText<'a> {
    name: &'a str,
    email: &'a str,
    business_name: Option<&'a str>,
    message: &'a str,
}

#[derive(Template)]
#[template(path = "contact-request.html")]
struct ContactRequestHtml<'a> {
    name: &'a str,
    email: &'a str,
    business_name: Option<&'a str>,
    message: &'a str,
    site_url: &'a str,
}

#[derive(Template)]
#[template(path = "closure-requested.subject.txt")]
struct ClosureRequestedSubject;

#[derive(Template)]
#[template(path = "closure-requested.txt")]
struct ClosureRequestedText<'a> {
    first_name: Option<&'a str>,
    site_url: &'a str,
}

#[derive(Template)]
#[template(path = "document-returned.subject.txt")]
struct DocumentReturnedSubject {
    kind: &'static str,
}

#[derive(Template)]
#[template(path = "document-returned.txt")]
struct DocumentReturnedText<'a> {
    first_name: Option<&'a str>,
    document_name: &'a str,
    kind: &'static str,
    reason: &'a str,
    site_url: &'a str,
}

#[derive(Template)]
#[template(path = "document-returned.html")]
struct DocumentReturnedHtml<'a> {
    first_name: Option<&'a str>,
    document_name: &'a str,
    kind: &'static str,
    reason: &'a str,
    site_url: &'a str,
}

#[derive(Template)]
#[template(path = "deadline-reminder.subject.txt")]
struct DeadlineReminderSubject<'a> {
    deadlines: &'a [ComingDeadline],
    first_day: &'a str,
    first_title: &'a str,
}

#[derive(Template)]
#[template(path = "deadline-reminder.txt")]
struct DeadlineReminderText<'a> {
    first_name: Option<&'a str>,
    deadlines: &'a [ComingDeadline],
    site_url: &'a str,
}

#[derive(Template)]
#[template(path = "deadline-reminder.html")]
struct DeadlineReminderHtml<'a> {
    first_name: Option<&'a str>,
    deadlines: &'a [ComingDeadline],
    first_day: &'a str,
    first_title: &'a str,
    site_url: &'a str,
}

#[derive(Template)]
#[template(path = "receipt.subject.txt")]
struct ReceiptSubject<'a> {
    receipt: &'a Receipt,
}

#[derive(Template)]
#[template(path = "receipt.txt")]
struct ReceiptText<'a> {
    receipt: &'a Receipt,
    first_name: Option<&'a str>,
    site_url: &'a str,
}

#[derive(Template)]
#[template(path = "closure-requested.html")]
struct ClosureRequestedHtml<'a> {
    first_name: Option<&'a str>,
    site_url: &'a str,
}

#[derive(Template)]
#[template(path = "receipt.html")]
struct ReceiptHtml<'a> {
    receipt: &'a Receipt,
    first_name: Option<&'a str>,
    site_url: &'a str,
}

#[derive(Template)]
#[template(path = "requests-made.subject.txt")]
struct RequestsMadeSubject<'a> {
    lines: &'a [Line<'a>],
}

#[derive(Template)]
#[template(path = "requests-made.txt")]
struct RequestsMadeText<'a> {
    lines: &'a [Line<'a>],
    first_name: Option<&'a str>,
    site_url: &'a str,
}

#[derive(Template)]
#[template(path = "requests-made.html")]
struct RequestsMadeHtml<'a> {
    lines: &'a [Line<'a>],
    first_name: Option<&'a str>,
    site_url: &'a str,
}

#[derive(Template)]
#[template(path = "request-returned.subject.txt")]
struct RequestReturnedSubject<'a> {
    title: &'a str,
}

#[derive(Template)]
#[template(path = "request-returned.txt")]
struct RequestReturnedText<'a> {
    title: &'a str,
    reason: &'a str,
    day: &'a str,
    first_name: Option<&'a str>,
    site_url: &'a str,
}

#[derive(Template)]
#[template(path = "request-returned.html")]
struct RequestReturnedHtml<'a> {
    title: &'a str,
    reason: &'a str,
    day: &'a str,
    first_name: Option<&'a str>,
    site_url: &'a str,
}

#[derive(Template)]
#[template(path = "requests-reminder.subject.txt")]
struct RequestsReminderSubject<'a> {
    lines: &'a [Line<'a>],
}

#[derive(Template)]
#[template(path = "requests-reminder.txt")]
struct RequestsReminderText<'a> {
    lines: &'a [Line<'a>],
    first_name: Option<&'a str>,
    site_url: &'a str,
}

#[derive(Template)]
#[template(path = "requests-reminder.html")]
struct RequestsReminderHtml<'a> {
    lines: &'a [Line<'a>],
    first_name: Option<&'a str>,
    site_url: &'a str,
}

#[derive(Template)]
#[template(path = "status-changed.subject.txt")]
struct StatusChangedSubject<'a> {
    said: &'a Said,
}

#[derive(Template)]
#[template(path = "status-changed.txt")]
struct StatusChangedText<'a> {
    said: &'a Said,
    reason: Option<&'a str>,
    first_name: Option<&'a str>,
    site_url: &'a str,
}

#[derive(Template)]
#[template(path = "status-changed.html")]
struct StatusChangedHtml<'a> {
    said: &'a Said,
    reason: Option<&'a str>,
    first_name: Option<&'a str>,
    site_url: &'a str,
}

#[derive(Template)]
#[template(path = "team-message.subject.txt")]
struct TeamMessageSubject<'a> {
    messages: &'a [WrittenMessage],
}

#[derive(Template)]
#[template(path = "team-message.txt")]
struct TeamMessageText<'a> {
    messages: &'a [WrittenMessage],
    first_name: Option<&'a str>,
    site_url: &'a str,
}

#[derive(Template)]
#[template(path = "team-message.html")]
struct TeamMessageHtml<'a> {
    messages: &'a [WrittenMessage],
    first_name: Option<&'a str>,
    site_url: &'a str,
}

/// The key that makes sending a row again harmless.
pub fn idempotency_key(row: &OutboxRow) -> String {
    format!("outbox/{}", row.id)
}

/// Writes the mail of a row.
///
/// # Errors
/// When a template can't be rendered.
pub fn compose(row: &OutboxRow, from: &str, site_url: &str) -> Result<Mail, askama::Error> {
    let (subject, text, html) = match &row.content {
        Content::Welcome { full_name } => {
            let first_name = first_name(full_name.as_deref());
            (
                WelcomeSubject { first_name }.render()?,
                WelcomeText {
                    first_name,
                    site_url,
                }
                .render()?,
                WelcomeHtml {
                    first_name,
                    site_url,
                }
                .render()?,
            )
        }
        Content::ClosureRequested { full_name } => {
            let first_name = first_name(full_name.as_deref());
            (
                ClosureRequestedSubject.render()?,
                ClosureRequestedText {
                    first_name,
                    site_url,
                }
                .render()?,
                ClosureRequestedHtml {
                    first_name,
                    site_url,
                }
                .render()?,
            )
        }
        Content::ContactRequest {
            name,
            email,
            business_name,
            message,
        } => {
            let business_name = business_name.as_deref();
            (
                ContactRequestSubject { name }.render()?,
                ContactRequestText {
                    name,
                    email,
                    business_name,
                    message,
                }
                .render()?,
                ContactRequestHtml {
                    name,
                    email,
                    business_name,
                    message,
                    site_url,
                }
                .render()?,
            )
        }
        Content::Receipt(receipt) => {
            let first_name = first_name(receipt.full_name.as_deref());
            (
                ReceiptSubject { receipt }.render()?,
                ReceiptText {
                    receipt,
                    first_name,
                    site_url,
                }
                .render()?,
                ReceiptHtml {
                    receipt,
                    first_name,
                    site_url,
                }
                .render()?,
            )
        }
        Content::DocumentReturned {
            full_name,
            document_name,
            document_category,
            reason,
        } => {
            let first_name = first_name(full_name.as_deref());
            let kind = document_category.title();
            (
                DocumentReturnedSubject { kind }.render()?,
                DocumentReturnedText {
                    first_name,
                    document_name,
                    kind,
                    reason,
                    site_url,
                }
                .render()?,
                DocumentReturnedHtml {
                    first_name,
                    document_name,
                    kind,
                    reason,
                    site_url,
                }
                .render()?,
            )
        }
        Content::RequestsMade {
            full_name,
            requests,
        } => {
            let first_name = first_name(full_name.as_deref());
            let lines = &lines(requests);
            (
                RequestsMadeSubject { lines }.render()?,
                RequestsMadeText {
                    lines,
                    first_name,
                    site_url,
                }
                .render()?,
                RequestsMadeHtml {
                    lines,
                    first_name,
                    site_url,
                }
                .render()?,
            )
        }
        Content::RequestReturned {
            full_name,
            title,
            reason,
            due_on,
        } => {
            let first_name = first_name(full_name.as_deref());
            let day = &day_in_words(due_on);
            (
                RequestReturnedSubject { title }.render()?,
                RequestReturnedText {
                    title,
                    reason,
                    day,
                    first_name,
                    site_url,
                }
                .render()?,
                RequestReturnedHtml {
                    title,
                    reason,
                    day,
                    first_name,
                    site_url,
                }
                .render()?,
            )
        }
        Content::RequestsReminder {
            full_name,
            requests,
        } => {
            let first_name = first_name(full_name.as_deref());
            let lines = &lines(requests);
            (
                RequestsReminderSubject { lines }.render()?,
                RequestsReminderText {
                    lines,
                    first_name,
                    site_url,
                }
                .render()?,
                RequestsReminderHtml {
                    lines,
                    first_name,
                    site_url,
                }
                .render()?,
            )
        }
        Content::StatusChanged {
            full_name,
            status,
            reason,
        } => {
            let first_name = first_name(full_name.as_deref());
            let said = &said(*status);
            let reason = reason.as_deref();
            (
                StatusChangedSubject { said }.render()?,
                StatusChangedText {
                    said,
                    reason,
                    first_name,
                    site_url,
                }
                .render()?,
                StatusChangedHtml {
                    said,
                    reason,
                    first_name,
                    site_url,
                }
                .render()?,
            )
        }
        Content::TeamMessage {
            full_name,
            messages,
        } => {
            let first_name = first_name(full_name.as_deref());
            (
                TeamMessageSubject { messages }.render()?,
                TeamMessageText {
                    messages,
                    first_name,
                    site_url,
                }
                .render()?,
                TeamMessageHtml {
                    messages,
                    first_name,
                    site_url,
                }
                .render()?,
            )
        }
        Content::DeadlineReminder {
            full_name,
            deadlines,
        } => {
            let first_name = first_name(full_name.as_deref());
            let first_day = &deadlines
                .first()
                .map(ComingDeadline::day)
                .unwrap_or_default();
            let first_title = deadlines.first().map_or("", |first| &first.title);
            (
                DeadlineReminderSubject {
                    deadlines,
                    first_day,
                    first_title,
                }
                .render()?,
                DeadlineReminderText {
                    first_name,
                    deadlines,
                    site_url,
                }
                .render()?,
                DeadlineReminderHtml {
                    first_name,
                    deadlines,
                    first_day,
                    first_title,
                    site_url,
                }
                .render()?,
            )
        }
    };
    let reply_to = match &row.content {
        Content::Welcome { .. }
        | Content::Receipt(_)
        | Content::ClosureRequested { .. }
        | Content::DocumentReturned { .. }
        | Content::RequestsMade { .. }
        | Content::RequestReturned { .. }
        | Content::RequestsReminder { .. }
        | Content::StatusChanged { .. }
        | Content::TeamMessage { .. }
        | Content::DeadlineReminder { .. } => None,
        Content::ContactRequest { email, .. } => Some(email.clone()),
    };
    Ok(Mail {
        from: from.to_owned(),
        to: row.recipient.clone(),
        reply_to,
        subject: one_line(&subject),
        text,
        html,
    })
}

/// A subject is one line, whatever a name in it holds: a line break would begin another header (RFC 5322, section 2.2).
fn one_line(subject: &str) -> String {
    let text: String = subject
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    text.trim().to_owned()
}

fn first_name(full_name: Option<&str>) -> Option<&str> {
    full_name.and_then(|name| name.split_whitespace().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(template: &str, context: serde_json::Value) -> Mail {
        let row = serde_json::from_value(serde_json::json!({
            "id": Uuid::nil(), "recipient": "maria@example.com", "template": template,
            "context": context, "status": "sending", "attempts": 1,
        }))
        .unwrap();
        compose(
            &row,
            "OmegaOS <onboarding@resend.dev>",
            "https://omegaos.co",
        )
        .unwrap()
    }

    fn welcome(full_name: serde_json::Value) -> Mail {
        mail("welcome", serde_json::json!({ "full_name": full_name }))
    }

    fn receipt(business_name: &str) -> Mail {
        mail(
            "receipt",
            serde_json::json!({
                "receipt_number": "OM-7K2M9QXA", "submitted_at": "2026-11-23T15:04:05.123456+00:00",
                "full_name": "Maria Reyes", "business_name": business_name, "entity_type": "llc",
                "ein_last_four": "6789", "services_needed": ["bookkeeping", "bill-pay"], "urgency": "this-month",
                "documents": [{"name": "CP 575 <scan>.pdf", "category": "ein-letter"}],
            }),
        )
    }

    #[test]
    fn a_receipt_tells_what_was_submitted_and_what_comes_next() {
        let mail = receipt("Reyes Bakery");
        assert_eq!(
            mail.subject,
            "Your receipt OM-7K2M9QXA: we have your onboarding"
        );
        for body in [&mail.text, &mail.html] {
            for said in [
                "OM-7K2M9QXA",
                "November 23, 2026 at 3:04 PM UTC",
                "Reyes Bakery",
                "LLC",
                "ends in 6789",
                "Bookkeeping, Bill pay",
                "This month",
                "EIN letter from the IRS",
                "https://omegaos.co/receipt",
            ] {
                assert!(body.contains(said), "{said}: {body}");
            }
        }
        assert!(mail.text.contains("CP 575 <scan>.pdf"));
        assert!(
            mail.html.contains("CP 575 &#60;scan&#62;.pdf"),
            "{}",
            mail.html
        );
    }

    /// A sole proprietor has neither.
    #[test]
    fn a_receipt_leaves_out_what_was_not_asked() {
        let mail = mail(
            "receipt",
            serde_json::json!({
                "receipt_number": "OM-7K2M9QXA", "submitted_at": "2026-11-23T15:04:05+00:00",
                "full_name": "Maria Reyes", "business_name": null, "entity_type": "sole-proprietorship",
                "ein_last_four": null, "services_needed": ["payroll"], "urgency": "exploring", "documents": [],
            }),
        );
        assert!(
            !mail.text.contains("EIN") && !mail.text.contains("Business name"),
            "{}",
            mail.text
        );
    }

    #[test]
    fn welcome_shows_the_next_step() {
        let mail = welcome("Maria Reyes".into());
        assert_eq!(mail.subject, "Welcome to OmegaOS, Maria");
        assert!(mail.text.starts_with("Hello Maria,\n"), "{}", mail.text);
        for body in [&mail.text, &mail.html] {
            assert!(body.contains("https://omegaos.co/onboarding"));
        }
    }

    #[test]
    fn a_client_without_a_name_is_greeted_too() {
        let mail = welcome(serde_json::Value::Null);
        assert_eq!(mail.subject, "Welcome to OmegaOS");
        assert!(mail.text.starts_with("Hello,\n"));
    }

    #[test]
    fn a_message_of_the_contact_form_is_answered_to_who_wrote_it() {
        let row = serde_json::from_value(serde_json::json!({
            "id": Uuid::nil(), "recipient": "office@example.com", "template": "contact-request",
            "context": {
                "name": "Maria Reyes", "email": "maria@example.com", "business_name": null,
                "message": "Do you work in Vermont?\n<b>Thanks</b>",
            },
        }))
        .unwrap();
        let mail = compose(
            &row,
            "OmegaOS <onboarding@resend.dev>",
            "https://omegaos.co",
        )
        .unwrap();
        assert_eq!(mail.to, "office@example.com");
        assert_eq!(mail.reply_to.as_deref(), Some("maria@example.com"));
        assert_eq!(mail.subject, "Message from Maria Reyes");
        assert!(
            mail.text.contains("Do you work in Vermont?\n<b>Thanks</b>"),
            "{}",
            mail.text
        );
        assert!(mail.html.contains("&#60;b&#62;Thanks"), "{}", mail.html);
    }

    #[test]
    fn a_request_to_close_says_that_nothing_is_closed_yet_and_how_to_withdraw() {
        let mail = mail(
            "closure-requested",
            serde_json::json!({ "full_name": "Maria Reyes" }),
        );
        assert_eq!(mail.subject, "We have your request to close your account");
        assert!(mail.text.starts_with("Hello Maria,\n"), "{}", mail.text);
        for body in [&mail.text, &mail.html] {
            assert!(body.contains("Nothing is closed yet"), "{body}");
            assert!(body.contains("https://omegaos.co/account?section=close"));
        }
    }

    #[test]
    fn a_reminder_names_what_is_due_and_when() {
        let due = |title: &str, due: &str| serde_json::json!({ "title": title, "period": "1st quarter of 2026", "due": due });
        let several = mail(
            "deadline-reminder",
            serde_json::json!({ "full_name": "Maria Reyes", "deadlines": [due("Form 941", "2026-04-30"), due("FUTA deposit", "2026-04-30")] }),
        );
        assert_eq!(
            several.subject,
            "2 due dates come up, the first on Thursday, April 30, 2026"
        );
        for body in [&several.text, &several.html] {
            for said in [
                "Thursday, April 30, 2026",
                "FUTA deposit, 1st quarter of 2026",
                "https://omegaos.co/deadlines",
            ] {
                assert!(body.contains(said), "{said}: {body}");
            }
        }
        let one = mail(
            "deadline-reminder",
            serde_json::json!({ "full_name": null, "deadlines": [due("Form 941", "2026-04-30")] }),
        );
        assert_eq!(one.subject, "Due on Thursday, April 30, 2026: Form 941");
        assert!(one.text.starts_with("Hello,\n"), "{}", one.text);
    }

    #[test]
    fn a_returned_document_is_named_with_the_reason_and_where_to_send_another() {
        let mail = mail(
            "document-returned",
            serde_json::json!({
                "full_name": "Maria Reyes", "document_name": "scan <1>.pdf",
                "document_category": "bank-statement", "reason": "It is too dark to read.",
            }),
        );
        assert_eq!(
            mail.subject,
            "Please send this document again: Bank statement"
        );
        assert!(mail.text.starts_with("Hello Maria,\n"), "{}", mail.text);
        assert!(mail.text.contains("scan <1>.pdf"), "{}", mail.text);
        assert!(mail.html.contains("scan &#60;1&#62;.pdf"), "{}", mail.html);
        for body in [&mail.text, &mail.html] {
            assert!(body.contains("It is too dark to read."), "{body}");
            assert!(body.contains("https://omegaos.co/documents"), "{body}");
        }
    }

    #[test]
    fn requests_are_told_in_one_mail_with_their_days() {
        let both = serde_json::json!([
            { "title": "Bank statement <March>", "due_on": "2026-12-01", "overdue": true },
            { "title": "How many miles?", "due_on": "2027-01-15", "overdue": false },
        ]);
        let mail = mail(
            "requests-reminder",
            serde_json::json!({ "full_name": "Maria Reyes", "requests": both }),
        );
        assert_eq!(mail.subject, "Reminder: 2 things wait on you");
        assert!(
            mail.text
                .contains("- Bank statement <March> (was due on December 1, 2026)\n"),
            "{}",
            mail.text
        );
        assert!(mail.html.contains("Bank statement &#60;March&#62;"));
        for body in [&mail.text, &mail.html] {
            assert!(body.contains("due on January 15, 2027"), "{body}");
            assert!(body.contains("https://omegaos.co/requests"), "{body}");
        }
        let one = serde_json::json!([{ "title": "Form W-9", "due_on": "2026-12-01" }]);
        let made = self::mail(
            "requests-made",
            serde_json::json!({ "full_name": null, "requests": one }),
        );
        assert_eq!(made.subject, "Please send us: Form W-9");
        assert!(made.text.starts_with("Hello,\n"), "{}", made.text);
    }

    #[test]
    fn an_answer_that_is_sent_back_says_why() {
        let mail = mail(
            "request-returned",
            serde_json::json!({
                "full_name": "Maria Reyes", "title": "Bank statement of March", "reason": "It is April’s.",
                "due_on": "2026-12-01",
            }),
        );
        assert_eq!(mail.subject, "Please look again: Bank statement of March");
        for body in [&mail.text, &mail.html] {
            assert!(
                body.contains("It is April’s.") && body.contains("December 1, 2026"),
                "{body}"
            );
        }
    }

    #[test]
    fn a_move_is_told_with_what_it_means_and_why() {
        for (status, reason, subject) in [
            ("active", None, "Your account is active"),
            (
                "in_progress",
                Some("The year is wrong."),
                "We have opened your answers again",
            ),
            (
                "archived",
                Some("You asked for it."),
                "Your onboarding is closed",
            ),
        ] {
            let mail = mail(
                "status-changed",
                serde_json::json!({ "full_name": "Maria Reyes", "status": status, "reason": reason }),
            );
            assert_eq!(mail.subject, subject);
            for body in [&mail.text, &mail.html] {
                assert_eq!(body.contains("Why:"), reason.is_some(), "{body}");
                assert!(body.contains(reason.unwrap_or("begin our work")), "{body}");
            }
        }
    }

    #[test]
    fn messages_of_our_team_stand_under_the_name_of_who_wrote_them() {
        let mail = mail(
            "team-message",
            serde_json::json!({ "full_name": "Maria Reyes", "messages": [
                { "author_name": "Ana Staff", "text": "We begin on Monday." },
                { "author_name": null, "text": "Bring <b>nothing</b>." },
            ] }),
        );
        assert_eq!(mail.subject, "Our team wrote you 2 messages");
        assert!(
            mail.text.contains("Ana Staff wrote:\nWe begin on Monday."),
            "{}",
            mail.text
        );
        assert!(
            mail.text.contains("Our team wrote:\nBring <b>nothing</b>."),
            "{}",
            mail.text
        );
        assert!(
            mail.html.contains("Bring &#60;b&#62;nothing"),
            "{}",
            mail.html
        );
    }

    #[test]
    fn a_name_can_not_write_html() {
        for template in ["welcome", "closure-requested"] {
            let mail = mail(
                template,
                serde_json::json!({ "full_name": "<img/src=x> Doe" }),
            );
            assert!(!mail.html.contains("<img"), "{}", mail.html);
            assert!(mail.text.contains("<img/src=x>"));
        }
    }
}
