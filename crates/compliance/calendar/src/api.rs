use omega_common::problem::ProblemDocument;
use utoipa::OpenApi;

use crate::{CalendarAction, CalendarAddress};

/// What to do with the address of the calendar.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its description is used")]
struct CalendarChange {
    /// `make` replaces the address there was; `remove` leaves none.
    action: CalendarAction,
}

#[derive(OpenApi)]
#[openapi(paths(feed, change))]
struct Api;

/// The calendar behind a secret address, in iCalendar (RFC 5545): the open due dates of one client.
#[utoipa::path(
    get,
    path = "/",
    operation_id = "readCalendar",
    params(
        ("key" = String, Query, description = "The secret.", pattern = "^[0-9a-f]{64}$"),
    ),
    responses(
        (status = 200, description = "The calendar.", body = String, content_type = "text/calendar"),
        (status = 400, description = "The key is missing, or a parameter is not known here.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "There is no calendar at this address, or not any more.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "Too often; see Retry-After.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn feed() {}

/// Makes the client's calendar a secret address, a new one where there was one, or removes it.
#[utoipa::path(
    post,
    path = "/",
    operation_id = "changeCalendarAddress",
    security(("bearer" = [])),
    request_body = CalendarChange,
    responses(
        (status = 200, description = "The address, told this once, or null.", body = CalendarAddress),
        (status = 404, description = "The account has no client record.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn change() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
