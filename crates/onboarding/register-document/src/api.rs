use omega_common::documents::{Document, DocumentCategory};
use omega_common::problem::ProblemDocument;
use utoipa::OpenApi;

/// A file that was uploaded to the bucket `client-documents`.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its description is used")]
struct DocumentRegistration {
    #[schema(
        min_length = 1,
        max_length = 200,
        example = "Return 2025.pdf",
        format = "plain-text"
    )]
    document_name: String,
    document_category: DocumentCategory,
    /// `<user id>/<name>.<extension>`
    #[schema(max_length = 400)]
    storage_path: String,
    /// SHA-256 of the file in hex, so that it can be told later that the file was sent before.
    #[schema(required = false, min_length = 64, max_length = 64, format = "sha256")]
    content_sha256: Option<String>,
}

#[derive(OpenApi)]
#[openapi(paths(register_document))]
struct Api;

/// Makes an uploaded file a document.
///
/// Its first bytes, its declared type and its extension must agree and be of a kind that is taken; a file
/// that fails is removed. Registering the same path again answers with the same document.
#[utoipa::path(
    post,
    path = "/",
    operation_id = "registerDocument",
    security(("bearer" = [])),
    request_body = DocumentRegistration,
    responses(
        (status = 200, description = "The file was registered before.", body = Document),
        (status = 201, description = "The file is a document now.", body = Document),
        (status = 429, description = "Too many files at once; see Retry-After.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A field is bad, there is no such file, or it is not what it says.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn register_document() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
