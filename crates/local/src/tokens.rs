//! JSON Web Tokens: ES256 as users see them, HS256 as the legacy secret and the Auth service use.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use p256::SecretKey;
use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use serde_json::{Map, Value, json};
use sha2::Sha256;

pub(crate) type Claims = Map<String, Value>;

/// Why a token is refused, in the words GoTrue and jose use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Malformed,
    Signature,
    Expired,
}

impl Refused {
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Malformed => {
                "invalid JWT: unable to parse or verify signature, token is malformed"
            }
            Self::Signature => {
                "invalid JWT: unable to parse or verify signature, token signature is invalid: signature is invalid"
            }
            Self::Expired => {
                "invalid JWT: unable to parse or verify signature, token has invalid claims: token is expired"
            }
        }
    }
}

pub(crate) fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |passed| i64::try_from(passed.as_secs()).unwrap_or(0))
}

/// The project's ES256 key.
pub(crate) struct Signer {
    signing: SigningKey,
    verifying: VerifyingKey,
    key_id: String,
    public_jwk: Value,
}

impl Signer {
    pub fn new(key: SecretKey, key_id: String) -> Self {
        let mut public_jwk: Value =
            serde_json::from_str(&key.public_key().to_jwk_string()).unwrap_or_else(|_| json!({}));
        public_jwk["kid"] = json!(key_id);
        public_jwk["alg"] = json!("ES256");
        public_jwk["use"] = json!("sig");
        public_jwk["key_ops"] = json!(["verify"]);
        let signing = SigningKey::from(key);
        Self {
            verifying: *signing.verifying_key(),
            signing,
            key_id,
            public_jwk,
        }
    }

    pub fn public_jwk(&self) -> &Value {
        &self.public_jwk
    }

    pub fn sign(&self, claims: &Value) -> serde_json::Result<String> {
        let header = json!({ "alg": "ES256", "kid": self.key_id, "typ": "JWT" });
        let message = encode(&header, claims)?;
        let signature: Signature = self.signing.sign(message.as_bytes());
        Ok(format!(
            "{message}.{}",
            URL_SAFE_NO_PAD.encode(signature.to_bytes())
        ))
    }

    /// The claims of a token of ours that has not expired.
    pub fn verify(&self, token: &str) -> Result<Claims, Refused> {
        let parts = Parts::parse(token)?;
        if parts.header["alg"] != "ES256" || parts.header["kid"] != *self.key_id {
            return Err(Refused::Signature);
        }
        let signature = Signature::from_slice(&parts.signature).map_err(|_| Refused::Signature)?;
        self.verifying
            .verify(parts.message.as_bytes(), &signature)
            .map_err(|_| Refused::Signature)?;
        parts.fresh_claims()
    }
}

pub(crate) fn sign_hs256(claims: &Value, secret: &[u8]) -> serde_json::Result<String> {
    let message = encode(&json!({ "alg": "HS256", "typ": "JWT" }), claims)?;
    let tag = hmac(secret, &message).finalize().into_bytes();
    Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag)))
}

pub(crate) fn verify_hs256(token: &str, secret: &[u8]) -> Result<Claims, Refused> {
    let parts = Parts::parse(token)?;
    if parts.header["alg"] != "HS256" {
        return Err(Refused::Signature);
    }
    hmac(secret, parts.message)
        .verify_slice(&parts.signature)
        .map_err(|_| Refused::Signature)?;
    parts.fresh_claims()
}

#[allow(
    clippy::expect_used,
    reason = "HMAC takes a key of any length, so making one cannot fail"
)]
fn hmac(secret: &[u8], message: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes any key");
    mac.update(message.as_bytes());
    mac
}

fn encode(header: &Value, claims: &Value) -> serde_json::Result<String> {
    Ok(format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(header)?),
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(claims)?)
    ))
}

struct Parts<'a> {
    message: &'a str,
    header: Value,
    claims: Claims,
    signature: Vec<u8>,
}

impl<'a> Parts<'a> {
    fn parse(token: &'a str) -> Result<Self, Refused> {
        let (message, signature) = token.rsplit_once('.').ok_or(Refused::Malformed)?;
        let (header, claims) = message.split_once('.').ok_or(Refused::Malformed)?;
        let decode = |part| URL_SAFE_NO_PAD.decode(part).map_err(|_| Refused::Malformed);
        Ok(Self {
            message,
            header: serde_json::from_slice(&decode(header)?).map_err(|_| Refused::Malformed)?,
            claims: serde_json::from_slice(&decode(claims)?).map_err(|_| Refused::Malformed)?,
            signature: decode(signature)?,
        })
    }

    fn fresh_claims(self) -> Result<Claims, Refused> {
        let starts = self.claims.get("nbf").and_then(Value::as_i64).unwrap_or(0);
        match self.claims.get("exp").and_then(Value::as_i64) {
            Some(expiry) if expiry > now() && starts <= now() + 30 => Ok(self.claims),
            _ => Err(Refused::Expired),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(seed: u8) -> Signer {
        Signer::new(
            SecretKey::from_slice(&[seed; 32]).unwrap(),
            format!("key-{seed}"),
        )
    }

    #[test]
    fn a_signed_token_is_verified() {
        let signer = signer(7);
        let token = signer
            .sign(&json!({ "sub": "a", "exp": now() + 60 }))
            .unwrap();
        assert_eq!(signer.verify(&token).unwrap()["sub"], "a");
        assert_eq!(signer.public_jwk()["crv"], "P-256");
        assert_eq!(signer.public_jwk()["kid"], "key-7");
        assert!(signer.public_jwk().get("d").is_none());
    }

    #[test]
    fn a_token_of_another_key_or_family_is_refused() {
        let ours = signer(7);
        let claims = json!({ "sub": "a", "exp": now() + 60 });
        let theirs = signer(8).sign(&claims).unwrap();
        assert_eq!(ours.verify(&theirs), Err(Refused::Signature));
        let same_kid = Signer::new(SecretKey::from_slice(&[9; 32]).unwrap(), "key-7".into());
        let forged = same_kid.sign(&claims).unwrap();
        assert_eq!(ours.verify(&forged), Err(Refused::Signature));
        let hs = sign_hs256(&claims, b"secret").unwrap();
        assert_eq!(ours.verify(&hs), Err(Refused::Signature));
        assert_eq!(verify_hs256(&hs, b"other"), Err(Refused::Signature));
        let none = encode(&json!({ "alg": "none" }), &claims).unwrap() + ".";
        assert_eq!(ours.verify(&none), Err(Refused::Signature));
        assert_eq!(verify_hs256(&none, b"secret"), Err(Refused::Signature));
    }

    #[test]
    fn an_expired_or_endless_token_is_refused() {
        let signer = signer(7);
        for claims in [json!({ "exp": now() - 1 }), json!({ "sub": "a" })] {
            let token = signer.sign(&claims).unwrap();
            assert_eq!(signer.verify(&token), Err(Refused::Expired));
        }
        assert_eq!(signer.verify("nonsense"), Err(Refused::Malformed));
        assert_eq!(signer.verify("a.b.c"), Err(Refused::Malformed));
    }
}
