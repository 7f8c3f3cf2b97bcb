//! Calls to other services. Every call has a deadline, which covers the answer's body too.

use futures_util::StreamExt;
use js_sys::Array;
use js_sys::futures::JsFuture;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AbortSignal, Response};

use super::{runtime, runtime_fault};
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
const MAX_ANSWER_BYTES: u32 = 4 * 1024 * 1024;

/// An answer whose body is not read yet.
pub struct UpstreamResponse {
    response: Response,
    signal: AbortSignal,
}

fn headers(request: &UpstreamRequest) -> String {
    runtime::lines(
        request
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    )
}

/// Sends a request; redirects are not followed, as no service of ours gives any.
///
/// # Errors
/// 504 past the deadline, 503 when the service can't be reached.
pub async fn send(
    request: UpstreamRequest,
    deadline: Deadline,
) -> Result<UpstreamResponse, Problem> {
    let sent = runtime::send(
        request.method,
        &request.url,
        &headers(&request),
        request.body.as_deref(),
        deadline.milliseconds(),
    );
    let outcome = JsFuture::from(sent).await.map_err(runtime_fault)?;
    if let Some(fault) = outcome.as_string() {
        return Err(match fault.as_str() {
            "late" => late(&request.url),
            error => unreachable(&request.url, error),
        });
    }
    let [response, signal] = parts(outcome);
    Ok(UpstreamResponse {
        response: response.unchecked_into(),
        signal: signal.unchecked_into(),
    })
}

/// Sends a request and takes the whole answer, as one promise: each that is awaited from wasm costs two
/// closures, and reading a body chunk by chunk a multiple in CPU.
///
/// # Errors
/// As [`send`], [`UpstreamResponse::refuse_limited`] and [`UpstreamResponse::bytes`].
pub async fn answer(
    request: UpstreamRequest,
    deadline: Deadline,
) -> Result<(u16, Vec<u8>), Problem> {
    let sent = runtime::exchange(
        request.method,
        &request.url,
        &headers(&request),
        request.body.as_deref(),
        deadline.milliseconds(),
        MAX_ANSWER_BYTES,
    );
    let outcome = JsFuture::from(sent).await.map_err(runtime_fault)?;
    whole(outcome, &request.url)
}

/// What `runtime.js` made of a whole answer.
fn whole(outcome: JsValue, url: &str) -> Result<(u16, Vec<u8>), Problem> {
    if let Some(fault) = outcome.as_string() {
        return Err(match fault.split_once(' ') {
            None if fault == "late" => late(url),
            None => Problem::bad_gateway("an answer is too large"),
            Some(("late", _)) => Problem::gateway_timeout("an answer's body took too long"),
            Some(("unreachable", error)) => unreachable(url, error),
            Some((_, error)) => {
                Problem::bad_gateway(format!("an answer's body broke off: {error}"))
            }
        });
    }
    let [status, bytes, retry_after] = parts(outcome);
    // A status is a whole number from 200 to 599 (Fetch, section 2.2.3).
    let status = status.as_f64().unwrap_or_default() as u16;
    refuse_limited(status, retry_after.as_string().as_deref())?;
    Ok((status, runtime::bytes(bytes)))
}

fn parts<const N: usize>(value: JsValue) -> [JsValue; N] {
    let array: Array = value.unchecked_into();
    std::array::from_fn(|at| array.get(at as u32))
}

fn refuse_limited(status: u16, retry_after: Option<&str>) -> Result<(), Problem> {
    let seconds = retry_after
        .filter(|_| status == 429)
        .and_then(|seconds| seconds.parse().ok());
    match seconds {
        None => Ok(()),
        Some(seconds) => {
            let mut problem = Problem::unavailable("a service answered 429");
            problem.retry_after = Some(seconds);
            Err(problem)
        }
    }
}

/// Paths and queries can hold values of a client; the host says which service it was.
fn host(url: &str) -> String {
    url.split('/').take(3).collect::<Vec<_>>().join("/")
}

fn late(url: &str) -> Problem {
    Problem::gateway_timeout(format!("{} took too long", host(url)))
}

fn unreachable(url: &str, error: &str) -> Problem {
    Problem::unavailable(format!("{} could not be reached: {error}", host(url)))
}

impl UpstreamResponse {
    pub fn status(&self) -> u16 {
        self.response.status()
    }

    pub fn header(&self, name: &str) -> Option<String> {
        self.response.headers().get(name).ok().flatten()
    }

    /// A limit that counts us and not the caller: 429 with `Retry-After`, which is kept. One that a function of ours
    /// sets comes without, and is the caller's.
    ///
    /// # Errors
    /// 503 with the service's own `Retry-After`.
    pub fn refuse_limited(&self) -> Result<(), Problem> {
        refuse_limited(self.status(), self.header("retry-after").as_deref())
    }

    /// The whole body.
    ///
    /// # Errors
    /// 504 past the deadline, 502 when the body breaks off or is too large.
    pub async fn bytes(self) -> Result<Vec<u8>, Problem> {
        self.bytes_up_to(MAX_ANSWER_BYTES).await
    }

    /// As [`UpstreamResponse::bytes`], with a limit of its own.
    ///
    /// # Errors
    /// 504 past the deadline, 502 when the body breaks off or is too large.
    pub async fn bytes_up_to(self, limit: u32) -> Result<Vec<u8>, Problem> {
        let read = runtime::read(&self.response, &self.signal, limit);
        let outcome = JsFuture::from(read).await.map_err(runtime_fault)?;
        whole(outcome, "").map(|(_, bytes)| bytes)
    }

    /// At most `limit` bytes from the start; the rest is not waited for.
    ///
    /// # Errors
    /// 504 past the deadline, 502 when the body breaks off.
    pub async fn start(self, limit: usize) -> Result<Vec<u8>, Problem> {
        let signal = self.signal.clone();
        let mut start = Vec::with_capacity(limit);
        let Ok(mut stream) = self.stream() else {
            return Ok(start);
        };
        while start.len() < limit {
            match stream.next().await {
                None => break,
                Some(Ok(chunk)) => start.extend(chunk),
                Some(Err(_)) if signal.aborted() => {
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
    pub fn stream(self) -> Result<worker::ByteStream, Problem> {
        let mut response = worker::Response::from(self.response);
        response
            .stream()
            .map_err(|_| Problem::bad_gateway("an answer has no body"))
    }
}
