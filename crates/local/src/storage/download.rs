//! Sending files: whole, in part, or only their description.

use std::io::SeekFrom;
use std::time::SystemTime;

use axum::body::Body;
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE,
    ETAG, EXPIRES, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    LAST_MODIFIED, RANGE,
};
use axum::http::{Method, Request, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;
use uuid::Uuid;

use super::error::{Error, Result};
use super::{Actor, OBJECT, Storage, Target, begin};
use crate::http::{Answer, empty, header, json, query};
use crate::keys::Role;

/// What a browser may be asked to run as a page is shown as text.
const PAGE: &str = "text/html";

impl Storage {
    /// GET or HEAD of an object; without an actor only of a public bucket.
    pub(super) async fn object_bytes(
        &self,
        request: Request<Body>,
        target: Target,
        actor: Option<&Actor>,
    ) -> Result<Answer> {
        let actor = self.reader(&target, actor).await?;
        self.send(request, &target, &actor, None).await
    }

    pub(super) async fn public_object(
        &self,
        request: Request<Body>,
        target: Target,
    ) -> Result<Answer> {
        if !self.bucket(&target.bucket).await?.public {
            return Err(Error::no_bucket());
        }
        let service = Actor::key(Role::Service);
        self.send(request, &target, &service, None).await
    }

    pub(super) async fn signed_object(
        &self,
        request: Request<Body>,
        target: Target,
    ) -> Result<Answer> {
        let expiry = self.verify_download(request.uri().query(), &target)?;
        let service = Actor::key(Role::Service);
        self.send(request, &target, &service, Some(expiry)).await
    }

    pub(super) async fn object_info(
        &self,
        target: Target,
        actor: Option<&Actor>,
    ) -> Result<Answer> {
        let actor = self.reader(&target, actor).await?;
        let row = self.find(&target, &actor).await?;
        let metadata = &row["metadata"];
        Ok(json(
            StatusCode::OK,
            &json!({
                "id": row["id"],
                "name": row["name"],
                "version": row["version"],
                "bucket_id": row["bucket_id"],
                "size": metadata["size"],
                "content_type": metadata["mimetype"],
                "cache_control": metadata["cacheControl"],
                "etag": metadata["eTag"],
                "metadata": row["user_metadata"],
                "last_modified": row["updated_at"],
                "created_at": row["created_at"],
            }),
        ))
    }

    /// Who reads: anybody in a public bucket, else whoever asks. A private bucket is hidden from
    /// callers without a valid token.
    async fn reader(&self, target: &Target, actor: Option<&Actor>) -> Result<Actor> {
        let public = self.bucket(&target.bucket).await?.public;
        match actor {
            _ if public => Ok(Actor::key(Role::Service)),
            Some(actor) => Ok(actor.clone()),
            None => Err(Error::no_bucket()),
        }
    }

    pub(super) async fn find(&self, target: &Target, actor: &Actor) -> Result<Value> {
        let mut connection = self.connection().await?;
        let transaction = begin(&mut connection, actor).await?;
        let sql = format!(
            "select {OBJECT} from storage.objects as o where o.bucket_id = $1 and o.name = $2"
        );
        let row = transaction
            .query_opt(&sql, &[&target.bucket, &target.name])
            .await?;
        transaction.commit().await?;
        row.map(|row| row.get(0)).ok_or_else(Error::no_key)
    }

    async fn send(
        &self,
        request: Request<Body>,
        target: &Target,
        actor: &Actor,
        expiry: Option<i64>,
    ) -> Result<Answer> {
        // The object may be replaced between reading its row and opening its bytes.
        let mut attempt = self.find_and_open(target, actor).await?;
        if attempt.1.is_none() {
            attempt = self.find_and_open(target, actor).await?;
        }
        let (row, file) = attempt;
        let file = file.ok_or_else(Error::no_key)?;
        let metadata = &row["metadata"];
        let length = file.metadata().await?.len();
        let mut answer = empty(StatusCode::OK);
        let headers = answer.headers_mut();
        set(headers, ACCEPT_RANGES, "bytes");
        set(headers, ETAG, text(metadata, "eTag"));
        set(headers, HeaderName::from_static("x-robots-tag"), "none");
        let modified = moment(text(metadata, "lastModified"));
        if let Some(modified) = modified {
            set(headers, LAST_MODIFIED, &httpdate::fmt_http_date(modified));
        }
        match expiry.and_then(|at| u64::try_from(at).ok()) {
            Some(at) => {
                let at = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(at);
                set(headers, EXPIRES, &httpdate::fmt_http_date(at));
            }
            None => set(headers, CACHE_CONTROL, text(metadata, "cacheControl")),
        }
        if is_unchanged(request.headers(), text(metadata, "eTag"), modified) {
            *answer.status_mut() = StatusCode::NOT_MODIFIED;
            return Ok(answer);
        }
        let kind = text(metadata, "mimetype");
        let kind = if kind.contains(PAGE) {
            "text/plain"
        } else {
            kind
        };
        set(headers, CONTENT_TYPE, kind);
        if let Some(name) = query(request.uri().query(), "download") {
            set(headers, CONTENT_DISPOSITION, &disposition(&name));
        }
        let part = match header(request.headers(), RANGE) {
            Some(range) => parse_range(range, length)?,
            None => None,
        };
        let (start, count) = part.unwrap_or((0, length));
        if part.is_some() {
            let range = format!("bytes {start}-{}/{length}", start + count - 1);
            set(headers, CONTENT_RANGE, &range);
            *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
        }
        answer
            .headers_mut()
            .insert(CONTENT_LENGTH, HeaderValue::from(count));
        if request.method() != Method::HEAD {
            *answer.body_mut() = stream(file, start, count).await?;
        }
        Ok(answer)
    }

    async fn find_and_open(&self, target: &Target, actor: &Actor) -> Result<(Value, Option<File>)> {
        let row = self.find(target, actor).await?;
        let version = row["version"]
            .as_str()
            .and_then(|id| id.parse::<Uuid>().ok());
        let file = match version {
            None => None,
            Some(version) => match self.files.read(version).await {
                Ok(file) => Some(file),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
                Err(error) => return Err(error.into()),
            },
        };
        Ok((row, file))
    }
}

async fn stream(mut file: File, start: u64, count: u64) -> Result<Body> {
    file.seek(SeekFrom::Start(start)).await?;
    let bytes = ReaderStream::with_capacity(file.take(count), 64 * 1024);
    Ok(Body::from_stream(bytes))
}

fn text<'a>(metadata: &'a Value, name: &str) -> &'a str {
    metadata[name].as_str().unwrap_or_default()
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value)
        && !value.is_empty()
    {
        headers.insert(name, value);
    }
}

fn moment(text: &str) -> Option<SystemTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok().map(Into::into)
}

fn is_unchanged(asked: &HeaderMap, etag: &str, modified: Option<SystemTime>) -> bool {
    if let Some(known) = header(asked, IF_NONE_MATCH) {
        return known
            .split(',')
            .any(|one| one.trim().trim_start_matches("W/") == etag || one.trim() == "*");
    }
    let since =
        header(asked, IF_MODIFIED_SINCE).and_then(|text| httpdate::parse_http_date(text).ok());
    match (since, modified) {
        // HTTP dates know no fractions of a second.
        (Some(since), Some(modified)) => modified
            .duration_since(since)
            .map_or(true, |later| later.as_secs() == 0),
        _ => false,
    }
}

fn disposition(name: &str) -> String {
    if name.is_empty() {
        return "attachment;".into();
    }
    let name = utf8_percent_encode(name, NON_ALPHANUMERIC).to_string();
    // As encodeURIComponent leaves them.
    let name = ["-", "_", ".", "!", "~", "*", "'", "(", ")"]
        .iter()
        .fold(name, |name, mark| {
            let code = mark
                .bytes()
                .map(|byte| format!("%{byte:02X}"))
                .collect::<String>();
            name.replace(&code, mark)
        });
    format!("attachment; filename={name}; filename*=UTF-8''{name}")
}

/// The first byte and the count of a range; `None` means the whole file, as for what is no range of
/// bytes or more than one.
fn parse_range(text: &str, length: u64) -> Result<Option<(u64, u64)>> {
    let Some((first, last)) = text
        .strip_prefix("bytes=")
        .filter(|ranges| !ranges.contains(','))
        .and_then(|range| range.split_once('-'))
    else {
        return Ok(None);
    };
    let (first, last) = (first.trim(), last.trim());
    let range = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => Some((first, last)),
        (Ok(first), Err(_)) if last.is_empty() => Some((first, u64::MAX)),
        (Err(_), Ok(count)) if first.is_empty() => {
            if count == 0 {
                return Err(Error::invalid_range());
            }
            Some((length.saturating_sub(count), u64::MAX))
        }
        _ => None,
    };
    let Some((first, last)) = range else {
        return Ok(None);
    };
    if first >= length {
        return Err(Error::invalid_range());
    }
    let last = last.min(length - 1);
    Ok(Some((first, last - first + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read() {
        let range = |text| parse_range(text, 10).ok();
        assert_eq!(range("bytes=0-3"), Some(Some((0, 4))));
        assert_eq!(range("bytes=4-"), Some(Some((4, 6))));
        assert_eq!(range("bytes=-3"), Some(Some((7, 3))));
        assert_eq!(range("bytes=-30"), Some(Some((0, 10))));
        assert_eq!(range("bytes=8-99"), Some(Some((8, 2))));
        assert_eq!(range("bytes=10-"), None);
        assert_eq!(range("bytes=-0"), None);
        assert_eq!(range("bytes=0-1,3-4"), Some(None));
        assert_eq!(range("bytes=5-2"), Some(None));
        assert_eq!(range("lines=1-2"), Some(None));
        assert!(parse_range("bytes=0-", 0).is_err());
    }

    #[test]
    fn names_of_downloads_are_encoded() {
        assert_eq!(disposition(""), "attachment;");
        assert_eq!(
            disposition("é (1).pdf"),
            "attachment; filename=%C3%A9%20(1).pdf; filename*=UTF-8''%C3%A9%20(1).pdf"
        );
    }
}
