use omega_common::problem::ProblemDocument;
use utoipa::OpenApi;

use crate::{LoggedRotation, Secrets};

/// A rotation that was done.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its description is used")]
struct LogRotation {
    /// Made by the caller; the same one again logs nothing twice.
    id: uuid::Uuid,
    #[schema(example = "RESEND_API_KEY")]
    name: String,
    /// RFC 3339; now when absent.
    #[schema(required = false, format = DateTime)]
    rotated_at: Option<String>,
    /// What was done, never a value.
    #[schema(max_length = 200, format = "plain-text-or-empty")]
    note: Option<String>,
}

#[derive(OpenApi)]
#[openapi(paths(secrets, log))]
struct Api;

/// Every secret by name: where it is, when it was rotated last, when it is due. Never a value.
#[utoipa::path(
    get,
    path = "/",
    operation_id = "listSecrets",
    tag = "staff",
    security(("bearer" = [])),
    responses((status = 200, description = "What is due comes first.", body = Secrets)),
)]
#[allow(dead_code, reason = "only its description is used")]
fn secrets() {}

/// Logs that a secret was rotated.
#[utoipa::path(
    post,
    path = "/",
    operation_id = "logRotation",
    tag = "staff",
    security(("bearer" = [])),
    request_body = LogRotation,
    responses(
        (status = 201, description = "It was logged.", body = LoggedRotation),
        (status = 200, description = "It had been logged before.", body = LoggedRotation),
        (status = 409, description = "This id belongs to another rotation.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn log() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
