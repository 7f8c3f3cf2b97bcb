//! `GET /functions/v1/forms/library`: the firm's forms, searched and by category, with what the caller has begun.

use omega_common::problem::Problem;
use omega_common::text::plain_text;
use omega_forms::{FORMS, FormCategory, FormSummary};
use serde::{Deserialize, Serialize};

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

/// A form and whether the caller has begun it.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct ListedForm {
    #[serde(flatten)]
    pub form: FormSummary,
    /// When the caller's draft was saved last, RFC 3339; null where there is none.
    pub draft_saved_at: Option<String>,
}

/// Every form that fits: the library is one page.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct FormLibrary {
    pub forms: Vec<ListedForm>,
}

/// A row of `form_drafts`.
#[derive(Debug, Deserialize)]
pub struct DraftRow {
    pub form_id: String,
    pub updated_at: String,
}

/// What somebody looks for.
#[derive(Debug, Default, PartialEq)]
pub struct Wanted {
    search: String,
    category: Option<FormCategory>,
}

impl Wanted {
    /// Reads the query parameters `search` and `category`.
    ///
    /// # Errors
    /// 400 with an entry for each that is not valid.
    pub fn read(search: Option<&str>, category: Option<&str>) -> Result<Self, Problem> {
        let refused = |field: &str, detail: String| {
            Problem::bad_request(detail.clone()).with_error(field, detail)
        };
        let search = match search.map(str::trim) {
            None | Some("") => String::new(),
            Some(search) => plain_text(search).map_err(|detail| refused("search", detail))?,
        };
        let category = category
            .filter(|category| !category.is_empty())
            .map(str::parse)
            .transpose()
            .map_err(|detail| refused("category", detail))?;
        Ok(Self { search, category })
    }

    /// The forms that fit, in the order of the library.
    pub fn find(&self, drafts: &[DraftRow]) -> FormLibrary {
        let forms = FORMS
            .iter()
            .filter(|form| {
                self.category
                    .is_none_or(|category| form.category == category)
            })
            .filter(|form| form.matches(&self.search))
            .map(|form| ListedForm {
                form: form.summary(),
                draft_saved_at: drafts
                    .iter()
                    .find(|draft| draft.form_id == form.id)
                    .map(|draft| draft.updated_at.clone()),
            })
            .collect();
        FormLibrary { forms }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(wanted: &Wanted) -> Vec<&'static str> {
        let found = wanted.find(&[]);
        found.forms.iter().map(|listed| listed.form.id).collect()
    }

    #[test]
    fn the_library_is_searched_and_filtered() {
        let all = Wanted::read(None, Some("")).unwrap();
        assert_eq!(ids(&all).len(), FORMS.len());
        let taxes = Wanted::read(Some(" "), Some("taxes")).unwrap();
        assert!(ids(&taxes).contains(&"w9-data-sheet") && !ids(&taxes).contains(&"mileage-log"));
        let both = Wanted::read(Some("Mileage"), Some("taxes")).unwrap();
        assert!(ids(&both).is_empty());
        for (search, category, field) in [
            (None, Some("x"), "category"),
            (Some("a\nb"), None, "search"),
        ] {
            let problem = Wanted::read(search, category).unwrap_err();
            assert_eq!(
                (problem.status, problem.errors[0].field.as_str()),
                (400, field)
            );
        }
    }

    #[test]
    fn a_draft_stands_with_its_form() {
        let drafts = [DraftRow {
            form_id: "mileage-log".to_owned(),
            updated_at: "2026-11-23T12:00:00Z".to_owned(),
        }];
        let found = Wanted::read(Some("mileage"), None).unwrap().find(&drafts);
        assert_eq!(
            found.forms[0].draft_saved_at.as_deref(),
            Some("2026-11-23T12:00:00Z")
        );
    }
}
