use omega_common::problem::ProblemDocument;
use omega_forms::FormCategory;
use utoipa::OpenApi;

use crate::FormLibrary;

#[derive(OpenApi)]
#[openapi(paths(list))]
struct Api;

/// The firm's forms in the order of the library, with the caller's drafts.
#[utoipa::path(
    get,
    path = "/",
    operation_id = "listForms",
    security(("bearer" = [])),
    params(
        ("search" = Option<String>, Query, description = "Words that must all be in what the form is called, is for, or asks.", max_length = 200, format = "plain-text-or-empty"),
        ("category" = Option<FormCategory>, Query, description = "Only forms of this category."),
    ),
    responses(
        (status = 200, description = "The forms.", body = FormLibrary),
        (status = 400, description = "A parameter is not valid.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn list() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
