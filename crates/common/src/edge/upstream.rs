//! Calls to other services. Every call has a deadline, which covers the answer's body too.

use futures_util::StreamExt;
use js_sys::Uint8Array;
use js_sys::futures::JsFuture;
use worker::{AbortSignal, Fetch, Headers, Method, Request, RequestInit, Response};

use super::runtime_fault;
use crate::problem::Problem;
use crate::upstream::UpstreamRequest;

/// How long a service may take for its whole answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deadline {
    /// One query.
    Database,
    /// Auth hashes a password; Storage reads an object; Resend takes a mail.
    Service,
    /// A language model writes an answer.
    Model,
    /// A look whether something answers at all.
    Probe,
}

impl Deadline {
    const fn milliseconds(self) -> u32 {
        match self {
            Self::Database => 5_000,
            Self::Service => 10_000,
            Self::Model => 60_000,
            Self::Probe => 4_000,
        }
    }
}

/// Largest answer that is taken into memory, in bytes.
const MAX_ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// An answer whose body is not read yet.
pub struct UpstreamResponse {
    response: Response,
    signal: AbortSignal,
}

/// Sends a request; redirects are not followed, as no service of ours gives any.
///
/// # Errors
/// 504 past the deadline, 503 when the service can't be reached.
pub async fn send(
    request: UpstreamRequest,
    deadline: Deadline,
) -> Result<UpstreamResponse, Problem> {
    let headers = Headers::new();
    for (name, value) in &request.headers {
        headers.set(name, value).map_err(runtime_fault)?;
    }
    let mut init = RequestInit::new();
    init.with_method(Method::from(request.method.to_owned()))
        .with_headers(headers);
    init.redirect = worker::RequestRedirect::Manual;
    init.body = request
        .body
        .as_deref()
        .map(|body| Uint8Array::from(body).into());

    let signal = AbortSignal::from(web_sys::AbortSignal::timeout_with_u32(
        deadline.milliseconds(),
    ));
    let outgoing = Request::new_with_init(&request.url, &init).map_err(runtime_fault)?;
    match Fetch::Request(outgoing).send_with_signal(&signal).await {
        Ok(response) => Ok(UpstreamResponse { response, signal }),
        Err(error) => Err(fault(&signal, &request.url, &error.to_string())),
    }
}

/// Sends a request and takes the whole answer.
///
/// # Errors
/// As [`send`] and [`UpstreamResponse::bytes`].
pub async fn answer(
    request: UpstreamRequest,
    deadline: Deadline,
) -> Result<(u16, Vec<u8>), Problem> {
    let response = send(request, deadline).await?;
    Ok((response.status(), response.bytes().await?))
}

fn fault(signal: &AbortSignal, url: &str, error: &str) -> Problem {
    // Paths and queries can hold values of a client; the host says which service it was.
    let host = url.split('/').take(3).collect::<Vec<_>>().join("/");
    if signal.aborted() {
        Problem::gateway_timeout(format!("{host} took too long"))
    } else {
        Problem::unavailable(format!("{host} could not be reached: {error}"))
    }
}

impl UpstreamResponse {
    pub fn status(&self) -> u16 {
        self.response.status_code()
    }

    pub fn header(&self, name: &str) -> Option<String> {
        self.response.headers().get(name).ok().flatten()
    }

    /// The whole body, as one promise: reading it chunk by chunk costs a multiple in CPU.
    ///
    /// # Errors
    /// 504 past the deadline, 502 when the body breaks off or is too large.
    pub async fn bytes(self) -> Result<Vec<u8>, Problem> {
        let declared = self
            .header("content-length")
            .and_then(|length| length.parse::<usize>().ok());
        if declared.is_some_and(|length| length > MAX_ANSWER_BYTES) {
            return Err(Problem::bad_gateway("an answer is too large"));
        }
        let body = web_sys::Response::from(self.response)
            .array_buffer()
            .map_err(runtime_fault)?;
        match JsFuture::from(body).await {
            Ok(buffer) => {
                let bytes = Uint8Array::new(&buffer);
                if bytes.length() as usize > MAX_ANSWER_BYTES {
                    return Err(Problem::bad_gateway("an answer is too large"));
                }
                Ok(bytes.to_vec())
            }
            Err(_) if self.signal.aborted() => {
                Err(Problem::gateway_timeout("an answer's body took too long"))
            }
            Err(error) => Err(Problem::bad_gateway(format!(
                "an answer's body broke off: {error:?}"
            ))),
        }
    }

    /// At most `limit` bytes from the start; the rest is not waited for.
    ///
    /// # Errors
    /// 504 past the deadline, 502 when the body breaks off.
    pub async fn start(mut self, limit: usize) -> Result<Vec<u8>, Problem> {
        let mut start = Vec::with_capacity(limit);
        let Ok(mut stream) = self.response.stream() else {
            return Ok(start);
        };
        while start.len() < limit {
            match stream.next().await {
                None => break,
                Some(Ok(chunk)) => start.extend(chunk),
                Some(Err(_)) if self.signal.aborted() => {
                    return Err(Problem::gateway_timeout("an object took too long"));
                }
                Some(Err(error)) => {
                    return Err(Problem::bad_gateway(format!(
                        "an object broke off: {error}"
                    )));
                }
            }
        }
        start.truncate(limit);
        Ok(start)
    }

    /// The body as it comes in.
    ///
    /// # Errors
    /// 502 when there is none.
    pub fn stream(mut self) -> Result<worker::ByteStream, Problem> {
        self.response
            .stream()
            .map_err(|_| Problem::bad_gateway("an answer has no body"))
    }

    pub(super) fn into_body(self) -> Option<web_sys::ReadableStream> {
        web_sys::Response::from(self.response).body()
    }
}
