use omega_common::onboarding::ProfileDocument;
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(paths(profile))]
struct Api;

/// The client's profile and how far the onboarding has come.
#[utoipa::path(
    get,
    path = "/",
    operation_id = "getProfile",
    security(("bearer" = [])),
    responses((status = 200, description = "The caller's own profile.", body = ProfileDocument)),
)]
#[allow(dead_code, reason = "only its description is used")]
fn profile() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
