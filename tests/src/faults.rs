//! The line between the Workers and everything they ask, on which one call out of many can be made to fail. It
//! knows HTTP, since which call fails is told by what the call says, and many tests share one such line. Proxies that
//! others have written (Toxiproxy) fail connections, whatever is said on them.

use std::convert::Infallible;
use std::io;
use std::net::TcpStream as StdStream;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::{Request, Response, StatusCode, header};
use hyper_util::rt::TokioIo;
use socket2::SockRef;
use tokio::net::TcpListener;

/// What can go wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The connection is reset before the service hears of the call.
    Unreached,
    /// The service does its work, then the connection is reset instead of an answer.
    Reset,
    /// The answer comes in small pieces, but within every deadline.
    Slow,
    /// The service hears nothing, and no answer comes.
    Hung,
    /// The service does its work; half of its answer comes, then nothing more.
    HungBody,
    /// The service does its work; half of its answer comes, then the connection ends.
    Truncated,
    /// 500 with a page of HTML.
    Error,
    /// 429 with `Retry-After: 7`.
    TooMany,
    /// The service does its work, and the answer is 200 with bytes that mean nothing.
    Garbage,
}

impl Fault {
    pub const ALL: [Self; 9] = [
        Self::Unreached,
        Self::Reset,
        Self::Slow,
        Self::Hung,
        Self::HungBody,
        Self::Truncated,
        Self::Error,
        Self::TooMany,
        Self::Garbage,
    ];

    /// Seconds that [`Fault::TooMany`] asks to wait for.
    pub const RETRY_AFTER: u32 = 7;

    fn reaches_the_service(self) -> bool {
        !matches!(
            self,
            Self::Unreached | Self::Hung | Self::Error | Self::TooMany
        )
    }
}

/// Which calls a test means.
#[derive(Clone, Debug, Default)]
pub struct Calls {
    /// Any of these stands in the address, a header or the body; with none, every call is meant.
    pub saying: Vec<String>,
    /// The path starts with one of these.
    pub at: Vec<&'static str>,
}

struct Rule {
    id: u64,
    calls: Calls,
    /// Which of the calls, from 0, and what happens to it.
    fault: Option<(usize, Fault)>,
    seen: Vec<String>,
}

#[derive(Default)]
struct State {
    rules: Vec<Rule>,
    next: u64,
}

/// Ends with the test.
pub struct FaultyLine {
    /// Stands for Supabase; the services beside have a folder of their own below it.
    pub url: String,
    address: std::net::SocketAddr,
    inner: Arc<Inner>,
    listening: Mutex<Option<tokio::task::JoinHandle<()>>>,
}

struct Inner {
    state: Mutex<State>,
    /// Folders and where they lead, the most particular first.
    targets: Vec<(String, String)>,
    client: reqwest::Client,
}

/// A rule under watch; it ends with this.
pub struct Watch {
    inner: Arc<Inner>,
    id: u64,
}

impl Watch {
    /// Method and path of the calls so far.
    pub fn seen(&self) -> Vec<String> {
        let state = self.inner.state.lock().unwrap();
        let rule = state.rules.iter().find(|rule| rule.id == self.id);
        rule.map(|rule| rule.seen.clone()).unwrap_or_default()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.inner
            .state
            .lock()
            .unwrap()
            .rules
            .retain(|rule| rule.id != self.id);
    }
}

impl FaultyLine {
    /// A good line to `supabase`, and to each of `beside` below its folder (`/mail`).
    ///
    /// # Panics
    /// When there is no port for it.
    pub async fn start(supabase: &str, beside: &[(&str, &str)]) -> Self {
        let targets = beside
            .iter()
            .map(|(folder, url)| ((*folder).to_owned(), (*url).to_owned()))
            .chain([(String::new(), supabase.to_owned())])
            .collect();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .pool_max_idle_per_host(0)
            .build()
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let inner = Arc::new(Inner {
            state: Mutex::default(),
            targets,
            client,
        });
        let listening = tokio::spawn(listen(listener, Arc::clone(&inner)));
        Self {
            url: format!("http://{address}"),
            address,
            inner,
            listening: Mutex::new(Some(listening)),
        }
    }

    fn add(&self, calls: Calls, fault: Option<(usize, Fault)>) -> Watch {
        let mut state = self.inner.state.lock().unwrap();
        state.next += 1;
        let id = state.next;
        state.rules.push(Rule {
            id,
            calls,
            fault,
            seen: Vec::new(),
        });
        Watch {
            inner: Arc::clone(&self.inner),
            id,
        }
    }

    /// Counts calls.
    pub fn watch(&self, calls: Calls) -> Watch {
        self.add(calls, None)
    }

    /// Lets the `nth` of the calls, from 0, fail.
    pub fn inject(&self, calls: Calls, nth: usize, fault: Fault) -> Watch {
        self.add(calls, Some((nth, fault)))
    }

    /// Nothing listens any more: connections are refused.
    pub async fn refuse(&self) {
        let listening = self.listening.lock().unwrap().take();
        if let Some(listening) = listening {
            listening.abort();
            let _ = listening.await;
        }
    }

    /// Listens again after [`FaultyLine::refuse`].
    ///
    /// # Panics
    /// When the port was taken meanwhile.
    pub async fn mend(&self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        let listening = tokio::spawn(listen(listener, Arc::clone(&self.inner)));
        *self.listening.lock().unwrap() = Some(listening);
    }
}

impl Drop for FaultyLine {
    fn drop(&mut self) {
        if let Some(listening) = self.listening.lock().unwrap().take() {
            listening.abort();
        }
    }
}

async fn listen(listener: TcpListener, inner: Arc<Inner>) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let Ok(stream) = stream.into_std() else {
            continue;
        };
        let inner = Arc::clone(&inner);
        connections.spawn(async move {
            let Ok(handle) = stream.try_clone() else {
                return;
            };
            let Ok(stream) = tokio::net::TcpStream::from_std(stream) else {
                return;
            };
            let handle = Arc::new(handle);
            let service = hyper::service::service_fn(|request| {
                let (inner, handle) = (Arc::clone(&inner), Arc::clone(&handle));
                async move { inner.answer(request, &handle).await }
            });
            // A connection a call, so that a fault strikes one call alone.
            let _ = hyper::server::conn::http1::Builder::new()
                .keep_alive(false)
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
        while connections.try_join_next().is_some() {}
    }
}

type Body = http_body_util::combinators::UnsyncBoxBody<Bytes, io::Error>;

impl Inner {
    /// Counts the call for every rule that means it; answers with the fault that strikes it.
    fn strike(&self, request: &Request<()>, body: &[u8]) -> Option<Fault> {
        let path = request.uri().path().to_owned();
        let text = format!(
            "{} {:?} {}",
            request.uri(),
            request.headers(),
            String::from_utf8_lossy(body)
        );
        let mut struck = None;
        for rule in &mut self.state.lock().unwrap().rules {
            let Calls { saying, at } = &rule.calls;
            let is_meant = at.iter().any(|start| path.starts_with(start))
                && (saying.is_empty() || saying.iter().any(|word| text.contains(word.as_str())));
            if is_meant {
                let number = rule.seen.len();
                rule.seen.push(format!("{} {path}", request.method()));
                if let Some((nth, fault)) = rule.fault
                    && nth == number
                {
                    struck = Some(fault);
                }
            }
        }
        struck
    }

    async fn answer(
        &self,
        request: Request<Incoming>,
        connection: &StdStream,
    ) -> Result<Response<Body>, io::Error> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        let head = Request::from_parts(head, ());
        let fault = self.strike(&head, &body);
        let reset = || {
            let _ = SockRef::from(connection).set_linger(Some(Duration::ZERO));
            Err(io::Error::from(io::ErrorKind::ConnectionReset))
        };
        let answer = match fault {
            Some(fault) if !fault.reaches_the_service() => None,
            _ => Some(self.pass(&head, body).await),
        };
        let (mut head, body) =
            answer.unwrap_or_else(|| (Response::new(()).into_parts().0, Bytes::new()));
        let Some(fault) = fault else {
            return Ok(Response::from_parts(head, whole(body)));
        };
        let half = body.slice(..body.len() / 2);
        Ok(match fault {
            Fault::Unreached | Fault::Reset => return reset(),
            Fault::Hung => std::future::pending().await,
            Fault::Slow => {
                let pieces: Vec<Bytes> = body
                    .chunks(body.len() / 8 + 1)
                    .map(Bytes::copy_from_slice)
                    .collect();
                let paced = stream::iter(pieces).then(async |piece| {
                    tokio::time::sleep(Duration::from_millis(150)).await;
                    Ok(Frame::data(piece))
                });
                Response::from_parts(head, StreamBody::new(paced).boxed_unsync())
            }
            Fault::HungBody => {
                let first = stream::iter([Ok(Frame::data(half))]);
                Response::from_parts(
                    head,
                    StreamBody::new(first.chain(stream::pending())).boxed_unsync(),
                )
            }
            Fault::Truncated => {
                head.headers
                    .insert(header::CONTENT_LENGTH, (body.len() + 1).into());
                // What is there goes out first; else it would be no answer at all.
                let pieces =
                    stream::iter([Ok(Frame::data(half)), Err(io::ErrorKind::BrokenPipe.into())]);
                let broken = pieces.then(async |piece: Result<_, io::Error>| {
                    if piece.is_err() {
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                    piece
                });
                Response::from_parts(head, StreamBody::new(broken).boxed_unsync())
            }
            Fault::Error => said(
                StatusCode::INTERNAL_SERVER_ERROR,
                "<html>Internal error</html>",
            ),
            Fault::TooMany => {
                let mut answer = said(
                    StatusCode::TOO_MANY_REQUESTS,
                    r#"{"message":"too many requests"}"#,
                );
                answer
                    .headers_mut()
                    .insert(header::RETRY_AFTER, Fault::RETRY_AFTER.into());
                answer
            }
            Fault::Garbage => said(StatusCode::OK, "\u{1}<html>\u{0} not what was asked for"),
        })
    }

    /// Hands the call on and takes the whole answer.
    async fn pass(
        &self,
        request: &Request<()>,
        body: Bytes,
    ) -> (hyper::http::response::Parts, Bytes) {
        let path = request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str());
        let (folder, target) = self
            .targets
            .iter()
            .find(|(folder, _)| path.starts_with(folder.as_str()))
            .expect("the last target takes every path");
        let mut headers = request.headers().clone();
        for name in [
            header::HOST,
            header::CONNECTION,
            header::TRANSFER_ENCODING,
            header::CONTENT_LENGTH,
            header::ACCEPT_ENCODING,
        ] {
            headers.remove(name);
        }
        let outcome = self
            .client
            .request(
                request.method().clone(),
                format!("{target}{}", &path[folder.len()..]),
            )
            .headers(headers)
            .body(body)
            .send()
            .await;
        let answer = match outcome {
            Ok(answer) => answer,
            Err(error) => return parts(said(StatusCode::BAD_GATEWAY, &error.to_string())).await,
        };
        let mut head = Response::builder().status(answer.status());
        if let Some(headers) = head.headers_mut() {
            headers.extend(answer.headers().clone());
            for name in [header::CONNECTION, header::TRANSFER_ENCODING] {
                headers.remove(name);
            }
        }
        let bytes = answer.bytes().await.unwrap_or_default();
        let (head, ()) = head.body(()).unwrap().into_parts();
        (head, bytes)
    }
}

fn whole(bytes: Bytes) -> Body {
    Full::new(bytes)
        .map_err(|never: Infallible| match never {})
        .boxed_unsync()
}

fn said(status: StatusCode, text: &str) -> Response<Body> {
    let mut answer = Response::new(whole(Bytes::copy_from_slice(text.as_bytes())));
    *answer.status_mut() = status;
    answer
}

async fn parts(answer: Response<Body>) -> (hyper::http::response::Parts, Bytes) {
    let (head, body) = answer.into_parts();
    (
        head,
        body.collect()
            .await
            .map(http_body_util::Collected::to_bytes)
            .unwrap_or_default(),
    )
}
