use omega_common::clients::OnboardingStatus;
use utoipa::OpenApi;
use uuid::Uuid;

use crate::{Action, Outcomes};

/// What is done to which clients.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its description is used")]
struct ClientsChange {
    #[schema(min_items = 1, max_items = 100)]
    ids: Vec<Uuid>,
    action: Action,
    /// With `assign`: who of our team; null for nobody.
    #[schema(required = false)]
    owner_id: Option<Uuid>,
    /// With `ask`: the template.
    #[schema(required = false, example = "year-end-llc")]
    template: Option<String>,
    /// With `ask`, chosen by the sender: the same id again asks no client twice.
    #[schema(required = false)]
    request_id: Option<Uuid>,
    /// With `move`: where to.
    #[schema(required = false)]
    status: Option<OnboardingStatus>,
    /// With `move`: why, which the clients are told. Some moves need it.
    #[schema(required = false, max_length = 200, format = "plain-text-or-empty")]
    reason: Option<String>,
}

#[derive(OpenApi)]
#[openapi(paths(change_clients))]
struct Api;

/// Does one thing to several clients: gives them to somebody of our team, asks for what is in a template, or moves them. Each
/// client has an outcome of their own; what was done for one stays, whatever comes of the others.
#[utoipa::path(
    post,
    path = "/",
    operation_id = "changeClients",
    tag = "staff",
    security(("bearer" = [])),
    request_body = ClientsChange,
    responses((status = 200, description = "What came of it for each.", body = Outcomes)),
)]
#[allow(dead_code, reason = "only its description is used")]
fn change_clients() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
