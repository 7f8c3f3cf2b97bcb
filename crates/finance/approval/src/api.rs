use omega_common::problem::ProblemDocument;
use omega_common::services::Service;
use utoipa::OpenApi;
use uuid::Uuid;

use crate::Verdict;

/// What an owner says of what waits at a service.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its description is used")]
struct Approval {
    id: Uuid,
    verdict: Verdict,
    /// Why it is declined; with `declined` alone.
    #[schema(required = false, max_length = 200, format = "plain-text-or-empty")]
    reason: Option<String>,
    /// The version that the owner saw: what was changed after it is not approved.
    #[schema(format = DateTime)]
    updated_at: String,
}

#[derive(OpenApi)]
#[openapi(paths(decide))]
struct Api;

/// An owner approves what a service costs, or declines it. Nobody else may.
#[utoipa::path(
    post,
    path = "/",
    operation_id = "decideService",
    tag = "staff",
    security(("bearer" = [])),
    request_body = Approval,
    responses(
        (status = 200, description = "The service as it stands.", body = Service),
        (status = 404, description = "There is no such service.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "Nothing waits there, or it was changed meanwhile.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn decide() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
