//! `POST /functions/v1/onboarding/register-document`: makes an uploaded file a document of the client, once
//! it has shown to be what it says.

use omega_common::documents::{DocumentCategory, sha256_hex};
use omega_common::fields::Fields;
use omega_common::files::FileKind;
use omega_common::problem::Problem;
use omega_common::storage::ObjectPath;
use omega_common::text::plain_text;
use uuid::Uuid;

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

/// A file that the client has uploaded.
#[derive(Debug, PartialEq, Eq)]
pub struct Registration {
    pub document_name: String,
    pub document_category: DocumentCategory,
    pub storage_path: ObjectPath,
    /// As the browser worked it out. It only tells the client's own browser that a file was sent before, so
    /// it is taken at its word.
    pub content_sha256: Option<String>,
}

impl Registration {
    /// # Errors
    /// 422 with one entry for each bad field.
    pub fn read(mut fields: Fields, client_id: Uuid) -> Result<Self, Problem> {
        let document_name = fields.required("document_name", plain_text);
        let document_category = fields.required("document_category", str::parse);
        let storage_path =
            fields.required("storage_path", |path| ObjectPath::parse(path, client_id));
        let content_sha256 = fields.nullable("content_sha256", sha256_hex);
        fields.finish()?;
        match (document_name, document_category, storage_path) {
            (Some(document_name), Some(document_category), Some(storage_path)) => Ok(Self {
                document_name,
                document_category,
                storage_path,
                content_sha256,
            }),
            _ => Err(Problem::internal("a missing field was not refused")),
        }
    }

    /// The row to insert. Kind and size are what Storage holds, not what the request says.
    pub fn row(&self, client_id: Uuid, kind: FileKind, byte_size: u64) -> serde_json::Value {
        serde_json::json!({
            "client_id": client_id,
            "document_name": self.document_name,
            "document_category": self.document_category,
            "storage_path": self.storage_path.as_str(),
            "content_type": kind.media_type(),
            "byte_size": byte_size,
            "content_sha256": self.content_sha256,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_in_another_folder_is_refused() {
        let (me, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let body = serde_json::json!({
            "document_name": "Return", "document_category": "tax-return", "storage_path": format!("{other}/a.pdf"),
        });
        let problem = Registration::read(Fields::parse(body.to_string().as_bytes()).unwrap(), me)
            .unwrap_err();
        assert_eq!(
            (problem.status, problem.errors[0].field.as_str()),
            (422, "storage_path")
        );
    }

    #[test]
    fn kind_and_size_can_not_be_told_by_the_request() {
        let me = Uuid::from_u128(1);
        let body = serde_json::json!({
            "document_name": "Return", "document_category": "tax-return", "storage_path": format!("{me}/a.pdf"),
            "byte_size": 1, "content_type": "text/html",
        });
        let problem = Registration::read(Fields::parse(body.to_string().as_bytes()).unwrap(), me)
            .unwrap_err();
        assert_eq!(problem.errors.len(), 2);
    }
}
