//! Sends the mail that the outbox holds: on a cron, and when another Worker asks for it.
//!
//! A mail is three templates (subject, text, HTML) and a typed context read from its outbox row.

use askama::Template;
use omega_common::resend::Mail;
use serde::Deserialize;
use uuid::Uuid;

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
#[template(path = "closure-requested.html")]
struct ClosureRequestedHtml<'a> {
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
                }
                .render()?,
            )
        }
    };
    let reply_to = match &row.content {
        Content::Welcome { .. } | Content::ClosureRequested { .. } => None,
        Content::ContactRequest { email, .. } => Some(email.clone()),
    };
    Ok(Mail {
        from: from.to_owned(),
        to: row.recipient.clone(),
        reply_to,
        subject: subject.trim().to_owned(),
        text,
        html,
    })
}

fn first_name(full_name: Option<&str>) -> Option<&str> {
    full_name.and_then(|name| name.split_whitespace().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(template: &str, full_name: serde_json::Value) -> Mail {
        let row = serde_json::from_value(serde_json::json!({
            "id": Uuid::nil(), "recipient": "maria@example.com", "template": template,
            "context": {"full_name": full_name}, "status": "sending", "attempts": 1,
        }))
        .unwrap();
        compose(
            &row,
            "OmegaOS <onboarding@resend.dev>",
            "https://omegaos.co",
        )
        .unwrap()
    }

    #[test]
    fn welcome_shows_the_next_step() {
        let mail = mail("welcome", "Maria Reyes".into());
        assert_eq!(mail.subject, "Welcome to OmegaOS, Maria");
        assert!(mail.text.starts_with("Hello Maria,\n"), "{}", mail.text);
        for body in [&mail.text, &mail.html] {
            assert!(body.contains("https://omegaos.co/onboarding"));
        }
    }

    #[test]
    fn a_client_without_a_name_is_greeted_too() {
        let mail = mail("welcome", serde_json::Value::Null);
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
        let mail = mail("closure-requested", "Maria Reyes".into());
        assert_eq!(mail.subject, "We have your request to close your account");
        assert!(mail.text.starts_with("Hello Maria,\n"), "{}", mail.text);
        for body in [&mail.text, &mail.html] {
            assert!(body.contains("Nothing is closed yet"), "{body}");
            assert!(body.contains("https://omegaos.co/account?section=close"));
        }
    }

    #[test]
    fn a_name_can_not_write_html() {
        for template in ["welcome", "closure-requested"] {
            let mail = mail(template, "<img/src=x> Doe".into());
            assert!(!mail.html.contains("<img"), "{}", mail.html);
            assert!(mail.text.contains("<img/src=x>"));
        }
    }
}
