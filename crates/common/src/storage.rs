//! Supabase Storage: reading and removing objects of clients.

use crate::api_keys::Credentials;
use crate::files::{DIRECTORY_BYTES, SNIFFED_BYTES};
use crate::problem::Problem;
use crate::upstream::UpstreamRequest;

/// A path in the bucket, checked: `<client id>/<name>`, of characters that stand in a URL as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectPath(String);

/// Longest path; `client_documents_storage_path_is_in_own_folder` has the same bound.
const MAX_PATH: usize = 400;

impl ObjectPath {
    /// # Errors
    /// A sentence for the client when the path is not in the folder of `client_id` or is no plain path.
    pub fn parse(path: &str, client_id: uuid::Uuid) -> Result<Self, String> {
        let rest = path
            .strip_prefix(&format!("{client_id}/"))
            .ok_or("The file must be in your own folder.")?;
        let plain = |segment: &str| {
            !segment.is_empty()
                && !segment.starts_with('.')
                && segment
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
        };
        if path.len() > MAX_PATH || !rest.split('/').all(plain) {
            return Err(
                "The path of the file may hold letters, digits, dots, hyphens and underscores."
                    .to_owned(),
            );
        }
        Ok(Self(path.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The first bytes of an object, its declared type and its size, in one request (RFC 9110, section 14.2).
pub fn read_start(
    supabase_url: &str,
    bucket: &str,
    path: &ObjectPath,
    credentials: Credentials<'_>,
) -> UpstreamRequest {
    UpstreamRequest::new(
        "GET",
        format!(
            "{supabase_url}/storage/v1/object/authenticated/{bucket}/{}",
            path.as_str()
        ),
    )
    .credentials(credentials)
    .header("range", format!("bytes=0-{}", SNIFFED_BYTES - 1))
}

/// The last bytes of an object of `size` bytes.
pub fn read_end(
    supabase_url: &str,
    bucket: &str,
    path: &ObjectPath,
    credentials: Credentials<'_>,
    size: u64,
) -> UpstreamRequest {
    let from = size.saturating_sub(DIRECTORY_BYTES as u64);
    UpstreamRequest::new(
        "GET",
        format!(
            "{supabase_url}/storage/v1/object/authenticated/{bucket}/{}",
            path.as_str()
        ),
    )
    .credentials(credentials)
    .header("range", format!("bytes={from}-{}", size.saturating_sub(1)))
}

/// Stores a new object; one that is there already is not replaced.
pub fn upload(
    supabase_url: &str,
    bucket: &str,
    path: &ObjectPath,
    content_type: &str,
    bytes: Vec<u8>,
    credentials: Credentials<'_>,
) -> UpstreamRequest {
    let mut request = UpstreamRequest::new(
        "POST",
        format!(
            "{supabase_url}/storage/v1/object/{bucket}/{}",
            path.as_str()
        ),
    )
    .credentials(credentials)
    .header("content-type", content_type);
    request.body = Some(bytes);
    request
}

/// Removes an object.
pub fn remove(
    supabase_url: &str,
    bucket: &str,
    path: &ObjectPath,
    credentials: Credentials<'_>,
) -> UpstreamRequest {
    UpstreamRequest::new(
        "DELETE",
        format!(
            "{supabase_url}/storage/v1/object/{bucket}/{}",
            path.as_str()
        ),
    )
    .credentials(credentials)
}

/// Removes objects that nobody is to decide on any more, at most 1,000 at once.
pub fn remove_many(
    supabase_url: &str,
    bucket: &str,
    paths: &[String],
    credentials: Credentials<'_>,
) -> UpstreamRequest {
    UpstreamRequest::new(
        "DELETE",
        format!("{supabase_url}/storage/v1/object/{bucket}"),
    )
    .credentials(credentials)
    .json(&serde_json::json!({ "prefixes": paths }))
}

/// How many objects the answer to [`remove_many`] says were removed.
///
/// # Errors
/// 503 when Storage can't, 502 when it answers something else.
pub fn removed(status: u16, body: &[u8]) -> Result<usize, Problem> {
    match status {
        200..300 => serde_json::from_slice::<Vec<serde::de::IgnoredAny>>(body)
            .map(|objects| objects.len())
            .map_err(|_| Problem::bad_gateway("Storage's answer to a removal is no list")),
        500.. => Err(Problem::unavailable(format!("Storage answered {status}"))),
        _ => Err(Problem::bad_gateway(format!("Storage answered {status}"))),
    }
}

/// The whole size of an object from the headers of a ranged answer.
pub fn total_size(
    status: u16,
    content_range: Option<&str>,
    content_length: Option<&str>,
) -> Option<u64> {
    match status {
        206 => content_range?.rsplit_once('/')?.1.parse().ok(),
        _ => content_length?.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn only_plain_paths_in_the_own_folder_pass() {
        let me = Uuid::from_u128(1);
        assert!(ObjectPath::parse(&format!("{me}/3f2a.pdf"), me).is_ok());
        let other = Uuid::from_u128(2);
        for bad in [
            format!("{other}/a.pdf"),
            format!("{me}/../{other}/a.pdf"),
            format!("{me}//a.pdf"),
            format!("{me}/%2e%2e/a.pdf"),
            format!("{me}/a.pdf?x=1"),
            format!("{me}/.hidden"),
            format!("{me}/"),
            format!("{me}/{}", "a".repeat(400)),
        ] {
            assert!(ObjectPath::parse(&bad, me).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_was_removed_is_counted_by_storage() {
        assert_eq!(removed(200, br#"[{"name":"a"},{"name":"b"}]"#).unwrap(), 2);
        assert_eq!(removed(200, b"<html>").unwrap_err().status, 502);
        assert_eq!(removed(503, b"").unwrap_err().status, 503);
    }

    #[test]
    fn size_comes_from_the_range_or_the_length() {
        assert_eq!(
            total_size(206, Some("bytes 0-8191/26214400"), Some("8192")),
            Some(26_214_400)
        );
        assert_eq!(total_size(200, None, Some("12")), Some(12));
        assert_eq!(total_size(206, Some("bytes 0-1/*"), None), None);
    }
}
