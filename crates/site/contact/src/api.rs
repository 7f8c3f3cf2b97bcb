use crate::{ContactReceived, ContactRequest};
use omega_common::problem::ProblemDocument;
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(paths(send_contact_request))]
struct Api;

/// Keeps a message for the firm's staff, who answer by mail.
///
/// The same message again within a day is kept once. A form that a browser sends by itself is answered with
/// 303, to a page that says what came of it.
#[utoipa::path(
    post,
    path = "/",
    operation_id = "sendContactRequest",
    request_body(content(
        (ContactRequest = "application/json"),
        (ContactRequest = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 201, description = "The message is kept.", body = ContactReceived),
        (status = 303, description = "The answer to a form: `/contact-sent` or `/contact-problem`.", headers(("Location" = String))),
        (status = 415, description = "The body is declared as neither JSON nor a form.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "Too many messages; see Retry-After.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn send_contact_request() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
