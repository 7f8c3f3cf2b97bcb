//! `GET /functions/v1/finance/expenses`: the log of expenses of a month or a year. `POST` adds an entry, or the correction of one.

use chrono::NaiveDate;
use omega_common::fields::Fields;
use omega_common::finance::{Expense, ExpenseCategory, day, days_of, month, year};
use omega_common::money::cents;
use omega_common::paging::PageRequest;
use omega_common::problem::{FieldError, Problem};
use omega_common::rest::{self, RestError};
use omega_common::text::{plain_text, uuid};
use serde::Serialize;
use serde_json::{Value, json};

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

/// A page of the log.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct ExpenseList {
    /// The latest day first.
    pub expenses: Vec<Expense>,
    /// For the next page; null on the last one.
    pub next_cursor: Option<String>,
}

impl ExpenseList {
    pub fn of(rows: Vec<Expense>, page: &PageRequest) -> Self {
        // A cursor holds a time: the start of the day in UTC.
        let mut rows: Vec<_> = rows
            .into_iter()
            .map(|row| (format!("{}T00:00:00Z", row.spent_on), row))
            .collect();
        let next_cursor = page.cut(&mut rows, |(time, row)| (time, row.id));
        Self {
            next_cursor,
            expenses: rows.into_iter().map(|(_, row)| row).collect(),
        }
    }
}

/// The parameters of the database's `list_expenses` for a year, a month of it, a category. One row more than shown tells
/// whether a next page exists.
///
/// # Errors
/// 400 with an entry for the bad one.
pub fn wanted(
    given: [Option<&str>; 3],
    page: &PageRequest,
    today: NaiveDate,
) -> Result<Value, Problem> {
    let [given_year, given_month, category] = given;
    let refused = |name: &'static str| {
        move |detail: String| Problem::bad_request(detail.clone()).with_error(name, detail)
    };
    let year = given_year
        .map_or_else(|| Ok(chrono::Datelike::year(&today)), year)
        .map_err(refused("year"))?;
    let month = given_month
        .map(month)
        .transpose()
        .map_err(refused("month"))?;
    let category = category
        .map(str::parse::<ExpenseCategory>)
        .transpose()
        .map_err(refused("category"))?;
    let (first, last) = days_of(year, month)
        .ok_or_else(|| Problem::internal("a month that is none was not refused"))?;
    let (older_than, older_than_id) = page.cursor.as_ref().map(|cursor| cursor.key()).unzip();
    Ok(json!({
        "first_day": first.to_string(),
        "last_day": last.to_string(),
        "category": category,
        "older_than": older_than,
        "older_than_id": older_than_id,
        "page_size": page.limit + 1,
    }))
}

/// The parameters of the database's `log_expense`.
///
/// # Errors
/// 422 with one entry for each bad field.
pub fn entry(mut fields: Fields) -> Result<Value, Problem> {
    let id = fields.required("id", uuid("Send a UUID."));
    let description = fields.optional("description", plain_text);
    if let Some(corrects) = fields.nullable("corrects", uuid("Send the id of an entry.")) {
        // All else follows from the entry that is undone.
        fields.finish()?;
        return Ok(
            json!({ "entry": { "id": id, "corrects": corrects, "description": description } }),
        );
    }
    let spent_on = fields.required("spent_on", day);
    let amount = fields.required("amount", |text| match cents(text)? {
        0 => Err("Enter an amount that is not 0.".to_owned()),
        cents => Ok(cents),
    });
    let category = fields.required("category", str::parse::<ExpenseCategory>);
    let vendor = fields.required("vendor", plain_text);
    let service_id = fields.optional("service_id", uuid("Send the id of a service."));
    fields.finish()?;
    Ok(json!({ "entry": {
        "id": id,
        "spent_on": spent_on.map(|day| day.to_string()),
        "cents": amount,
        "category": category,
        "vendor": vendor,
        "description": description,
        "service_id": service_id,
    } }))
}

/// What a refusal of the database means.
pub fn refusal(status: u16, body: &[u8]) -> Problem {
    let error: RestError = serde_json::from_slice(body).unwrap_or_default();
    let invalid = |name: &str, detail: &str| Problem::invalid(vec![FieldError::new(name, detail)]);
    match (error.code.as_str(), error.hint.as_deref()) {
        ("PT404", _) => Problem::not_found("There is no such entry to correct."),
        ("PT409", Some("taken")) => {
            Problem::conflict("This id was used for another entry. Send this one with a new id.")
                .with_error("id", "This id was used for another entry.")
        }
        ("PT409", Some("correction")) => Problem::conflict(
            "This entry is a correction itself. Log the right amount as a new entry instead.",
        ),
        ("PT409", _) => Problem::conflict("This entry was corrected before."),
        ("PT422", Some("spent_on")) => invalid(
            "spent_on",
            "This day is still to come. Log what was spent already.",
        ),
        ("PT422", _) => invalid(
            "service_id",
            "There is no such service any more. Reload the page.",
        ),
        _ => rest::refusal(status, body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()
    }

    fn read(body: Value) -> Result<Value, Problem> {
        entry(Fields::parse(body.to_string().as_bytes()).unwrap())
    }

    #[test]
    fn a_list_is_of_this_year_unless_it_says_which() {
        let page = PageRequest::parse(None, None).unwrap();
        let days = |given| {
            let wanted = wanted(given, &page, today()).unwrap();
            (wanted["first_day"].clone(), wanted["last_day"].clone())
        };
        assert_eq!(days([None; 3]), (json!("2026-01-01"), json!("2026-12-31")));
        assert_eq!(
            days([Some("2024"), Some("2"), Some("rent")]),
            (json!("2024-02-01"), json!("2024-02-29"))
        );
        for (given, field) in [
            ([Some("26"), None, None], "year"),
            ([None, Some("13"), None], "month"),
            ([None, None, Some("food")], "category"),
        ] {
            let problem = wanted(given, &page, today()).unwrap_err();
            assert_eq!(
                (problem.status, problem.errors[0].field.as_str()),
                (400, field)
            );
        }
    }

    #[test]
    fn a_page_goes_on_after_its_last_day_and_entry() {
        let row = |n: u128| -> Expense {
            serde_json::from_value(json!({
                "id": Uuid::from_u128(n), "spent_on": "2026-11-03", "cents": 100, "category": "rent", "vendor": "Landlord",
                "description": null, "service_id": null, "service_name": null, "corrects": null, "corrected_by": null,
                "imported": false, "made_at": "2026-11-23T10:00:00Z", "made_by": null,
            }))
            .unwrap()
        };
        let page = PageRequest::parse(Some("1"), None).unwrap();
        let list = ExpenseList::of(vec![row(2), row(1)], &page);
        assert_eq!(list.expenses.len(), 1);
        let next = PageRequest::parse(Some("1"), list.next_cursor.as_deref()).unwrap();
        let wanted = wanted([None; 3], &next, today()).unwrap();
        assert_eq!(
            (&wanted["older_than"], &wanted["older_than_id"]),
            (&json!("2026-11-03T00:00:00Z"), &json!(Uuid::from_u128(2)))
        );
    }

    #[test]
    fn an_entry_is_in_cents_and_a_correction_names_its_entry_alone() {
        let id = Uuid::from_u128(1);
        let body = json!({ "id": id, "spent_on": "2026-11-03", "amount": "$1,200.50", "category": "rent", "vendor": "Landlord" });
        assert_eq!(
            read(body).unwrap()["entry"],
            json!({
                "id": id, "spent_on": "2026-11-03", "cents": 120_050, "category": "rent", "vendor": "Landlord",
                "description": null, "service_id": null,
            })
        );
        let corrects = Uuid::from_u128(2);
        let body = json!({ "id": id, "corrects": corrects, "description": "Logged twice" });
        assert_eq!(
            read(body).unwrap()["entry"],
            json!({ "id": id, "corrects": corrects, "description": "Logged twice" })
        );
        let problem = read(json!({ "id": id, "corrects": corrects, "amount": "5" })).unwrap_err();
        assert_eq!(
            (problem.status, problem.errors[0].field.as_str()),
            (422, "amount")
        );
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (field, value) in [
            ("id", json!("x")),
            ("spent_on", json!("03/11/2026")),
            ("amount", json!("0.00")),
            ("amount", json!(5)),
            ("category", json!("food")),
            ("vendor", json!("")),
            ("service_id", json!("x")),
            ("made_by", json!("x")),
        ] {
            let mut body = json!({
                "id": Uuid::nil(), "spent_on": "2026-11-03", "amount": "5", "category": "rent", "vendor": "Landlord",
            });
            body[field] = value;
            let problem = read(body.clone()).unwrap_err();
            assert_eq!(
                (problem.status, problem.errors[0].field.as_str()),
                (422, field),
                "{body}"
            );
        }
    }
}
