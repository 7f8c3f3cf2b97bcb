use omega_common::clients::{EntityType, Service, Urgency};
use omega_common::onboarding::ProfileDocument;
use omega_common::problem::{FieldError, ProblemDocument};
use utoipa::OpenApi;

/// Any subset of the client's own fields; a field that is absent is left as it is, null clears it.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its description is used")]
struct ProfileChanges {
    #[schema(
        max_length = 200,
        example = "Maria Reyes",
        required = false,
        format = "plain-text-or-empty"
    )]
    full_name: Option<String>,
    #[schema(
        max_length = 200,
        example = "Reyes Bakery",
        required = false,
        format = "plain-text-or-empty"
    )]
    business_name: Option<String>,
    #[schema(example = "(555) 234-5678", required = false, format = "phone")]
    phone: Option<String>,
    #[schema(required = false)]
    entity_type: Option<EntityType>,
    /// Nine digits.
    #[schema(example = "12-3456789", required = false, format = "ein")]
    ein: Option<String>,
    #[schema(required = false)]
    urgency: Option<Urgency>,
    #[schema(required = false)]
    services_needed: Option<Vec<Service>>,
    /// Submits the onboarding for review.
    #[schema(required = false)]
    complete: Option<bool>,
    /// `updated_at` of the profile that the caller last saw. An answer that was changed elsewhere after it is not
    /// overwritten, and an onboarding with such an answer is not submitted. Left out, the last one to save wins.
    #[schema(required = false, format = DateTime)]
    updated_at: Option<String>,
}

/// Something is missing or locked (`about:blank`), or was changed elsewhere after `updated_at`
/// (`https://omegaos.co/problems/changed-elsewhere`).
#[derive(serde::Serialize, utoipa::ToSchema)]
#[allow(dead_code, reason = "only its description is used")]
struct Conflict {
    r#type: String,
    title: String,
    status: u16,
    detail: String,
    #[schema(required = false)]
    errors: Vec<FieldError>,
    request_id: String,
    /// Where something was changed elsewhere: the profile as it is now. With its `updated_at` the save can be repeated.
    #[schema(required = false, nullable = false)]
    current: Option<ProfileDocument>,
}

#[derive(OpenApi)]
#[openapi(paths(submit_profile))]
struct Api;

/// Saves answers and, with `complete`, submits the onboarding: all of it or nothing.
#[utoipa::path(
    post,
    path = "/",
    operation_id = "submitProfile",
    security(("bearer" = [])),
    request_body = ProfileChanges,
    responses(
        (status = 200, description = "The profile as it is now.", body = ProfileDocument),
        (status = 404, description = "The account has no client record.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "Something is missing, locked since the onboarding was submitted, or was changed elsewhere; nothing was changed.", body = Conflict, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn submit_profile() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
