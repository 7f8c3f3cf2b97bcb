use omega_common::problem::ProblemDocument;
use utoipa::OpenApi;
use uuid::Uuid;

use crate::{Conversation, Turns};

/// A message to the assistant.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its description is used")]
struct ChatMessage {
    #[schema(
        min_length = 1,
        max_length = 4000,
        format = "paragraphs",
        example = "Which documents do you still need?"
    )]
    message: String,
    /// Chosen by the sender. The same id and words again are the same message: it is kept once and
    /// answered once, so sending it again after a broken connection is safe.
    #[schema(required = false)]
    id: Option<Uuid>,
}

#[derive(OpenApi)]
#[openapi(paths(send, history))]
struct Api;

/// Asks the assistant.
///
/// With `Accept: text/event-stream` the reply streams: `message` (the stored question), `delta`
/// (`{"text": …}`, repeated), then `done` (the stored reply) or `error` (a problem). Both turns are stored
/// even if the caller leaves. A message that was answered before is answered by the stored reply, in one
/// `delta`.
#[utoipa::path(
    post,
    path = "/",
    operation_id = "sendMessage",
    security(("bearer" = [])),
    request_body = ChatMessage,
    responses(
        (status = 200, description = "Both turns, as stored.", content(
            (Turns = "application/json"),
            (String = "text/event-stream"),
        )),
        (status = 409, description = "The id is that of another message; nothing was stored.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "Too many messages; see Retry-After.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn send() {}

/// The conversation, newest first, with questions to go on with and what would answer them.
#[utoipa::path(
    get,
    path = "/",
    operation_id = "listMessages",
    security(("bearer" = [])),
    params(
        ("limit" = Option<u32>, Query, description = "Messages a page.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before.", format = "cursor"),
    ),
    responses(
        (status = 200, description = "A page of the caller's own conversation.", body = Conversation),
        (status = 400, description = "A parameter is not valid.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn history() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
