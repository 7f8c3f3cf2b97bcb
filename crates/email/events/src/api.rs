use omega_common::problem::ProblemDocument;
use utoipa::OpenApi;

use crate::{EventTaken, Webhook};

#[derive(OpenApi)]
#[openapi(paths(receive))]
struct Api;

/// What became of a mail, as Resend's webhooks tell it, believed by the signature of Svix.
///
/// A webhook that is sent again is kept once, by `svix-id`; they may come in any order. What tells of nothing that is kept here is
/// answered alike, so that it is not sent again.
#[utoipa::path(
    post,
    path = "/",
    operation_id = "receiveMailEvent",
    params(
        ("svix-id" = String, Header, description = "The same however often it is sent.", min_length = 1, max_length = 200),
        ("svix-timestamp" = i64, Header, description = "Seconds since 1970, at most five minutes from now."),
        ("svix-signature" = String, Header, description = "`v1,` and the HMAC-SHA256 of id, time and body in Base64; several apart by spaces."),
    ),
    request_body = Webhook,
    responses(
        (status = 200, description = "It is kept, or tells of nothing that is kept here.", body = EventTaken),
        (status = 403, description = "It is not signed, or not by Resend, or too long ago.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn receive() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
