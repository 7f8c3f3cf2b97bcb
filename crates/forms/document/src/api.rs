use omega_common::problem::ProblemDocument;
use omega_forms::SignedForm;
use utoipa::OpenApi;
use uuid::Uuid;

/// A form that is to be signed.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its description is used")]
struct FormSignature {
    /// The sender's own: the same signature sent again with it is kept once.
    id: Uuid,
    /// The id of the form.
    #[schema(max_length = 40, example = "mileage-log")]
    form: String,
    /// The version that the signer has read.
    #[schema(minimum = 1)]
    form_version: u16,
    /// What was typed: a text for each field, a list of rows for a table. Where the business's EIN is asked and none is sent, the
    /// profile's is printed.
    #[schema(additional_properties = true, value_type = Object)]
    answers: serde_json::Map<String, serde_json::Value>,
    #[schema(
        min_length = 1,
        max_length = 200,
        format = "plain-text",
        example = "Maria Reyes"
    )]
    typed_name: String,
    /// Must be true: the signer agrees to the text that came with the form.
    consent: bool,
}

#[derive(OpenApi)]
#[openapi(paths(blank, sign))]
struct Api;

/// A form as a PDF to be filled in by hand.
#[utoipa::path(
    get,
    path = "/",
    operation_id = "blankForm",
    security(("bearer" = [])),
    params(
        ("form" = String, Query, description = "The id of the form.", max_length = 40, pattern = "^[a-z][a-z0-9-]{2,39}$"),
    ),
    responses(
        (status = 200, description = "The PDF.", body = String, content_type = "application/pdf"),
        (status = 400, description = "A parameter is not valid.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "There is no such form.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn blank() {}

/// Signs a form. Its PDF, with name, consent, time, IP address, browser and the SHA-256 of what was signed on a page of evidence,
/// becomes a document of the client, and its draft ends.
#[utoipa::path(
    post,
    path = "/",
    operation_id = "signForm",
    security(("bearer" = [])),
    request_body = FormSignature,
    responses(
        (status = 200, description = "It was signed before.", body = SignedForm),
        (status = 201, description = "The form is signed.", body = SignedForm),
        (status = 404, description = "The account has no client record.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "The form was changed since, or something else was signed with this id.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A field is bad, or an answer breaks its rule: `errors` names it `answers.<field>`.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "Too many signatures at once; see Retry-After.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn sign() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
