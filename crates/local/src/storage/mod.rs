//! `/storage/v1`: files as rows of storage.objects under row level security, their bytes on disk.

mod buckets;
mod download;
mod error;
mod files;
mod objects;
mod resumable;
mod signing;
mod upload;

use std::collections::HashSet;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request};
use deadpool_postgres::{Object, Pool, Transaction};
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use self::error::{Error, Result};
use self::files::Files;
use self::resumable::Uploads;
use crate::auth::Auth;
use crate::config::Config;
use crate::gateway::Bearer;
use crate::http::{Answer, read};
use crate::keys::{Keys, Role};

pub(crate) struct Storage {
    pool: Pool,
    files: Files,
    uploads: Uploads,
    /// The project as clients reach it.
    url: String,
    keys: Arc<Keys>,
    /// The project's limit in bytes, above each bucket's.
    limit: u64,
}

/// On whose behalf the database is asked.
#[derive(Clone)]
struct Actor {
    role: String,
    claims: String,
    /// The user's id; none for API keys.
    owner: Option<String>,
}

impl Actor {
    fn key(role: Role) -> Self {
        Self {
            role: role.name().into(),
            claims: json!({ "role": role.name() }).to_string(),
            owner: None,
        }
    }

    fn new(bearer: &Bearer, auth: &Auth) -> Result<Self> {
        match bearer {
            Bearer::None => Err(Error::no_authorization()),
            Bearer::Role(role) => Ok(Self::key(*role)),
            Bearer::Token(token) => {
                let claims = auth
                    .verify_user(token)
                    .map_err(|refused| Error::denied(refused.sentence()))?;
                let text = |name: &str| {
                    let value = claims.get(name).and_then(Value::as_str);
                    value.map(str::to_owned)
                };
                Ok(Self {
                    role: text("role").unwrap_or_else(|| Role::Anon.name().into()),
                    owner: text("sub"),
                    claims: Value::Object(claims).to_string(),
                })
            }
        }
    }

    /// The `owner` column takes user ids alone.
    fn owner_uuid(&self) -> Option<Uuid> {
        self.owner.as_deref()?.parse().ok()
    }
}

/// What a request works on: `bucket/name`, decoded.
#[derive(Clone)]
struct Target {
    bucket: String,
    name: String,
}

impl Target {
    fn parse(path: &str) -> Result<Self> {
        let (bucket, name) = path
            .split_once('/')
            .ok_or_else(|| Error::invalid_key(path))?;
        Ok(Self {
            bucket: decode(bucket)?,
            name: decode(name)?,
        })
    }
}

fn decode(text: &str) -> Result<String> {
    let decoded = percent_decode_str(text).decode_utf8();
    Ok(decoded.map_err(|_| Error::invalid_key(text))?.into_owned())
}

/// The characters storage-api allows in the key of an object.
fn check_key(key: &str) -> Result<()> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_/!.*'() &$=@;:+,?-".contains(c);
    if key.is_empty() || key.len() > 1024 || !key.chars().all(allowed) {
        return Err(Error::invalid_key(key));
    }
    Ok(())
}

async fn body<T: DeserializeOwned>(request: Request<Body>) -> Result<T> {
    let body = read(request.into_body())
        .await
        .ok_or_else(|| Error::invalid("the body of the request cannot be read"))?;
    let body = if body.is_empty() { &b"{}"[..] } else { &body };
    serde_json::from_slice(body).map_err(|error| Error::invalid(&format!("body {error}")))
}

impl Storage {
    pub async fn open(config: &Config, keys: Arc<Keys>, pool: Pool) -> anyhow::Result<Self> {
        let root = config.data_dir.join("storage");
        Ok(Self {
            files: Files::open(&root).await?,
            uploads: Uploads::open(root.join("resumable")).await?,
            url: config.url(),
            limit: config.file_size_limit,
            pool,
            keys,
        })
    }

    /// Removes what a crash left behind: bytes that no row points to. And uploads that expired.
    pub async fn sweep(&self) -> anyhow::Result<()> {
        let mut connection = self.pool.get().await?;
        let transaction = begin(&mut connection, &Actor::key(Role::Service))
            .await
            .map_err(|error| anyhow::anyhow!("{error}"))?;
        let rows = transaction
            .query("select version from storage.objects", &[])
            .await?;
        transaction.commit().await?;
        let kept: HashSet<Uuid> = rows
            .iter()
            .filter_map(|row| row.get::<_, Option<&str>>(0)?.parse().ok())
            .collect();
        let removed = self.files.sweep(&kept).await?;
        if removed > 0 {
            eprintln!("storage: removed {removed} unfinished files of an earlier run");
        }
        self.uploads.sweep(&self.files).await?;
        Ok(())
    }

    pub async fn handle(
        self: &Arc<Self>,
        request: Request<Body>,
        path: &str,
        bearer: Bearer,
        auth: &Auth,
    ) -> Answer {
        let path = path.trim_start_matches('/').to_owned();
        if let Some(rest) = path.strip_prefix("upload/resumable") {
            return self.resumable(request, rest, &bearer, auth).await;
        }
        let result = match path.split_once('/') {
            _ if path == "status" || path == "health" => {
                Ok(crate::http::empty(axum::http::StatusCode::OK))
            }
            Some(("object", rest)) => self.object(request, rest, &bearer, auth).await,
            _ if path == "bucket" || path.starts_with("bucket/") => {
                let id = path.strip_prefix("bucket").unwrap_or_default();
                match Actor::new(&bearer, auth) {
                    Ok(actor) => self.bucket_request(request, id, &actor).await,
                    Err(error) => Err(error),
                }
            }
            _ => Err(Error::no_route()),
        };
        result.unwrap_or_else(|error| error.answer())
    }

    async fn object(
        &self,
        request: Request<Body>,
        path: &str,
        bearer: &Bearer,
        auth: &Auth,
    ) -> Result<Answer> {
        let method = request.method().clone();
        let (first, rest) = path.split_once('/').unwrap_or((path, ""));
        let actor = || Actor::new(bearer, auth);
        match (&method, first) {
            (&Method::GET | &Method::HEAD, "public") => {
                self.public_object(request, Target::parse(rest)?).await
            }
            (&Method::GET | &Method::HEAD, "sign") => {
                self.signed_object(request, Target::parse(rest)?).await
            }
            (&Method::GET | &Method::HEAD, "authenticated") => {
                let actor = actor()?;
                self.object_bytes(request, Target::parse(rest)?, Some(&actor))
                    .await
            }
            (&Method::GET, "info") => {
                let rest = rest
                    .strip_prefix("authenticated/")
                    .or_else(|| rest.strip_prefix("public/"))
                    .unwrap_or(rest);
                self.object_info(Target::parse(rest)?, actor().ok().as_ref())
                    .await
            }
            (&Method::POST, "list") => self.list(request, &decode(rest)?, &actor()?).await,
            (&Method::POST, "sign") if rest.contains('/') => {
                self.sign_one(request, Target::parse(rest)?, &actor()?)
                    .await
            }
            (&Method::POST, "sign") => self.sign_many(request, &decode(rest)?, &actor()?).await,
            (&Method::POST, "move") if rest.is_empty() => {
                self.move_object(request, &actor()?).await
            }
            (&Method::POST, "copy") if rest.is_empty() => {
                self.copy_object(request, &actor()?).await
            }
            (&Method::POST, "upload") => {
                let target = rest.strip_prefix("sign/").ok_or_else(Error::no_route)?;
                self.sign_upload(request, Target::parse(target)?, &actor()?)
                    .await
            }
            (&Method::PUT, "upload") if rest.starts_with("sign/") => {
                let target = Target::parse(rest.trim_start_matches("sign/"))?;
                self.upload_signed(request, target).await
            }
            (&Method::POST | &Method::PUT, _) => {
                let target = Target::parse(path)?;
                self.upload_request(request, target, actor()?).await
            }
            (&Method::DELETE, _) if rest.is_empty() => {
                self.remove_many(request, &decode(first)?, &actor()?).await
            }
            (&Method::DELETE, _) => self.remove_one(Target::parse(path)?, &actor()?).await,
            (&Method::GET | &Method::HEAD, _) => {
                self.object_bytes(request, Target::parse(path)?, actor().ok().as_ref())
                    .await
            }
            _ => Err(Error::no_route()),
        }
    }

    async fn connection(&self) -> Result<Object> {
        Ok(self.pool.get().await?)
    }
}

/// A transaction in which the database sees `actor`, so that its policies decide.
async fn begin<'a>(connection: &'a mut Object, actor: &Actor) -> Result<Transaction<'a>> {
    let transaction = connection.transaction().await?;
    transaction
        .execute(
            "select set_config('role', $1, true), set_config('request.jwt.claims', $2, true),
               set_config('storage.allow_delete_query', 'true', true)",
            &[&actor.role, &actor.claims],
        )
        .await?;
    Ok(transaction)
}

/// Whole rows of storage.objects as storage-api shows them.
const OBJECT: &str = "jsonb_build_object(
  'id', o.id, 'bucket_id', o.bucket_id, 'name', o.name, 'owner', coalesce(o.owner::text, ''),
  'owner_id', o.owner_id, 'version', o.version, 'created_at', o.created_at,
  'updated_at', o.updated_at, 'last_accessed_at', o.last_accessed_at, 'metadata', o.metadata,
  'user_metadata', o.user_metadata)";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_hold_what_storage_allows() {
        for key in ["a.pdf", "u/1 (2).pdf", "a//b", "it's+=@;:,?&$!*_-"] {
            assert!(check_key(key).is_ok(), "{key}");
        }
        for key in ["", "ü.pdf", "a\\b", "a#b", "a%b", "a\nb", "a~b"] {
            assert!(check_key(key).is_err(), "{key}");
        }
    }

    #[test]
    fn targets_are_decoded() {
        let target = Target::parse("box/a%20b/c.pdf").ok().unwrap();
        assert_eq!((&*target.bucket, &*target.name), ("box", "a b/c.pdf"));
        assert!(Target::parse("box").is_err());
        assert!(Target::parse("box/%ff").is_err());
    }
}
