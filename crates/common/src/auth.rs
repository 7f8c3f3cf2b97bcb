//! Supabase Auth: creating an account.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::api_keys::Credentials;
use crate::problem::Problem;
use crate::upstream::UpstreamRequest;

/// The tokens of a signed-in user, as supabase-js's `auth.setSession` takes them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Session {
    pub access_token: String,
    pub refresh_token: String,
    pub token_type: String,
    /// Seconds from now.
    pub expires_in: i64,
    /// Unix time in seconds.
    pub expires_at: i64,
}

/// What Auth made of a sign-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAccount {
    pub id: Uuid,
    pub email: String,
    /// `None` where the project has addresses confirmed first.
    pub session: Option<Session>,
}

/// `POST /auth/v1/signup`. `landing` is the page that the link of the confirmation mail leads to, where addresses are
/// confirmed first; it must be among the project's redirect addresses. `forwarded_for` is the caller's address, so that Auth's limits count the
/// caller and not the Worker; Auth believes it only beside a secret key.
pub fn sign_up(
    supabase_url: &str,
    credentials: Credentials<'_>,
    forwarded_for: Option<&str>,
    landing: &str,
    body: &serde_json::Value,
) -> UpstreamRequest {
    let landing: String = url::form_urlencoded::byte_serialize(landing.as_bytes()).collect();
    let request = UpstreamRequest::new(
        "POST",
        format!("{supabase_url}/auth/v1/signup?redirect_to={landing}"),
    )
    .credentials(credentials)
    .json(body);
    match forwarded_for {
        Some(address) => request.header("sb-forwarded-for", address),
        None => request,
    }
}

#[derive(Deserialize)]
struct User {
    id: Uuid,
    #[serde(default)]
    email: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum SignUpAnswer {
    Session {
        user: User,
        #[serde(flatten)]
        session: Session,
    },
    User(User),
}

/// An error body of Auth; older versions say `error_code` only, or `msg` alone.
#[derive(Default, Deserialize)]
#[serde(default)]
struct AuthError {
    error_code: String,
    weak_password: serde_json::Value,
}

/// What Auth's answer to [`sign_up`] means.
///
/// # Errors
/// 409 for a taken address, 422 for what Auth does not accept, 429, 503, 502.
pub fn read_sign_up(status: u16, body: &[u8]) -> Result<NewAccount, Problem> {
    if (200..300).contains(&status) {
        return match serde_json::from_slice(body) {
            Ok(SignUpAnswer::Session { user, session }) => Ok(NewAccount {
                id: user.id,
                email: user.email,
                session: Some(session),
            }),
            Ok(SignUpAnswer::User(user)) => Ok(NewAccount {
                id: user.id,
                email: user.email,
                session: None,
            }),
            Err(_) => Err(Problem::bad_gateway(
                "Auth answered a sign-up with something else",
            )),
        };
    }
    let Ok(error) = serde_json::from_slice::<AuthError>(body) else {
        return Err(match status {
            500.. => Problem::unavailable(format!("Auth answered {status} without a reason")),
            _ => Problem::bad_gateway(format!(
                "Auth answered {status} with something that is not its error"
            )),
        });
    };
    let cause = format!("Auth {status} {}", error.error_code);
    Err(match (status, error.error_code.as_str()) {
        (_, "user_already_exists" | "email_exists") => Problem::conflict(
            "There is an account with this email address. Sign in, or reset your password.",
        )
        .with_error("email", "There is an account with this email address."),
        (_, "weak_password") => Problem::invalid(Vec::new())
            .with_error("password", "Choose a longer or less common password."),
        (_, "email_address_invalid" | "validation_failed" | "email_address_not_authorized") => {
            Problem::invalid(Vec::new())
                .with_error("email", "Enter an email address that can receive mail.")
        }
        (_, "signup_disabled" | "email_provider_disabled") => {
            Problem::forbidden("New accounts are closed for now.")
        }
        (429, _) => Problem::too_many_requests(60),
        (500.., _) => Problem::unavailable(""),
        _ if !error.weak_password.is_null() => Problem::invalid(Vec::new())
            .with_error("password", "Choose a longer or less common password."),
        _ => Problem::bad_gateway(""),
    }
    .because(cause))
}

/// Reads an email address: one `@`, a domain with a dot, no spaces. Auth has the last word.
///
/// # Errors
/// A sentence for the client.
pub fn email(value: &str) -> Result<String, String> {
    let refused = || Err("Enter an email address like name@example.com.".to_owned());
    let address = value.trim().to_lowercase();
    let Some((local, domain)) = address.rsplit_once('@') else {
        return refused();
    };
    let is_plain = address.chars().all(|c| {
        !c.is_whitespace()
            && !c.is_control()
            && !matches!(c, '"' | '<' | '>' | ',' | ';' | ':' | '(' | ')' | '\\')
    });
    let domain_ok = domain.contains('.')
        && domain
            .split('.')
            .all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'));
    // RFC 5321, section 4.5.3.1: 64 octets before the @ and 254 in all.
    if local.is_empty()
        || local.contains('@')
        || local.len() > 64
        || address.len() > 254
        || !is_plain
        || !domain_ok
    {
        return refused();
    }
    Ok(address)
}

/// Shortest password (NIST SP 800-63B-4 asks for 15 without and 8 with a second factor; the product for 12).
pub const MIN_PASSWORD_CHARACTERS: usize = 12;

/// Longest password in bytes: Auth hashes with bcrypt, which reads no more.
pub const MAX_PASSWORD_BYTES: usize = 72;

/// # Errors
/// A sentence for the client.
pub fn password(value: &str) -> Result<String, String> {
    if value.chars().count() < MIN_PASSWORD_CHARACTERS {
        return Err(format!(
            "Use {MIN_PASSWORD_CHARACTERS} characters or more. A few words in a row make a good password."
        ));
    }
    if value.len() > MAX_PASSWORD_BYTES {
        return Err(format!("Use {MAX_PASSWORD_BYTES} characters or fewer."));
    }
    Ok(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: &str =
        r#"{"id":"8f14e45f-ceea-467f-a9d0-3c8e7b7a1b2c","email":"maria@example.com"}"#;

    #[test]
    fn both_answers_of_auth_are_read() {
        let session = format!(
            r#"{{"access_token":"a","refresh_token":"r","token_type":"bearer","expires_in":3600,"expires_at":1,"user":{USER}}}"#
        );
        assert!(
            read_sign_up(200, session.as_bytes())
                .unwrap()
                .session
                .is_some()
        );
        assert!(
            read_sign_up(200, USER.as_bytes())
                .unwrap()
                .session
                .is_none()
        );
        assert_eq!(read_sign_up(200, b"ok").unwrap_err().status, 502);
    }

    #[test]
    fn refusals_of_auth_become_ours() {
        let status = |status, code: &str| {
            read_sign_up(status, format!(r#"{{"error_code":"{code}"}}"#).as_bytes())
                .unwrap_err()
                .status
        };
        assert_eq!(status(422, "user_already_exists"), 409);
        assert_eq!(status(422, "weak_password"), 422);
        assert_eq!(status(429, "over_request_rate_limit"), 429);
        assert_eq!(status(500, "unexpected_failure"), 503);
        assert_eq!(status(400, "something_new"), 502);
        assert_eq!(read_sign_up(500, b"<html>").unwrap_err().status, 503);
    }

    #[test]
    fn addresses_that_can_not_be_are_refused() {
        assert_eq!(email(" Maria@Example.com ").unwrap(), "maria@example.com");
        for bad in [
            "",
            "maria",
            "@x.com",
            "a@b",
            "a@.com",
            "a b@x.com",
            "a@x.com\r\nBcc: b@x.com",
            "a@b@x.com",
            "<a@x.com>",
        ] {
            assert!(email(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn passwords_are_bounded_by_length_alone() {
        assert!(password("correct horse").is_ok());
        assert!(password("short").is_err());
        assert!(password(&"a".repeat(73)).is_err());
    }
}
