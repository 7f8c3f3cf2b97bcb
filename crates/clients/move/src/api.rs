use omega_common::clients::OnboardingStatus;
use omega_common::problem::ProblemDocument;
use utoipa::OpenApi;
use uuid::Uuid;

use crate::MovedClient;

/// Where a client is to be moved.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its description is used")]
struct ClientMove {
    /// The client.
    id: Uuid,
    status: OnboardingStatus,
    /// Why, which the client is told. Some moves need it.
    #[schema(
        required = false,
        max_length = 200,
        format = "plain-text-or-empty",
        example = "The tax return is of another year."
    )]
    reason: Option<String>,
}

#[derive(OpenApi)]
#[openapi(paths(move_client))]
struct Api;

/// Moves a client to another status, where there is such a move. One who is there already stays as they are. The client
/// is told by mail.
#[utoipa::path(
    post,
    path = "/",
    operation_id = "moveClient",
    tag = "staff",
    security(("bearer" = [])),
    request_body = ClientMove,
    responses(
        (status = 200, description = "Where the client is now.", body = MovedClient),
        (status = 404, description = "There is no such client.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "There is no such move from where the client is.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn move_client() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
