use utoipa::OpenApi;

use crate::MailDomain;

#[derive(OpenApi)]
#[openapi(paths(domain))]
struct Api;

/// The DNS records of the mail domain: as they should be, and as the world sees them.
#[utoipa::path(
    get,
    path = "/",
    operation_id = "getMailDomain",
    tag = "staff",
    security(("bearer" = [])),
    responses((status = 200, description = "Each record; one whose lookup failed is unknown.", body = MailDomain)),
)]
#[allow(dead_code, reason = "only its description is used")]
fn domain() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
