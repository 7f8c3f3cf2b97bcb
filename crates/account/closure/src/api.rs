use omega_common::problem::ProblemDocument;
use utoipa::OpenApi;

use crate::{ClosureAction, ClosureDocument};

/// Asks for the account to be closed, or withdraws that.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its description is used")]
struct ClosureWish {
    action: ClosureAction,
    /// Only with `ask`.
    #[schema(
        max_length = 200,
        example = "We stop trading.",
        required = false,
        format = "plain-text-or-empty"
    )]
    reason: Option<String>,
}

#[derive(OpenApi)]
#[openapi(paths(closure, change))]
struct Api;

/// The client's newest request to have the account closed.
#[utoipa::path(
    get,
    path = "/",
    operation_id = "getClosure",
    security(("bearer" = [])),
    responses((status = 200, description = "The request, or null.", body = ClosureDocument)),
)]
#[allow(dead_code, reason = "only its description is used")]
fn closure() {}

/// Asks for the account to be closed, or withdraws that. Nothing is closed by it: staff decide.
#[utoipa::path(
    post,
    path = "/",
    operation_id = "changeClosure",
    security(("bearer" = [])),
    request_body = ClosureWish,
    responses(
        (status = 200, description = "Withdrawn, or asked for already.", body = ClosureDocument),
        (status = 201, description = "Asked for. A mail says that we have the request.", body = ClosureDocument),
        (status = 404, description = "There is nothing to withdraw, or the account has no client record.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "Staff have decided; there is nothing to withdraw any more.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "Asked too often in a day; see Retry-After.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn change() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
