//! The one URL of the project: who calls, and which service answers.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, HeaderMap, HeaderValue,
};
use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::auth::{Auth, no_content};
use crate::drain::Unread;
use crate::http::{Answer, header, json, query, replace_query};
use crate::keys::{Keys, Role};
use crate::proxy::Upstream;
use crate::storage::Storage;
use crate::tokens;

/// How long a role's token for PostgREST is good for, and when it is made anew.
const ROLE_TOKEN: i64 = 3600;
const ROLE_TOKEN_LEFT: i64 = 600;

/// Who speaks, by API key and by Authorization header.
pub(crate) enum Bearer {
    None,
    /// An API key stands for its role.
    Role(Role),
    /// Someone's access token, or whatever was sent in its place; not yet verified.
    Token(String),
}

enum KeyRefused {
    Missing,
    Unknown,
}

pub(crate) struct Gateway {
    pub keys: Arc<Keys>,
    pub auth: Auth,
    pub storage: Arc<Storage>,
    pub rest: Upstream,
    pub role_tokens: RoleTokens,
}

pub(crate) fn router(gateway: Arc<Gateway>) -> Router {
    Router::new().fallback(serve).with_state(gateway)
}

async fn serve(State(gateway): State<Arc<Gateway>>, request: Request) -> Answer {
    if request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(ACCESS_CONTROL_REQUEST_METHOD)
    {
        return preflight(request.headers());
    }
    let (request, unread) = Unread::of(request);
    let mut answer = gateway.route(request).await;
    unread.drain().await;
    let headers = answer.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static(
            "Content-Encoding, Content-Location, Content-Range, Content-Type, Content-Length, Date, \
             ETag, Link, Location, Range-Unit, Server, Transfer-Encoding, X-Total-Count, \
             X-Supabase-Api-Version, Tus-Extension, Tus-Max-Size, Tus-Resumable, Tus-Version, \
             Upload-Length, Upload-Metadata, Upload-Offset",
        ),
    );
    answer
}

fn preflight(asked: &HeaderMap) -> Answer {
    let mut answer = no_content();
    let headers = answer.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS"),
    );
    if let Some(names) = asked.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600"));
    answer
}

impl Gateway {
    async fn route(&self, request: Request) -> Answer {
        let path = request.uri().path().to_owned();
        if path == "/healthz" {
            return json(StatusCode::OK, &json!({ "status": "ok" }));
        }
        let caller = self.caller(request.headers(), request.uri().query());
        if let Some(rest) = below(&path, "/rest/v1") {
            return match caller {
                Ok(caller) => self.to_rest(request, rest, &caller).await,
                Err(refused) => refused.answer(),
            };
        }
        if let Some(rest) = below(&path, "/auth/v1") {
            return match caller {
                Ok(caller) => self.auth.handle(request, rest, caller).await,
                Err(_) if Auth::is_open(rest) => {
                    self.auth.handle(request, rest, Bearer::None).await
                }
                Err(refused) => refused.answer(),
            };
        }
        if let Some(rest) = below(&path, "/storage/v1") {
            // Storage asks for no API key: public files and signed URLs work without any, and a
            // user's token alone is enough.
            return match caller {
                Ok(caller) => self.storage.handle(request, rest, caller, &self.auth).await,
                Err(KeyRefused::Missing) => {
                    let caller = self.bearer(request.headers(), None);
                    self.storage.handle(request, rest, caller, &self.auth).await
                }
                Err(refused) => refused.answer(),
            };
        }
        json(
            StatusCode::NOT_FOUND,
            &json!({ "message": "no Route matched with those values" }),
        )
    }

    fn caller(&self, headers: &HeaderMap, text: Option<&str>) -> Result<Bearer, KeyRefused> {
        let from_query = || query(text, "apikey");
        let key = header(headers, "apikey")
            .map(str::to_owned)
            .or_else(from_query)
            .ok_or(KeyRefused::Missing)?;
        let role = self.keys.role(&key).ok_or(KeyRefused::Unknown)?;
        Ok(self.bearer(headers, Some((&key, role))))
    }

    /// An absent bearer, or one that repeats the API key, stands for the key's role. A legacy key is
    /// a JWT and good as a bearer by itself; a new one is not, and is left for the service to refuse.
    fn bearer(&self, headers: &HeaderMap, key: Option<(&str, Role)>) -> Bearer {
        let sent = header(headers, AUTHORIZATION)
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim());
        match (sent, key) {
            (None, None) => Bearer::None,
            (None, Some((_, role))) => Bearer::Role(role),
            (Some(token), Some((key, role))) if token == key => Bearer::Role(role),
            (Some(token), _) => match self.keys.role(token) {
                Some(role) if token == self.keys.legacy(role) => Bearer::Role(role),
                _ => Bearer::Token(token.to_owned()),
            },
        }
    }

    async fn to_rest(&self, mut request: Request<Body>, path: &str, caller: &Bearer) -> Answer {
        let query = replace_query(request.uri().query(), "apikey", None);
        let headers = request.headers_mut();
        headers.remove("apikey");
        if let Bearer::Role(role) = caller {
            match self.role_tokens.get(&self.keys, *role) {
                Some(value) => headers.insert(AUTHORIZATION, value),
                None => headers.remove(AUTHORIZATION),
            };
        }
        let path = if path.is_empty() { "/" } else { path };
        self.rest.send(request, path, &query).await
    }
}

/// The part of `path` after `prefix`, which must end at a slash or at the end.
fn below<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    path.strip_prefix(prefix)
        .filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl KeyRefused {
    fn answer(&self) -> Answer {
        let (message, hint) = match self {
            Self::Missing => (
                "No API key found in request",
                "No `apikey` request header or url param was found.",
            ),
            Self::Unknown => (
                "Invalid API key",
                "Double check your Supabase `anon` or `service_role` API key.",
            ),
        };
        json(
            StatusCode::UNAUTHORIZED,
            &json!({ "message": message, "hint": hint }),
        )
    }
}

/// The tokens by which PostgREST learns the role of an API key.
#[derive(Default)]
pub(crate) struct RoleTokens {
    anon: Mutex<Option<(i64, HeaderValue)>>,
    service: Mutex<Option<(i64, HeaderValue)>>,
}

impl RoleTokens {
    fn get(&self, keys: &Keys, role: Role) -> Option<HeaderValue> {
        let slot = match role {
            Role::Anon => &self.anon,
            Role::Service => &self.service,
        };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        let now = tokens::now();
        match &*slot {
            Some((expiry, value)) if *expiry > now + ROLE_TOKEN_LEFT => Some(value.clone()),
            _ => {
                let expiry = now + ROLE_TOKEN;
                let claims = json!({
                    "iss": "supabase",
                    "role": role.name(),
                    "iat": now,
                    "exp": expiry,
                });
                let token = keys.signer.sign(&claims).ok()?;
                let value = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
                *slot = Some((expiry, value.clone()));
                Some(value)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_end_at_a_slash() {
        assert_eq!(below("/rest/v1/a", "/rest/v1"), Some("/a"));
        assert_eq!(below("/rest/v1", "/rest/v1"), Some(""));
        assert_eq!(below("/rest/v10/a", "/rest/v1"), None);
    }
}
