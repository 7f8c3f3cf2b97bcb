use omega_common::problem::ProblemDocument;
use utoipa::OpenApi;
use uuid::Uuid;

use crate::Removal;

/// Which document to remove.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its description is used")]
struct DocumentRemoval {
    id: Uuid,
}

#[derive(OpenApi)]
#[openapi(paths(remove_document))]
struct Api;

/// Removes a document and its file, until the firm has reviewed it. Removing what is gone answers the same.
#[utoipa::path(
    post,
    path = "/",
    operation_id = "removeDocument",
    security(("bearer" = [])),
    request_body = DocumentRemoval,
    responses(
        (status = 200, description = "The document is gone.", body = Removal),
        (status = 409, description = "It was reviewed, or it is the only one of a kind that a submitted onboarding needs; nothing was removed.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn remove_document() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
