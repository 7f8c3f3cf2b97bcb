use omega_common::finance::{ExpenseCategory, YearView};
use omega_common::problem::ProblemDocument;
use utoipa::OpenApi;

/// What a category may cost in a month, or in each month of a year.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its description is used")]
struct BudgetChange {
    #[schema(pattern = "^2[01][0-9]{2}$", example = "2026")]
    year: String,
    /// 1 to 12; each month of the year without it.
    #[schema(required = false, pattern = "^([1-9]|1[0-2])$", example = "3")]
    month: Option<String>,
    category: ExpenseCategory,
    /// In US dollars a month; null or nothing takes it back.
    #[schema(
        required = true,
        pattern = r"^([0-9]{1,8}(\.[0-9]{2})?)?$",
        example = "120.00"
    )]
    amount: Option<String>,
}

#[derive(OpenApi)]
#[openapi(paths(view, set))]
struct Api;

/// Budget against what was spent in a year, by month and by category, and what the year will come to.
///
/// A month that is over is what was spent. One that is not is what the active services cost a month and the mean of what was
/// spent on no service in the three whole months before this one, to the nearest cent; never less than was spent already.
#[utoipa::path(
    get,
    path = "/",
    operation_id = "getBudget",
    tag = "staff",
    security(("bearer" = [])),
    params(("year" = Option<i32>, Query, description = "This one without it.", minimum = 2000, maximum = 2199)),
    responses(
        (status = 200, description = "The year.", body = YearView),
        (status = 400, description = "A parameter is not valid.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn view() {}

/// Sets what a category may cost in a month or in each month of a year. Said again it is the same as once.
#[utoipa::path(
    post,
    path = "/",
    operation_id = "setBudget",
    tag = "staff",
    security(("bearer" = [])),
    request_body = BudgetChange,
    responses((status = 200, description = "The year as it stands.", body = YearView)),
)]
#[allow(dead_code, reason = "only its description is used")]
fn set() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
