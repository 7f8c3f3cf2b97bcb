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
    let mut document = serde_json::to_value(complete(endpoint))?;
    write_patterns(&mut document);
    println!("{document}");
    Ok(())
}

/// What surrounds a text that is trimmed: White_Space of Unicode.
const SPACE: &str = r"[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]";

/// One character that is neither white space nor a control character.
const SIGN: &str = r"[^\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]";

/// The regular expression (ECMA-262) of what a reader of fields takes, by the name under which a field refers to it
/// as its `format`. An optional field takes an empty text for none.
pub fn pattern(format: &str) -> Option<String> {
    let plain = format!(r"{SIGN}[^\x00-\x1f\x7f-\x9f]*{SPACE}*");
    let paragraphs = format!(r"{SIGN}[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*{SPACE}*");
    Some(match format {
        "plain-text" => format!("^{SPACE}*{plain}$"),
        "plain-text-or-empty" => format!("^{SPACE}*({plain})?$"),
        "paragraphs" => format!("^{SPACE}*{paragraphs}$"),
        "paragraphs-or-empty" => format!("^{SPACE}*({paragraphs})?$"),
        "phone" => format!("^{SPACE}*({})?{SPACE}*$", phone()),
        "ein" => format!("^({})?$", ein()),
        // HTML, section 4.6.5, "valid e-mail address", with a dot in the domain.
        "email-address" => {
            let label = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
            format!(r"^[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@({label}\.)+{label}$")
        }
        "sha256" => "^[0-9A-Fa-f]{64}$".to_owned(),
        "cursor" => "^[A-Za-z0-9_-]+$".to_owned(),
        _ => return None,
    })
}

fn phone() -> String {
    const BETWEEN: &str = r"[ ()\-./\xa0\u2010-\u2014]*";
    let digits = |count: usize| format!("{BETWEEN}[0-9]").repeat(count);
    let start = format!("{BETWEEN}[2-9]");
    let national = format!("{start}{}{start}{}", digits(2), digits(6));
    format!(r"(\+{start}({BETWEEN}[0-9]){{6,14}}|(\+?{BETWEEN}1)?{national}){BETWEEN}")
}

fn ein() -> String {
    const BETWEEN: &str = r"[ \-\xa0\u2010-\u2014]*";
    let prefixes: Vec<_> = (0..100)
        .map(|prefix| format!("{prefix:02}"))
        .filter(|prefix| !crate::ein::UNASSIGNED_PREFIXES.contains(&prefix.as_str()))
        .map(|prefix| {
            let (first, second) = prefix.split_at(1);
            format!("{first}{BETWEEN}{second}")
        })
        .collect();
    format!(
        "{BETWEEN}({})({BETWEEN}[0-9]){{7}}{BETWEEN}",
        prefixes.join("|")
    )
}

/// Puts the pattern of each `format` of ours beside it.
fn write_patterns(document: &mut serde_json::Value) {
    match document {
        serde_json::Value::Object(object) => {
            if let Some(pattern) = object
                .get("format")
                .and_then(|format| format.as_str())
                .and_then(pattern)
            {
                object.remove("format");
                object.insert("pattern".to_owned(), pattern.into());
            }
            object.values_mut().for_each(write_patterns);
        }
        serde_json::Value::Array(list) => list.iter_mut().for_each(write_patterns),
        _ => {}
    }
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
                refusals.push(("408", "The body took too long to come in."));
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
