//! The one error type of the Workers and its form on the wire: RFC 9457 `application/problem+json`.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What went wrong, in words for the caller. What only we should know goes to [`Problem::cause`],
/// which is logged and never sent.
///
/// Constructors read as English: `Problem::not_found("…")`, `Problem::conflict("…")`.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Where the status alone does not tell the kind. Boxed, as few problems have one and every result holds room for it.
    pub kind: Option<Box<Kind>>,
    pub status: u16,
    pub detail: Cow<'static, str>,
    pub errors: Vec<FieldError>,
    /// Seconds after which a retry makes sense, for `Retry-After`.
    pub retry_after: Option<u32>,
    /// Extra headers that the status demands (`Allow`, `WWW-Authenticate`).
    pub headers: Vec<(&'static str, String)>,
    /// For the log: never holds personal data, tokens or bodies.
    pub cause: Option<String>,
}

/// A kind of problem of its own (RFC 9457, sections 3.1.1 and 3.2).
#[derive(Clone, Debug, PartialEq)]
pub struct Kind {
    pub uri: &'static str,
    /// Further members of the document.
    pub extensions: Map<String, Value>,
}

/// One field that was refused, in words a client understands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct FieldError {
    /// The field's name in the request, or `documents.<category>` for a missing document.
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "ein"))]
    pub field: String,
    pub detail: String,
}

impl FieldError {
    pub fn new(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            detail: detail.into(),
        }
    }
}

/// The body of every refusal (RFC 9457, section 3), with one entry in `errors` for each bad field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schema(as = Problem))]
pub struct ProblemDocument {
    /// `about:blank` where the status tells the kind (RFC 9457, section 4.2.1), else a URI that docs/api-design.md lists.
    #[serde(rename = "type")]
    pub kind: Cow<'static, str>,
    pub title: Cow<'static, str>,
    pub status: u16,
    pub detail: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// To be named when asking the firm for help.
    pub request_id: String,
    #[serde(default, flatten, skip_serializing_if = "Map::is_empty")]
    #[cfg_attr(not(target_arch = "wasm32"), schema(ignore))]
    pub extensions: Map<String, Value>,
}

/// The kind that the status tells.
const BY_STATUS: &str = "about:blank";

/// What the caller would overwrite was changed meanwhile; the document has what is there now as `current`.
pub const CHANGED_ELSEWHERE: &str = "https://omegaos.co/problems/changed-elsewhere";

/// [`Kind::uri`] of a 403: the caller would be let in with a session that has taken the second step of signing in.
pub const SECOND_STEP_NEEDED: &str = "https://omegaos.co/problems/second-step-needed";

/// Nothing is written for a while; reading goes on.
pub const READ_ONLY: &str = "https://omegaos.co/problems/read-only";

/// Seconds after which a write is worth another try while nothing is written.
const READ_ONLY_RETRY_AFTER: u32 = 120;

pub const PROBLEM_CONTENT_TYPE: &str = "application/problem+json";

impl Problem {
    pub fn new(status: u16, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind: None,
            status,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
            headers: Vec::new(),
            cause: None,
        }
    }

    pub fn bad_request(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, detail)
    }

    /// RFC 6750, section 3: the challenge tells whether a token was sent at all.
    pub fn unauthorized(token_was_sent: bool) -> Self {
        let (detail, challenge) = if token_was_sent {
            (
                "Your session is not valid any more. Sign in again.",
                r#"Bearer error="invalid_token""#,
            )
        } else {
            ("Sign in to use this.", "Bearer")
        };
        let mut problem = Self::new(401, detail);
        problem
            .headers
            .push(("WWW-Authenticate", challenge.to_owned()));
        problem
    }

    pub fn forbidden(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(403, detail)
    }

    pub fn second_step_needed(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::forbidden(detail).of_kind(SECOND_STEP_NEEDED, Map::new())
    }

    pub fn not_found(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(404, detail)
    }

    pub fn method_not_allowed(allowed: &str) -> Self {
        let mut problem = Self::new(405, format!("This address answers {allowed} only."));
        problem.headers.push(("Allow", allowed.to_owned()));
        problem
    }

    pub fn conflict(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(409, detail)
    }

    pub fn request_timeout() -> Self {
        Self::new(
            408,
            "The request took too long to come in. Send it again on a better line.",
        )
    }

    pub fn too_large(limit_bytes: usize) -> Self {
        Self::new(
            413,
            format!("The request is larger than {} KB.", limit_bytes / 1024),
        )
    }

    pub fn unsupported_media_type() -> Self {
        Self::new(415, "Send JSON with Content-Type: application/json.")
    }

    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let mut problem = Self::new(422, "Some of what was sent needs another look.");
        problem.errors = errors;
        problem
    }

    pub fn too_many_requests(retry_after: u32) -> Self {
        let mut problem = Self::new(
            429,
            "Too many tries in a short time. Wait a minute and try again.",
        );
        problem.retry_after = Some(retry_after);
        problem
    }

    /// A fault of ours. `cause` is logged; the caller is told no detail.
    pub fn internal(cause: impl Into<String>) -> Self {
        Self::new(
            500,
            "Something went wrong on our side. Try again, or tell us the request number.",
        )
        .because(cause)
    }

    /// An upstream answered with something that is not its protocol.
    pub fn bad_gateway(cause: impl Into<String>) -> Self {
        Self::new(
            502,
            "A part of the system gave an answer that makes no sense. Try again.",
        )
        .because(cause)
    }

    /// An upstream is down or refuses for now.
    pub fn unavailable(cause: impl Into<String>) -> Self {
        let mut problem = Self::new(
            503,
            "A part of the system is not available. Try again in a moment.",
        )
        .because(cause);
        problem.retry_after = Some(5);
        problem
    }

    /// Nothing is written for now.
    pub fn read_only() -> Self {
        let mut problem = Self::new(
            503,
            "OmegaOS is read-only for a while: everything can be looked at, nothing can be changed.",
        )
        .of_kind(READ_ONLY, Map::new());
        problem.retry_after = Some(READ_ONLY_RETRY_AFTER);
        problem
    }

    /// An upstream did not answer before its deadline.
    pub fn gateway_timeout(cause: impl Into<String>) -> Self {
        let mut problem = Self::new(
            504,
            "A part of the system takes too long to answer. Try again in a moment.",
        )
        .because(cause);
        problem.retry_after = Some(5);
        problem
    }

    /// Of a kind of its own.
    #[must_use]
    pub fn of_kind(mut self, uri: &'static str, extensions: Map<String, Value>) -> Self {
        self.kind = Some(Box::new(Kind { uri, extensions }));
        self
    }

    #[must_use]
    pub fn because(mut self, cause: impl Into<String>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    #[must_use]
    pub fn with_error(mut self, field: impl Into<String>, detail: impl Into<String>) -> Self {
        self.errors.push(FieldError::new(field, detail));
        self
    }

    /// The body for the wire. This is the one place where an error becomes RFC 9457.
    pub fn document(&self, request_id: &str) -> ProblemDocument {
        let kind = self.kind.as_deref();
        ProblemDocument {
            kind: kind.map_or(BY_STATUS, |kind| kind.uri).into(),
            title: http::StatusCode::from_u16(self.status)
                .ok()
                .and_then(|status| status.canonical_reason())
                .unwrap_or("Error")
                .into(),
            status: self.status,
            detail: self.detail.clone().into_owned(),
            errors: self.errors.clone(),
            request_id: request_id.to_owned(),
            extensions: kind.map(|kind| kind.extensions.clone()).unwrap_or_default(),
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {}", self.status, self.detail)?;
        match &self.cause {
            Some(cause) => write!(formatter, " ({cause})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn document_tells_the_caller_nothing_of_the_cause() {
        let problem = Problem::internal("relation clients does not exist");
        let body = serde_json::to_string(&problem.document("r1")).unwrap();
        assert!(!body.contains("relation"), "{body}");
        assert!(
            body.contains(r#""title":"Internal Server Error""#),
            "{body}"
        );
        assert!(body.contains(r#""request_id":"r1""#), "{body}");
    }

    #[test]
    fn a_kind_of_its_own_brings_its_members_along() {
        let plain = serde_json::to_value(Problem::conflict("x").document("r1")).unwrap();
        assert_eq!(plain["type"], "about:blank");
        let problem = Problem::conflict("x").of_kind(
            CHANGED_ELSEWHERE,
            Map::from_iter([("current".to_owned(), 7.into())]),
        );
        let body = serde_json::to_value(problem.document("r1")).unwrap();
        assert_eq!(
            (&body["type"], &body["current"]),
            (&CHANGED_ELSEWHERE.into(), &7.into())
        );
    }

    #[test]
    fn unauthorized_carries_the_challenge_of_rfc_6750() {
        assert_eq!(
            Problem::unauthorized(false).headers,
            [("WWW-Authenticate", "Bearer".to_owned())]
        );
        assert!(
            Problem::unauthorized(true).headers[0]
                .1
                .contains("invalid_token")
        );
    }
}
