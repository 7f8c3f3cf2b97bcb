use omega_common::problem::ProblemDocument;
use utoipa::OpenApi;

use crate::SignedFormList;

#[derive(OpenApi)]
#[openapi(paths(list))]
struct Api;

/// Forms that were signed: the caller's own; for staff those of the client who is named, or whoever signed a file.
///
/// With `sha256` it answers whether a file is a signed form, and which: the hash of the file with the evidence or of the signed
/// pages that are attached to it.
#[utoipa::path(
    get,
    path = "/",
    operation_id = "listSignedForms",
    security(("bearer" = [])),
    params(
        ("client" = Option<Uuid>, Query, description = "Whose, for staff; without it the caller's own."),
        ("sha256" = Option<String>, Query, description = "Only the form whose file has this SHA-256, in hex.", pattern = "^[0-9a-fA-F]{64}$"),
        ("limit" = Option<u32>, Query, description = "Forms a page.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before.", format = "cursor"),
    ),
    responses(
        (status = 200, description = "A page of signed forms.", body = SignedFormList),
        (status = 400, description = "A parameter is not valid.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "Another client's are not the caller's to see.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn list() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
