//! `/auth/v1`: the Auth service in Node, and around it what hosted projects add: ES256 tokens with
//! all their claims, the key set, and one account however many sign-ups of an address arrive at once.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use axum::body::Body;
use axum::http::header::{
    AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION, USER_AGENT,
};
use axum::http::{Method, Request, StatusCode};
use deadpool_postgres::Pool;
use omega_supervise::{Child, Spec, Supervisor};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::OwnedMutexGuard;
use tokio_postgres::GenericClient;
use uuid::Uuid;

use crate::admin::{self, Refusal};
use crate::config::{Config, JwtMode, loopback};
use crate::email_change::{self, Change, Confirmed};
use crate::gateway::Bearer;
use crate::http::{Answer, empty, header, json, query, read, replace_query};
use crate::keys::{Keys, Role};
use crate::mfa;
use crate::proxy::Upstream;
use crate::tokens::{self, Claims, Refused};

const START: Duration = Duration::from_secs(60);
/// Seconds between two confirmation mails to one address, as on hosted projects.
const MAIL_PAUSE: i64 = 60;
/// Seconds an access token is good for.
pub(crate) const LIFETIME: i64 = 3600;
/// Seconds the code and the link of a mail are good for.
pub(crate) const MAIL_EXPIRY: i64 = 3600;

/// Starts the Auth service and waits until it has its tables and answers.
pub(crate) async fn start(
    config: &Config,
    keys: &Keys,
    port: u16,
    children: &mut Supervisor,
) -> Result<Child> {
    let settings = json!({
        "port": port,
        "url": config.url(),
        "database_url": format!(
            "postgresql://supabase_auth_admin:postgres@127.0.0.1:{}/postgres", config.db_port),
        "secret": keys.auth_secret(),
        "jwt_expiry": LIFETIME,
        "otp_expiry": MAIL_EXPIRY,
        "site_url": config.site_url,
        "redirect_urls": config.redirect_url,
        "confirm_email": config.confirm_email,
        "inbox_url": config.inbox_url,
        "resend_api_key": config.resend_api_key,
        "mail_from": config.mail_from,
        "mail_templates": config.mail_templates()?,
    });
    // The script finds its packages from where it lies, as every module does.
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("auth.mjs");
    let child = children.spawn(
        Spec::new("auth", &config.node)
            // One developer's load; keeps the process small.
            .args(["--max-old-space-size=160", "--max-semi-space-size=2"])
            .arg(script)
            .env("OMEGA_AUTH", settings.to_string())
            .env("LITE_TELEMETRY", "0")
            .log(config.logs().join("auth.log")),
    )?;
    child
        .wait_http(loopback(port), "/auth/v1/health", START, |status| {
            status == 200
        })
        .await?;
    Ok(child)
}

pub(crate) struct Auth {
    upstream: Upstream,
    pub(crate) pool: Pool,
    keys: Arc<Keys>,
    mode: JwtMode,
    issuer: String,
    pub(crate) site_url: String,
    sign_ups: Addresses,
}

/// A user whose token was verified and whose session is still open.
pub(crate) struct SignedIn {
    pub user: Uuid,
    pub email: String,
    pub session: Uuid,
    /// Whether a second factor was given in this session.
    pub aal2: bool,
    /// Whether the user has a second factor at all.
    pub has_mfa: bool,
}

/// Where a session is used from.
struct Device {
    user_agent: Option<String>,
    address: IpAddr,
}

impl Device {
    fn of(headers: &HeaderMap) -> Self {
        Self {
            user_agent: header(headers, USER_AGENT).map(str::to_owned),
            address: address(headers),
        }
    }
}

/// The caller's address; what a proxy in front says of it counts, as on hosted projects.
pub(crate) fn address(headers: &HeaderMap) -> IpAddr {
    header(headers, "x-forwarded-for")
        .and_then(|list| list.split(',').next())
        .and_then(|first| first.trim().parse().ok())
        .unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))
}

/// How a session is opened; the method of its `amr` claim.
#[derive(Clone, Copy)]
enum Opened {
    ByPassword,
    ByMail,
    Before,
}

impl Auth {
    pub fn new(config: &Config, keys: Arc<Keys>, port: u16, pool: Pool) -> Self {
        Self {
            upstream: Upstream::new(loopback(port)),
            pool,
            keys,
            mode: config.jwt_mode,
            issuer: format!("{}/auth/v1", config.url()),
            site_url: config.site_url.clone(),
            sign_ups: Addresses::default(),
        }
    }

    /// Whether a path is served to callers without an API key, as links in mails must be.
    pub fn is_open(path: &str) -> bool {
        matches!(
            path,
            "/verify" | "/callback" | "/authorize" | "/.well-known/jwks.json"
        )
    }

    pub async fn handle(&self, request: Request<Body>, path: &str, caller: Bearer) -> Answer {
        if let Some(rest) = path.strip_prefix("/admin/") {
            return match self.require_service(&caller) {
                Ok(()) => admin::handle(&self.pool, request, rest).await,
                Err(refusal) => refusal.answer(),
            };
        }
        if let Some(rest) = path.strip_prefix("/factors") {
            return mfa::handle(self, request, rest, &caller).await;
        }
        let result = match (request.method(), path) {
            (&Method::GET, "/.well-known/jwks.json") => Ok(self.key_set()),
            (&Method::POST, "/signup") => self.sign_up(request, path, &caller).await,
            (&Method::POST, "/token") => {
                let grant = query(request.uri().query(), "grant_type");
                let opened = match grant.as_deref() {
                    Some("password") => Opened::ByPassword,
                    _ => Opened::Before,
                };
                self.session(request, path, &caller, opened).await
            }
            (&Method::POST, "/verify") => self.verify(request, path, &caller).await,
            (&Method::GET, "/verify") => self.follow_link(request, path).await,
            (&Method::POST, "/resend") => self.resend(request, path, &caller).await,
            (&Method::GET, "/user") => self.session(request, path, &caller, Opened::Before).await,
            (&Method::PUT, "/user") => self.update_user(request, path, &caller).await,
            _ => self.forward(request, path, &caller).await,
        };
        result.unwrap_or_else(|refusal| refusal.answer())
    }

    /// The claims of a user's access token that came in.
    pub fn verify_user(&self, token: &str) -> Result<Claims, Refused> {
        match self.mode {
            JwtMode::Es256 => self.keys.signer.verify(token),
            JwtMode::Hs256 => tokens::verify_hs256(token, self.keys.jwt_secret().as_bytes()),
        }
    }

    fn key_set(&self) -> Answer {
        let keys = match self.mode {
            JwtMode::Es256 => vec![self.keys.signer.public_jwk().clone()],
            JwtMode::Hs256 => Vec::new(),
        };
        let mut answer = json(StatusCode::OK, &json!({ "keys": keys }));
        answer.headers_mut().insert(
            "cache-control",
            HeaderValue::from_static("public, max-age=600"),
        );
        answer
    }

    fn require_service(&self, caller: &Bearer) -> Result<(), Refusal> {
        let role = match caller {
            Bearer::Role(role) => role.name().to_owned(),
            Bearer::Token(token) => {
                let claims = self.verify_user(token).map_err(bad_token)?;
                claims
                    .get("role")
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned()
            }
            Bearer::None => {
                return Err(Refusal::new(
                    StatusCode::UNAUTHORIZED,
                    "no_authorization",
                    "This endpoint requires a valid Bearer token",
                ));
            }
        };
        if role == Role::Service.name() {
            Ok(())
        } else {
            Err(Refusal::new(
                StatusCode::FORBIDDEN,
                "not_admin",
                "User not allowed",
            ))
        }
    }

    /// Passes the request on with the caller's token in the form the service knows.
    async fn forward(
        &self,
        mut request: Request<Body>,
        path: &str,
        caller: &Bearer,
    ) -> Result<Answer, Refusal> {
        let token = match caller {
            Bearer::None => None,
            // Without a subject: endpoints for users say so themselves.
            Bearer::Role(role) => Some(json!({
                "role": role.name(),
                "exp": tokens::now() + 60,
            })),
            Bearer::Token(token) => {
                let claims = self.verify_user(token).map_err(bad_token)?;
                let known = ["sub", "aud", "role", "email", "session_id", "iat", "exp"];
                Some(
                    known
                        .iter()
                        .filter_map(|name| Some((*name, claims.get(*name)?.clone())))
                        .collect(),
                )
            }
        };
        let headers = request.headers_mut();
        headers.remove("apikey");
        headers.remove(AUTHORIZATION);
        if let Some(claims) = token {
            let token = tokens::sign_hs256(&claims, self.keys.auth_secret().as_bytes());
            let value = token
                .ok()
                .and_then(|token| HeaderValue::from_str(&format!("Bearer {token}")).ok())
                .ok_or_else(unexpected)?;
            headers.insert(AUTHORIZATION, value);
        }
        let query = replace_query(request.uri().query(), "apikey", None);
        Ok(self
            .upstream
            .send(request, &format!("/auth/v1{path}"), &query)
            .await)
    }

    /// Who asks, by a token of a session that is still open.
    pub async fn signed_in(&self, caller: &Bearer) -> Result<SignedIn, Refusal> {
        let forbidden = |code, message| Refusal::new(StatusCode::FORBIDDEN, code, message);
        let claims = match caller {
            Bearer::None => {
                return Err(Refusal::new(
                    StatusCode::UNAUTHORIZED,
                    "no_authorization",
                    "This endpoint requires a valid Bearer token",
                ));
            }
            Bearer::Role(_) => {
                return Err(forbidden("bad_jwt", "invalid claim: missing sub claim"));
            }
            Bearer::Token(token) => self.verify_user(token).map_err(bad_token)?,
        };
        let id = |name: &str| {
            claims
                .get(name)
                .and_then(Value::as_str)?
                .parse::<Uuid>()
                .ok()
        };
        let user = id("sub")
            .ok_or_else(|| forbidden("bad_jwt", "invalid claim: sub claim must be a UUID"))?;
        let client = self.pool.get().await?;
        let row = client
            .query_opt(
                "select coalesce(u.email, ''), s.id, coalesce(s.aal = 'aal2', false), exists (
                   select from auth.mfa_factors as f where f.user_id = u.id and f.status = 'verified')
                 from auth.users as u left join auth.sessions as s on s.user_id = u.id and s.id = $2
                 where u.id = $1",
                &[&user, &id("session_id")],
            )
            .await?
            .ok_or_else(|| {
                forbidden("user_not_found", "User from sub claim in JWT does not exist")
            })?;
        let session = row.get::<_, Option<Uuid>>(1).ok_or_else(|| {
            forbidden(
                "session_not_found",
                "Session from session_id claim in JWT does not exist",
            )
        })?;
        Ok(SignedIn {
            user,
            email: row.get(0),
            session,
            aal2: row.get(2),
            has_mfa: row.get(3),
        })
    }

    /// Passes on a request that is answered with a user or a session, and adds what the service does
    /// not know: our form of the token, and the user's second factors.
    async fn session(
        &self,
        request: Request<Body>,
        path: &str,
        caller: &Bearer,
        opened: Opened,
    ) -> Result<Answer, Refusal> {
        let device = Device::of(request.headers());
        let answer = self.forward(request, path, caller).await?;
        let is_json = answer
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.starts_with("application/json"));
        if !answer.status().is_success() || !is_json {
            return Ok(answer);
        }
        let (mut head, body) = answer.into_parts();
        let body = read(body).await.ok_or_else(unexpected)?;
        let mut value: Value = serde_json::from_slice(&body).map_err(|_| unexpected())?;
        if let Some(token) = value["access_token"].as_str() {
            let id = value["user"]["id"].as_str().and_then(|id| id.parse().ok());
            self.refuse_banned(id).await?;
            value["access_token"] = json!(self.exchange(token, opened, &device).await?);
        }
        let user = match value.get("user") {
            Some(Value::Object(_)) => &mut value["user"],
            _ => &mut value,
        };
        if let Some(id) = user["id"].as_str().and_then(|id| id.parse().ok()) {
            let client = self.pool.get().await?;
            let factors = mfa::factors(&**client, id).await?;
            if factors
                .as_array()
                .is_some_and(|factors| !factors.is_empty())
            {
                user["factors"] = factors;
            }
        }
        head.headers.remove(CONTENT_LENGTH);
        Ok(Answer::from_parts(head, Body::from(value.to_string())))
    }

    /// The service would refresh the session of a user who was banned meanwhile.
    async fn refuse_banned(&self, user: Option<Uuid>) -> Result<(), Refusal> {
        let client = self.pool.get().await?;
        let banned = client
            .query_opt(
                "select from auth.users where id = $1 and banned_until > now()",
                &[&user],
            )
            .await?;
        match banned {
            None => Ok(()),
            Some(_) => Err(Refusal::new(
                StatusCode::BAD_REQUEST,
                "user_banned",
                "User is banned",
            )),
        }
    }

    async fn sign_up(
        &self,
        request: Request<Body>,
        path: &str,
        caller: &Bearer,
    ) -> Result<Answer, Refusal> {
        let (head, body) = request.into_parts();
        let body = read(body).await.ok_or_else(|| {
            Refusal::new(
                StatusCode::BAD_REQUEST,
                "bad_json",
                "Could not read the request body",
            )
        })?;
        let fields: Value = serde_json::from_slice(&body).unwrap_or_default();
        let email = fields["email"].as_str().unwrap_or_default().to_lowercase();
        let redirect = query(head.uri.query(), "redirect_to");
        let _turn = self.sign_ups.turn(&email).await;
        let request = Request::from_parts(head, Body::from(body));
        let answer = self
            .session(request, path, caller, Opened::ByPassword)
            .await?;
        match answer.status() {
            // Only a project that confirms addresses answers so, and only for a taken one: it must
            // not tell who has an account.
            StatusCode::TOO_MANY_REQUESTS => {
                // Whoever lost the first mail gets another, though not at every try.
                let _ = self.confirm_again(&email, redirect).await;
                Ok(json(StatusCode::OK, &nobody(&email, &fields["data"])))
            }
            // The mail could not be sent. A user nobody can confirm would block the address.
            status if status.is_server_error() => {
                let client = self.pool.get().await?;
                client
                    .execute(
                        "delete from auth.users where email = $1 and confirmed_at is null",
                        &[&email],
                    )
                    .await?;
                Err(Refusal::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "unexpected_failure",
                    "Error sending confirmation email",
                ))
            }
            _ => Ok(answer),
        }
    }

    async fn resend(
        &self,
        request: Request<Body>,
        path: &str,
        caller: &Bearer,
    ) -> Result<Answer, Refusal> {
        let (head, body) = request.into_parts();
        let body = read(body).await.unwrap_or_default();
        let fields: Value = serde_json::from_slice(&body).unwrap_or_default();
        match (fields["type"].as_str(), fields["email"].as_str()) {
            (Some("signup"), Some(email)) => {
                let redirect = query(head.uri.query(), "redirect_to");
                self.confirm_again(&email.to_lowercase(), redirect).await?;
                Ok(json(StatusCode::OK, &json!({})))
            }
            (Some("email_change"), Some(email)) => {
                let redirect = query(head.uri.query(), "redirect_to");
                let change = Change::pending(self, &email.to_lowercase()).await?;
                if let Some(change) = change {
                    change.send(self, redirect.as_deref()).await?;
                }
                Ok(json(StatusCode::OK, &json!({})))
            }
            _ => {
                let request = Request::from_parts(head, Body::from(body));
                self.forward(request, path, caller).await
            }
        }
    }

    /// Sends another confirmation mail, with a new code, to a user who has not confirmed yet. Says
    /// nothing of who that is.
    async fn confirm_again(&self, email: &str, redirect: Option<String>) -> Result<(), Refusal> {
        let client = self.pool.get().await?;
        let row = client
            .query_opt(
                "select id, floor(extract(epoch from now() - confirmation_sent_at))::bigint
                 from auth.users where email = $1 and confirmed_at is null",
                &[&email],
            )
            .await?;
        let Some(row) = row else {
            return Ok(());
        };
        let id: Uuid = row.get(0);
        let wait = wait(row.get(1));
        if wait > 0 {
            return Err(too_soon(wait));
        }
        let (code, hash) = code(email)?;
        client
            .execute(
                "update auth.users set confirmation_token = $2, confirmation_sent_at = now()
                 where id = $1",
                &[&id, &hash],
            )
            .await?;
        self.send_mail(
            &json!({ "type": "signup", "to": email, "token": code, "token_hash": hash }),
            redirect.as_deref(),
        )
        .await
    }

    /// Has the service send a mail of its own; its link leads to `redirect` in the end.
    pub async fn send_mail(&self, mail: &Value, redirect: Option<&str>) -> Result<(), Refusal> {
        let request = Request::post("/")
            .header(CONTENT_TYPE, "application/json")
            .header(AUTHORIZATION, format!("Bearer {}", self.keys.auth_secret()))
            .body(Body::from(mail.to_string()))
            .map_err(|_| unexpected())?;
        let query = redirect.map(|to| replace_query(None, "redirect_to", Some(to)));
        let sent = self
            .upstream
            .send(request, "/mail", &query.unwrap_or_default())
            .await;
        if sent.status().is_success() {
            Ok(())
        } else {
            Err(unexpected())
        }
    }

    /// The service tells apart which mail a token came in; callers may just say `email`.
    async fn verify(
        &self,
        request: Request<Body>,
        path: &str,
        caller: &Bearer,
    ) -> Result<Answer, Refusal> {
        let (head, body) = request.into_parts();
        let mut body = read(body).await.unwrap_or_default();
        if let Ok(mut fields) = serde_json::from_slice::<Value>(&body) {
            let hash = match (fields["token_hash"].as_str(), fields["token"].as_str()) {
                (Some(hash), _) => hash.to_owned(),
                (None, Some(token)) => {
                    let email = fields["email"].as_str().unwrap_or_default().to_lowercase();
                    hash_of(&email, token)
                }
                (None, None) => String::new(),
            };
            if fields["type"] == "email" {
                fields["type"] = json!(self.kind_of_mail(&hash).await?);
                body = fields.to_string().into();
            } else if fields["type"] == "email_change"
                && email_change::confirm(self, &hash).await? == Confirmed::One
            {
                return Ok(json(
                    StatusCode::OK,
                    &json!({ "code": "200", "msg": email_change::ONE_CONFIRMED }),
                ));
            }
        }
        let mut request = Request::from_parts(head, Body::from(body));
        request.headers_mut().remove(CONTENT_LENGTH);
        self.session(request, path, caller, Opened::ByMail).await
    }

    async fn kind_of_mail(&self, hash: &str) -> Result<&'static str, Refusal> {
        let client = self.pool.get().await?;
        let confirms = client
            .query_opt(
                "select from auth.users where confirmation_token = $1",
                &[&hash],
            )
            .await?
            .is_some();
        Ok(if confirms { "signup" } else { "magiclink" })
    }

    /// A link of a mail, opened in a browser: leads to the site with the session in the fragment.
    async fn follow_link(&self, mut request: Request<Body>, path: &str) -> Result<Answer, Refusal> {
        let device = Device::of(request.headers());
        let text = request.uri().query().map(str::to_owned);
        let text = text.as_deref();
        let hash = query(text, "token").unwrap_or_default();
        let kind = query(text, "type");
        if kind.as_deref() == Some("email") {
            let kind = self.kind_of_mail(&hash).await?;
            let target = format!("/?{}", replace_query(text, "type", Some(kind)));
            *request.uri_mut() = target.parse().map_err(|_| unexpected())?;
        }
        // Whatever is wrong with a link, the service says so to the page.
        if kind.as_deref() == Some("email_change")
            && let Ok(Confirmed::One) = email_change::confirm(self, &hash).await
        {
            return self.half_confirmed(request, path).await;
        }
        let mut answer = self.forward(request, path, &Bearer::None).await?;
        let location = answer
            .headers()
            .get(LOCATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once('#'));
        if let Some((page, fragment)) = location
            && let Some(token) = query(Some(fragment), "access_token")
        {
            let token = self.exchange(&token, Opened::ByMail, &device).await?;
            let fragment = replace_query(Some(fragment), "access_token", Some(&token));
            let target = format!("{page}#{fragment}");
            let value = HeaderValue::from_str(&target).map_err(|_| unexpected())?;
            answer.headers_mut().insert(LOCATION, value);
        }
        Ok(answer)
    }

    /// Leads to the page of a link that was one of two. The service knows where links may lead: it
    /// refuses the link, which is used up, and its page is taken.
    async fn half_confirmed(&self, request: Request<Body>, path: &str) -> Result<Answer, Refusal> {
        let mut answer = self.forward(request, path, &Bearer::None).await?;
        let page = answer
            .headers()
            .get(LOCATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split('#').next())
            .ok_or_else(unexpected)?;
        let fragment = replace_query(Some("sb="), "message", Some(email_change::ONE_CONFIRMED));
        let target = format!("{page}#{fragment}");
        let value = HeaderValue::from_str(&target).map_err(|_| unexpected())?;
        answer.headers_mut().insert(LOCATION, value);
        Ok(answer)
    }

    async fn update_user(
        &self,
        request: Request<Body>,
        path: &str,
        caller: &Bearer,
    ) -> Result<Answer, Refusal> {
        let signed_in = self.signed_in(caller).await?;
        let redirect = query(request.uri().query(), "redirect_to");
        let (mut head, body) = request.into_parts();
        let body = read(body).await.unwrap_or_default();
        let mut fields: Value = serde_json::from_slice(&body).unwrap_or_default();
        let new_password = fields["password"].is_string();
        let email = fields
            .as_object_mut()
            .and_then(|fields| fields.remove("email"));
        let email = email
            .as_ref()
            .and_then(Value::as_str)
            .map(|email| email.trim().to_lowercase())
            .filter(|email| !email.is_empty() && *email != signed_in.email);
        if signed_in.has_mfa && !signed_in.aal2 && (new_password || email.is_some()) {
            return Err(Refusal::new(
                StatusCode::UNAUTHORIZED,
                "insufficient_aal",
                "AAL2 session is required to update email or password when MFA is enabled.",
            ));
        }
        let change = match email {
            Some(email) => Some(Change::asked(self, &signed_in, email).await?),
            None => None,
        };
        head.headers.remove(CONTENT_LENGTH);
        let request = Request::from_parts(head, Body::from(fields.to_string()));
        let mut answer = self.session(request, path, caller, Opened::Before).await?;
        if answer.status().is_success()
            && let Some(change) = change
        {
            change.send(self, redirect.as_deref()).await?;
            let client = self.pool.get().await?;
            let user = admin::find(&**client, signed_in.user).await?;
            answer = json(StatusCode::OK, &user);
        }
        if answer.status().is_success() && new_password {
            let client = self.pool.get().await?;
            client
                .execute(
                    "delete from auth.sessions where user_id = $1 and id <> $2",
                    &[&signed_in.user, &signed_in.session],
                )
                .await?;
        }
        Ok(answer)
    }

    /// The access token of the service, as hosted projects would have issued it. Notes where the
    /// session is used from.
    async fn exchange(
        &self,
        token: &str,
        opened: Opened,
        device: &Device,
    ) -> Result<String, Refusal> {
        let issued = tokens::verify_hs256(token, self.keys.auth_secret().as_bytes())
            .map_err(|_| unexpected())?;
        let id = |name: &str| {
            let text = issued.get(name).and_then(Value::as_str);
            text.and_then(|id| id.parse::<Uuid>().ok())
                .ok_or_else(unexpected)
        };
        let (user, session) = (id("sub")?, id("session_id")?);
        let method = match opened {
            Opened::ByPassword => Some("password"),
            Opened::ByMail => Some("otp"),
            Opened::Before => None,
        };
        let client = self.pool.get().await?;
        client
            .execute(
                "update auth.sessions set user_agent = $2, ip = $3 where id = $1",
                &[&session, &device.user_agent, &device.address],
            )
            .await?;
        if let Some(method) = method {
            add_method(&**client, session, method).await?;
        }
        let time = |name: &str| {
            issued
                .get(name)
                .and_then(Value::as_i64)
                .ok_or_else(unexpected)
        };
        self.access_token(&**client, user, session, time("iat")?, time("exp")?)
            .await
    }

    /// A token of an open session, by the rows as `client` sees them; times in seconds since 1970.
    pub async fn access_token(
        &self,
        client: &impl GenericClient,
        user: Uuid,
        session: Uuid,
        issued_at: i64,
        expires_at: i64,
    ) -> Result<String, Refusal> {
        let row = client
            .query_opt(
                "select jsonb_build_object(
                   'sub', u.id, 'aud', u.aud, 'role', u.role,
                   'email', coalesce(u.email, ''), 'phone', coalesce(u.phone, ''),
                   'app_metadata', coalesce(u.raw_app_meta_data, '{}'),
                   'user_metadata', coalesce(u.raw_user_meta_data, '{}'),
                   'is_anonymous', u.is_anonymous, 'session_id', s.id,
                   'aal', coalesce(s.aal, 'aal1'),
                   'amr', coalesce((
                     select jsonb_agg(jsonb_build_object(
                       'method', a.authentication_method,
                       'timestamp', extract(epoch from a.updated_at)::bigint)
                       order by a.updated_at desc)
                     from auth.mfa_amr_claims as a where a.session_id = s.id), '[]'))
                 from auth.users as u join auth.sessions as s on s.user_id = u.id
                 where u.id = $1 and s.id = $2",
                &[&user, &session],
            )
            .await?;
        let mut claims: Value = row.ok_or_else(unexpected)?.get(0);
        claims["iss"] = json!(self.issuer);
        claims["iat"] = json!(issued_at);
        claims["exp"] = json!(expires_at);
        let signed = match self.mode {
            JwtMode::Es256 => self.keys.signer.sign(&claims),
            JwtMode::Hs256 => tokens::sign_hs256(&claims, self.keys.jwt_secret().as_bytes()),
        };
        signed.map_err(|_| unexpected())
    }
}

/// Notes how a session was opened or raised; its `amr` claim.
pub(crate) async fn add_method(
    client: &impl GenericClient,
    session: Uuid,
    method: &str,
) -> Result<(), Refusal> {
    client
        .execute(
            "insert into auth.mfa_amr_claims (session_id, authentication_method) values ($1, $2)
             on conflict (session_id, authentication_method) do update set updated_at = now()",
            &[&session, &method],
        )
        .await?;
    Ok(())
}

/// Seconds until another mail may be sent, by how many have passed since the last.
pub(crate) fn wait(passed: Option<i64>) -> i64 {
    passed.map_or(0, |passed| MAIL_PAUSE - passed)
}

pub(crate) fn too_soon(wait: i64) -> Refusal {
    Refusal::new(
        StatusCode::TOO_MANY_REQUESTS,
        "over_email_send_rate_limit",
        format!("For security purposes, you can only request this after {wait} seconds."),
    )
}

fn bad_token(refused: Refused) -> Refusal {
    Refusal::new(StatusCode::FORBIDDEN, "bad_jwt", refused.sentence())
}

pub(crate) fn unexpected() -> Refusal {
    Refusal::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "unexpected_failure",
        "Unexpected failure, please check server logs for more information",
    )
}

/// The user shown to whoever signs up with a taken address: new by all appearances.
fn nobody(email: &str, data: &Value) -> Value {
    let now = timestamp();
    json!({
        "id": Uuid::new_v4(),
        "aud": "authenticated",
        "role": "",
        "email": email,
        "phone": "",
        "confirmation_sent_at": now,
        "app_metadata": { "provider": "email", "providers": ["email"] },
        "user_metadata": if data.is_object() { data.clone() } else { json!({}) },
        "identities": [],
        "created_at": now,
        "updated_at": now,
        "is_anonymous": false,
    })
}

fn timestamp() -> String {
    time::OffsetDateTime::now_utc()
        .format(&time::format_description::well_known::Rfc3339)
        .unwrap_or_default()
}

/// A code for a mail to `email`, and what is kept of it.
pub(crate) fn code(email: &str) -> Result<(String, String), Refusal> {
    let code = getrandom::u32().map_err(|_| unexpected())? % 1_000_000;
    let code = format!("{code:06}");
    let hash = hash_of(email, &code);
    Ok((code, hash))
}

/// What the service keeps of a code it mailed.
pub(crate) fn hash_of(email: &str, code: &str) -> String {
    Sha256::digest(format!("{email}{code}"))
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Turns for each address, so that simultaneous sign-ups of one come one after the other.
#[derive(Default)]
struct Addresses {
    turns: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

impl Addresses {
    async fn turn(&self, address: &str) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            // Nobody waits for or holds what only the map refers to.
            turns.retain(|_, turn| Arc::strong_count(turn) > 1);
            Arc::clone(turns.entry(address.to_owned()).or_default())
        };
        turn.lock_owned().await
    }
}

/// Preflights and the like, which the gateway answers itself.
pub(crate) fn no_content() -> Answer {
    empty(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sign_ups_of_one_address_take_turns() {
        let addresses = Addresses::default();
        let first = addresses.turn("a@example.com").await;
        let other = addresses.turn("b@example.com").await;
        let second = addresses.turn("a@example.com");
        tokio::pin!(second);
        assert!(
            tokio::time::timeout(Duration::from_millis(50), &mut second)
                .await
                .is_err()
        );
        drop(first);
        let second = second.await;
        drop((second, other));
        let _ = addresses.turn("c@example.com").await;
        assert_eq!(addresses.turns.lock().unwrap().len(), 1);
    }
}
