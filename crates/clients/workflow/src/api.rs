use omega_common::problem::ProblemDocument;
use utoipa::OpenApi;

use crate::Workflow;

#[derive(OpenApi)]
#[openapi(paths(workflow))]
struct Api;

/// The statuses of an onboarding and the ways between them, with how many clients are where, how long a status takes, and
/// how often each way was taken: of all clients, or of one.
#[utoipa::path(
    get,
    path = "/",
    operation_id = "getWorkflow",
    tag = "staff",
    security(("bearer" = [])),
    params(
        ("client" = Option<Uuid>, Query, description = "Only this client."),
        ("days" = Option<u32>, Query, description = "How many days back it counts who left a status, of all time unless given.", minimum = 1, maximum = 3660),
    ),
    responses(
        (status = 200, description = "The workflow, in the order in which an onboarding goes.", body = Workflow),
        (status = 400, description = "A parameter is not valid.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "There is no such client.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn workflow() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
