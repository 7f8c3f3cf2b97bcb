use omega_common::problem::ProblemDocument;
use utoipa::OpenApi;
use uuid::Uuid;

use crate::TeamMessage;

/// A message of our team in the conversation.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its description is used")]
struct NewMessageRequest {
    /// Chosen by the sender. The same id and words again are the same message.
    id: Uuid,
    client_id: Uuid,
    #[schema(
        min_length = 1,
        max_length = 4000,
        format = "paragraphs",
        example = "We have your papers and begin on Monday."
    )]
    content: String,
}

#[derive(OpenApi)]
#[openapi(paths(reply))]
struct Api;

/// Writes to a client in the conversation, under the name of who writes. The client is told by mail, once for what is written within five minutes.
#[utoipa::path(
    post,
    path = "/",
    operation_id = "writeToClient",
    tag = "staff",
    security(("bearer" = [])),
    request_body = NewMessageRequest,
    responses(
        (status = 200, description = "The message as it is kept.", body = TeamMessage),
        (status = 404, description = "There is no such client.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "The id is that of another message; nothing was kept.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn reply() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
