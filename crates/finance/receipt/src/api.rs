use omega_common::finance::Expense;
use omega_common::problem::ProblemDocument;
use utoipa::OpenApi;
use uuid::Uuid;

/// A file that is to be the receipt of an entry.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its description is used")]
struct Receipt {
    expense_id: Uuid,
    /// Where it was uploaded in the bucket `receipts`, in the caller’s own folder.
    #[schema(max_length = 400)]
    storage_path: String,
}

#[derive(OpenApi)]
#[openapi(paths(attach))]
struct Api;

/// Makes an uploaded file the receipt of an expense. Said again it is the same as once.
#[utoipa::path(
    post,
    path = "/",
    operation_id = "attachReceipt",
    tag = "staff",
    security(("bearer" = [])),
    request_body = Receipt,
    responses(
        (status = 200, description = "The entry with its receipt.", body = Expense),
        (status = 404, description = "There is no such entry.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "The entry has a receipt, or the file is that of another.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn attach() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
