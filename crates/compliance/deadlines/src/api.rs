use omega_common::problem::ProblemDocument;
use utoipa::OpenApi;

use crate::DeadlineList;

#[derive(OpenApi)]
#[openapi(paths(list))]
struct Api;

/// The due dates of the client. For staff those of the client who is named, or of all clients.
#[utoipa::path(
    get,
    path = "/",
    operation_id = "listDeadlines",
    security(("bearer" = [])),
    params(
        ("client" = Option<Uuid>, Query, description = "For staff: one client. Without it staff are told of all."),
        ("from" = Option<String>, Query, description = "The first day; the first of this month, over all clients today.", format = "date", example = "2026-11-01"),
        ("to" = Option<String>, Query, description = "The last day, at most 400 days after the first, over all clients 100.", format = "date", example = "2026-12-31"),
        ("status" = Option<String>, Query, description = "Only those that are `open`.", pattern = "^open$"),
        ("limit" = Option<u32>, Query, description = "Due dates a page, over all clients alone.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before, over all clients alone.", format = "cursor"),
    ),
    responses(
        (status = 200, description = "Due dates, soonest first.", body = DeadlineList),
        (status = 400, description = "A parameter is not valid.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "It is another client’s.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "There is no such client.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn list() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
