//! Cloudflare Turnstile: whether a person sent a form. In use where `TURNSTILE_SITE_KEY` is set.
//! Source: Cloudflare Turnstile, "Validate the token".

use serde::Deserialize;

use crate::problem::Problem;
use crate::upstream::UpstreamRequest;

pub const DEFAULT_VERIFY_URL: &str = "https://challenges.cloudflare.com/turnstile/v0/siteverify";

/// "Tokens have a maximum length of 2048 characters."
pub const MAX_TOKEN_CHARACTERS: usize = 2048;

/// The field of a form that holds the token.
pub const FIELD: &str = "turnstile_token";

/// What the widget on a page gave for this form. It counts once, and for five minutes.
///
/// # Errors
/// A sentence for the client.
pub fn token(value: &str) -> Result<String, String> {
    let value = value.trim();
    if value.len() > MAX_TOKEN_CHARACTERS || !value.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(UNPROVEN.to_owned());
    }
    Ok(value.to_owned())
}

const UNPROVEN: &str = "We could not check that a person sent this. Try again.";

/// 422: there is no token, or one that proves nothing.
pub fn unproven() -> Problem {
    Problem::invalid(Vec::new()).with_error(FIELD, UNPROVEN)
}

/// Asks whether `token` proves that a person sent the form, from `address`.
pub fn verify(url: &str, secret: &str, token: &str, address: Option<&str>) -> UpstreamRequest {
    let mut body = serde_json::json!({ "secret": secret, "response": token });
    if let Some(address) = address {
        body["remoteip"] = address.into();
    }
    UpstreamRequest::new("POST", url.to_owned()).json(&body)
}

#[derive(Deserialize)]
struct Answer {
    success: bool,
    #[serde(rename = "error-codes", default)]
    error_codes: Vec<String>,
}

/// What the answer to [`verify`] means.
///
/// # Errors
/// 422 for a token that proves nothing, 500 for a secret that Turnstile does not know, 503 and 502 for what is
/// Turnstile's own fault.
pub fn read(status: u16, body: &[u8]) -> Result<(), Problem> {
    let Ok(answer) = serde_json::from_slice::<Answer>(body) else {
        return Err(match status {
            500.. | 429 => Problem::unavailable(format!("Turnstile answered {status}")),
            _ => Problem::bad_gateway(format!("Turnstile answered {status} with something else")),
        });
    };
    let says = |code: &str| answer.error_codes.iter().any(|said| said == code);
    if answer.success {
        Ok(())
    } else if says("missing-input-secret") || says("invalid-input-secret") {
        Err(Problem::internal(
            "Turnstile does not know TURNSTILE_SECRET_KEY",
        ))
    } else if says("internal-error") || status >= 500 {
        Err(Problem::unavailable("Turnstile has a fault"))
    } else {
        Err(unproven())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_believed_and_nothing_else() {
        assert!(
            read(
                200,
                br#"{"success":true,"error-codes":[],"hostname":"omegaos.co"}"#
            )
            .is_ok()
        );
        for (status, body, expected) in [
            (
                200,
                r#"{"success":false,"error-codes":["invalid-input-response"]}"#,
                422,
            ),
            (
                200,
                r#"{"success":false,"error-codes":["timeout-or-duplicate"]}"#,
                422,
            ),
            (200, r#"{"success":false}"#, 422),
            (
                400,
                r#"{"success":false,"error-codes":["invalid-input-secret"]}"#,
                500,
            ),
            (
                200,
                r#"{"success":false,"error-codes":["internal-error"]}"#,
                503,
            ),
            (503, "<html>", 503),
            (200, "<html>", 502),
            (200, r#"{"success":"true"}"#, 502),
        ] {
            assert_eq!(
                read(status, body.as_bytes()).unwrap_err().status,
                expected,
                "{body}"
            );
        }
    }

    #[test]
    fn a_token_is_bounded() {
        assert_eq!(token(" 0.abc-DEF_ ").as_deref(), Ok("0.abc-DEF_"));
        assert!(token(&"x".repeat(MAX_TOKEN_CHARACTERS)).is_ok());
        assert!(token(&"x".repeat(MAX_TOKEN_CHARACTERS + 1)).is_err());
        assert!(token("a b").is_err());
    }
}
