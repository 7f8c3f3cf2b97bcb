//! Access tokens of Supabase Auth: parsed and checked here, except for asymmetric signatures, which the
//! edge verifies with WebCrypto.

use jwt_compact::alg::{Hs256, Hs256Key};
use jwt_compact::{AlgorithmExt, Claims, UntrustedToken};
use serde::Deserialize;
use uuid::Uuid;

/// Longest token that is looked at, in bytes. Supabase's are about 1 KB.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// Longest life of a token that is believed: the longest that Supabase Auth can be set to (a week).
const MAX_LIFETIME_SECONDS: i64 = 604_800;

/// How far the clock of the issuer may be from ours.
const CLOCK_SKEW_SECONDS: i64 = 10;

/// Algorithms that are taken (Supabase, "JWT Signing Keys").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    Es256,
    Rs256,
    Hs256,
}

/// Why a token is refused; for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("token is malformed")]
    Malformed,
    #[error("token names an algorithm or key that is not taken")]
    Key,
    #[error("token's signature is wrong")]
    Signature,
    #[error("token is expired, not yet valid or lives too long")]
    Time,
    #[error("token was issued by or for somebody else")]
    Issuer,
}

#[derive(Clone, Debug, Deserialize)]
struct SupabaseClaims {
    sub: Uuid,
    iss: String,
    aud: Audience,
    role: String,
    #[serde(default)]
    aal: Option<String>,
    #[serde(default)]
    app_metadata: serde_json::Value,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// The audience and role of a signed-in user.
const AUTHENTICATED: &str = "authenticated";

/// `app_metadata.role` of the firm's staff, which only the secret key can set. The database asks for the
/// same in `private.is_staff()`.
pub const STAFF: &str = "staff";

crate::string_enum! {
    /// What a member of staff may do: `app_metadata.staff_role`, which only the secret key can set. The database asks for
    /// the same in `private.may_change_as_staff()`.
    StaffRole {
        Owner = "owner", "Owner";
        Staff = "staff", "Staff";
        ReadOnly = "read-only", "Read-only";
    }
}

impl StaffRole {
    /// Of a claim. Whoever was made staff before there were roles is staff; a role that is not known here changes nothing.
    pub fn of(claim: &serde_json::Value) -> Self {
        match claim {
            serde_json::Value::Null => Self::Staff,
            other => other
                .as_str()
                .and_then(|role| role.parse().ok())
                .unwrap_or(Self::ReadOnly),
        }
    }

    /// Whether it may do more than read.
    pub const fn may_change(self) -> bool {
        !matches!(self, Self::ReadOnly)
    }

    /// Whether it decides what the firm pays for.
    pub const fn may_approve(self) -> bool {
        matches!(self, Self::Owner)
    }
}

/// `aal` of a session that was raised by a second factor (Supabase, "Multi-Factor Authentication").
const SECOND_STEP: &str = "aal2";

/// Who a verified token speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub user_id: Uuid,
    pub is_staff: bool,
    /// Of staff.
    pub staff_role: StaffRole,
    /// Whether the session was raised by a second factor.
    pub took_second_step: bool,
    /// Unix time in seconds from which on the token is void.
    pub expires_at: i64,
}

/// What a header may say beside algorithm and key.
#[derive(Clone, Deserialize)]
struct Extensions {
    #[serde(default)]
    crit: Option<serde_json::Value>,
}

/// A token that is well-formed and not yet verified.
pub struct UnverifiedToken<'a> {
    raw: &'a str,
    token: UntrustedToken<'a, Extensions>,
}

impl<'a> UnverifiedToken<'a> {
    /// # Errors
    /// [`TokenError::Malformed`], or [`TokenError::Key`] for an algorithm that is not taken (`none` among them).
    pub fn parse(raw: &'a str) -> Result<Self, TokenError> {
        if raw.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::Malformed);
        }
        let token =
            UntrustedToken::<Extensions>::try_from(raw).map_err(|_| TokenError::Malformed)?;
        // What must be understood and is not (RFC 7515, section 4.1.11): Supabase issues none of it.
        if token.header().other_fields.crit.is_some() {
            return Err(TokenError::Malformed);
        }
        let unverified = Self { raw, token };
        unverified.algorithm()?;
        Ok(unverified)
    }

    /// # Errors
    /// [`TokenError::Key`]
    pub fn algorithm(&self) -> Result<Algorithm, TokenError> {
        match self.token.algorithm() {
            "ES256" => Ok(Algorithm::Es256),
            "RS256" => Ok(Algorithm::Rs256),
            "HS256" => Ok(Algorithm::Hs256),
            _ => Err(TokenError::Key),
        }
    }

    pub fn key_id(&self) -> Option<&str> {
        self.token.header().key_id.as_deref()
    }

    /// The bytes that the signature is of.
    pub fn signed_data(&self) -> &'a [u8] {
        self.raw
            .rsplit_once('.')
            .map(|(data, _)| data)
            .unwrap_or_default()
            .as_bytes()
    }

    pub fn signature(&self) -> &[u8] {
        self.token.signature_bytes()
    }

    /// Verifies the signature against the project's legacy secret.
    ///
    /// # Errors
    /// [`TokenError::Key`] for a token of another family, [`TokenError::Signature`].
    pub fn verify_hs256(&self, secret: &[u8]) -> Result<(), TokenError> {
        if self.algorithm()? != Algorithm::Hs256 {
            return Err(TokenError::Key);
        }
        Hs256
            .validator::<serde_json::Value>(&Hs256Key::new(secret))
            .validate(&self.token)
            .map(|_| ())
            .map_err(|_| TokenError::Signature)
    }

    /// Checks the claims; the signature must have been verified. `now` is Unix time in seconds.
    ///
    /// # Errors
    /// [`TokenError::Malformed`], [`TokenError::Time`], [`TokenError::Issuer`]
    pub fn identity(&self, now: i64, issuer: &str) -> Result<Identity, TokenError> {
        let claims: Claims<SupabaseClaims> = self
            .token
            .deserialize_claims_unchecked()
            .map_err(|_| TokenError::Malformed)?;
        let expires_at = claims.expiration.ok_or(TokenError::Time)?.timestamp();
        let is_future = |seconds: Option<i64>| {
            seconds.is_some_and(|seconds| seconds > now + CLOCK_SKEW_SECONDS)
        };
        if now >= expires_at
            || expires_at > now + MAX_LIFETIME_SECONDS + CLOCK_SKEW_SECONDS
            || is_future(claims.not_before.map(|time| time.timestamp()))
            || is_future(claims.issued_at.map(|time| time.timestamp()))
        {
            return Err(TokenError::Time);
        }
        let custom = claims.custom;
        let for_users = match &custom.aud {
            Audience::One(audience) => audience == AUTHENTICATED,
            Audience::Many(audiences) => audiences.iter().any(|audience| audience == AUTHENTICATED),
        };
        if custom.iss != issuer || !for_users || custom.role != AUTHENTICATED {
            return Err(TokenError::Issuer);
        }
        Ok(Identity {
            user_id: custom.sub,
            is_staff: custom.app_metadata["role"] == STAFF,
            staff_role: StaffRole::of(&custom.app_metadata["staff_role"]),
            took_second_step: custom.aal.as_deref() == Some(SECOND_STEP),
            expires_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use jwt_compact::Header;
    use serde_json::json;

    const SECRET: &[u8] = b"super-secret-jwt-token-with-at-least-32-characters-long";
    const ISSUER: &str = "https://project.supabase.co/auth/v1";
    const NOW: i64 = 1_800_000_000;

    fn claims() -> serde_json::Value {
        json!({"sub": "8f14e45f-ceea-467f-a9d0-3c8e7b7a1b2c", "iss": ISSUER, "aud": "authenticated",
            "role": "authenticated", "exp": NOW + 3600, "iat": NOW})
    }

    fn signed(claims: serde_json::Value) -> String {
        let claims: Claims<serde_json::Value> = serde_json::from_value(claims).unwrap();
        Hs256
            .token(&Header::empty(), &claims, &Hs256Key::new(SECRET))
            .unwrap()
    }

    fn check(token: &str) -> Result<Identity, TokenError> {
        let token = UnverifiedToken::parse(token)?;
        token.verify_hs256(SECRET)?;
        token.identity(NOW, ISSUER)
    }

    fn with(name: &str, value: serde_json::Value) -> String {
        let mut claims = claims();
        claims[name] = value;
        signed(claims)
    }

    #[test]
    fn a_good_token_names_its_user() {
        let identity = check(&signed(claims())).unwrap();
        assert_eq!(
            identity.user_id.to_string(),
            "8f14e45f-ceea-467f-a9d0-3c8e7b7a1b2c"
        );
        assert!(check(&with("aud", json!(["authenticated"]))).is_ok());
    }

    #[test]
    fn staff_are_told_by_what_only_the_secret_key_can_set() {
        assert!(!check(&signed(claims())).unwrap().is_staff);
        let staff = with(
            "app_metadata",
            json!({"provider": "email", "role": "staff"}),
        );
        assert!(check(&staff).unwrap().is_staff);
        for (claim, value) in [
            ("app_metadata", json!({"role": "client"})),
            ("app_metadata", json!({"role": ["staff"]})),
            ("app_metadata", json!("staff")),
            ("app_metadata", json!(null)),
            ("user_metadata", json!({"role": "staff"})),
        ] {
            let token = with(claim, value.clone());
            assert!(!check(&token).unwrap().is_staff, "{claim} {value}");
        }
    }

    #[test]
    fn the_second_step_is_taken_at_aal2_alone() {
        assert!(!check(&signed(claims())).unwrap().took_second_step);
        assert!(!check(&with("aal", json!("aal1"))).unwrap().took_second_step);
        assert!(!check(&with("aal", json!(null))).unwrap().took_second_step);
        assert!(check(&with("aal", json!("aal2"))).unwrap().took_second_step);
    }

    #[test]
    fn stale_and_endless_tokens_are_refused() {
        let mut endless = claims();
        endless.as_object_mut().unwrap().remove("exp");
        for token in [
            signed(endless),
            with("exp", json!(NOW)),
            with("exp", json!(NOW + 10_000_000)),
            with("nbf", json!(NOW + 60)),
            with("iat", json!(NOW + 60)),
        ] {
            assert_eq!(check(&token), Err(TokenError::Time), "{token}");
        }
    }

    #[test]
    fn tokens_of_others_are_refused() {
        for token in [
            with("iss", json!("https://other.supabase.co/auth/v1")),
            with("aud", json!("anon")),
            with("role", json!("service_role")),
            with("role", json!("anon")),
        ] {
            assert_eq!(check(&token), Err(TokenError::Issuer), "{token}");
        }
        assert_eq!(check(&with("sub", json!("me"))), Err(TokenError::Malformed));
    }

    #[test]
    fn forged_tokens_are_refused() {
        let good = signed(claims());
        let (data, _) = good.rsplit_once('.').unwrap();
        assert_eq!(check(&format!("{data}.AAAA")), Err(TokenError::Signature));
        let (_, payload) = data.split_once('.').unwrap();
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
        assert_eq!(check(&format!("{none}.{payload}.")), Err(TokenError::Key));
        for garbage in ["", "a", "a.b.c", "..", &"a".repeat(MAX_TOKEN_BYTES + 1)] {
            assert!(check(garbage).is_err());
        }
    }

    #[test]
    fn a_token_with_a_header_that_must_be_understood_is_refused() {
        let rest = signed(claims()).split_once('.').unwrap().1.to_owned();
        for header in [
            r#"{"alg":"HS256","crit":["b64"],"b64":false}"#,
            r#"{"alg":"HS256","crit":[]}"#,
        ] {
            let token = format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header));
            assert_eq!(check(&token), Err(TokenError::Malformed), "{header}");
        }
    }

    #[test]
    fn a_token_of_the_other_family_is_not_taken_for_hs256() {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256","kid":"k"}"#);
        let good = signed(claims());
        let rest = good.split_once('.').unwrap().1;
        let token = format!("{header}.{rest}");
        let token = UnverifiedToken::parse(&token).unwrap();
        assert_eq!(token.verify_hs256(SECRET), Err(TokenError::Key));
        assert_eq!(token.key_id(), Some("k"));
    }
}
