use omega_common::problem::ProblemDocument;
use utoipa::OpenApi;

use crate::{Export, ImportReport};

/// A table of expenses.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its description is used")]
struct ExpenseTable {
    /// With a first line that names at least `date`, `amount`, `category` and `vendor`; `description` and `service` are read too.
    #[schema(
        pattern = r"^date,amount,category,vendor\n2026-01-05,[1-9][0-9]{0,3},rent,Landlord\n$",
        example = "date,amount,category,vendor\n2026-01-05,1450.00,rent,Landlord\n"
    )]
    csv: String,
    /// Whether to add the entries; without it they are only looked at.
    #[schema(required = false)]
    import: Option<bool>,
}

#[derive(OpenApi)]
#[openapi(paths(export, import))]
struct Api;

/// The log of expenses of a year as a CSV table, of 10,000 entries at most.
#[utoipa::path(
    get,
    path = "/",
    operation_id = "exportExpenses",
    tag = "staff",
    security(("bearer" = [])),
    params(("year" = Option<i32>, Query, description = "This one without it.", minimum = 2000, maximum = 2199)),
    responses(
        (status = 200, description = "The table.", body = Export),
        (status = 400, description = "A parameter is not valid.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "There are too many entries.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn export() {}

/// Reads a CSV table of expenses, of 500 entries at most: tells what is wrong with which line, and with `import` adds all
/// entries or, where anything is wrong, none. The same entries again add nothing.
#[utoipa::path(
    post,
    path = "/",
    operation_id = "importExpenses",
    tag = "staff",
    security(("bearer" = [])),
    request_body = ExpenseTable,
    responses((status = 200, description = "What the table holds, and what became of it.", body = ImportReport)),
)]
#[allow(dead_code, reason = "only its description is used")]
fn import() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
