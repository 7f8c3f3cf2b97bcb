//! Answers on their way out.

use std::borrow::Cow;

use futures_util::Stream;
use serde::Serialize;
use wasm_bindgen::JsValue;
use web_sys::ReadableStream;

use super::{runtime, runtime_fault};
use crate::problem::{PROBLEM_CONTENT_TYPE, Problem};

/// An answer, made one of the runtime's when it is complete.
pub struct Response {
    status: u16,
    headers: Vec<(Cow<'static, str>, Cow<'static, str>)>,
    content: Content,
}

enum Content {
    None,
    Bytes(Cow<'static, [u8]>),
    Stream(ReadableStream),
}

impl Response {
    fn new(status: u16, content: Content) -> Self {
        Self {
            status,
            headers: Vec::new(),
            content,
        }
    }

    fn typed(status: u16, content_type: &'static str, content: Content) -> Self {
        Self::new(status, content).with("content-type", content_type)
    }

    /// 200 with plain text.
    pub fn text(text: &'static str) -> Self {
        Self::typed(
            200,
            "text/plain; charset=utf-8",
            Content::Bytes(text.as_bytes().into()),
        )
    }

    pub fn status(&self) -> u16 {
        self.status
    }

    #[must_use]
    fn with(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}

impl worker::IntoResponse for Response {
    fn into_raw(self) -> Result<web_sys::Response, impl Into<Box<dyn std::error::Error>>> {
        let headers = runtime::lines(
            self.headers
                .iter()
                .map(|(name, value)| (name.as_ref(), value.as_ref())),
        );
        let made = match &self.content {
            Content::None => runtime::respond(self.status, &headers, None),
            Content::Bytes(bytes) => runtime::respond(self.status, &headers, Some(bytes)),
            Content::Stream(stream) => runtime::respond_with(self.status, &headers, stream),
        };
        made.map_err(|error: JsValue| format!("{error:?}"))
    }
}

pub trait IntoResponse {
    /// # Errors
    /// 500 when the runtime can't make the response.
    fn into_response(self) -> Result<Response, Problem>;
}

/// 200 with JSON.
pub struct Json<T>(pub T);

/// 200 with what is JSON already.
pub struct JsonText(pub Cow<'static, [u8]>);

/// 201 with JSON.
pub struct Created<T>(pub T);

/// 200 with a calendar in iCalendar (RFC 5545).
pub struct CalendarText(pub String);

/// 200 with a PDF file of this name, without its ending.
pub struct Pdf {
    pub name: &'static str,
    pub bytes: Vec<u8>,
}

/// 303: the browser goes on to a page of the site. It is how a form without a script is answered.
pub struct SeeOther(pub &'static str);

/// 200 with server-sent events.
pub struct EventStream<S>(pub S);

const JSON: &str = "application/json";

impl IntoResponse for Response {
    fn into_response(self) -> Result<Response, Problem> {
        Ok(self)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Result<Response, Problem> {
        json(200, &self.0, JSON)
    }
}

impl IntoResponse for JsonText {
    fn into_response(self) -> Result<Response, Problem> {
        Ok(Response::typed(200, JSON, Content::Bytes(self.0)))
    }
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Result<Response, Problem> {
        json(201, &self.0, JSON)
    }
}

impl IntoResponse for CalendarText {
    fn into_response(self) -> Result<Response, Problem> {
        Ok(Response::typed(
            200,
            "text/calendar; charset=utf-8",
            Content::Bytes(self.0.into_bytes().into()),
        ))
    }
}

impl IntoResponse for Pdf {
    fn into_response(self) -> Result<Response, Problem> {
        let disposition = format!("inline; filename=\"{}.pdf\"", self.name);
        let content = Content::Bytes(self.bytes.into());
        Ok(Response::typed(200, "application/pdf", content)
            .with("content-disposition", disposition))
    }
}

impl IntoResponse for SeeOther {
    fn into_response(self) -> Result<Response, Problem> {
        Ok(Response::new(303, Content::None).with("location", self.0))
    }
}

impl<S> IntoResponse for EventStream<S>
where
    S: Stream<Item = worker::Result<Vec<u8>>> + 'static,
{
    fn into_response(self) -> Result<Response, Problem> {
        let streamed = worker::Response::from_stream(self.0).map_err(runtime_fault)?;
        let content = web_sys::Response::from(streamed)
            .body()
            .map_or(Content::None, Content::Stream);
        Ok(Response::typed(200, "text/event-stream", content))
    }
}

fn json(
    status: u16,
    value: &impl Serialize,
    content_type: &'static str,
) -> Result<Response, Problem> {
    let body = serde_json::to_vec(value).map_err(runtime_fault)?;
    Ok(Response::typed(
        status,
        content_type,
        Content::Bytes(body.into()),
    ))
}

/// The one place where an error becomes problem+json.
pub(super) fn refuse(problem: &Problem, request_id: &str) -> worker::Result<Response> {
    let mut response = json(
        problem.status,
        &problem.document(request_id),
        PROBLEM_CONTENT_TYPE,
    )
    .map_err(|problem| worker::Error::RustError(problem.to_string()))?;
    if let Some(seconds) = problem.retry_after {
        response = response.with("retry-after", seconds.to_string());
    }
    for (name, value) in &problem.headers {
        response = response.with(*name, value.clone());
    }
    Ok(response)
}

pub(super) fn preflight(allowed_methods: String) -> Response {
    Response::new(204, Content::None)
        .with("access-control-allow-methods", allowed_methods)
        .with(
            "access-control-allow-headers",
            "authorization, content-type, accept",
        )
        .with("access-control-max-age", "600")
}

/// What every answer carries, errors too: the browser hides an error without CORS headers from its page.
pub(super) fn finish(
    response: Response,
    request_id: String,
    origin: Option<String>,
    read_only: bool,
) -> Response {
    let mut response = response
        .with("x-request-id", request_id)
        .with("cache-control", "no-store")
        .with("x-content-type-options", "nosniff")
        .with("vary", "Origin");
    if read_only {
        response = response.with("x-read-only", "on");
    }
    match origin {
        None => response,
        Some(origin) => response.with("access-control-allow-origin", origin).with(
            "access-control-expose-headers",
            "x-request-id, retry-after, x-read-only",
        ),
    }
}
