//! `/auth/v1/factors`: a second factor by an authenticator app (TOTP, RFC 6238), with the rules, limits and answers
//! of GoTrue (github.com/supabase/auth, internal/api/mfa.go). Phone and WebAuthn factors are not served.

use std::net::IpAddr;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use deadpool_postgres::Pool;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use qrcode::QrCode;
use qrcode::render::svg;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio_postgres::GenericClient;
use tokio_postgres::error::SqlState;
use totp_rs::{Algorithm, Builder, Secret, Totp};
use uuid::Uuid;

use crate::admin::{self, Refusal};
use crate::auth::{Auth, LIFETIME, SignedIn, add_method, address, unexpected};
use crate::gateway::Bearer;
use crate::http::{Answer, json, read};
use crate::tokens;

const MOST_FACTORS: i64 = 10;
/// Seconds a challenge can be answered, and a factor nobody verified is kept.
const EXPIRY: f64 = 300.0;
/// Bytes of a secret, as RFC 4226 recommends.
const SECRET: usize = 20;
/// Pixels a side of one module of the QR code.
const MODULE: u32 = 3;

/// A factor as GoTrue shows it; `f` is auth.mfa_factors.
const FACTOR: &str = "jsonb_build_object(
  'id', f.id, 'created_at', f.created_at, 'updated_at', f.updated_at, 'status', f.status,
  'friendly_name', coalesce(f.friendly_name, ''), 'factor_type', f.factor_type,
  'last_challenged_at', f.last_challenged_at)";

/// The factors of a user, verified or not; an array.
pub(crate) async fn factors(client: &impl GenericClient, user: Uuid) -> Result<Value, Refusal> {
    let sql = format!(
        "select coalesce(jsonb_agg({FACTOR} order by f.created_at), '[]')
         from auth.mfa_factors as f where f.user_id = $1"
    );
    Ok(client.query_one(&sql, &[&user]).await?.get(0))
}

struct Factor {
    id: Uuid,
    kind: String,
    verified: bool,
    secret: String,
}

impl Factor {
    /// A user's own factor.
    async fn find(client: &impl GenericClient, user: Uuid, id: &str) -> Result<Self, Refusal> {
        let id: Uuid = id.parse().map_err(|_| {
            Refusal::new(
                StatusCode::NOT_FOUND,
                "validation_failed",
                "factor_id must be an UUID",
            )
        })?;
        let row = client
            .query_opt(
                "select factor_type::text, status = 'verified', coalesce(secret, '')
                 from auth.mfa_factors where id = $1 and user_id = $2",
                &[&id, &user],
            )
            .await?
            .ok_or_else(|| {
                Refusal::new(
                    StatusCode::NOT_FOUND,
                    "mfa_factor_not_found",
                    "Factor not found",
                )
            })?;
        Ok(Self {
            id,
            kind: row.get(0),
            verified: row.get(1),
            secret: row.get(2),
        })
    }

    /// Removes the factor; sessions that were raised by it are no longer.
    async fn remove(&self, client: &impl GenericClient) -> Result<(), Refusal> {
        client
            .execute(
                "delete from auth.mfa_amr_claims where authentication_method = $2 and session_id in (
                   select id from auth.sessions where factor_id = $1)",
                &[&self.id, &self.kind],
            )
            .await?;
        client
            .execute(
                "update auth.sessions set aal = 'aal1', factor_id = null where factor_id = $1",
                &[&self.id],
            )
            .await?;
        client
            .execute("delete from auth.mfa_factors where id = $1", &[&self.id])
            .await?;
        Ok(())
    }
}

/// `rest` is the path after `/factors`.
pub(crate) async fn handle(
    auth: &Auth,
    request: Request<Body>,
    rest: &str,
    caller: &Bearer,
) -> Answer {
    route(auth, request, rest.trim_matches('/'), caller)
        .await
        .unwrap_or_else(|refusal| refusal.answer())
}

async fn route(
    auth: &Auth,
    request: Request<Body>,
    rest: &str,
    caller: &Bearer,
) -> Result<Answer, Refusal> {
    let caller = auth.signed_in(caller).await?;
    match (request.method(), rest.split_once('/')) {
        (&Method::POST, None) if rest.is_empty() => {
            enroll(auth, &caller, fields(request.into_body()).await?).await
        }
        (&Method::DELETE, None) if !rest.is_empty() => unenroll(auth, &caller, rest).await,
        (&Method::POST, Some((id, "challenge"))) => {
            challenge(auth, &caller, id, address(request.headers())).await
        }
        (&Method::POST, Some((id, "verify"))) => verify(auth, &caller, id, request).await,
        _ => Err(Refusal::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "this call is not served here",
        )),
    }
}

async fn fields<T: DeserializeOwned>(body: Body) -> Result<T, Refusal> {
    let body = read(body).await.unwrap_or_default();
    serde_json::from_slice(&body).map_err(|error| {
        Refusal::new(
            StatusCode::BAD_REQUEST,
            "bad_json",
            format!("Could not parse request body as JSON: {error}"),
        )
    })
}

fn unprocessable(code: &'static str, message: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
}

#[derive(Deserialize)]
struct Enrolment {
    #[serde(default)]
    friendly_name: String,
    #[serde(default)]
    factor_type: String,
    #[serde(default)]
    issuer: String,
}

async fn enroll(auth: &Auth, caller: &SignedIn, asked: Enrolment) -> Result<Answer, Refusal> {
    match asked.factor_type.as_str() {
        "totp" => {}
        "phone" => {
            return Err(unprocessable(
                "mfa_phone_enroll_not_enabled",
                "MFA enroll is disabled for Phone",
            ));
        }
        "webauthn" => {
            return Err(unprocessable(
                "mfa_webauthn_enroll_not_enabled",
                "MFA enroll is disabled for WebAuthn",
            ));
        }
        _ => {
            return Err(Refusal::invalid(
                "factor_type needs to be totp, phone, or webauthn",
            ));
        }
    }
    let mut client = auth.pool.get().await?;
    let transaction = client.transaction().await?;
    // One enrolment of a user after the other, so that the limits hold.
    transaction
        .execute(
            "select from auth.users where id = $1 for update",
            &[&caller.user],
        )
        .await?;
    transaction
        .execute(
            "delete from auth.mfa_factors
             where status <> 'verified' and created_at < now() - make_interval(secs => $1)",
            &[&EXPIRY],
        )
        .await?;
    let row = transaction
        .query_one(
            "select count(*), coalesce(bool_or(coalesce(friendly_name, '') = $2), false)
             from auth.mfa_factors where user_id = $1",
            &[&caller.user, &asked.friendly_name],
        )
        .await?;
    if row.get(1) {
        return Err(name_conflict(&asked.friendly_name));
    }
    if row.get::<_, i64>(0) >= MOST_FACTORS {
        return Err(unprocessable(
            "too_many_enrolled_mfa_factors",
            "Maximum number of verified factors reached, unenroll to continue",
        ));
    }
    if caller.has_mfa && !caller.aal2 {
        return Err(Refusal::new(
            StatusCode::FORBIDDEN,
            "insufficient_aal",
            "AAL2 required to enroll a new factor",
        ));
    }
    let mut secret = [0; SECRET];
    getrandom::fill(&mut secret).map_err(|_| unexpected())?;
    let secret = Secret::from(&secret[..]).to_base32();
    let issuer = match asked.issuer.as_str() {
        "" => host(&auth.site_url),
        issuer => issuer,
    };
    let uri = uri(issuer, &caller.email, &secret);
    let qr_code = drawn(&uri)?;
    let id: Uuid = transaction
        .query_one(
            "insert into auth.mfa_factors (user_id, friendly_name, factor_type, status, secret)
             values ($1, $2, 'totp', 'unverified', $3) returning id",
            &[&caller.user, &asked.friendly_name, &secret],
        )
        .await
        .map_err(|error| match error.code() {
            Some(&SqlState::UNIQUE_VIOLATION) => name_conflict(&asked.friendly_name),
            _ => error.into(),
        })?
        .get(0);
    transaction.commit().await?;
    Ok(json(
        StatusCode::OK,
        &json!({
            "id": id,
            "type": "totp",
            "friendly_name": asked.friendly_name,
            "totp": { "qr_code": qr_code, "secret": secret, "uri": uri },
        }),
    ))
}

fn name_conflict(name: &str) -> Refusal {
    unprocessable(
        "mfa_factor_name_conflict",
        format!("A factor with the friendly name {name:?} for this user already exists"),
    )
}

/// The host of an address, with its port, as GoTrue names the issuer.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
}

/// What authenticator apps read: github.com/google/google-authenticator/wiki/Key-Uri-Format.
fn uri(issuer: &str, account: &str, secret: &str) -> String {
    let issuer = utf8_percent_encode(issuer, NON_ALPHANUMERIC);
    let account = utf8_percent_encode(account, NON_ALPHANUMERIC);
    format!(
        "otpauth://totp/{issuer}:{account}?algorithm=SHA1&digits=6&issuer={issuer}&period=30&secret={secret}"
    )
}

/// The QR code of a text as SVG. Without `#`: supabase-js puts it into a data URL as it is.
fn drawn(text: &str) -> Result<String, Refusal> {
    let code = QrCode::new(text).map_err(|_| Refusal::invalid("Error generating QR Code"))?;
    Ok(code
        .render()
        .module_dimensions(MODULE, MODULE)
        .dark_color(svg::Color("black"))
        .light_color(svg::Color("white"))
        .build())
}

async fn challenge(
    auth: &Auth,
    caller: &SignedIn,
    id: &str,
    address: IpAddr,
) -> Result<Answer, Refusal> {
    let mut client = auth.pool.get().await?;
    let transaction = client.transaction().await?;
    let factor = Factor::find(&*transaction, caller.user, id).await?;
    let row = transaction
        .query_one(
            "insert into auth.mfa_challenges (factor_id, ip_address) values ($1, $2)
             returning id, (extract(epoch from created_at)::float8 + $3)::bigint",
            &[&factor.id, &address, &EXPIRY],
        )
        .await?;
    transaction
        .execute(
            "update auth.mfa_factors set last_challenged_at = now() where id = $1",
            &[&factor.id],
        )
        .await?;
    transaction.commit().await?;
    Ok(json(
        StatusCode::OK,
        &json!({
            "id": row.get::<_, Uuid>(0),
            "type": factor.kind,
            "expires_at": row.get::<_, i64>(1),
        }),
    ))
}

#[derive(Deserialize)]
struct Attempt {
    challenge_id: Option<Uuid>,
    #[serde(default)]
    code: String,
}

async fn verify(
    auth: &Auth,
    caller: &SignedIn,
    id: &str,
    request: Request<Body>,
) -> Result<Answer, Refusal> {
    let address = address(request.headers());
    let attempt: Attempt = fields(request.into_body()).await?;
    let mut client = auth.pool.get().await?;
    let factor = Factor::find(&**client, caller.user, id).await?;
    if attempt.code.is_empty() {
        return Err(Refusal::invalid("Code needs to be non-empty"));
    }
    let challenge = attempt.challenge_id.unwrap_or_default();
    let row = client
        .query_opt(
            "select verified_at is null and ip_address = $3,
               created_at + make_interval(secs => $4) < now()
             from auth.mfa_challenges where id = $1 and factor_id = $2",
            &[&challenge, &factor.id, &address, &EXPIRY],
        )
        .await?
        .ok_or_else(|| {
            unprocessable(
                "mfa_factor_not_found",
                "MFA factor with the provided challenge ID not found",
            )
        })?;
    // GoTrue says the same of a challenge that was used already.
    if !row.get::<_, bool>(0) {
        return Err(unprocessable(
            "mfa_ip_address_mismatch",
            "Challenge and verify IP addresses mismatch.",
        ));
    }
    if row.get(1) {
        client
            .execute(
                "delete from auth.mfa_challenges where id = $1",
                &[&challenge],
            )
            .await?;
        return Err(unprocessable(
            "mfa_challenge_expired",
            format!(
                "MFA challenge {challenge} has expired, verify against another challenge or create a new challenge."
            ),
        ));
    }
    let now = u64::try_from(tokens::now()).map_err(|_| unexpected())?;
    if totp(&factor.secret)?.check(&attempt.code, now).is_none() {
        return Err(unprocessable(
            "mfa_verification_failed",
            "Invalid TOTP code entered",
        ));
    }

    let transaction = client.transaction().await?;
    let used = transaction
        .execute(
            "update auth.mfa_challenges set verified_at = now()
             where id = $1 and verified_at is null",
            &[&challenge],
        )
        .await?;
    if used == 0 {
        return Err(unprocessable(
            "mfa_ip_address_mismatch",
            "Challenge and verify IP addresses mismatch.",
        ));
    }
    transaction
        .execute(
            "update auth.mfa_factors set status = 'verified', updated_at = now()
             where id = $1 and status <> 'verified'",
            &[&factor.id],
        )
        .await?;
    let answer = raise(auth, &*transaction, caller, &factor).await?;
    transaction.commit().await?;
    Ok(answer)
}

/// Makes the session one of two factors, with new tokens, and ends what one factor alone had opened.
async fn raise(
    auth: &Auth,
    client: &impl GenericClient,
    caller: &SignedIn,
    factor: &Factor,
) -> Result<Answer, Refusal> {
    let (user, session) = (caller.user, caller.session);
    client
        .execute(
            "update auth.sessions set aal = 'aal2', factor_id = $2, updated_at = now() where id = $1",
            &[&session, &factor.id],
        )
        .await?;
    add_method(client, session, &factor.kind).await?;
    // Whoever holds the refresh token of before must not get tokens of two factors by it.
    let parent: Option<String> = client
        .query_opt(
            "select token from auth.refresh_tokens where session_id = $1 and not revoked
             order by created_at desc limit 1",
            &[&session],
        )
        .await?
        .map(|row| row.get(0));
    client
        .execute(
            "update auth.refresh_tokens set revoked = true, updated_at = now() where session_id = $1",
            &[&session],
        )
        .await?;
    let refresh_token = Uuid::new_v4().to_string();
    client
        .execute(
            "insert into auth.refresh_tokens (id, token, user_id, session_id, revoked, parent)
             values (gen_random_uuid()::text, $1, $2, $3, false, $4)",
            &[&refresh_token, &user, &session, &parent],
        )
        .await?;
    client
        .execute(
            "delete from auth.sessions where user_id = $1 and coalesce(aal, 'aal1') < 'aal2'",
            &[&user],
        )
        .await?;
    client
        .execute(
            "delete from auth.mfa_factors
             where user_id = $1 and status = 'unverified' and factor_type::text = $2",
            &[&user, &factor.kind],
        )
        .await?;
    let now = tokens::now();
    let expires_at = now + LIFETIME;
    let access_token = auth
        .access_token(client, user, session, now, expires_at)
        .await?;
    Ok(json(
        StatusCode::OK,
        &json!({
            "access_token": access_token,
            "token_type": "bearer",
            "expires_in": LIFETIME,
            "expires_at": expires_at,
            "refresh_token": refresh_token,
            "user": admin::find(client, user).await?,
        }),
    ))
}

fn totp(secret: &str) -> Result<Totp, Refusal> {
    let secret = Secret::try_from_base32(secret).map_err(|_| unexpected())?;
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(1)
        .with_step_duration(30)
        .with_secret(secret)
        .build()
        .map_err(|_| unexpected())
}

/// The code that an authenticator app with this secret, in base32, shows now; `None` when it is no secret.
pub fn present_code(secret: &str) -> Option<String> {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .ok()?
        .as_secs();
    Some(totp(secret).ok()?.generate(now).to_string())
}

async fn unenroll(auth: &Auth, caller: &SignedIn, id: &str) -> Result<Answer, Refusal> {
    let mut client = auth.pool.get().await?;
    let transaction = client.transaction().await?;
    let factor = Factor::find(&*transaction, caller.user, id).await?;
    if factor.verified && !caller.aal2 {
        return Err(unprocessable(
            "insufficient_aal",
            "AAL2 required to unenroll verified factor",
        ));
    }
    factor.remove(&*transaction).await?;
    transaction.commit().await?;
    Ok(json(StatusCode::OK, &json!({ "id": factor.id })))
}

/// The calls of `supabase.auth.admin.mfa`. `factor` is an id, or empty for all.
pub(crate) async fn administer(
    pool: &Pool,
    method: &Method,
    user: &str,
    factor: &str,
) -> Result<Answer, Refusal> {
    let user = admin::user_id(user)?;
    let mut client = pool.get().await?;
    let transaction = client.transaction().await?;
    admin::find(&*transaction, user).await?;
    match (method, factor) {
        (&Method::GET, "") => {
            let factors = factors(&*transaction, user).await?;
            Ok(json(StatusCode::OK, &factors))
        }
        (&Method::DELETE, id) if !id.is_empty() => {
            let factor = Factor::find(&*transaction, user, id).await?;
            let sql = format!("select {FACTOR} from auth.mfa_factors as f where f.id = $1");
            let shown: Value = transaction.query_one(&sql, &[&factor.id]).await?.get(0);
            factor.remove(&*transaction).await?;
            transaction.commit().await?;
            Ok(json(StatusCode::OK, &shown))
        }
        _ => Err(Refusal::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "Method not allowed",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // Appendix B, the last six of its eight digits.
        let secret = Secret::from(&b"12345678901234567890"[..]).to_base32();
        let totp = totp(&secret).ok().unwrap();
        assert!(totp.check("287082", 59).is_some());
        assert!(totp.check("081804", 1_111_111_109).is_some());
        // A clock may be off by a step, not by two.
        assert!(totp.check("287082", 59 + 30).is_some());
        assert!(totp.check("287082", 59 + 60).is_none());
        for wrong in ["", "28708", "2870820", "287083", "abcdef"] {
            assert!(totp.check(wrong, 59).is_none(), "{wrong}");
        }
    }

    #[test]
    fn apps_learn_who_issued_a_secret_to_whom() {
        assert_eq!(host("http://127.0.0.1:8787/sign-in"), "127.0.0.1:8787");
        assert_eq!(
            uri("Omega OS", "ada+tax@example.com", "ABC"),
            "otpauth://totp/Omega%20OS:ada%2Btax%40example%2Ecom?algorithm=SHA1&digits=6&issuer=Omega%20OS&period=30&secret=ABC"
        );
    }

    #[test]
    fn a_drawn_code_fits_into_a_data_url() {
        let svg = drawn("otpauth://totp/a:b?secret=ABC").ok().unwrap();
        assert!(svg.contains("<svg") && !svg.contains('#'));
    }
}
