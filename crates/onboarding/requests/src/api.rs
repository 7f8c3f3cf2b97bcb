use omega_common::problem::ProblemDocument;
use omega_common::requests::ClientRequest;
use utoipa::OpenApi;
use uuid::Uuid;

use crate::RequestList;

/// What the client answers: words, a document, or both.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its description is used")]
struct RequestAnswer {
    /// The request.
    id: Uuid,
    /// Needed where no file is wanted, or there is none to send.
    #[schema(
        required = false,
        max_length = 4000,
        format = "paragraphs-or-empty",
        example = "1,200 miles, 900 of them for the business."
    )]
    answer: Option<String>,
    /// A document of the client's, as `register-document` gave it.
    #[schema(required = false)]
    document_id: Option<Uuid>,
}

#[derive(OpenApi)]
#[openapi(paths(list, answer))]
struct Api;

/// What our team asked the client for, newest first.
#[utoipa::path(
    get,
    path = "/",
    operation_id = "listRequests",
    security(("bearer" = [])),
    params(
        ("waiting" = Option<bool>, Query, description = "Only what waits on the client."),
        ("limit" = Option<u32>, Query, description = "Requests a page.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before.", format = "cursor"),
    ),
    responses(
        (status = 200, description = "A page of what the caller was asked for.", body = RequestList),
        (status = 400, description = "A parameter is not valid.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn list() {}

/// Answers a request. The same answer again is the same as once; until our team has accepted it another one takes its place.
#[utoipa::path(
    post,
    path = "/",
    operation_id = "answerRequest",
    security(("bearer" = [])),
    request_body = RequestAnswer,
    responses(
        (status = 200, description = "The request as it stands now.", body = ClientRequest),
        (status = 404, description = "There is no such request.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "Our team has accepted or withdrawn it.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn answer() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
