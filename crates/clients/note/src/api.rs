use omega_common::problem::ProblemDocument;
use utoipa::OpenApi;
use uuid::Uuid;

use crate::Note;

/// A note of our team on a client, which no client ever sees.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its description is used")]
struct NewNoteRequest {
    /// Chosen by the sender. The same id and words again are the same note.
    id: Uuid,
    client_id: Uuid,
    #[schema(
        min_length = 1,
        max_length = 4000,
        format = "paragraphs",
        example = "Called on Monday; the lease is signed."
    )]
    content: String,
}

#[derive(OpenApi)]
#[openapi(paths(note))]
struct Api;

/// Notes something on a client, for our team alone. Notes are never changed.
#[utoipa::path(
    post,
    path = "/",
    operation_id = "addNote",
    tag = "staff",
    security(("bearer" = [])),
    request_body = NewNoteRequest,
    responses(
        (status = 200, description = "The note as it is kept.", body = Note),
        (status = 404, description = "There is no such client.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "The id is that of another note; nothing was kept.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn note() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
