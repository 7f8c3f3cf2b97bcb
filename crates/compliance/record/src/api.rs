use omega_common::problem::ProblemDocument;
use omega_deadlines::listing::{Deadline, DeadlineStatus};
use utoipa::OpenApi;
use uuid::Uuid;

/// What became of a due date.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its description is used")]
struct DeadlineRecord {
    /// For staff: the client whose due date it is.
    #[schema(required = false)]
    client: Option<Uuid>,
    #[schema(max_length = 200, format = "plain-text", example = "form-941")]
    rule: String,
    #[schema(max_length = 200, format = "plain-text", example = "2026-q1")]
    period: String,
    /// `not-applicable` is staff’s to say.
    #[schema(required = false)]
    status: Option<DeadlineStatus>,
    /// The proof, a document of the client; only with `done`.
    #[schema(required = false)]
    document_id: Option<Uuid>,
    /// For staff: the address of who of our team looks after it; null for nobody.
    #[schema(required = false, max_length = 200, format = "plain-text-or-empty")]
    assigned_to: Option<String>,
}

#[derive(OpenApi)]
#[openapi(paths(keep))]
struct Api;

/// Says what became of a due date. Said again it is the same as once.
#[utoipa::path(
    post,
    path = "/",
    operation_id = "recordDeadline",
    security(("bearer" = [])),
    request_body = DeadlineRecord,
    responses(
        (status = 200, description = "The due date as it stands now.", body = Deadline),
        (status = 403, description = "It is for our team to say, or another client’s.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "There is no such client or due date.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn keep() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
