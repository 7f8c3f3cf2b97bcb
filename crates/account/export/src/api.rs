use omega_common::problem::ProblemDocument;
use utoipa::OpenApi;

/// Everything that is kept of the client, each record with all of its columns.
#[derive(serde::Serialize, utoipa::ToSchema)]
#[allow(dead_code, reason = "only its description is used")]
struct Export {
    /// RFC 3339.
    exported_at: String,
    /// The client's record; the EIN is masked but for the last four digits.
    #[schema(value_type = Object)]
    profile: serde_json::Value,
    /// What is kept of each document, oldest first; `storage_path` tells where the file is.
    #[schema(value_type = Vec<Object>)]
    documents: Vec<serde_json::Value>,
    /// The conversation, oldest first.
    #[schema(value_type = Vec<Object>)]
    messages: Vec<serde_json::Value>,
    /// What our team asked for, with the answers, oldest first.
    #[schema(value_type = Vec<Object>)]
    requests: Vec<serde_json::Value>,
    /// What happened on the account, oldest first.
    #[schema(value_type = Vec<Object>)]
    activity: Vec<serde_json::Value>,
    /// Who read or changed the EIN and the documents, oldest first.
    #[schema(value_type = Vec<Object>)]
    access: Vec<serde_json::Value>,
    /// What the due dates are computed from; null until it is told.
    #[schema(value_type = Option<Object>)]
    facts: Option<serde_json::Value>,
    /// What became of due dates, by rule and period.
    #[schema(value_type = Vec<Object>)]
    deadlines: Vec<serde_json::Value>,
    /// Since when there is a secret address of the calendar, RFC 3339; null where there is none.
    calendar_since: Option<String>,
    /// Forms that were begun and not signed yet, with their answers.
    #[schema(value_type = Vec<Object>)]
    form_drafts: Vec<serde_json::Value>,
    /// Forms that were signed, with their answers and the evidence, oldest first.
    #[schema(value_type = Vec<Object>)]
    signed_forms: Vec<serde_json::Value>,
    /// Requests to close the account, oldest first.
    #[schema(value_type = Vec<Object>)]
    closures: Vec<serde_json::Value>,
}

#[derive(OpenApi)]
#[openapi(paths(export))]
struct Api;

/// Everything that is kept of the client. That it was asked for becomes part of the client's activity.
#[utoipa::path(
    get,
    path = "/",
    operation_id = "exportAccount",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The caller's own data.", body = Export),
        (status = 429, description = "Too many exports in a minute; see Retry-After.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn export() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
