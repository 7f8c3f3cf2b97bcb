//! Answers on their way out.

use futures_util::Stream;
use serde::Serialize;
use worker::{Response, ResponseBuilder};

use super::runtime_fault;
use super::upstream::UpstreamResponse;
use crate::problem::{PROBLEM_CONTENT_TYPE, Problem};

pub trait IntoResponse {
    /// # Errors
    /// 500 when the runtime can't make the response.
    fn into_response(self) -> Result<Response, Problem>;
}

/// 200 with JSON.
pub struct Json<T>(pub T);

/// 200 with text that is JSON already.
pub struct JsonText(pub &'static str);

/// 201 with JSON.
pub struct Created<T>(pub T);

/// 303: the browser goes on to a page of the site. It is how a form without a script is answered.
pub struct SeeOther(pub &'static str);

/// 200 with server-sent events.
pub struct EventStream<S>(pub S);

impl IntoResponse for Response {
    fn into_response(self) -> Result<Response, Problem> {
        Ok(self)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Result<Response, Problem> {
        json(200, &self.0, "application/json")
    }
}

impl IntoResponse for JsonText {
    fn into_response(self) -> Result<Response, Problem> {
        Ok(ResponseBuilder::new()
            .with_header("content-type", "application/json")
            .map_err(runtime_fault)?
            .fixed(self.0.as_bytes().to_vec()))
    }
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Result<Response, Problem> {
        json(201, &self.0, "application/json")
    }
}

impl IntoResponse for SeeOther {
    fn into_response(self) -> Result<Response, Problem> {
        Ok(ResponseBuilder::new()
            .with_status(303)
            .with_header("location", self.0)
            .map_err(runtime_fault)?
            .empty())
    }
}

impl<S> IntoResponse for EventStream<S>
where
    S: Stream<Item = worker::Result<Vec<u8>>> + 'static,
{
    fn into_response(self) -> Result<Response, Problem> {
        ResponseBuilder::new()
            .with_header("content-type", "text/event-stream")
            .and_then(|builder| builder.from_stream(self.0))
            .map_err(runtime_fault)
    }
}

/// An upstream's answer passed on with a status of ours, its body unread.
impl IntoResponse for (u16, UpstreamResponse) {
    fn into_response(self) -> Result<Response, Problem> {
        let builder = ResponseBuilder::new()
            .with_status(self.0)
            .with_header("content-type", "application/json")
            .map_err(runtime_fault)?;
        Ok(match self.1.into_body() {
            Some(stream) => builder.stream(stream),
            None => builder.empty(),
        })
    }
}

fn json(status: u16, value: &impl Serialize, content_type: &str) -> Result<Response, Problem> {
    let body = serde_json::to_vec(value).map_err(runtime_fault)?;
    Ok(ResponseBuilder::new()
        .with_status(status)
        .with_header("content-type", content_type)
        .map_err(runtime_fault)?
        .fixed(body))
}

/// The one place where an error becomes problem+json.
pub(super) fn refuse(problem: &Problem, request_id: &str) -> worker::Result<Response> {
    let mut response = json(
        problem.status,
        &problem.document(request_id),
        PROBLEM_CONTENT_TYPE,
    )
    .map_err(|problem| worker::Error::RustError(problem.to_string()))?;
    let headers = response.headers_mut();
    if let Some(seconds) = problem.retry_after {
        headers.set("retry-after", &seconds.to_string())?;
    }
    for (name, value) in &problem.headers {
        headers.set(name, value)?;
    }
    Ok(response)
}

pub(super) fn preflight(allowed_methods: &str) -> Result<Response, Problem> {
    ResponseBuilder::new()
        .with_status(204)
        .with_header("access-control-allow-methods", allowed_methods)
        .and_then(|builder| {
            builder.with_header(
                "access-control-allow-headers",
                "authorization, content-type, accept",
            )
        })
        .and_then(|builder| builder.with_header("access-control-max-age", "600"))
        .map(ResponseBuilder::empty)
        .map_err(runtime_fault)
}

/// What every answer carries, errors too: the browser hides an error without CORS headers from its page.
pub(super) fn finish(
    mut response: Response,
    request_id: &str,
    origin: Option<String>,
) -> worker::Result<Response> {
    let headers = response.headers_mut();
    headers.set("x-request-id", request_id)?;
    headers.set("cache-control", "no-store")?;
    headers.set("x-content-type-options", "nosniff")?;
    headers.append("vary", "Origin")?;
    if let Some(origin) = origin {
        headers.set("access-control-allow-origin", &origin)?;
        headers.set("access-control-expose-headers", "x-request-id, retry-after")?;
    }
    Ok(response)
}
