//! Hands a request to a service behind the gateway and streams both ways.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{
    CONNECTION, HOST, HeaderMap, HeaderName, HeaderValue, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION,
    TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use axum::http::uri::{PathAndQuery, Uri};
use axum::http::{Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use serde_json::json;

use crate::http::{Answer, json};

/// Headers that belong to one connection, not to the message (RFC 9110, 7.6.1).
const HOP_BY_HOP: [HeaderName; 7] = [
    CONNECTION,
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// Node closes an idle connection after 5 s, PostgREST after 30: a request sent at that very moment
/// would be lost, so idle connections are given up before.
const IDLE: Duration = Duration::from_secs(2);

pub(crate) struct Upstream {
    client: Client<HttpConnector, Body>,
    address: SocketAddr,
}

impl Upstream {
    pub fn new(address: SocketAddr) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self {
            client: Client::builder(TokioExecutor::new())
                .pool_idle_timeout(IDLE)
                .pool_timer(TokioTimer::new())
                .build(connector),
            address,
        }
    }

    /// Sends the request under another path and query. Dropping the future, as the server does when
    /// the caller goes away, breaks the request off upstream too.
    pub async fn send(&self, mut request: Request<Body>, path: &str, query: &str) -> Answer {
        let target = if query.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{query}")
        };
        let uri = target.parse::<PathAndQuery>().ok().and_then(|target| {
            Uri::builder()
                .scheme("http")
                .authority(self.address.to_string())
                .path_and_query(target)
                .build()
                .ok()
        });
        let Some(uri) = uri else {
            return json(
                StatusCode::BAD_REQUEST,
                &json!({ "message": "the path of the request cannot be read" }),
            );
        };
        *request.uri_mut() = uri;
        *request.version_mut() = axum::http::Version::HTTP_11;
        strip(request.headers_mut());
        if let Ok(host) = HeaderValue::from_str(&self.address.to_string()) {
            request.headers_mut().insert(HOST, host);
        }
        match self.client.request(request).await {
            Ok(response) => {
                let mut answer = response.map(Body::new);
                strip(answer.headers_mut());
                answer
            }
            Err(error) => {
                eprintln!(
                    "no answer from {}: {:#}",
                    self.address,
                    anyhow::Error::from(error)
                );
                json(
                    StatusCode::BAD_GATEWAY,
                    &json!({ "message": "the service behind the gateway did not answer" }),
                )
            }
        }
    }
}

fn strip(headers: &mut HeaderMap) {
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
}
