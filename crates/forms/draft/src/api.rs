use omega_common::problem::ProblemDocument;
use utoipa::OpenApi;

use crate::{OpenForm, SavedDraft};

/// Answers to keep, or a draft to remove.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its description is used")]
struct DraftChange {
    /// The id of the form.
    #[schema(max_length = 40, example = "mileage-log")]
    form: String,
    /// What was typed: a text for each field, a list of rows for a table. Numbers that are secret, such as a bank account, are
    /// kept in no draft. Needed unless the draft is to be removed.
    #[schema(required = false, additional_properties = true, value_type = Object)]
    answers: serde_json::Map<String, serde_json::Value>,
    /// `updated_at` of the draft that the answers were made from; null or absent where there was none.
    #[schema(required = false, format = "date-time")]
    updated_at: Option<String>,
    /// True to remove the draft.
    #[schema(required = false)]
    remove: Option<bool>,
}

#[derive(OpenApi)]
#[openapi(paths(open, change))]
struct Api;

/// One form with the caller's draft, or with what the profile answers.
#[utoipa::path(
    get,
    path = "/",
    operation_id = "openForm",
    security(("bearer" = [])),
    params(
        ("form" = String, Query, description = "The id of the form.", max_length = 40, pattern = "^[a-z][a-z0-9-]{2,39}$"),
    ),
    responses(
        (status = 200, description = "The form and its answers so far.", body = OpenForm),
        (status = 400, description = "A parameter is not valid.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "There is no such form, or the account has no client record.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn open() {}

/// Saves the caller's answers to a form as they are, or removes them. No rule of an answer is asked for before it is signed.
#[utoipa::path(
    post,
    path = "/",
    operation_id = "saveDraft",
    security(("bearer" = [])),
    request_body = DraftChange,
    responses(
        (status = 200, description = "The draft as it is kept.", body = SavedDraft),
        (status = 404, description = "The account has no client record.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "The draft was changed since, or there are too many.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A field is bad, or an answer can not be kept.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn change() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
