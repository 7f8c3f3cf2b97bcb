//! `GET /functions/v1/forms/signed`: forms that were signed, and which of them a file is.

use omega_common::documents::sha256_hex;
use omega_common::paging::PageRequest;
use omega_common::problem::Problem;
use omega_common::text::uuid;
use omega_forms::SignedForm;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

/// A page of signed forms.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct SignedFormList {
    /// Newest first.
    pub signed_forms: Vec<SignedForm>,
    /// For the next page; null on the last one.
    pub next_cursor: Option<String>,
}

impl SignedFormList {
    pub fn of(mut signed_forms: Vec<SignedForm>, page: &PageRequest) -> Self {
        let next_cursor = page.cut(&mut signed_forms, |signed| (&signed.signed_at, signed.id));
        Self {
            signed_forms,
            next_cursor,
        }
    }
}

/// Which of them are wanted.
#[derive(Debug, PartialEq)]
pub struct Wanted {
    client: Option<Uuid>,
    sha256: Option<String>,
    page: PageRequest,
}

impl Wanted {
    /// Reads the query parameters `client`, `sha256`, `limit` and `cursor`.
    ///
    /// # Errors
    /// 400 for one that is not valid.
    pub fn read(
        client: Option<&str>,
        sha256: Option<&str>,
        page: PageRequest,
    ) -> Result<Self, Problem> {
        let refused = |field: &str, detail: String| {
            Problem::bad_request(detail.clone()).with_error(field, detail)
        };
        Ok(Self {
            client: client
                .map(uuid("Send the id of a client."))
                .transpose()
                .map_err(|detail| refused("client", detail))?,
            sha256: sha256
                .map(sha256_hex)
                .transpose()
                .map_err(|detail| refused("sha256", detail))?,
            page,
        })
    }

    pub fn page(&self) -> &PageRequest {
        &self.page
    }

    /// The parameters of the database's `list_signed_forms`. One row more than shown tells whether a next page exists.
    pub fn parameters(&self) -> Value {
        let (before, before_id) = self.page.cursor.as_ref().map(|cursor| cursor.key()).unzip();
        json!({
            "of_client": self.client,
            "sha256": self.sha256,
            "before": before,
            "before_id": before_id,
            "page_size": self.page.limit + 1,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_is_read_whole() {
        let page = || PageRequest::parse(Some("5"), None).unwrap();
        let (client, hash) = (Uuid::from_u128(1).to_string(), "a".repeat(64));
        assert_eq!(
            Wanted::read(Some(&client), Some(&hash), page())
                .unwrap()
                .parameters(),
            json!({ "of_client": client, "sha256": hash, "before": null, "before_id": null, "page_size": 6 })
        );
        for (client, hash, field) in [(Some("x"), None, "client"), (None, Some("abc"), "sha256")] {
            let problem = Wanted::read(client, hash, page()).unwrap_err();
            assert_eq!(
                (problem.status, problem.errors[0].field.as_str()),
                (400, field)
            );
        }
    }
}
