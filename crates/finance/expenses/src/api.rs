use omega_common::finance::{Expense, ExpenseCategory};
use omega_common::problem::ProblemDocument;
use utoipa::OpenApi;
use uuid::Uuid;

use crate::ExpenseList;

/// An entry for the log, or with `corrects` the correction of one, which takes everything else from it.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its description is used")]
struct NewExpense {
    /// Chosen by the sender; the same one again logs nothing twice.
    id: Uuid,
    /// The day, not one to come.
    #[schema(
        required = false,
        nullable = false,
        format = "date",
        example = "2026-11-03"
    )]
    spent_on: Option<String>,
    /// In US dollars; below zero for what came back.
    #[schema(
        required = false,
        nullable = false,
        pattern = r"^-?[1-9][0-9]{0,7}(\.[0-9]{2})?$",
        example = "26.00"
    )]
    amount: Option<String>,
    #[schema(required = false, nullable = false)]
    category: Option<ExpenseCategory>,
    #[schema(
        required = false,
        nullable = false,
        max_length = 200,
        format = "plain-text",
        example = "Resend"
    )]
    vendor: Option<String>,
    #[schema(required = false, max_length = 200, format = "plain-text-or-empty")]
    description: Option<String>,
    /// The service of the inventory that it was for.
    #[schema(required = false)]
    service_id: Option<Uuid>,
    /// The entry that is undone by one of the opposite amount.
    #[schema(required = false)]
    corrects: Option<Uuid>,
}

#[derive(OpenApi)]
#[openapi(paths(list, log))]
struct Api;

/// The log of expenses of a year or a month, the latest day first.
#[utoipa::path(
    get,
    path = "/",
    operation_id = "listExpenses",
    tag = "staff",
    security(("bearer" = [])),
    params(
        ("year" = Option<i32>, Query, description = "This one without it.", minimum = 2000, maximum = 2199),
        ("month" = Option<u32>, Query, description = "The whole year without it.", minimum = 1, maximum = 12),
        ("category" = Option<ExpenseCategory>, Query, description = "Only entries of this category."),
        ("limit" = Option<u32>, Query, description = "Entries a page.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before.", format = "cursor"),
    ),
    responses(
        (status = 200, description = "A page of the log.", body = ExpenseList),
        (status = 400, description = "A parameter is not valid.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn list() {}

/// Adds an entry to the log, or the correction of one. An entry is never changed.
#[utoipa::path(
    post,
    path = "/",
    operation_id = "logExpense",
    tag = "staff",
    security(("bearer" = [])),
    request_body = NewExpense,
    responses(
        (status = 200, description = "The entry.", body = Expense),
        (status = 404, description = "There is no such entry to correct.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "It was corrected before, is a correction itself, or the id is that of another entry.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn log() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
