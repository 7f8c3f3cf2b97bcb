//! `/auth/v1/admin/users`: the calls of `supabase.auth.admin` that make, read, change and delete
//! users. Answers the secret key alone; written on the tables of the Auth service.

use axum::body::Body;
use axum::http::header::{HeaderValue, LINK};
use axum::http::{Method, Request, StatusCode};
use deadpool_postgres::Pool;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio_postgres::GenericClient;
use tokio_postgres::error::SqlState;
use uuid::Uuid;

use crate::http::{Answer, json, query, read};
use crate::mfa;

const SHORTEST_PASSWORD: usize = 12;
/// What bcrypt can hold.
const LONGEST_PASSWORD: usize = 72;
const MOST_PER_PAGE: i64 = 1000;

/// A user as GoTrue shows it; `u` is auth.users.
const USER: &str = r#"
  jsonb_strip_nulls(jsonb_build_object(
    'id', u.id, 'aud', u.aud, 'role', u.role,
    'email', coalesce(u.email, ''), 'phone', coalesce(u.phone, ''),
    'email_confirmed_at', u.email_confirmed_at, 'phone_confirmed_at', u.phone_confirmed_at,
    'confirmed_at', u.confirmed_at, 'confirmation_sent_at', u.confirmation_sent_at,
    'recovery_sent_at', u.recovery_sent_at, 'invited_at', u.invited_at,
    'new_email', nullif(u.email_change, ''), 'email_change_sent_at', u.email_change_sent_at,
    'last_sign_in_at', u.last_sign_in_at, 'banned_until', u.banned_until,
    'created_at', u.created_at, 'updated_at', u.updated_at, 'is_anonymous', u.is_anonymous,
    'factors', (
      select jsonb_agg(jsonb_build_object(
        'id', f.id, 'friendly_name', nullif(f.friendly_name, ''), 'factor_type', f.factor_type,
        'status', f.status, 'last_challenged_at', f.last_challenged_at,
        'created_at', f.created_at, 'updated_at', f.updated_at) order by f.created_at)
      from auth.mfa_factors as f where f.user_id = u.id)))
  || jsonb_build_object(
    'app_metadata', coalesce(u.raw_app_meta_data, '{}'),
    'user_metadata', coalesce(u.raw_user_meta_data, '{}'),
    'identities', coalesce((
      select jsonb_agg(jsonb_build_object(
        'identity_id', i.id, 'id', i.provider_id, 'user_id', i.user_id,
        'identity_data', i.identity_data, 'provider', i.provider, 'email', i.email,
        'last_sign_in_at', i.last_sign_in_at, 'created_at', i.created_at,
        'updated_at', i.updated_at) order by i.created_at)
      from auth.identities as i where i.user_id = u.id), '[]'))
"#;

pub(crate) struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Refusal {
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }

    pub fn answer(&self) -> Answer {
        json(
            self.status,
            &json!({
                "code": self.status.as_u16(),
                "error_code": self.code,
                "msg": self.message,
            }),
        )
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "validation_failed", message)
    }

    fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "user_not_found", "User not found")
    }
}

impl From<tokio_postgres::Error> for Refusal {
    fn from(error: tokio_postgres::Error) -> Self {
        if error.code() == Some(&SqlState::UNIQUE_VIOLATION) {
            return Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "email_exists",
                "A user with this email address has already been registered",
            );
        }
        eprintln!("auth admin: {error:?}");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "unexpected_failure",
            "Database error",
        )
    }
}

impl From<deadpool_postgres::PoolError> for Refusal {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        eprintln!("auth admin: {error}");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "unexpected_failure",
            "Database error",
        )
    }
}

/// What a caller may say of a user. Fields GoTrue also knows and this does not are ignored.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Fields {
    id: Option<Uuid>,
    email: Option<String>,
    phone: Option<String>,
    password: Option<String>,
    role: Option<String>,
    email_confirm: bool,
    phone_confirm: bool,
    user_metadata: Option<Map<String, Value>>,
    app_metadata: Option<Map<String, Value>>,
    /// Hours, minutes and seconds, `24h`; `none` lifts a ban.
    ban_duration: Option<String>,
}

impl Fields {
    async fn read(body: Body) -> Result<Self, Refusal> {
        let body = read(body)
            .await
            .ok_or_else(|| Refusal::invalid("Could not read the request body"))?;
        let mut fields: Self = serde_json::from_slice(&body).map_err(|error| {
            Refusal::new(
                StatusCode::BAD_REQUEST,
                "bad_json",
                format!("Could not parse request body as JSON: {error}"),
            )
        })?;
        if let Some(email) = &mut fields.email {
            *email = email.trim().to_lowercase();
            if !looks_like_address(email) {
                return Err(Refusal::invalid(
                    "Unable to validate email address: invalid format",
                ));
            }
        }
        let is_ban = |duration: &str| {
            duration == "none"
                || (duration.starts_with(|first: char| first.is_ascii_digit())
                    && duration.ends_with(['h', 'm', 's'])
                    && duration
                        .chars()
                        .all(|c| c.is_ascii_digit() || "hms".contains(c)))
        };
        if fields
            .ban_duration
            .as_deref()
            .is_some_and(|ban| !is_ban(ban))
        {
            return Err(Refusal::invalid("invalid format for ban duration"));
        }
        match &fields.password {
            Some(password) if password.len() > LONGEST_PASSWORD => Err(Refusal::invalid(
                "Password cannot be longer than 72 characters",
            )),
            Some(password) if password.chars().count() < SHORTEST_PASSWORD => Err(Refusal::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "weak_password",
                format!("Password should be at least {SHORTEST_PASSWORD} characters."),
            )),
            _ => Ok(fields),
        }
    }
}

pub(crate) fn looks_like_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, domain)| {
        !name.is_empty()
            && domain.contains('.')
            && !domain.starts_with('.')
            && !domain.ends_with('.')
            && !text.contains(char::is_whitespace)
            && !domain.contains('@')
    })
}

/// `rest` is the path after `/admin/`.
pub(crate) async fn handle(pool: &Pool, request: Request<Body>, rest: &str) -> Answer {
    let result = match (request.method().clone(), rest.trim_end_matches('/')) {
        (Method::GET, "users") => list(pool, request.uri().query()).await,
        (Method::POST, "users") => create(pool, request.into_body()).await,
        (method, path) => match path.strip_prefix("users/") {
            Some(path) if let Some((user, factor)) = path.split_once("/factors") => {
                mfa::administer(pool, &method, user, factor.trim_start_matches('/')).await
            }
            Some(id) => one(pool, method, id, request.into_body()).await,
            None => Err(Refusal::new(
                StatusCode::NOT_FOUND,
                "not_found",
                "this admin call is not served here",
            )),
        },
    };
    result.unwrap_or_else(|refusal| refusal.answer())
}

async fn one(pool: &Pool, method: Method, id: &str, body: Body) -> Result<Answer, Refusal> {
    let id = user_id(id)?;
    match method {
        Method::GET => {
            let client = pool.get().await?;
            Ok(json(StatusCode::OK, &find(&**client, id).await?))
        }
        Method::PUT => update(pool, id, Fields::read(body).await?).await,
        Method::DELETE => delete(pool, id, body).await,
        _ => Err(Refusal::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "Method not allowed",
        )),
    }
}

pub(crate) fn user_id(text: &str) -> Result<Uuid, Refusal> {
    text.parse().map_err(|_| {
        Refusal::new(
            StatusCode::NOT_FOUND,
            "validation_failed",
            "user_id must be an UUID",
        )
    })
}

pub(crate) async fn find(client: &impl GenericClient, id: Uuid) -> Result<Value, Refusal> {
    let sql = format!("select {USER} from auth.users as u where u.id = $1");
    let row = client.query_opt(&sql, &[&id]).await?;
    row.map(|row| row.get(0)).ok_or_else(Refusal::not_found)
}

async fn list(pool: &Pool, text: Option<&str>) -> Result<Answer, Refusal> {
    let number = |name, otherwise: i64| match query(text, name) {
        None => Ok(otherwise),
        Some(value) => value
            .parse::<i64>()
            .ok()
            .filter(|number| *number > 0)
            .ok_or_else(|| Refusal::invalid(format!("{name} must be a positive number"))),
    };
    let page = number("page", 1)?;
    let per_page = number("per_page", 50)?.min(MOST_PER_PAGE);
    let client = pool.get().await?;
    let total: i64 = client
        .query_one("select count(*) from auth.users", &[])
        .await?
        .get(0);
    let sql = format!(
        "select coalesce(jsonb_agg(page.shown), '[]') from (
           select {USER} as shown from auth.users as u
           order by u.created_at desc, u.id limit $1 offset $2) as page"
    );
    let users: Value = client
        .query_one(&sql, &[&per_page, &((page - 1) * per_page)])
        .await?
        .get(0);
    let mut answer = json(
        StatusCode::OK,
        &json!({ "users": users, "aud": "authenticated" }),
    );
    let last = ((total + per_page - 1) / per_page).max(1);
    let mut links = Vec::new();
    let mut link = |page: i64, relation: &str| {
        links.push(format!(
            "</admin/users?page={page}&per_page={per_page}>; rel=\"{relation}\""
        ));
    };
    if page < last {
        link(page + 1, "next");
    }
    link(last, "last");
    let headers = answer.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&links.join(", ")) {
        headers.insert(LINK, value);
    }
    headers.insert("x-total-count", HeaderValue::from(total));
    Ok(answer)
}

async fn create(pool: &Pool, body: Body) -> Result<Answer, Refusal> {
    let fields = Fields::read(body).await?;
    if fields.email.is_none() && fields.phone.is_none() {
        return Err(Refusal::invalid(
            "Cannot create a user without either an email or phone",
        ));
    }
    let id = fields.id.unwrap_or_else(Uuid::new_v4);
    let provider = if fields.email.is_some() {
        "email"
    } else {
        "phone"
    };
    let mut app_metadata = Map::from_iter([
        ("provider".to_owned(), json!(provider)),
        ("providers".to_owned(), json!([provider])),
    ]);
    app_metadata.extend(fields.app_metadata.unwrap_or_default());
    let mut user_metadata = fields.user_metadata.unwrap_or_default();
    if fields.email_confirm {
        user_metadata.insert("email_verified".into(), json!(true));
    }
    let identity = json!({
        "sub": id,
        "email": fields.email,
        "email_verified": fields.email_confirm,
        "phone_verified": fields.phone_confirm,
    });
    let mut client = pool.get().await?;
    let transaction = client.transaction().await?;
    transaction
        .execute(
            "insert into auth.users (
               id, aud, role, email, phone, encrypted_password, email_confirmed_at,
               phone_confirmed_at, raw_app_meta_data, raw_user_meta_data, created_at, updated_at)
             values ($1, 'authenticated', coalesce($2, 'authenticated'), $3, $4,
               extensions.crypt($5, extensions.gen_salt('bf', 10)),
               case when $6 then now() end, case when $7 then now() end, $8, $9, now(), now())",
            &[
                &id,
                &fields.role,
                &fields.email,
                &fields.phone,
                &fields.password,
                &fields.email_confirm,
                &fields.phone_confirm,
                &Value::Object(app_metadata),
                &Value::Object(user_metadata),
            ],
        )
        .await?;
    transaction
        .execute(
            "insert into auth.identities (
               id, provider, provider_id, user_id, identity_data, created_at, updated_at)
             values (gen_random_uuid(), $1, $2, $3, jsonb_strip_nulls($4), now(), now())",
            &[&provider, &id.to_string(), &id, &identity],
        )
        .await?;
    let user = find(&*transaction, id).await?;
    transaction.commit().await?;
    Ok(json(StatusCode::OK, &user))
}

async fn update(pool: &Pool, id: Uuid, fields: Fields) -> Result<Answer, Refusal> {
    let mut client = pool.get().await?;
    let transaction = client.transaction().await?;
    // Metadata is merged at its top level; a null removes its key.
    let changed = transaction
        .execute(
            "update auth.users as u set
               email = coalesce($2, u.email),
               phone = coalesce($3, u.phone),
               encrypted_password = coalesce(
                 extensions.crypt($4, extensions.gen_salt('bf', 10)), u.encrypted_password),
               role = coalesce($5, u.role),
               email_confirmed_at = case when $6 then coalesce(u.email_confirmed_at, now())
                 else u.email_confirmed_at end,
               phone_confirmed_at = case when $7 then coalesce(u.phone_confirmed_at, now())
                 else u.phone_confirmed_at end,
               raw_user_meta_data = (
                 select coalesce(jsonb_object_agg(key, value), '{}')
                 from jsonb_each(coalesce(u.raw_user_meta_data, '{}') || $8)
                 where value <> 'null'),
               raw_app_meta_data = (
                 select coalesce(jsonb_object_agg(key, value), '{}')
                 from jsonb_each(coalesce(u.raw_app_meta_data, '{}') || $9)
                 where value <> 'null'),
               banned_until = case when $10::text is null then u.banned_until
                 when $10 <> 'none' then now() + $10::interval end,
               updated_at = now()
             where u.id = $1",
            &[
                &id,
                &fields.email,
                &fields.phone,
                &fields.password,
                &fields.role,
                &fields.email_confirm,
                &fields.phone_confirm,
                &Value::Object(fields.user_metadata.unwrap_or_default()),
                &Value::Object(fields.app_metadata.unwrap_or_default()),
                &fields.ban_duration,
            ],
        )
        .await?;
    if changed == 0 {
        return Err(Refusal::not_found());
    }
    if let Some(email) = &fields.email {
        transaction
            .execute(
                "update auth.identities set updated_at = now(),
                   identity_data = identity_data || jsonb_build_object('email', $2::text)
                 where user_id = $1 and provider = 'email'",
                &[&id, email],
            )
            .await?;
    }
    let user = find(&*transaction, id).await?;
    transaction.commit().await?;
    Ok(json(StatusCode::OK, &user))
}

async fn delete(pool: &Pool, id: Uuid, body: Body) -> Result<Answer, Refusal> {
    let body = read(body).await.unwrap_or_default();
    let soft = serde_json::from_slice::<Value>(&body)
        .ok()
        .and_then(|value| value["should_soft_delete"].as_bool());
    if soft == Some(true) {
        return Err(Refusal::invalid("a soft delete is not served here"));
    }
    let mut client = pool.get().await?;
    let transaction = client.transaction().await?;
    transaction
        .execute("delete from auth.refresh_tokens where user_id = $1", &[&id])
        .await?;
    let deleted = transaction
        .execute("delete from auth.users where id = $1", &[&id])
        .await?;
    if deleted == 0 {
        return Err(Refusal::not_found());
    }
    transaction.commit().await?;
    Ok(json(StatusCode::OK, &json!({})))
}
