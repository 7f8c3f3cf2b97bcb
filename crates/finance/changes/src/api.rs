use omega_common::problem::ProblemDocument;
use utoipa::OpenApi;

use crate::ChangeList;

#[derive(OpenApi)]
#[openapi(paths(list))]
struct Api;

/// Who changed what of the services, the expenses and the budget, newest first.
#[utoipa::path(
    get,
    path = "/",
    operation_id = "listFinanceChanges",
    tag = "staff",
    security(("bearer" = [])),
    params(
        ("limit" = Option<u32>, Query, description = "Entries a page.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before.", format = "cursor"),
    ),
    responses(
        (status = 200, description = "A page of the audit trail.", body = ChangeList),
        (status = 400, description = "A parameter is not valid.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn list() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
