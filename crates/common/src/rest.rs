//! PostgREST: queries by the `postgrest` crate's builder, and what its errors mean.

use postgrest::Postgrest;
use serde::Deserialize;

use crate::api_keys::Credentials;
use crate::problem::Problem;
use crate::upstream::UpstreamRequest;

/// Answer with one object instead of a list (PostgREST, "Singular or Plural").
const SINGULAR: &str = "application/vnd.pgrst.object+json";

/// Queries against one project's PostgREST.
pub struct Rest {
    client: Postgrest,
}

impl Rest {
    pub fn new(supabase_url: &str) -> Self {
        Self {
            client: Postgrest::new(format!("{supabase_url}/rest/v1")),
        }
    }

    pub fn from(&self, table: &str) -> postgrest::Builder {
        self.client.from(table)
    }

    pub fn rpc(&self, function: &str, parameters: &serde_json::Value) -> postgrest::Builder {
        self.client.rpc(function, parameters.to_string())
    }
}

/// A query of the builder with parameters that the builder has no method for, such as the order, filter and
/// limit of an embedded list (PostgREST, "Embedded Filters").
pub struct Query {
    builder: postgrest::Builder,
    parameters: Vec<(String, String)>,
}

impl From<postgrest::Builder> for Query {
    fn from(builder: postgrest::Builder) -> Self {
        Self {
            builder,
            parameters: Vec::new(),
        }
    }
}

impl Query {
    #[must_use]
    pub fn parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.push((name.into(), value.into()));
        self
    }
}

/// Turns a query into a request that the edge can send.
///
/// # Errors
/// 500 when the builder was given what no URL or header can hold.
pub fn request(
    query: impl Into<Query>,
    credentials: Credentials<'_>,
) -> Result<UpstreamRequest, Problem> {
    let query = query.into();
    let mut built = query
        .builder
        .build()
        .build()
        .map_err(|error| Problem::internal(format!("PostgREST query: {error}")))?;
    if !query.parameters.is_empty() {
        built
            .url_mut()
            .query_pairs_mut()
            .extend_pairs(query.parameters);
    }
    let method = match built.method().as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "PATCH" => "PATCH",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        _ => "POST",
    };
    let mut request = UpstreamRequest::new(method, built.url().as_str()).credentials(credentials);
    for (name, value) in built.headers() {
        let value = value
            .to_str()
            .map_err(|_| Problem::internal("PostgREST query: header is not text"))?;
        request = request.header(name.as_str(), value);
    }
    request.body = built
        .body()
        .and_then(|body| body.as_bytes())
        .filter(|body| !body.is_empty())
        .map(<[u8]>::to_vec);
    Ok(request)
}

/// Asks for one object instead of a list; no row is then an error (`PGRST116`).
#[must_use]
pub fn singular(mut request: UpstreamRequest) -> UpstreamRequest {
    request
        .headers
        .retain(|(name, _)| !name.eq_ignore_ascii_case("accept"));
    request.header("accept", SINGULAR)
}

/// An error body of PostgREST.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RestError {
    /// An SQLSTATE or a `PGRST…` code.
    pub code: String,
    pub message: String,
    pub details: Option<String>,
    pub hint: Option<String>,
}

/// What a PostgREST answer other than 2xx means for the caller. Codes that an endpoint gives a
/// meaning of its own are looked at before this.
pub fn refusal(status: u16, body: &[u8]) -> Problem {
    let Ok(error) = serde_json::from_slice::<RestError>(body) else {
        return match status {
            500.. => Problem::unavailable(format!("PostgREST answered {status} without a reason")),
            _ => Problem::bad_gateway(format!(
                "PostgREST answered {status} with something that is not its error"
            )),
        };
    };
    // The message can quote a row's values; only the code is safe to log.
    let cause = format!("PostgREST {status} {}", error.code);
    match (status, error.code.as_str()) {
        (401, _) => Problem::unauthorized(true).because(cause),
        (_, "42501") => Problem::forbidden("This is not yours to see or change.").because(cause),
        (_, "PGRST116") => Problem::not_found("There is no such record.").because(cause),
        // Raised by functions of ours.
        (_, "PT403") => Problem::second_step_needed(
            "Finish signing in first: enter the code from your authenticator app.",
        )
        .because(cause),
        (_, "PT404") => Problem::not_found(
            "This account has no client record. Send us a message and we will set it up.",
        )
        .because(cause),
        (_, "23505") => Problem::conflict("This is there already.").because(cause),
        (_, "23514" | "23502" | "22P02" | "22001") => Problem::invalid(Vec::new()).because(cause),
        // The database itself was set to read-only.
        (_, "25006") => Problem::read_only().because(cause),
        (_, "57014") => Problem::gateway_timeout(cause),
        (500.., _) => Problem::unavailable(cause),
        _ => Problem::bad_gateway(cause),
    }
}

/// Reads a 2xx body.
///
/// # Errors
/// 502 when it is not of the expected shape.
pub fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        Problem::bad_gateway(format!(
            "PostgREST's answer: {:?} at line {} column {}",
            error.classify(),
            error.line(),
            error.column()
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: Credentials<'_> = Credentials::User {
        anon_key: "sb_publishable_x",
        access_token: "t",
    };

    #[test]
    fn a_query_goes_out_as_the_user() {
        let query = Rest::new("http://localhost")
            .from("clients")
            .select("id")
            .eq("id", "1");
        let request = request(query, USER).unwrap();
        assert_eq!(
            (request.method, request.url.as_str()),
            ("GET", "http://localhost/rest/v1/clients?select=id&id=eq.1")
        );
        assert!(
            request
                .headers
                .contains(&("authorization".to_owned(), "Bearer t".to_owned()))
        );
        assert!(request.body.is_none());
    }

    #[test]
    fn an_embedded_list_has_an_order_of_its_own() {
        let query = Query::from(
            Rest::new("http://localhost")
                .from("clients")
                .select("page:client_documents(id)"),
        )
        .parameter("page.order", "uploaded_at.desc,id.desc");
        let request = request(query, USER).unwrap();
        assert!(
            request
                .url
                .ends_with("&page.order=uploaded_at.desc%2Cid.desc"),
            "{}",
            request.url
        );
    }

    #[test]
    fn a_call_carries_its_parameters() {
        let query = Rest::new("http://localhost")
            .rpc("submit_profile", &serde_json::json!({"complete": true}));
        let request = singular(request(query, USER).unwrap());
        assert_eq!(
            (request.method, request.url.as_str()),
            ("POST", "http://localhost/rest/v1/rpc/submit_profile")
        );
        assert_eq!(request.body.as_deref(), Some(&br#"{"complete":true}"#[..]));
        assert_eq!(
            request
                .headers
                .iter()
                .filter(|(name, _)| name == "accept")
                .count(),
            1
        );
    }

    #[test]
    fn refusals_tell_the_caller_and_not_the_row() {
        let body = br#"{"code":"23514","message":"new row violates","details":"Failing row contains (12-3456789)","hint":null}"#;
        let problem = refusal(400, body);
        assert_eq!(problem.status, 422);
        assert!(!format!("{problem}").contains("12-3456789"));
        assert_eq!(refusal(503, b"<html>").status, 503);
        assert_eq!(refusal(404, b"<html>").status, 502);
        assert_eq!(refusal(500, br#"{"code":"57014"}"#).status, 504);
    }
}
