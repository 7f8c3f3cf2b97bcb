//! Reads what an answer left unread of its request. A connection that ends with bytes unread resets, and its sender,
//! still sending, may never hear why the request was refused.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use bytes::Bytes;
use http_body_util::BodyExt;
use tokio::time::timeout;

/// How long and how much is read of what nobody wants.
const LONGEST: Duration = Duration::from_secs(15);
const LARGEST: usize = 256 * 1024 * 1024;

/// A body that its handler and [`Unread`] share.
#[derive(Clone)]
struct Shared(Arc<Mutex<Body>>);

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Body> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HttpBody for Shared {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut *self.lock()).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.lock().is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.lock().size_hint()
    }
}

/// The rest of a request's body, whatever its handler does with it.
pub(crate) struct Unread(Shared);

impl Unread {
    pub fn of(request: Request) -> (Request, Self) {
        let (head, body) = request.into_parts();
        let shared = Shared(Arc::new(Mutex::new(body)));
        let request = Request::from_parts(head, Body::new(shared.clone()));
        (request, Self(shared))
    }

    pub async fn drain(mut self) {
        let read = async {
            let mut length = 0;
            while !self.0.is_end_stream() && length <= LARGEST {
                match self.0.frame().await {
                    Some(Ok(frame)) => length += frame.data_ref().map_or(0, Bytes::len),
                    Some(Err(_)) | None => break,
                }
            }
        };
        let _ = timeout(LONGEST, read).await;
    }
}
