//! Receiving files: permission first, then the bytes, then the row.

use std::pin::Pin;

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use axum::http::{Method, Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use super::error::{Error, Result};
use super::files::Received;
use super::{Actor, Storage, Target, begin, check_key};
use crate::http::{Answer, header, json};
use crate::keys::Role;

/// What fields beside the file may weigh.
const LARGEST_FIELD: usize = 1024 * 1024;

type Bytestream = Pin<Box<dyn Stream<Item = std::result::Result<Bytes, String>> + Send>>;

/// A file as it arrives.
struct Incoming {
    mime_type: String,
    cache_control: String,
    user_metadata: Option<Value>,
    /// The length of the request; of the file only when it is not multipart.
    declared_length: Option<u64>,
    multipart: bool,
    bytes: Bytestream,
}

pub(super) struct Bucket {
    file_size_limit: Option<i64>,
    pub allowed_mime_types: Vec<String>,
    pub public: bool,
}

impl Bucket {
    /// The largest file it takes, in bytes, by its own limit and the project's.
    pub fn limit(&self, project: u64) -> u64 {
        self.file_size_limit
            .and_then(|limit| u64::try_from(limit).ok())
            .map_or(project, |limit| limit.min(project))
    }
}

/// A row about to be written.
pub(super) struct NewObject<'a> {
    pub target: &'a Target,
    pub actor: &'a Actor,
    pub upsert: bool,
    pub metadata: Value,
    pub user_metadata: Option<Value>,
    pub version: String,
}

impl Storage {
    /// POST creates, PUT replaces.
    pub(super) async fn upload_request(
        &self,
        request: Request<Body>,
        target: Target,
        actor: Actor,
    ) -> Result<Answer> {
        let upsert = request.method() == Method::PUT
            || header(request.headers(), "x-upsert") == Some("true");
        self.receive(request, target, actor, upsert).await
    }

    pub(super) async fn receive(
        &self,
        request: Request<Body>,
        target: Target,
        actor: Actor,
        upsert: bool,
    ) -> Result<Answer> {
        let id = self.upload(request, &target, &actor, upsert).await?;
        Ok(json(
            StatusCode::OK,
            &json!({ "Id": id, "Key": format!("{}/{}", target.bucket, target.name) }),
        ))
    }

    async fn upload(
        &self,
        request: Request<Body>,
        target: &Target,
        actor: &Actor,
        upsert: bool,
    ) -> Result<Uuid> {
        check_key(&target.name)?;
        let bucket = self.bucket(&target.bucket).await?;
        let limit = bucket.limit(self.limit);
        let (head, body) = request.into_parts();
        let mut incoming = Incoming::read(&head.headers, body).await?;
        if !bucket.allowed_mime_types.is_empty() {
            check_mime_type(&incoming.mime_type, &bucket.allowed_mime_types)?;
        }
        if !incoming.multipart
            && incoming
                .declared_length
                .is_some_and(|length| length > limit)
        {
            return Err(Error::too_large());
        }
        let mut object = NewObject {
            target,
            actor,
            upsert,
            metadata: json!({
                "mimetype": incoming.mime_type,
                "contentLength": incoming.declared_length,
            }),
            user_metadata: incoming.user_metadata.take(),
            version: "1".into(),
        };
        self.may_write(&object).await?;
        let mut unfinished = match self.files.receive(&mut incoming.bytes, limit).await {
            Ok(Received::Whole(unfinished)) => unfinished,
            Ok(Received::TooLarge) => return Err(Error::too_large()),
            Err(error) if error.kind() == std::io::ErrorKind::Other => {
                return Err(Error::invalid(&format!("the upload broke off: {error}")));
            }
            Err(error) => return Err(error.into()),
        };
        object.metadata = json!({
            "eTag": format!("\"{}\"", unfinished.md5),
            "size": unfinished.size,
            "mimetype": incoming.mime_type,
            "cacheControl": incoming.cache_control,
            "lastModified": now(),
            "contentLength": unfinished.size,
            "httpStatusCode": 200,
        });
        object.version = unfinished.version.to_string();
        self.files.keep(&mut unfinished).await?;
        self.write_row(object, unfinished.version).await
    }

    /// Asks the policies whether the row may be written, without writing it. The same statement as
    /// the real one, rolled back.
    pub(super) async fn may_write(&self, object: &NewObject<'_>) -> Result<()> {
        let mut connection = self.connection().await?;
        let transaction = begin(&mut connection, object.actor).await?;
        let sql = insert(object.upsert);
        let id = Uuid::new_v4();
        transaction
            .execute(
                &sql,
                &[
                    &id,
                    &object.target.bucket,
                    &object.target.name,
                    &object.actor.owner_uuid(),
                    &object.actor.owner,
                    &object.version,
                    &object.metadata,
                    &object.user_metadata,
                ],
            )
            .await?;
        transaction.rollback().await?;
        Ok(())
    }

    /// Writes the row of bytes that are safe on disk. Permission was given before they were received,
    /// so this is Storage's own act. Gives the object's id.
    pub(super) async fn write_row(&self, object: NewObject<'_>, version: Uuid) -> Result<Uuid> {
        let service = Actor::key(Role::Service);
        let mut connection = self.connection().await?;
        let write = async {
            let transaction = begin(&mut connection, &service).await?;
            let (bucket, name) = (&object.target.bucket, &object.target.name);
            transaction
                .execute(
                    "select pg_advisory_xact_lock(hashtextextended($1, 0))",
                    &[&format!("{bucket}/{name}")],
                )
                .await?;
            let previous: Option<String> = transaction
                .query_opt(
                    "select version from storage.objects where bucket_id = $1 and name = $2",
                    &[bucket, name],
                )
                .await?
                .and_then(|row| row.get(0));
            let sql = format!("{} returning id", insert(object.upsert));
            let row = transaction
                .query_one(
                    &sql,
                    &[
                        &Uuid::new_v4(),
                        bucket,
                        name,
                        &object.actor.owner_uuid(),
                        &object.actor.owner,
                        &object.version,
                        &object.metadata,
                        &object.user_metadata,
                    ],
                )
                .await?;
            let id: Uuid = row.get(0);
            Ok::<_, Error>((transaction, id, previous))
        };
        let (transaction, id, previous) = match write.await {
            Ok(written) => written,
            Err(error) => {
                self.files.remove(version).await;
                return Err(error);
            }
        };
        // A commit that fails may have happened all the same: the bytes stay, and the next start
        // removes them if no row points to them.
        transaction.commit().await?;
        if let Some(previous) = previous.and_then(|version| version.parse().ok()) {
            self.files.remove(previous).await;
        }
        Ok(id)
    }

    pub(super) async fn bucket(&self, id: &str) -> Result<Bucket> {
        let mut connection = self.connection().await?;
        let transaction = begin(&mut connection, &Actor::key(Role::Service)).await?;
        let row = transaction
            .query_opt(
                "select file_size_limit, allowed_mime_types, coalesce(public, false)
                 from storage.buckets where id = $1",
                &[&id],
            )
            .await?
            .ok_or_else(Error::no_bucket)?;
        transaction.commit().await?;
        Ok(Bucket {
            file_size_limit: row.get(0),
            allowed_mime_types: row.get::<_, Option<Vec<String>>>(1).unwrap_or_default(),
            public: row.get(2),
        })
    }
}

fn insert(upsert: bool) -> String {
    let mut sql = "insert into storage.objects
        (id, bucket_id, name, owner, owner_id, version, metadata, user_metadata)
        values ($1, $2, $3, $4, $5, $6, $7, $8)"
        .to_owned();
    if upsert {
        sql.push_str(
            " on conflict (bucket_id, name) do update set owner = excluded.owner,
              owner_id = excluded.owner_id, version = excluded.version,
              metadata = excluded.metadata, user_metadata = excluded.user_metadata",
        );
    }
    sql
}

impl Incoming {
    async fn read(headers: &HeaderMap, body: Body) -> Result<Self> {
        let declared_length = header(headers, CONTENT_LENGTH).and_then(|value| value.parse().ok());
        let content_type = header(headers, CONTENT_TYPE);
        if let Some(kind) = content_type.filter(|kind| kind.starts_with("multipart/form-data")) {
            let boundary = multer::parse_boundary(kind).map_err(|_| Error::no_content())?;
            let form = multer::Multipart::new(body.into_data_stream(), boundary);
            return Self::from_form(form, declared_length).await;
        }
        Ok(Self {
            mime_type: content_type
                .unwrap_or("application/octet-stream")
                .to_owned(),
            cache_control: header(headers, CACHE_CONTROL)
                .unwrap_or("no-cache")
                .to_owned(),
            user_metadata: header(headers, "x-metadata")
                .and_then(|value| STANDARD.decode(value).ok())
                .and_then(|text| serde_json::from_slice(&text).ok()),
            declared_length,
            multipart: false,
            bytes: Box::pin(
                body.into_data_stream()
                    .map(|chunk| chunk.map_err(|error| error.to_string())),
            ),
        })
    }

    /// supabase-js sends the fields first and then the file, under an empty name.
    async fn from_form(
        mut form: multer::Multipart<'static>,
        declared_length: Option<u64>,
    ) -> Result<Self> {
        let mut cache_control = None;
        let mut mime_type = None;
        let mut user_metadata = None;
        loop {
            let field = form.next_field().await;
            let Some(mut field) = field.map_err(|_| Error::no_content())? else {
                return Err(Error::no_content());
            };
            let name = field.name().unwrap_or_default().to_owned();
            if field.file_name().is_some() || name.is_empty() {
                let declared = field.content_type().map(|kind| kind.to_string());
                return Ok(Self {
                    mime_type: mime_type
                        .or(declared)
                        .unwrap_or_else(|| "application/octet-stream".into()),
                    cache_control: cache_control.unwrap_or_else(|| "no-cache".into()),
                    user_metadata,
                    declared_length,
                    multipart: true,
                    // What follows the file is read too, so that nothing is left on the line.
                    bytes: Box::pin(
                        field
                            .map(|chunk| chunk.map_err(|error| error.to_string()))
                            .chain(rest_of(form)),
                    ),
                });
            }
            let mut text = Vec::new();
            while let Some(chunk) = field.chunk().await.map_err(|_| Error::no_content())? {
                text.extend_from_slice(&chunk);
                if text.len() > LARGEST_FIELD {
                    return Err(Error::too_large());
                }
            }
            let text = String::from_utf8_lossy(&text).into_owned();
            match name.as_str() {
                "cacheControl" => cache_control = Some(format!("max-age={text}")),
                "contentType" => mime_type = Some(text),
                "metadata" | "userMetadata" => user_metadata = serde_json::from_str(&text).ok(),
                _ => {}
            }
        }
    }
}

fn rest_of(
    form: multer::Multipart<'static>,
) -> impl Stream<Item = std::result::Result<Bytes, String>> {
    futures_util::stream::unfold(form, |mut form| async move {
        while let Ok(Some(mut field)) = form.next_field().await {
            while let Ok(Some(_)) = field.chunk().await {}
        }
        None
    })
}

pub(super) fn check_mime_type(mime_type: &str, allowed: &[String]) -> Result<()> {
    let refused = || Error::invalid_mime_type(mime_type);
    let (kind, rest) = mime_type.split_once('/').ok_or_else(refused)?;
    let fits = allowed.iter().any(|one| {
        one.split_once('/')
            .is_some_and(|(allowed_kind, allowed_rest)| {
                allowed_kind == kind && (allowed_rest == "*" || allowed_rest == rest)
            })
    });
    if fits { Ok(()) } else { Err(refused()) }
}

pub(super) fn now() -> String {
    let now = OffsetDateTime::now_utc();
    let millisecond = now.nanosecond() / 1_000_000 * 1_000_000;
    now.replace_nanosecond(millisecond)
        .unwrap_or(now)
        .format(&Rfc3339)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mime_types_are_those_of_the_bucket() {
        let allowed = ["application/pdf".to_owned(), "image/*".to_owned()];
        for good in ["application/pdf", "image/png", "image/heic"] {
            assert!(check_mime_type(good, &allowed).is_ok(), "{good}");
        }
        for bad in ["text/plain", "application/pdfx", "pdf", ""] {
            assert!(check_mime_type(bad, &allowed).is_err(), "{bad}");
        }
    }
}
