use omega_common::problem::ProblemDocument;
use omega_common::requests::{FiledRequest, RequestVerdict};
use utoipa::OpenApi;
use uuid::Uuid;

/// What becomes of a request.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its description is used")]
struct RequestSettlement {
    /// The request.
    id: Uuid,
    verdict: RequestVerdict,
    /// Why it is sent back, which the client is told; only then.
    #[schema(
        required = false,
        max_length = 200,
        format = "plain-text-or-empty",
        example = "This is the statement of November."
    )]
    reason: Option<String>,
}

#[derive(OpenApi)]
#[openapi(paths(settle_request))]
struct Api;

/// Accepts an answer, sends it back with a reason, which the client is told by mail, or withdraws the request.
#[utoipa::path(
    post,
    path = "/",
    operation_id = "settleRequest",
    tag = "staff",
    security(("bearer" = [])),
    request_body = RequestSettlement,
    responses(
        (status = 200, description = "The request as it stands now.", body = FiledRequest),
        (status = 404, description = "There is no such request.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "This can’t be said of it as it stands.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn settle_request() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
