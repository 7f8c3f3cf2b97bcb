use omega_common::documents::{Document, DocumentCategory};
use omega_common::problem::ProblemDocument;
use utoipa::OpenApi;
use uuid::Uuid;

/// What to change; a field that is absent is left as it is.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its description is used")]
struct DocumentChanges {
    id: Uuid,
    /// The ending of the file stays: it is added when it is not there.
    #[schema(
        min_length = 1,
        max_length = 200,
        format = "plain-text",
        example = "Return 2025.pdf",
        required = false
    )]
    document_name: String,
    #[schema(required = false)]
    document_category: DocumentCategory,
}

#[derive(OpenApi)]
#[openapi(paths(update_document))]
struct Api;

/// Gives a document another name or another category, until the firm has reviewed it.
#[utoipa::path(
    post,
    path = "/",
    operation_id = "updateDocument",
    security(("bearer" = [])),
    request_body = DocumentChanges,
    responses(
        (status = 200, description = "The document as it is now.", body = Document),
        (status = 404, description = "There is no such document.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "It was reviewed, or it is the only one of a kind that a submitted onboarding needs; nothing was changed.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn update_document() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
