//! The project's public keys, kept by isolate: imported once, verified with WebCrypto.

use std::cell::RefCell;
use std::collections::HashMap;

use js_sys::futures::JsFuture;
use js_sys::{Array, Object, Reflect, Uint8Array};
use serde::Deserialize;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CryptoKey, SubtleCrypto, WorkerGlobalScope};
use worker::Date;

use super::{Deadline, Exchange, log, runtime_fault, upstream};
use crate::problem::Problem;
use crate::tokens::{Algorithm, TokenError, UnverifiedToken};
use crate::upstream::UpstreamRequest;

/// An unknown `kid` asks for the key set again at most this often, in milliseconds.
const UNKNOWN_KEY_INTERVAL: u64 = 30_000;

/// Known keys are asked for again after this, so that a revoked one is dropped; hosted Supabase's edge
/// caches the set for as long.
const REFRESH_INTERVAL: u64 = 600_000;

#[derive(Default)]
struct KeyRing {
    keys: HashMap<String, (Algorithm, CryptoKey)>,
    /// When the set was last read, in Unix milliseconds.
    read_at: Option<u64>,
    /// When a refresh was last tried.
    tried_at: u64,
}

thread_local! {
    static KEYS: RefCell<KeyRing> = RefCell::default();
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<serde_json::Value>,
}

/// Verifies an ES256 or RS256 signature by the key that the token names.
pub(super) async fn verify(
    exchange: &Exchange,
    token: &UnverifiedToken<'_>,
) -> Result<Result<(), TokenError>, Problem> {
    let Some(key_id) = token.key_id() else {
        return Ok(Err(TokenError::Key));
    };
    let Ok(algorithm) = token.algorithm() else {
        return Ok(Err(TokenError::Key));
    };
    let Some((key_algorithm, key)) = key(exchange, key_id).await? else {
        return Ok(Err(TokenError::Key));
    };
    // A key verifies the algorithm it was made for and no other (RFC 8725, section 3.1).
    if key_algorithm != algorithm {
        return Ok(Err(TokenError::Key));
    }
    let verified = subtle()?
        .verify_with_object_and_buffer_source_and_buffer_source(
            &parameters(algorithm)?,
            &key,
            &Uint8Array::from(token.signature()),
            &Uint8Array::from(token.signed_data()),
        )
        .map_err(runtime_fault)?;
    let verified = JsFuture::from(verified).await.map_err(runtime_fault)?;
    Ok(if verified == JsValue::TRUE {
        Ok(())
    } else {
        Err(TokenError::Signature)
    })
}

async fn key(exchange: &Exchange, key_id: &str) -> Result<Option<(Algorithm, CryptoKey)>, Problem> {
    let now = Date::now().as_millis();
    let (known, read_at, tried_at) =
        KEYS.with_borrow(|ring| (ring.keys.get(key_id).cloned(), ring.read_at, ring.tried_at));
    if let Some(known) = known {
        let is_old = read_at.is_none_or(|at| now.saturating_sub(at) > REFRESH_INTERVAL);
        if is_old && now.saturating_sub(tried_at) > UNKNOWN_KEY_INTERVAL {
            KEYS.with_borrow_mut(|ring| ring.tried_at = now);
            let background = exchange.clone();
            exchange.wait_until(async move {
                if let Err(problem) = refresh(&background).await {
                    log("warn", serde_json::json!({"request_id": background.request_id(), "cause": problem.cause}));
                }
            });
        }
        return Ok(Some(known));
    }
    if read_at.is_some_and(|at| now.saturating_sub(at) < UNKNOWN_KEY_INTERVAL) {
        return Ok(None);
    }
    refresh(exchange).await?;
    Ok(KEYS.with_borrow(|ring| ring.keys.get(key_id).cloned()))
}

/// Reads the key set. Requests that come in meanwhile read it for themselves: a promise must not be
/// awaited by another request than the one that made it.
async fn refresh(exchange: &Exchange) -> Result<(), Problem> {
    let url = format!(
        "{}/auth/v1/.well-known/jwks.json",
        exchange.settings().supabase_url
    );
    let request =
        UpstreamRequest::new("GET", url).header("apikey", exchange.settings().anon_key.clone());
    let response = upstream::send(request, Deadline::Database).await?;
    response.refuse_limited()?;
    let status = response.status();
    let body = response.bytes().await?;
    if status != 200 {
        return Err(Problem::unavailable(format!(
            "the key set answered {status}"
        )));
    }
    let set: KeySet = serde_json::from_slice(&body)
        .map_err(|_| Problem::bad_gateway("the key set is no JWKS"))?;
    let mut keys = HashMap::new();
    for jwk in &set.keys {
        if let Some((key_id, algorithm)) = usable(jwk) {
            keys.insert(
                key_id.to_owned(),
                (algorithm, import(jwk, algorithm).await?),
            );
        }
    }
    KEYS.with_borrow_mut(|ring| {
        let now = Date::now().as_millis();
        *ring = KeyRing {
            keys,
            read_at: Some(now),
            tried_at: now,
        };
    });
    Ok(())
}

/// The id and algorithm of a public key that signs tokens (RFC 7517, section 4).
fn usable(jwk: &serde_json::Value) -> Option<(&str, Algorithm)> {
    let text = |name: &str| jwk.get(name).and_then(serde_json::Value::as_str);
    let algorithm = match (text("kty")?, text("crv")) {
        ("EC", Some("P-256")) => Algorithm::Es256,
        ("RSA", _) => Algorithm::Rs256,
        _ => return None,
    };
    let is_for_signing = text("use").is_none_or(|purpose| purpose == "sig");
    is_for_signing.then_some((text("kid")?, algorithm))
}

async fn import(jwk: &serde_json::Value, algorithm: Algorithm) -> Result<CryptoKey, Problem> {
    let mut jwk = jwk.clone();
    // Sets also say `key_ops` and `alg` in forms that WebCrypto compares strictly; the key alone is needed.
    if let Some(members) = jwk.as_object_mut() {
        members.retain(|name, _| matches!(name.as_str(), "kty" | "crv" | "x" | "y" | "n" | "e"));
    }
    let jwk: Object = js_sys::JSON::parse(&jwk.to_string())
        .map_err(runtime_fault)?
        .unchecked_into();
    let usages = Array::of1(&JsValue::from_str("verify"));
    let key = subtle()?
        .import_key_with_object("jwk", &jwk, &parameters(algorithm)?, false, &usages)
        .map_err(runtime_fault)?;
    JsFuture::from(key)
        .await
        .map(JsCast::unchecked_into)
        .map_err(|_| Problem::bad_gateway("the key set holds a broken key"))
}

/// WebCrypto's parameters, for importing and verifying alike.
fn parameters(algorithm: Algorithm) -> Result<Object, Problem> {
    let name = match algorithm {
        Algorithm::Es256 => "ECDSA",
        Algorithm::Rs256 => "RSASSA-PKCS1-v1_5",
        Algorithm::Hs256 => return Err(Problem::internal("HS256 is not verified by a public key")),
    };
    let parameters = Object::new();
    for (member, value) in [("name", name), ("namedCurve", "P-256"), ("hash", "SHA-256")] {
        Reflect::set(&parameters, &member.into(), &value.into()).map_err(runtime_fault)?;
    }
    Ok(parameters)
}

fn subtle() -> Result<SubtleCrypto, Problem> {
    js_sys::global()
        .unchecked_into::<WorkerGlobalScope>()
        .crypto()
        .map(|crypto| crypto.subtle())
        .map_err(runtime_fault)
}
