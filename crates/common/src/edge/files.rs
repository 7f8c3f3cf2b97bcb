//! What a file in Storage is, before it is made anything of ours.

use super::{Deadline, Exchange, User, send};
use crate::files::{
    DIRECTORY_BYTES, FileKind, SNIFFED_BYTES, check_package, identify, no_such_file, refused_file,
};
use crate::problem::Problem;
use crate::storage::{self, ObjectPath};

impl Exchange {
    /// Reads the start of an uploaded file as the user, and its end where its parts are listed there: its kind and its size in
    /// bytes. A file that is refused is removed.
    ///
    /// # Errors
    /// 422 for a file that is not there, not what it says or not of a kind that is taken; 502 or 503 when Storage does not tell.
    pub async fn inspect(
        &self,
        user: &User,
        bucket: &str,
        path: &ObjectPath,
    ) -> Result<(FileKind, u64), Problem> {
        let base = &self.settings().supabase_url;
        let object = send(
            storage::read_start(base, bucket, path, user.credentials(self)),
            Deadline::Service,
        )
        .await?;
        object.refuse_limited()?;
        let status = object.status();
        match status {
            // An object has one; what has none is not to be judged, let alone removed.
            200 | 206 if object.header("etag").is_none() => {
                return Err(Problem::bad_gateway(
                    "Storage's answer is no object: it has no ETag",
                ));
            }
            200 | 206 => {}
            400 | 403 | 404 => return Err(no_such_file()),
            // An empty object has no first byte to send (RFC 9110, section 15.5.17).
            416 => {}
            500.. => return Err(Problem::unavailable(format!("Storage answered {status}"))),
            _ => return Err(Problem::bad_gateway(format!("Storage answered {status}"))),
        }
        let declared = object.header("content-type").unwrap_or_default();
        let size = match status {
            416 => Some(0),
            _ => storage::total_size(
                status,
                object.header("content-range").as_deref(),
                object.header("content-length").as_deref(),
            ),
        };
        let size =
            size.ok_or_else(|| Problem::bad_gateway("Storage did not tell the size of an object"))?;
        let start = object.start(SNIFFED_BYTES).await?;
        let mut judged = identify(path.as_str(), &declared, &start, size);
        if let Ok(kind) = judged
            && kind.is_package()
        {
            let request = storage::read_end(base, bucket, path, user.credentials(self), size);
            let object = send(request, Deadline::Service).await?;
            match object.status() {
                200 | 206 => {}
                status => return Err(Problem::unavailable(format!("Storage answered {status}"))),
            }
            let end = object.start(DIRECTORY_BYTES).await?;
            judged = check_package(&end, size).map(|()| kind);
        }
        match judged {
            Ok(kind) => Ok((kind, size)),
            Err(detail) => {
                let (status, _) = self
                    .send(
                        storage::remove(base, bucket, path, user.credentials(self)),
                        Deadline::Service,
                    )
                    .await?;
                match status {
                    200..300 | 400 | 404 => Err(refused_file(detail)),
                    _ => Err(Problem::unavailable(format!(
                        "Storage answered {status} to removing an object"
                    ))),
                }
            }
        }
    }
}
