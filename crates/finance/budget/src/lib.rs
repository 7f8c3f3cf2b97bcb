//! `GET /functions/v1/finance/budget`: a year's budget against what was spent, by month and category, and what the year will come
//! to. `POST` sets what a category may cost in a month.

use omega_common::fields::{Change, Fields};
use omega_common::finance::{ExpenseCategory, month, year};
use omega_common::money::cents_from_zero;
use omega_common::problem::Problem;
use serde_json::{Value, json};

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

/// The year that is asked for, `this` unless another is named.
///
/// # Errors
/// 400 for what is no year.
pub fn wanted(given: Option<&str>, this: i32) -> Result<i32, Problem> {
    given
        .map_or(Ok(this), year)
        .map_err(|detail| Problem::bad_request(detail.clone()).with_error("year", detail))
}

/// What a category may cost in each of some months of a year.
#[derive(Debug, PartialEq)]
pub struct BudgetLine {
    pub year: i32,
    months: Vec<u32>,
    category: ExpenseCategory,
    /// None takes it back.
    cents: Option<i64>,
}

impl BudgetLine {
    /// # Errors
    /// 422 with one entry for each bad field.
    pub fn read(mut fields: Fields) -> Result<Self, Problem> {
        let year = fields.required("year", year);
        let month = fields.nullable("month", month);
        let category = fields.required("category", str::parse::<ExpenseCategory>);
        let amount = fields.change("amount", cents_from_zero);
        if amount == Change::Keep {
            fields.miss("amount");
        }
        fields.finish()?;
        let (Some(year), Some(category)) = (year, category) else {
            return Err(Problem::internal("a missing field was not refused"));
        };
        Ok(Self {
            year,
            months: month.map_or_else(|| (1..=12).collect(), |month| vec![month]),
            category,
            cents: match amount {
                Change::Set(cents) => Some(cents),
                Change::Clear | Change::Keep => None,
            },
        })
    }

    /// The parameters of the database's `set_budget`.
    pub fn parameters(&self) -> Value {
        json!({ "year": self.year, "months": self.months, "category": self.category, "cents": self.cents })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: Value) -> Result<Value, Problem> {
        BudgetLine::read(Fields::parse(json.to_string().as_bytes()).unwrap())
            .map(|line| line.parameters())
    }

    #[test]
    fn a_line_is_of_a_month_or_of_all_twelve() {
        assert_eq!(
            read(json!({ "year": "2026", "month": "3", "category": "rent", "amount": "1,200" }))
                .unwrap(),
            json!({ "year": 2026, "months": [3], "category": "rent", "cents": 120_000 })
        );
        assert_eq!(
            read(json!({ "year": "2026", "category": "rent", "amount": "" })).unwrap(),
            json!({ "year": 2026, "months": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], "category": "rent", "cents": null })
        );
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (body, field) in [
            (json!({ "category": "rent", "amount": "1" }), "year"),
            (json!({ "year": "2026", "amount": "1" }), "category"),
            (json!({ "year": "2026", "category": "rent" }), "amount"),
            (
                json!({ "year": "2026", "category": "rent", "amount": "-1" }),
                "amount",
            ),
            (
                json!({ "year": "2026", "category": "rent", "amount": "1", "month": "13" }),
                "month",
            ),
        ] {
            let problem = read(body.clone()).unwrap_err();
            assert_eq!(
                (problem.status, problem.errors[0].field.as_str()),
                (422, field),
                "{body}"
            );
        }
        assert_eq!(wanted(Some("26"), 2026).unwrap_err().status, 400);
        assert_eq!(wanted(None, 2026).unwrap(), 2026);
    }
}
