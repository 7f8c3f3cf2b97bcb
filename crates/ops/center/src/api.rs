use utoipa::OpenApi;

use crate::Center;

#[derive(OpenApi)]
#[openapi(paths(center))]
struct Api;

/// What the DevOps Center tells of the system: endpoints, tables and policies, runbooks.
#[utoipa::path(
    get,
    path = "/",
    operation_id = "getCenter",
    tag = "staff",
    security(("bearer" = [])),
    responses((status = 200, description = "As derived from the commit that runs.", body = Center)),
)]
#[allow(dead_code, reason = "only its description is used")]
fn center() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
