use omega_common::problem::ProblemDocument;
use utoipa::OpenApi;

use crate::ActivityList;

#[derive(OpenApi)]
#[openapi(paths(activity))]
struct Api;

/// What happened on the client's account, newest first, and where the client is signed in.
#[utoipa::path(
    get,
    path = "/",
    operation_id = "listActivity",
    security(("bearer" = [])),
    params(
        ("limit" = Option<u32>, Query, description = "Entries a page.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before.", format = "cursor"),
    ),
    responses(
        (status = 200, description = "A page of what happened on the caller's own account.", body = ActivityList),
        (status = 400, description = "A parameter is not valid.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn activity() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
