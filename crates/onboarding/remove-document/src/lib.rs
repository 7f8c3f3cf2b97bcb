//! `POST /functions/v1/onboarding/remove-document`: takes a document back, and its file with it.

use omega_common::documents::document_id;
use omega_common::fields::Fields;
use omega_common::problem::Problem;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

/// The document is gone, by this request or an earlier one.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Removal {
    /// Always true.
    pub removed: bool,
    pub id: Uuid,
}

/// What the database's `remove_document` answers.
#[derive(Debug, Deserialize)]
pub struct RemovedDocument {
    /// Where its file is; null when there was no such document.
    pub storage_path: Option<String>,
}

/// # Errors
/// 422 with one entry for each bad field.
pub fn read(mut fields: Fields) -> Result<Uuid, Problem> {
    let id = fields.required("id", document_id);
    fields.finish()?;
    id.ok_or_else(|| Problem::internal("a missing field was not refused"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_named_by_its_id_alone() {
        let read = |body: &str| read(Fields::parse(body.as_bytes()).unwrap());
        let id = Uuid::from_u128(7);
        assert_eq!(read(&format!(r#"{{"id": "{id}"}}"#)), Ok(id));
        for bad in [
            "{}",
            r#"{"id": "7"}"#,
            r#"{"id": null}"#,
            r#"{"storage_path": "a/b.pdf"}"#,
        ] {
            assert_eq!(read(bad).unwrap_err().status, 422, "{bad}");
        }
    }
}
