use omega_common::clients::OnboardingStatus;
use omega_common::problem::ProblemDocument;
use utoipa::OpenApi;

use crate::ClientList;

#[derive(OpenApi)]
#[openapi(paths(list))]
struct Api;

/// Clients for staff, who waits since the latest first, searched and filtered.
#[utoipa::path(
    get,
    path = "/",
    operation_id = "listClients",
    tag = "staff",
    security(("bearer" = [])),
    params(
        ("search" = Option<String>, Query, description = "Words that must all be in the name, the business name, the mail address or the last four digits of the EIN.", max_length = 200, format = "plain-text-or-empty"),
        ("status" = Option<OnboardingStatus>, Query, description = "Only clients in this status."),
        ("owner" = Option<String>, Query, description = "Only clients whom this member of our team looks after, by id; `nobody` for those whom nobody does.", pattern = "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|nobody)$"),
        ("limit" = Option<u32>, Query, description = "Clients a page.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before.", format = "cursor"),
    ),
    responses(
        (status = 200, description = "A page of clients.", body = ClientList),
        (status = 400, description = "A parameter is not valid.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn list() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
