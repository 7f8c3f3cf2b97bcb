use omega_common::home::Home;
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(paths(home))]
struct Api;

/// What waits on the client, where the onboarding stands and what comes next.
#[utoipa::path(
    get,
    path = "/",
    operation_id = "getHome",
    security(("bearer" = [])),
    responses((status = 200, description = "The caller's own home page.", body = Home)),
)]
#[allow(dead_code, reason = "only its description is used")]
fn home() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
