use omega_common::problem::ProblemDocument;
use utoipa::OpenApi;

use crate::ClientFile;

#[derive(OpenApi)]
#[openapi(paths(client))]
struct Api;

/// One client for staff: profile, documents with verdicts, the last messages, what happened, who had access, and where the
/// client can be moved.
#[utoipa::path(
    get,
    path = "/",
    operation_id = "getClient",
    tag = "staff",
    security(("bearer" = [])),
    params(("id" = Uuid, Query, description = "The client.")),
    responses(
        (status = 200, description = "The client's file, the EIN masked.", body = ClientFile),
        (status = 400, description = "A parameter is not valid.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "There is no such client.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn client() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
