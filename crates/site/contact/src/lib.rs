//! `POST /functions/v1/site/contact`: keeps a message of the contact form for the firm's staff. The page
//! sends JSON; without JavaScript the browser sends the form by itself and is led on to a page.

use omega_common::auth::email;
use omega_common::fields::Fields;
use omega_common::problem::Problem;
use omega_common::text::{paragraphs, plain_text};
use omega_common::turnstile;
use serde::{Deserialize, Serialize};

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

/// Longest message in characters; `contact_requests_message_is_in_bounds` has the same bound.
pub const MAX_MESSAGE_CHARACTERS: usize = 2000;

/// What somebody writes to the firm.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ContactRequest {
    #[cfg_attr(
        not(target_arch = "wasm32"),
        schema(
            example = "Maria Reyes",
            min_length = 1,
            max_length = 200,
            format = "plain-text"
        )
    )]
    pub name: String,
    /// Where the answer goes.
    #[cfg_attr(
        not(target_arch = "wasm32"),
        schema(
            example = "maria@example.com",
            max_length = 254,
            format = "email-address"
        )
    )]
    pub email: String,
    #[cfg_attr(
        not(target_arch = "wasm32"),
        schema(
            example = "Reyes Bakery",
            max_length = 200,
            format = "plain-text-or-empty"
        )
    )]
    pub business_name: Option<String>,
    #[cfg_attr(
        not(target_arch = "wasm32"),
        schema(
            example = "Do you also work in Vermont?",
            min_length = 1,
            max_length = 2000,
            format = "paragraphs"
        )
    )]
    pub message: String,
    /// Stays empty: people do not see this field of the form, programs that fill in every field do.
    #[cfg_attr(not(target_arch = "wasm32"), schema(max_length = 0))]
    pub subject: Option<String>,
    /// What Turnstile's widget gave, where the site shows it.
    #[cfg_attr(not(target_arch = "wasm32"), schema(max_length = 2048))]
    pub turnstile_token: Option<String>,
}

impl ContactRequest {
    /// The parameters of `public.send_contact_request`.
    pub fn parameters(&self) -> serde_json::Value {
        serde_json::json!({
            "name": self.name,
            "email": self.email,
            "business_name": self.business_name,
            "message": self.message,
        })
    }

    /// # Errors
    /// 422 with one entry for each bad field.
    pub fn read(mut fields: Fields) -> Result<Self, Problem> {
        let name = fields.required("name", plain_text);
        let email = fields.required("email", email);
        let business_name = fields.optional("business_name", plain_text);
        let message = fields.required("message", |text| paragraphs(text, MAX_MESSAGE_CHARACTERS));
        // Said openly, so that whoever fills it in by an accident of their browser loses nothing.
        let subject = fields.optional("subject", |_| Err("Leave this field empty.".to_owned()));
        let turnstile_token = fields.optional(turnstile::FIELD, turnstile::token);
        fields.finish()?;
        match (name, email, message) {
            (Some(name), Some(email), Some(message)) => Ok(Self {
                name,
                email,
                business_name,
                message,
                subject,
                turnstile_token,
            }),
            _ => Err(Problem::internal("a missing field was not refused")),
        }
    }
}

/// The message is kept.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct ContactReceived {
    pub received: bool,
}

/// What the database's word on a message means.
///
/// # Errors
/// 429 past the limits of `private.keep_contact_request`, 503 while the form is closed, and what PostgREST's other errors mean.
pub fn read_answer(status: u16, body: &[u8]) -> Result<ContactReceived, Problem> {
    match status {
        200..300 => Ok(ContactReceived { received: true }),
        429 => {
            let mut problem = Problem::new(
                429,
                "We have had many messages within the last hour. Try again in an hour.",
            );
            problem.retry_after = Some(3600);
            Err(problem)
        }
        // The form is closed by taking the function from the public key; a visitor has nothing to sign in with.
        401 | 403 => Err(Problem::unavailable("the contact form is closed")),
        _ => Err(omega_common::rest::refusal(status, body)),
    }
}

/// The page that a browser without JavaScript is led to after a refusal; its part for the reason is marked there.
pub fn page_of(problem: &Problem) -> &'static str {
    match problem.status {
        429 => "/contact-problem#too-many",
        400..500 => match problem.errors.first().map(|error| error.field.as_str()) {
            Some("name") => "/contact-problem#name",
            Some("email") => "/contact-problem#email",
            Some("business_name") => "/contact-problem#business-name",
            Some("message") => "/contact-problem#message",
            // A form that was sent without a script can't hold the widget's proof.
            Some(turnstile::FIELD) => "/contact-problem#proof",
            _ => "/contact-problem#form",
        },
        _ => "/contact-problem#our-side",
    }
}

pub const SENT_PAGE: &str = "/contact-sent";

#[cfg(test)]
mod tests {
    use super::*;

    fn form(body: &str) -> Result<ContactRequest, Problem> {
        ContactRequest::read(Fields::parse_form(body.as_bytes()))
    }

    #[test]
    fn a_form_and_json_are_read_alike() {
        let sent = form("name=+Maria+Reyes&email=Maria%40Example.com&business_name=&message=One%0D%0Atwo&subject=")
            .unwrap();
        let json =
            br#"{"name": "Maria Reyes", "email": "maria@example.com", "message": "One\ntwo"}"#;
        assert_eq!(
            sent,
            ContactRequest::read(Fields::parse(json).unwrap()).unwrap()
        );
        assert_eq!(
            sent.parameters(),
            serde_json::json!({
                "name": "Maria Reyes", "email": "maria@example.com", "business_name": null, "message": "One\ntwo",
            })
        );
    }

    #[test]
    fn a_filled_trap_is_refused_and_not_swallowed() {
        let problem = form("name=M&email=m%40example.com&message=Hello&subject=Buy").unwrap_err();
        assert_eq!(
            (problem.status, problem.errors[0].field.as_str()),
            (422, "subject")
        );
    }

    #[test]
    fn a_message_is_bounded_in_characters() {
        let long = |count| {
            form(&format!(
                "name=M&email=m%40example.com&message={}",
                "x".repeat(count)
            ))
        };
        assert!(long(MAX_MESSAGE_CHARACTERS).is_ok());
        assert_eq!(
            long(MAX_MESSAGE_CHARACTERS + 1).unwrap_err().errors[0].field,
            "message"
        );
    }

    #[test]
    fn nobody_is_told_to_sign_in_when_the_form_is_closed() {
        let refusal = br#"{"code":"42501","message":"permission denied for function"}"#;
        assert_eq!(read_answer(401, refusal).unwrap_err().status, 503);
        assert!(read_answer(204, b"").is_ok());
    }

    #[test]
    fn a_refused_form_leads_to_the_reason() {
        assert_eq!(
            page_of(&form("email=x&message=a").unwrap_err()),
            "/contact-problem#name"
        );
        assert_eq!(
            page_of(&form("name=M&email=x&message=a").unwrap_err()),
            "/contact-problem#email"
        );
        assert_eq!(page_of(&turnstile::unproven()), "/contact-problem#proof");
        assert_eq!(page_of(&Problem::too_large(1024)), "/contact-problem#form");
        assert_eq!(
            page_of(&read_answer(429, b"{}").unwrap_err()),
            "/contact-problem#too-many"
        );
        assert_eq!(
            page_of(&Problem::unavailable("down")),
            "/contact-problem#our-side"
        );
    }
}
