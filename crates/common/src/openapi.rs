//! The OpenAPI document: each endpoint describes itself, what is the same for all is added here.

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, ResponseBuilder};
use utoipa::{PartialSchema, ToSchema};

use crate::problem::{FieldError, PROBLEM_CONTENT_TYPE, ProblemDocument};

/// The name under which an operation asks for the user's access token.
pub const BEARER: &str = "bearer";

/// The tag of operations that only staff of the firm may call.
pub const STAFF: &str = "staff";

/// The tag of operations that anybody may call, and that tell some callers more.
pub const PUBLIC: &str = "public";

fn has_tag(operation: &utoipa::openapi::path::Operation, tag: &str) -> bool {
    operation.tags.iter().flatten().any(|known| known == tag)
}

/// Prints one endpoint's document with the answers that every endpoint can give, for `cargo xtask openapi`.
pub fn print(endpoint: OpenApi) -> Result<(), serde_json::Error> {
    println!("{}", serde_json::to_string(&complete(endpoint))?);
    Ok(())
}

fn complete(mut endpoint: OpenApi) -> OpenApi {
    for item in endpoint.paths.paths.values_mut() {
        for operation in [&mut item.get, &mut item.post].into_iter().flatten() {
            let mut refusals = vec![
                ("500", "A fault on our side."),
                ("502", "A part of the system answered with nonsense."),
                ("503", "A part of the system is down; see Retry-After."),
                (
                    "504",
                    "A part of the system took too long; see Retry-After.",
                ),
            ];
            if operation.security.is_some() {
                refusals.push(("401", "No valid access token was sent."));
                if has_tag(operation, STAFF) {
                    refusals.push((
                        "403",
                        "The caller is not staff of the firm, or has not taken the second step of signing in.",
                    ));
                } else if !has_tag(operation, PUBLIC) {
                    refusals.push(("404", "The account has no client record."));
                }
            }
            if operation.request_body.is_some() {
                refusals.push(("400", "The body is no JSON object."));
                refusals.push(("413", "The body is too large."));
                refusals.push(("415", "The body is not declared as JSON."));
                refusals.push((
                    "422",
                    "Some fields were refused; one entry in errors for each.",
                ));
            }
            for (status, description) in refusals {
                operation
                    .responses
                    .responses
                    .entry(status.to_owned())
                    .or_insert_with(|| problem(description));
            }
            for (status, response) in &mut operation.responses.responses {
                if let RefOr::T(response) = response
                    && response.content.is_empty()
                    && status.starts_with(['4', '5'])
                {
                    response
                        .content
                        .insert(PROBLEM_CONTENT_TYPE.to_owned(), RefOr::T(problem_content()));
                }
            }
        }
    }
    let components = endpoint.components.get_or_insert_default();
    components.schemas.insert(
        ProblemDocument::name().into_owned(),
        ProblemDocument::schema(),
    );
    components
        .schemas
        .insert(FieldError::name().into_owned(), FieldError::schema());
    components.security_schemes.insert(
        BEARER.to_owned(),
        RefOr::T(SecurityScheme::Http(
            HttpBuilder::new()
                .scheme(HttpAuthScheme::Bearer)
                .bearer_format("JWT")
                .build(),
        )),
    );
    endpoint
}

fn problem(description: &str) -> RefOr<utoipa::openapi::Response> {
    RefOr::T(
        ResponseBuilder::new()
            .description(description)
            .content(PROBLEM_CONTENT_TYPE, problem_content())
            .build(),
    )
}

fn problem_content() -> utoipa::openapi::Content {
    ContentBuilder::new()
        .schema(Some(Ref::from_schema_name(ProblemDocument::name())))
        .build()
}
