//! `POST /functions/v1/finance/receipt`: makes an uploaded file the receipt of an expense, once it has shown to be what it says.

use omega_common::fields::Fields;
use omega_common::files::no_such_file;
use omega_common::problem::Problem;
use omega_common::rest::{self, RestError};
use omega_common::storage::ObjectPath;
use omega_common::text::uuid;
use serde_json::{Value, json};
use uuid::Uuid;

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

/// A file that is to be the receipt of an entry.
#[derive(Debug, PartialEq)]
pub struct Attachment {
    expense_id: Uuid,
    pub path: ObjectPath,
}

impl Attachment {
    /// # Errors
    /// 422 with one entry for each bad field.
    pub fn read(mut fields: Fields, user_id: Uuid) -> Result<Self, Problem> {
        let expense_id = fields.required("expense_id", uuid("Send the id of an entry."));
        let path = fields.required("storage_path", |path| ObjectPath::parse(path, user_id));
        fields.finish()?;
        let (Some(expense_id), Some(path)) = (expense_id, path) else {
            return Err(Problem::internal("a missing field was not refused"));
        };
        Ok(Self { expense_id, path })
    }

    /// The parameters of the database's `attach_receipt`, which takes kind and size from Storage.
    pub fn parameters(&self) -> Value {
        json!({ "expense_id": self.expense_id, "path": self.path.as_str() })
    }
}

/// What a refusal of the database means.
pub fn refusal(status: u16, body: &[u8]) -> Problem {
    let error: RestError = serde_json::from_slice(body).unwrap_or_default();
    match (error.code.as_str(), error.hint.as_deref()) {
        ("PT404", _) => Problem::not_found("There is no such entry in the log."),
        ("PT409", Some("has")) => {
            Problem::conflict("This entry has a receipt already, and it stays.")
        }
        ("PT409", _) => Problem::conflict("This file is the receipt of another entry."),
        ("PT422", _) => no_such_file(),
        _ => rest::refusal(status, body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_in_the_folder_of_another_is_refused() {
        let (me, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let read = |path: String| {
            let body = json!({ "expense_id": Uuid::nil(), "storage_path": path });
            Attachment::read(Fields::parse(body.to_string().as_bytes()).unwrap(), me)
        };
        assert_eq!(
            read(format!("{me}/a.pdf")).unwrap().parameters(),
            json!({ "expense_id": Uuid::nil(), "path": format!("{me}/a.pdf") })
        );
        let problem = read(format!("{other}/a.pdf")).unwrap_err();
        assert_eq!(
            (problem.status, problem.errors[0].field.as_str()),
            (422, "storage_path")
        );
    }
}
