use omega_common::documents::{FiledDocument, Verdict};
use omega_common::problem::ProblemDocument;
use utoipa::OpenApi;
use uuid::Uuid;

/// What becomes of a document.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its description is used")]
struct DocumentReview {
    /// The document.
    id: Uuid,
    verdict: Verdict,
    /// Why it is returned, which the client is told; not for one that is accepted.
    #[schema(
        required = false,
        max_length = 200,
        format = "plain-text-or-empty",
        example = "The picture is too dark to read."
    )]
    reason: Option<String>,
}

#[derive(OpenApi)]
#[openapi(paths(review))]
struct Api;

/// Accepts a document, or returns it with a reason. A returned one does not count as received; its client is told by mail.
#[utoipa::path(
    post,
    path = "/",
    operation_id = "reviewDocument",
    tag = "staff",
    security(("bearer" = [])),
    request_body = DocumentReview,
    responses(
        (status = 200, description = "The document as it is now.", body = FiledDocument),
        (status = 404, description = "There is no such document.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn review() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
