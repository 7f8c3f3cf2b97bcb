use omega_common::problem::ProblemDocument;
use utoipa::OpenApi;

use crate::Status;

#[derive(OpenApi)]
#[openapi(paths(status))]
struct Api;

/// Each part of the system, and how it does.
///
/// Anybody may ask and is told the states; with a staff token also how long each part took and what was
/// found. What was measured is told again for 15 seconds.
#[utoipa::path(
    get,
    path = "/",
    operation_id = "getStatus",
    tag = "public",
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "What was found. A part that is down does not make this fail.", body = Status),
        (status = 429, description = "Too many looks; see Retry-After.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn status() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
