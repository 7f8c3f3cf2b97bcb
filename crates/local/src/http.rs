//! Small helpers around requests and answers.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Response, StatusCode};
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use serde_json::Value;

/// What Auth's and Storage's JSON requests may weigh.
const LARGEST_JSON: usize = 1024 * 1024;

pub(crate) type Answer = Response<Body>;

pub(crate) fn json(status: StatusCode, value: &Value) -> Answer {
    let mut answer = Response::new(Body::from(value.to_string()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/json; charset=utf-8"),
    );
    answer
}

pub(crate) fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = status;
    answer
}

/// The whole body, or `None` when it is too large or breaks off.
pub(crate) async fn read(body: Body) -> Option<Bytes> {
    let collected = Limited::new(body, LARGEST_JSON).collect().await.ok()?;
    Some(collected.to_bytes())
}

pub(crate) fn header(headers: &HeaderMap, name: impl Into<Name>) -> Option<&str> {
    headers.get(name.into().0)?.to_str().ok()
}

/// A header by its standard constant or by text in lower case.
pub(crate) struct Name(HeaderName);

impl From<HeaderName> for Name {
    fn from(name: HeaderName) -> Self {
        Self(name)
    }
}

impl From<&'static str> for Name {
    fn from(name: &'static str) -> Self {
        Self(HeaderName::from_static(name))
    }
}

/// A value of a query string.
pub(crate) fn query(query: Option<&str>, name: &str) -> Option<String> {
    form_urlencoded::parse(query?.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// A query string without, or with another, value of `name`. The rest stays byte for byte.
pub(crate) fn replace_query(query: Option<&str>, name: &str, value: Option<&str>) -> String {
    let mut kept: Vec<String> = query
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty() && pair.split('=').next() != Some(name))
        .map(str::to_owned)
        .collect();
    if let Some(value) = value {
        let value: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
        kept.push(format!("{name}={value}"));
    }
    kept.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_changed_without_touching_the_rest() {
        assert_eq!(
            replace_query(Some("select=a%2Cb&apikey=x&id=eq.1"), "apikey", None),
            "select=a%2Cb&id=eq.1"
        );
        assert_eq!(
            replace_query(Some("type=email&token=t"), "type", Some("a b")),
            "token=t&type=a+b"
        );
        assert_eq!(query(Some("a=1&b=x%20y"), "b").as_deref(), Some("x y"));
        assert_eq!(query(None, "b"), None);
    }
}
