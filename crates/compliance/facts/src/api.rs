use omega_common::problem::ProblemDocument;
use omega_deadlines::business::Business;
use omega_deadlines::facts::{DepositSchedule, Payroll, Place, TaxedAs};
use utoipa::OpenApi;
use uuid::Uuid;

/// What the due dates of a business are computed from, all of it at once.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its description is used")]
struct FactsTold {
    /// For staff: the client it is told of.
    #[schema(required = false)]
    client: Option<Uuid>,
    /// Of an LLC alone. With `sole-proprietor` the tax year ends in December.
    #[schema(required = false)]
    llc_taxed_as: Option<TaxedAs>,
    /// The month with whose last day the tax year ends.
    #[schema(pattern = "^([1-9]|1[0-2])$", example = "12")]
    fiscal_year_end: String,
    payroll: Payroll,
    /// Not with payroll `none`.
    #[schema(required = false)]
    deposit_schedule: Option<DepositSchedule>,
    #[schema(required = false)]
    pays_contractors: Option<bool>,
    /// Where the business operates: states, not `abroad`.
    #[schema(required = false)]
    states: Option<Vec<Place>>,
    #[schema(required = false)]
    formed_in: Option<Place>,
    #[schema(required = false, format = "date", example = "2021-03-04")]
    formed_on: Option<String>,
}

#[derive(OpenApi)]
#[openapi(paths(save))]
struct Api;

/// Tells what the due dates are computed from. Staff name the client.
#[utoipa::path(
    post,
    path = "/",
    operation_id = "saveComplianceFacts",
    security(("bearer" = [])),
    request_body = FactsTold,
    responses(
        (status = 200, description = "What is known now.", body = Business),
        (status = 403, description = "It is another client’s.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "There is no such client.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn save() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
