use crate::{SignUp, SignedUp};
use omega_common::problem::ProblemDocument;
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(paths(sign_up))]
struct Api;

/// Creates an account and sends the welcome mail.
///
/// Where the project has addresses confirmed first, a taken address is answered like a new one, so that
/// nobody learns who has an account; elsewhere it is refused with 409.
#[utoipa::path(
    post,
    path = "/",
    operation_id = "signUp",
    request_body = SignUp,
    responses(
        (status = 201, description = "The account was made.", body = SignedUp),
        (status = 403, description = "New accounts are closed.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "There is an account with this address.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "Too many tries; see Retry-After.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn sign_up() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
