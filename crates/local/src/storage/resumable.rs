//! `/upload/resumable`: uploads that go on after a lost connection, by TUS 1.0.0 (tus.io/protocols/resumable-upload) as
//! storage-api serves it. Policies are asked before each part; the object's row is written when all bytes are there.

use std::collections::HashMap;
use std::io::SeekFrom;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::{Body, HttpBody};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION,
};
use axum::http::{Method, Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use futures_util::StreamExt;
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::fs::{self, File, OpenOptions};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use tokio::sync::{Notify, OwnedMutexGuard};
use tokio::time::{Instant, sleep_until, timeout};
use uuid::Uuid;

use super::error::Error;
use super::files::{Files, Unfinished, hex};
use super::upload::{NewObject, check_mime_type, now};
use super::{Actor, Storage, Target, check_key};
use crate::auth::Auth;
use crate::gateway::Bearer;
use crate::http::{Answer, empty, header};

const VERSION: &str = "1.0.0";
const EXTENSIONS: &str = "creation,creation-with-upload,expiration,termination";
const PART: &str = "application/offset+octet-stream";
/// How long an upload may be continued, as on hosted projects.
const EXPIRY: Duration = Duration::from_secs(24 * 3600);
/// How long a request may still work on an upload after another has come for the same one, and how long that waits.
const DRAIN: Duration = Duration::from_secs(3);
const PATIENCE: Duration = Duration::from_secs(15);
const NUDGE: Duration = Duration::from_millis(500);

/// An answer that is no success, in the words of the TUS server that storage-api uses.
struct Refused(StatusCode, String);

type Result<T> = std::result::Result<T, Refused>;

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self(error.status(), error.to_string())
    }
}

impl From<std::io::Error> for Refused {
    fn from(error: std::io::Error) -> Self {
        Error::from(error).into()
    }
}

impl Refused {
    fn new(status: StatusCode, text: &str) -> Self {
        Self(status, text.to_owned())
    }

    fn unknown() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "The file for this url was not found\n",
        )
    }

    fn expired() -> Self {
        Self::new(StatusCode::GONE, "The file for this url no longer exists\n")
    }

    fn longer_than_told() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "upload's size exceeded\n")
    }

    fn invalid(name: &str) -> Self {
        Self(StatusCode::BAD_REQUEST, format!("Invalid {name}\n"))
    }

    fn answer(self) -> Answer {
        let mut answer = Answer::new(Body::from(self.1));
        *answer.status_mut() = self.0;
        answer
    }
}

/// What is known of an upload, beside its bytes; a JSON file. How many bytes there are, their file says.
#[derive(Deserialize, Serialize)]
struct Upload {
    /// Of the object to be; also the name of both files.
    version: Uuid,
    bucket: String,
    name: String,
    /// Bytes of the whole.
    length: u64,
    /// What the client told of the file, in its order.
    metadata: Vec<(String, Option<String>)>,
    /// Seconds since 1970.
    created_at: u64,
}

impl Upload {
    fn value(&self, key: &str) -> Option<&str> {
        value(&self.metadata, key)
    }

    fn mime_type(&self) -> &str {
        mime_type(&self.metadata)
    }

    fn cache_control(&self) -> String {
        match self.value("cacheControl").map(str::parse::<i64>) {
            Some(Ok(seconds)) => format!("max-age={seconds}"),
            _ => "no-cache".into(),
        }
    }

    fn user_metadata(&self) -> Option<Value> {
        serde_json::from_str(self.value("metadata")?).ok()
    }

    fn expires(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.created_at) + EXPIRY
    }

    fn is_expired(&self) -> bool {
        self.expires() < SystemTime::now()
    }

    fn target(&self) -> Target {
        Target {
            bucket: self.bucket.clone(),
            name: self.name.clone(),
        }
    }

    /// Its name in URLs, made as storage-api makes it.
    fn id(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}/{}/{}", self.bucket, self.name, self.version))
    }
}

fn value<'a>(metadata: &'a [(String, Option<String>)], key: &str) -> Option<&'a str> {
    let (_, value) = metadata.iter().find(|(name, _)| name == key)?;
    value.as_deref()
}

fn mime_type(metadata: &[(String, Option<String>)]) -> &str {
    value(metadata, "contentType").unwrap_or("application/octet-stream")
}

/// Reads `Upload-Metadata`: pairs of a key and a value in Base64, set apart by commas.
fn parse_metadata(text: &str) -> Option<Vec<(String, Option<String>)>> {
    let mut pairs: Vec<(String, Option<String>)> = Vec::new();
    for pair in text.split(',') {
        let (key, value) = match pair.split_once(' ') {
            None => (pair, None),
            Some((key, value)) => {
                let bytes = STANDARD.decode(value).ok()?;
                (key, Some(String::from_utf8(bytes).ok()?))
            }
        };
        if key.is_empty() || !key.is_ascii() || pairs.iter().any(|(known, _)| known == key) {
            return None;
        }
        pairs.push((key.to_owned(), value));
    }
    Some(pairs)
}

fn write_metadata(pairs: &[(String, Option<String>)]) -> String {
    let pair = |(key, value): &(String, Option<String>)| match value {
        None => key.clone(),
        Some(value) => format!("{key} {}", STANDARD.encode(value)),
    };
    pairs.iter().map(pair).collect::<Vec<_>>().join(",")
}

/// The uploads under way: two files each.
pub(super) struct Uploads {
    folder: PathBuf,
    turns: Mutex<HashMap<Uuid, Turn>>,
}

/// Whose turn it is with an upload, and how its holder hears that somebody else has come.
#[derive(Clone, Default)]
struct Turn {
    lock: Arc<tokio::sync::Mutex<()>>,
    wanted: Arc<Notify>,
}

struct Held {
    _guard: OwnedMutexGuard<()>,
    wanted: Arc<Notify>,
}

impl Uploads {
    pub async fn open(folder: PathBuf) -> std::io::Result<Self> {
        fs::create_dir_all(&folder).await?;
        Ok(Self {
            folder,
            turns: Mutex::default(),
        })
    }

    fn bytes(&self, version: Uuid) -> PathBuf {
        self.folder.join(version.to_string())
    }

    fn description(&self, version: Uuid) -> PathBuf {
        self.folder.join(format!("{version}.json"))
    }

    /// Waits for an upload. A request that lost its client without noticing must not keep it: whoever holds the upload
    /// is asked to let go.
    async fn hold(&self, version: Uuid) -> Result<Held> {
        let turn = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            // Nobody waits for or holds what only the map refers to.
            turns.retain(|_, turn| Arc::strong_count(&turn.lock) > 1);
            turns.entry(version).or_default().clone()
        };
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let lock = Arc::clone(&turn.lock).lock_owned();
            if let Ok(guard) = timeout(NUDGE, lock).await {
                return Ok(Held {
                    _guard: guard,
                    wanted: turn.wanted,
                });
            }
            turn.wanted.notify_waiters();
        }
        Err(Refused::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "failed to acquire lock before timeout",
        ))
    }

    async fn create(&self, upload: &Upload) -> std::io::Result<()> {
        File::create_new(self.bytes(upload.version)).await?;
        let text = serde_json::to_vec(upload)?;
        fs::write(self.description(upload.version), text).await
    }

    async fn find(&self, version: Uuid) -> Option<Upload> {
        let text = fs::read(self.description(version)).await.ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// How many bytes have arrived; none when the upload is finished and its bytes have moved.
    async fn arrived(&self, version: Uuid) -> Option<u64> {
        let about = fs::metadata(self.bytes(version)).await.ok()?;
        Some(about.len())
    }

    /// Whether there are bytes, here or in their lasting place: the object of a finished upload may be gone.
    async fn has_bytes(&self, version: Uuid, files: &Files) -> bool {
        self.arrived(version).await.is_some() || files.read(version).await.is_ok()
    }

    async fn remove(&self, version: Uuid) {
        let _ = fs::remove_file(self.bytes(version)).await;
        let _ = fs::remove_file(self.description(version)).await;
    }

    /// Removes what has expired or lost its other half.
    pub async fn sweep(&self, files: &Files) -> std::io::Result<()> {
        let mut entries = fs::read_dir(&self.folder).await?;
        while let Some(entry) = entries.next_entry().await? {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let Ok(version) = name.trim_end_matches(".json").parse::<Uuid>() else {
                continue;
            };
            let kept = match self.find(version).await {
                Some(upload) if !upload.is_expired() => self.has_bytes(version, files).await,
                _ => false,
            };
            if !kept {
                self.remove(version).await;
            }
        }
        Ok(())
    }
}

impl Storage {
    /// `path` is what follows `upload/resumable`.
    pub(super) async fn resumable(
        self: &Arc<Self>,
        request: Request<Body>,
        path: &str,
        bearer: &Bearer,
        auth: &Auth,
    ) -> Answer {
        let id = path.trim_matches('/');
        let mut answer = if request.method() == Method::OPTIONS {
            self.options()
        } else {
            match Actor::new(bearer, auth) {
                Ok(actor) => self
                    .tus_request(request, id, actor)
                    .await
                    .unwrap_or_else(Refused::answer),
                Err(error) => error.answer(),
            }
        };
        let headers = answer.headers_mut();
        headers.insert("tus-resumable", HeaderValue::from_static(VERSION));
        answer
    }

    fn options(&self) -> Answer {
        let mut answer = empty(StatusCode::NO_CONTENT);
        let headers = answer.headers_mut();
        headers.insert("tus-version", HeaderValue::from_static(VERSION));
        headers.insert("tus-extension", HeaderValue::from_static(EXTENSIONS));
        headers.insert("tus-max-size", HeaderValue::from(self.limit));
        answer
    }

    async fn tus_request(
        self: &Arc<Self>,
        request: Request<Body>,
        id: &str,
        actor: Actor,
    ) -> Result<Answer> {
        match header(request.headers(), "tus-resumable") {
            Some(VERSION) => {}
            Some(_) => return Err(Refused::invalid("tus-resumable")),
            None => {
                return Err(Refused::new(
                    StatusCode::PRECONDITION_FAILED,
                    "Tus-Resumable Required\n",
                ));
            }
        }
        let upsert = header(request.headers(), "x-upsert") == Some("true");
        match *request.method() {
            Method::POST => self.create_upload(request, actor, upsert).await,
            Method::HEAD => self.upload_state(id, actor, upsert).await,
            Method::PATCH => self.continue_upload(request, id, actor, upsert).await,
            Method::DELETE => self.end_upload(id, actor, upsert).await,
            _ => Err(Refused::new(StatusCode::NOT_FOUND, "Not found\n")),
        }
    }

    async fn create_upload(
        self: &Arc<Self>,
        request: Request<Body>,
        actor: Actor,
        upsert: bool,
    ) -> Result<Answer> {
        let headers = request.headers();
        for (name, text) in [
            (
                "upload-concat",
                "Concatenation extension is not (yet) supported. Disable parallel uploads in the tus client.\n",
            ),
            (
                "upload-defer-length",
                "creation-defer-length extension is not (yet) supported.\n",
            ),
        ] {
            if headers.contains_key(name) {
                return Err(Refused::new(StatusCode::NOT_IMPLEMENTED, text));
            }
        }
        let length = number(headers, "upload-length")?.ok_or_else(|| {
            Refused::new(
                StatusCode::BAD_REQUEST,
                "Upload-Length or Upload-Defer-Length header required\n",
            )
        })?;
        let metadata = header(headers, "upload-metadata")
            .ok_or_else(|| Refused::new(StatusCode::BAD_REQUEST, "Metadata header is required"))?;
        let metadata =
            parse_metadata(metadata).ok_or_else(|| Refused::invalid("upload-metadata"))?;
        let text = |key| value(&metadata, key).unwrap_or_default().to_owned();
        let (bucket_id, name) = (text("bucketName"), text("objectName"));
        check_key(&name)?;
        let bucket = self.bucket(&bucket_id).await?;
        if length > bucket.limit(self.limit) {
            return Err(Refused::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "Maximum size exceeded\n",
            ));
        }
        let upload = Upload {
            version: Uuid::new_v4(),
            bucket: bucket_id,
            name,
            length,
            metadata,
            created_at: SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |passed| passed.as_secs()),
        };
        self.may_finish(&upload, &actor, upsert).await?;
        if !bucket.allowed_mime_types.is_empty() {
            check_mime_type(upload.mime_type(), &bucket.allowed_mime_types)?;
        }
        self.uploads.sweep(&self.files).await?;
        self.uploads.create(&upload).await?;
        let location = format!("{}/storage/v1/upload/resumable/{}", self.url, upload.id());
        let mut answer = empty(StatusCode::CREATED);
        if header(headers, CONTENT_TYPE) == Some(PART) || length == 0 {
            answer = self.receive_part(request, upload, 0, actor, upsert).await?;
            *answer.status_mut() = StatusCode::CREATED;
        } else {
            expires(&mut answer, &upload);
        }
        let location = HeaderValue::from_str(&location).map_err(Error::internal)?;
        answer.headers_mut().insert(LOCATION, location);
        Ok(answer)
    }

    async fn upload_state(
        self: &Arc<Self>,
        id: &str,
        actor: Actor,
        upsert: bool,
    ) -> Result<Answer> {
        let upload = self.find_upload(id).await?;
        let held = self.uploads.hold(upload.version).await?;
        let offset = match self.uploads.arrived(upload.version).await {
            // All bytes are there, but something came between them and the row.
            Some(offset) if offset == upload.length => {
                self.may_finish(&upload, &actor, upsert).await?;
                self.finish(&upload, &actor, upsert).await?;
                offset
            }
            Some(offset) => offset,
            None => upload.length,
        };
        drop(held);
        let mut answer = empty(StatusCode::OK);
        let headers = answer.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert("upload-offset", HeaderValue::from(offset));
        headers.insert("upload-length", HeaderValue::from(upload.length));
        if let Ok(metadata) = HeaderValue::from_str(&write_metadata(&upload.metadata)) {
            headers.insert("upload-metadata", metadata);
        }
        expires(&mut answer, &upload);
        Ok(answer)
    }

    async fn continue_upload(
        self: &Arc<Self>,
        request: Request<Body>,
        id: &str,
        actor: Actor,
        upsert: bool,
    ) -> Result<Answer> {
        let offset = number(request.headers(), "upload-offset")?.ok_or_else(|| {
            Refused::new(StatusCode::FORBIDDEN, "Upload-Offset header required\n")
        })?;
        match header(request.headers(), CONTENT_TYPE) {
            Some(PART) => {}
            Some(_) => return Err(Refused::invalid("content-type")),
            None => {
                return Err(Refused::new(
                    StatusCode::FORBIDDEN,
                    "Content-Type header required\n",
                ));
            }
        }
        let upload = self.find_upload(id).await?;
        self.may_finish(&upload, &actor, upsert).await?;
        self.receive_part(request, upload, offset, actor, upsert)
            .await
    }

    async fn end_upload(&self, id: &str, actor: Actor, upsert: bool) -> Result<Answer> {
        let upload = self.find_upload(id).await?;
        self.may_finish(&upload, &actor, upsert).await?;
        let _held = self.uploads.hold(upload.version).await?;
        if self.uploads.arrived(upload.version).await.is_none() {
            return Err(Refused::new(
                StatusCode::BAD_REQUEST,
                "Cannot terminate an already completed upload",
            ));
        }
        self.uploads.remove(upload.version).await;
        Ok(empty(StatusCode::NO_CONTENT))
    }

    async fn find_upload(&self, id: &str) -> Result<Upload> {
        let version = URL_SAFE_NO_PAD
            .decode(id)
            .ok()
            .and_then(|name| String::from_utf8(name).ok())
            .and_then(|name| name.rsplit_once('/')?.1.parse::<Uuid>().ok())
            .ok_or_else(Refused::unknown)?;
        let upload = self
            .uploads
            .find(version)
            .await
            .filter(|upload| upload.id() == id)
            .ok_or_else(Refused::unknown)?;
        if upload.is_expired() {
            return Err(Refused::expired());
        }
        if !self.uploads.has_bytes(version, &self.files).await {
            return Err(Refused::unknown());
        }
        Ok(upload)
    }

    /// Asks the policies whether the caller may write the object that is to be.
    async fn may_finish(&self, upload: &Upload, actor: &Actor, upsert: bool) -> Result<()> {
        let object = NewObject {
            target: &upload.target(),
            actor,
            upsert,
            metadata: json!({ "mimetype": upload.mime_type(), "contentLength": upload.length }),
            user_metadata: upload.user_metadata(),
            version: "1".into(),
        };
        Ok(self.may_write(&object).await?)
    }

    /// Takes the body of a request as the bytes from `offset` on. A task of its own: what has arrived when the client
    /// goes away is kept, and an upload that is whole is finished whoever listens.
    async fn receive_part(
        self: &Arc<Self>,
        request: Request<Body>,
        upload: Upload,
        offset: u64,
        actor: Actor,
        upsert: bool,
    ) -> Result<Answer> {
        let storage = Arc::clone(self);
        tokio::spawn(async move {
            let held = storage.uploads.hold(upload.version).await?;
            let arrived = storage.uploads.arrived(upload.version).await;
            let offset = match arrived {
                Some(arrived) if arrived != offset => {
                    return Err(Refused::new(
                        StatusCode::CONFLICT,
                        "Upload-Offset conflict\n",
                    ));
                }
                Some(_) => storage.append(request, &upload, offset, &held).await?,
                None if offset == upload.length => offset,
                None => {
                    return Err(Refused::new(
                        StatusCode::CONFLICT,
                        "Upload-Offset conflict\n",
                    ));
                }
            };
            let mut answer = empty(StatusCode::NO_CONTENT);
            let headers = answer.headers_mut();
            headers.insert("upload-offset", HeaderValue::from(offset));
            if offset < upload.length {
                expires(&mut answer, &upload);
                return Ok(answer);
            }
            headers.insert("tus-complete", HeaderValue::from_static("1"));
            if arrived.is_some() {
                storage.finish(&upload, &actor, upsert).await?;
            }
            drop(held);
            Ok(answer)
        })
        .await
        .map_err(|error| Refused::from(Error::internal(error)))?
    }

    /// Writes a body behind the bytes that are there, and gives how many there are now.
    async fn append(
        &self,
        request: Request<Body>,
        upload: &Upload,
        offset: u64,
        held: &Held,
    ) -> Result<u64> {
        let left = upload.length - offset;
        let declared: Option<u64> =
            header(request.headers(), CONTENT_LENGTH).and_then(|length| length.parse().ok());
        if declared.is_some_and(|length| length > left) {
            return Err(Refused::longer_than_told());
        }
        let mut file = OpenOptions::new()
            .write(true)
            .open(self.uploads.bytes(upload.version))
            .await?;
        file.seek(SeekFrom::Start(offset)).await?;
        let body = request.into_body();
        if body.is_end_stream() {
            return Ok(offset);
        }
        let mut written = 0;
        let mut chunks = body.into_data_stream();
        let given_up = async {
            held.wanted.notified().await;
            sleep_until(Instant::now() + DRAIN).await;
        };
        tokio::pin!(given_up);
        let outcome = loop {
            let chunk = tokio::select! {
                chunk = chunks.next() => chunk,
                () = &mut given_up => {
                    break Err(Refused::new(
                        StatusCode::BAD_REQUEST,
                        "Request aborted due to lock acquired",
                    ));
                }
            };
            match chunk {
                None => break Ok(()),
                Some(Err(_)) => {
                    break Err(Refused::new(StatusCode::BAD_REQUEST, "Request aborted"));
                }
                Some(Ok(chunk)) if written + chunk.len() as u64 > left => {
                    break Err(Refused::longer_than_told());
                }
                Some(Ok(chunk)) => {
                    file.write_all(&chunk).await?;
                    written += chunk.len() as u64;
                }
            }
        };
        // Only what is written counts as arrived, and writing goes on in the background until this.
        file.flush().await?;
        if offset + written == upload.length {
            file.sync_all().await?;
        }
        outcome.map(|()| offset + written)
    }

    /// Makes an object of an upload that is whole.
    async fn finish(&self, upload: &Upload, actor: &Actor, upsert: bool) -> Result<()> {
        let path = self.uploads.bytes(upload.version);
        let md5 = digest(File::open(&path).await?).await?;
        let mut bytes = Unfinished::new(path, upload.version, upload.length, md5);
        let metadata = json!({
            "eTag": format!("\"{}\"", bytes.md5),
            "size": upload.length,
            "mimetype": upload.mime_type(),
            "cacheControl": upload.cache_control(),
            "lastModified": now(),
            "contentLength": upload.length,
            "httpStatusCode": 200,
        });
        let target = upload.target();
        let object = NewObject {
            target: &target,
            actor,
            upsert,
            metadata,
            user_metadata: upload.user_metadata(),
            version: upload.version.to_string(),
        };
        self.files.keep(&mut bytes).await?;
        if let Err(error) = self.write_row(object, upload.version).await {
            self.uploads.remove(upload.version).await;
            return Err(error.into());
        }
        Ok(())
    }
}

async fn digest(mut file: File) -> std::io::Result<String> {
    let mut digest = Md5::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer).await? {
            0 => return Ok(hex(&digest.finalize())),
            read => digest.update(&buffer[..read]),
        }
    }
}

fn number(headers: &HeaderMap, name: &'static str) -> Result<Option<u64>> {
    header(headers, name)
        .map(|text| text.parse().map_err(|_| Refused::invalid(name)))
        .transpose()
}

fn expires(answer: &mut Answer, upload: &Upload) {
    if let Ok(value) = HeaderValue::from_str(&httpdate::fmt_http_date(upload.expires())) {
        answer.headers_mut().insert("upload-expires", value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_read_and_written_as_the_protocol_says() {
        let text = "bucketName Ym94,objectName YS/DvC5wZGY=,draft";
        let pairs = parse_metadata(text).unwrap();
        assert_eq!(value(&pairs, "bucketName"), Some("box"));
        assert_eq!(value(&pairs, "objectName"), Some("a/ü.pdf"));
        assert_eq!(pairs[2], ("draft".to_owned(), None));
        assert_eq!(write_metadata(&pairs), text);
        for bad in ["", "a !", "a YQ==,a YQ==", " YQ==", "a YQ== b", "ä YQ=="] {
            assert!(parse_metadata(bad).is_none(), "{bad}");
        }
    }

    #[tokio::test]
    async fn who_comes_later_gets_the_upload_from_who_holds_it() {
        let folder = std::env::temp_dir().join(format!("uploads-{}", Uuid::new_v4()));
        let uploads = Uploads::open(folder.clone()).await.unwrap();
        let version = Uuid::new_v4();
        let first = uploads.hold(version).await.ok().unwrap();
        let second = uploads.hold(version);
        tokio::pin!(second);
        tokio::select! {
            _ = &mut second => panic!("it is held"),
            () = first.wanted.notified() => drop(first),
        }
        assert!(second.await.is_ok());
        fs::remove_dir_all(folder).await.unwrap();
    }
}
