use omega_common::problem::ProblemDocument;
use omega_common::services::{Service, ServiceStatus};
use utoipa::OpenApi;
use uuid::Uuid;

use crate::{ServiceList, WantedStatus};

/// What is to be kept of a service; a field that is not sent stays as it is. A new one needs `name`, `provider` and `tier`.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its description is used")]
struct ServiceChange {
    /// Of a new service chosen by the sender, so that sending again adds nothing twice.
    id: Uuid,
    #[schema(
        required = false,
        nullable = false,
        max_length = 200,
        format = "plain-text",
        example = "Error tracking"
    )]
    name: Option<String>,
    #[schema(
        required = false,
        nullable = false,
        max_length = 200,
        format = "plain-text",
        example = "Sentry"
    )]
    provider: Option<String>,
    #[schema(
        required = false,
        nullable = false,
        max_length = 200,
        format = "plain-text",
        example = "Team"
    )]
    tier: Option<String>,
    #[schema(required = false, max_length = 200, format = "plain-text-or-empty")]
    purpose: Option<String>,
    /// Who of the firm looks after it.
    #[schema(required = false, max_length = 200, format = "plain-text-or-empty")]
    owner: Option<String>,
    /// What it costs a month, in US dollars. More than was approved waits for the owner.
    #[schema(
        required = false,
        pattern = r"^[0-9]{1,8}(\.[0-9]{2})?$",
        example = "26.00"
    )]
    monthly_cost: Option<String>,
    /// What is paid by use, in words.
    #[schema(required = false, max_length = 200, format = "plain-text-or-empty")]
    usage_price: Option<String>,
    /// From 2000 to 2199.
    #[schema(required = false, format = "date", example = "2027-03-01")]
    renews_on: Option<String>,
    /// `active` for a new one that does not say.
    #[schema(required = false)]
    status: Option<WantedStatus>,
    /// The version that the change was made from.
    #[schema(required = false, format = DateTime)]
    updated_at: Option<String>,
}

#[derive(OpenApi)]
#[openapi(paths(list, save))]
struct Api;

/// The services that the firm runs on, for staff: what each costs, and what waits for the owner.
#[utoipa::path(
    get,
    path = "/",
    operation_id = "listServices",
    tag = "staff",
    security(("bearer" = [])),
    params(
        ("status" = Option<ServiceStatus>, Query, description = "Only services in this status."),
        ("limit" = Option<u32>, Query, description = "Services a page.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before.", format = "cursor"),
    ),
    responses(
        (status = 200, description = "A page of services.", body = ServiceList),
        (status = 400, description = "A parameter is not valid.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn list() {}

/// Adds a service or changes one. What costs nothing is active at once; what costs more than was approved waits for the owner.
#[utoipa::path(
    post,
    path = "/",
    operation_id = "saveService",
    tag = "staff",
    security(("bearer" = [])),
    request_body = ServiceChange,
    responses(
        (status = 200, description = "The service as it stands.", body = Service),
        (status = 404, description = "There is no such service, and too little for a new one.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "It was changed meanwhile, can’t be moved there, or is in the inventory already.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn save() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
