use omega_common::documents::DocumentCategory;
use omega_common::problem::ProblemDocument;
use omega_common::requests::Wanted;
use utoipa::OpenApi;
use uuid::Uuid;

use crate::MadeRequests;

/// What a client is to be asked for.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its description is used")]
struct RequestsForClient {
    /// Chosen by the sender. The same id and titles again are the same requests, told by one mail.
    id: Uuid,
    client_id: Uuid,
    /// The id of the template that they were taken from.
    #[schema(required = false, example = "year-end-llc")]
    template: Option<String>,
    #[schema(min_items = 1, max_items = 20)]
    items: Vec<RequestItem>,
}

/// One thing to ask for.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its description is used")]
struct RequestItem {
    #[schema(
        min_length = 1,
        max_length = 200,
        format = "plain-text",
        example = "Bank statement of December"
    )]
    title: String,
    #[schema(required = false, max_length = 1000, format = "paragraphs-or-empty")]
    description: Option<String>,
    wanted: Wanted,
    /// What a wanted file is.
    #[schema(required = false)]
    document_category: Option<DocumentCategory>,
    /// The day until which it is wanted, `YYYY-MM-DD`, from today to two years ahead.
    #[schema(format = "date", example = "2027-01-15")]
    due_on: String,
}

#[derive(OpenApi)]
#[openapi(paths(make_requests))]
struct Api;

/// Asks a client for files and answers. The client is told by one mail, and reminded until each is answered.
#[utoipa::path(
    post,
    path = "/",
    operation_id = "makeRequests",
    tag = "staff",
    security(("bearer" = [])),
    request_body = RequestsForClient,
    responses(
        (status = 200, description = "The requests as they stand.", body = MadeRequests),
        (status = 404, description = "There is no such client.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "The onboarding is closed, too much is open, or the id is that of other requests.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn make_requests() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
