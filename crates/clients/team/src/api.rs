use utoipa::OpenApi;

use crate::Team;

#[derive(OpenApi)]
#[openapi(paths(team))]
struct Api;

/// Who is staff of the firm, by name, with their roles.
#[utoipa::path(
    get,
    path = "/",
    operation_id = "listTeam",
    tag = "staff",
    security(("bearer" = [])),
    responses((status = 200, description = "Everybody who is staff.", body = Team)),
)]
#[allow(dead_code, reason = "only its description is used")]
fn team() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
