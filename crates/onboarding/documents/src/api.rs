use omega_common::documents::DocumentCategory;
use omega_common::problem::ProblemDocument;
use utoipa::OpenApi;

use crate::DocumentList;

#[derive(OpenApi)]
#[openapi(paths(documents))]
struct Api;

/// The client's documents, newest first, and which required ones are missing.
#[utoipa::path(
    get,
    path = "/",
    operation_id = "listDocuments",
    security(("bearer" = [])),
    params(
        ("category" = Option<DocumentCategory>, Query, description = "Only documents of this category."),
        ("content_sha256" = Option<String>, Query, description = "Only documents that were registered with this SHA-256, in hex: whether a file was sent before.", min_length = 64, max_length = 64, format = "sha256"),
        ("limit" = Option<u32>, Query, description = "Documents a page.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before.", format = "cursor"),
    ),
    responses(
        (status = 200, description = "A page of the caller's own documents.", body = DocumentList),
        (status = 400, description = "A parameter is not valid.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn documents() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
