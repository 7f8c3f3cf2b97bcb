//! `POST /functions/v1/onboarding/update-document`: another name or another category for a document.

use omega_common::documents::{DocumentCategory, document_id};
use omega_common::fields::{Change, Fields};
use omega_common::problem::Problem;
use omega_common::text::plain_text;
use serde_json::{Map, Value};
use uuid::Uuid;

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

/// What to change: the parameters of the database's `update_document`.
#[derive(Debug, PartialEq)]
pub struct Update {
    id: Uuid,
    /// Changed columns of `client_documents`.
    changes: Map<String, Value>,
}

impl Update {
    /// # Errors
    /// 422 with one entry for each bad field.
    pub fn read(mut fields: Fields) -> Result<Self, Problem> {
        let id = fields.required("id", document_id);
        let name = fields.change("document_name", plain_text);
        let category = fields.change("document_category", str::parse::<DocumentCategory>);
        let mut changes = Map::new();
        for (field, change, cleared) in [
            (
                "document_name",
                text(name, Value::from),
                "Enter a name for the document.",
            ),
            (
                "document_category",
                text(category, |category| category.as_str().into()),
                "Choose what the document is.",
            ),
        ] {
            match change {
                Change::Keep => {}
                Change::Clear => fields.refuse(field, cleared),
                Change::Set(value) => drop(changes.insert(field.to_owned(), value)),
            }
        }
        fields.finish()?;
        let id = id.ok_or_else(|| Problem::internal("a missing field was not refused"))?;
        Ok(Self { id, changes })
    }

    pub fn parameters(&self) -> Value {
        serde_json::json!({ "document_id": self.id, "changes": self.changes })
    }
}

fn text<T>(change: Change<T>, value: impl FnOnce(T) -> Value) -> Change<Value> {
    match change {
        Change::Keep => Change::Keep,
        Change::Clear => Change::Clear,
        Change::Set(set) => Change::Set(value(set)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(json: Value) -> Result<Update, Problem> {
        Update::read(Fields::parse(json.to_string().as_bytes()).unwrap())
    }

    #[test]
    fn only_what_was_sent_is_changed() {
        let id = Uuid::from_u128(1);
        assert_eq!(
            read(json!({ "id": id, "document_name": " Return 2025.pdf " }))
                .unwrap()
                .parameters(),
            json!({ "document_id": id, "changes": { "document_name": "Return 2025.pdf" } })
        );
        assert_eq!(
            read(json!({ "id": id, "document_category": "w9" }))
                .unwrap()
                .parameters(),
            json!({ "document_id": id, "changes": { "document_category": "w9" } })
        );
    }

    #[test]
    fn a_name_can_be_changed_and_not_taken_away() {
        let problem =
            read(json!({ "id": Uuid::nil(), "document_name": " ", "document_category": null }))
                .unwrap_err();
        let names: Vec<_> = problem
            .errors
            .iter()
            .map(|error| error.field.as_str())
            .collect();
        assert_eq!(
            (problem.status, names),
            (422, vec!["document_name", "document_category"])
        );
    }

    #[test]
    fn what_was_checked_can_not_be_changed() {
        for field in [
            "client_id",
            "storage_path",
            "content_type",
            "byte_size",
            "content_sha256",
            "reviewed_at",
        ] {
            let problem = read(json!({ "id": Uuid::nil(), field: "x" })).unwrap_err();
            assert_eq!(
                (problem.status, problem.errors[0].field.as_str()),
                (422, field)
            );
        }
    }
}
