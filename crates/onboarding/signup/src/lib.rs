//! `POST /functions/v1/onboarding/signup`: creates an account. The database writes the client's row and
//! the welcome mail's outbox row in the transaction that creates the user.

use std::time::Duration;

use omega_common::auth::{NewAccount, Session, email, password};
use omega_common::fields::Fields;
use omega_common::phone::e164;
use omega_common::problem::Problem;
use omega_common::text::plain_text;
use omega_common::turnstile;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

/// How long the answer takes at least where addresses are confirmed: Auth is done sooner with an address that has an
/// account than with a new one, and nobody is to learn by the clock which it was.
pub const EVEN_ANSWER: Duration = Duration::from_millis(600);

/// What a new client tells.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema), schema(as = SignUp))]
#[serde(deny_unknown_fields)]
pub struct SignUp {
    #[cfg_attr(
        not(target_arch = "wasm32"),
        schema(
            example = "maria@example.com",
            max_length = 254,
            format = "email-address"
        )
    )]
    pub email: String,
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "correct horse battery", min_length = 12, max_length = 72, format = Password))]
    pub password: String,
    #[cfg_attr(
        not(target_arch = "wasm32"),
        schema(
            example = "Maria Reyes",
            min_length = 1,
            max_length = 200,
            format = "plain-text"
        )
    )]
    pub full_name: String,
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
        schema(example = "(555) 234-5678", format = "phone")
    )]
    pub phone: Option<String>,
    /// What Turnstile's widget gave, where the site shows it.
    #[cfg_attr(not(target_arch = "wasm32"), schema(max_length = 2048))]
    pub turnstile_token: Option<String>,
}

impl SignUp {
    /// # Errors
    /// 422 with one entry for each bad field.
    pub fn read(mut fields: Fields) -> Result<Self, Problem> {
        let email = fields.required("email", email);
        let password = fields.required("password", password);
        let full_name = fields.required("full_name", plain_text);
        let business_name = fields.optional("business_name", plain_text);
        let phone = fields.optional("phone", e164);
        let turnstile_token = fields.optional(turnstile::FIELD, turnstile::token);
        fields.finish()?;
        match (email, password, full_name) {
            (Some(email), Some(password), Some(full_name)) => Ok(Self {
                email,
                password,
                full_name,
                business_name,
                phone,
                turnstile_token,
            }),
            _ => Err(Problem::internal("a missing field was not refused")),
        }
    }

    /// The body for Auth; the rest becomes user metadata, which the database's trigger reads.
    pub fn auth_body(&self) -> serde_json::Value {
        serde_json::json!({
            "email": self.email,
            "password": self.password,
            "data": {
                "full_name": self.full_name,
                "business_name": self.business_name,
                "phone": self.phone,
            },
        })
    }
}

/// The account that was made.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct SignedUp {
    pub user: SignedUpUser,
    /// Null where the address must be confirmed first.
    pub session: Option<Session>,
    pub email_confirmation_required: bool,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct SignedUpUser {
    pub id: Uuid,
    pub email: String,
}

impl From<NewAccount> for SignedUp {
    fn from(account: NewAccount) -> Self {
        Self {
            user: SignedUpUser {
                id: account.id,
                email: account.email,
            },
            email_confirmation_required: account.session.is_none(),
            session: account.session,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: serde_json::Value) -> Result<SignUp, Problem> {
        SignUp::read(Fields::parse(json.to_string().as_bytes()).unwrap())
    }

    #[test]
    fn answers_are_cleaned() {
        let sign_up = read(serde_json::json!({
            "email": " Maria@Example.com", "password": "correct horse battery", "full_name": " Maria Reyes ",
            "business_name": "", "phone": "(555) 234-5678",
        }))
        .unwrap();
        assert_eq!(sign_up.email, "maria@example.com");
        assert_eq!(sign_up.full_name, "Maria Reyes");
        assert_eq!(
            (sign_up.business_name, sign_up.phone.as_deref()),
            (None, Some("+15552345678"))
        );
    }

    #[test]
    fn every_bad_field_is_named() {
        let problem = read(serde_json::json!({"email": "x", "password": "short", "role": "staff"}))
            .unwrap_err();
        let names: Vec<_> = problem
            .errors
            .iter()
            .map(|error| error.field.as_str())
            .collect();
        assert_eq!(
            (problem.status, names),
            (422, vec!["email", "password", "full_name", "role"])
        );
    }
}
