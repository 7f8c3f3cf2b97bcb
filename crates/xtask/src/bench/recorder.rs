//! A proxy in front of the local Supabase that notes what is asked of the database.

use std::sync::{Arc, Mutex};

use anyhow::{Context, Result};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;

use super::load::HttpRequest;

/// One call of a Worker to PostgREST.
#[derive(Clone, Debug)]
pub struct UpstreamCall {
    method: Method,
    path_and_query: String,
    headers: HeaderMap,
    body: Bytes,
}

impl UpstreamCall {
    /// A read as somebody.
    pub fn get(path_and_query: String, anon_key: &str, token: &str) -> Result<Self> {
        let mut headers = HeaderMap::new();
        headers.insert("apikey", anon_key.parse()?);
        headers.insert("authorization", format!("Bearer {token}").parse()?);
        Ok(Self {
            method: Method::GET,
            path_and_query,
            headers,
            body: Bytes::new(),
        })
    }

    /// What it asks for, however it is spelt: the parameters in one order, unescaped.
    pub fn canonical(&self) -> (String, String, Vec<(String, String)>, String) {
        let (path, query) = self
            .path_and_query
            .split_once('?')
            .unwrap_or((&self.path_and_query, ""));
        let mut parameters: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        // A limit may also be asked for as a range of rows (PostgREST, "Limits and Pagination").
        let range = self
            .headers
            .get("range")
            .and_then(|range| range.to_str().ok());
        if let Some((first, last)) = range.and_then(|range| range.split_once('-'))
            && let (Ok(first), Ok(last)) = (first.parse::<u64>(), last.parse::<u64>())
        {
            parameters.push(("limit".to_owned(), (last + 1 - first).to_string()));
        }
        parameters.sort();
        let body = serde_json::from_slice::<serde_json::Value>(&self.body)
            .map(|body| body.to_string())
            .unwrap_or_default();
        (self.method.to_string(), path.to_owned(), parameters, body)
    }

    /// The same call to the database's own address.
    pub fn request(&self, supabase: &str) -> HttpRequest {
        let kept = [
            "apikey",
            "authorization",
            "accept",
            "range",
            "range-unit",
            "prefer",
            "content-type",
        ];
        HttpRequest {
            method: self.method.clone(),
            url: format!("{supabase}{}", self.path_and_query),
            headers: kept
                .iter()
                .filter_map(|name| {
                    let value = self.headers.get(*name)?.to_str().ok()?;
                    Some(((*name).to_owned(), value.to_owned()))
                })
                .collect(),
            body: (!self.body.is_empty()).then(|| String::from_utf8_lossy(&self.body).into_owned()),
        }
    }
}

pub struct Recorder {
    pub url: String,
    calls: Arc<Mutex<Vec<UpstreamCall>>>,
    server: tokio::task::JoinHandle<()>,
}

#[derive(Clone)]
struct Proxy {
    upstream: String,
    client: reqwest::Client,
    calls: Arc<Mutex<Vec<UpstreamCall>>>,
}

impl Recorder {
    pub async fn start(upstream: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let calls: Arc<Mutex<Vec<UpstreamCall>>> = Arc::default();
        let router = Router::new().fallback(forward).with_state(Proxy {
            upstream: upstream.to_owned(),
            client: reqwest::Client::new(),
            calls: calls.clone(),
        });
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                eprintln!("the recorder ended: {error}");
            }
        });
        Ok(Self { url, calls, server })
    }

    pub fn calls(&self) -> Vec<UpstreamCall> {
        self.calls
            .lock()
            .map(|calls| calls.clone())
            .unwrap_or_default()
    }

    pub fn forget(&self) {
        if let Ok(mut calls) = self.calls.lock() {
            calls.clear();
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn forward(
    State(proxy): State<Proxy>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let call = UpstreamCall {
        method,
        path_and_query: uri
            .path_and_query()
            .map_or_else(String::new, ToString::to_string),
        headers,
        body,
    };
    let answer = call.pass_on(&proxy).await;
    if let Ok(mut calls) = proxy.calls.lock() {
        calls.push(call);
    }
    answer.unwrap_or_else(|error| (StatusCode::BAD_GATEWAY, format!("{error:#}")).into_response())
}

impl UpstreamCall {
    async fn pass_on(&self, proxy: &Proxy) -> Result<Response> {
        let request = self.request(&proxy.upstream);
        let mut outgoing = proxy.client.request(request.method, &request.url);
        for (name, value) in &request.headers {
            outgoing = outgoing.header(name, value);
        }
        if let Some(body) = request.body {
            outgoing = outgoing.body(body);
        }
        let answer = outgoing.send().await?;
        let mut response = Response::builder().status(answer.status().as_u16());
        if let Some(kind) = answer.headers().get("content-type") {
            response = response.header("content-type", kind.as_bytes());
        }
        response
            .body(Body::from(answer.bytes().await?))
            .context("an answer can't be passed on")
    }
}
