//! Expenses and budget: the log's entries, the views of a month and a year, and the forecast.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::money::share;

crate::string_enum! {
    ExpenseCategory {
        Software = "software", "Software";
        Hosting = "hosting", "Hosting and domains";
        Payroll = "payroll", "Payroll";
        Rent = "rent", "Rent";
        Insurance = "insurance", "Insurance";
        ProfessionalFees = "professional-fees", "Professional fees";
        Marketing = "marketing", "Marketing";
        Office = "office", "Office";
        Travel = "travel", "Travel";
        Taxes = "taxes", "Taxes and fees";
        Other = "other", "Other";
    }
}

/// Years that the tracker knows; the `CHECK`s of the database have the same bounds.
pub const YEARS: std::ops::RangeInclusive<i32> = 2000..=2199;

/// Whole months before this one from which the forecast takes what is no service's.
pub const RECENT_MONTHS: i64 = 3;

/// A day of the calendar, `2026-04-15`.
///
/// # Errors
/// A sentence for whoever typed it.
pub fn day(text: &str) -> Result<NaiveDate, String> {
    let text = text.trim();
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        .filter(|day| day.to_string() == text && YEARS.contains(&day.year()))
        .ok_or_else(|| "Enter a date like 2026-04-15.".to_owned())
}

/// A year of the tracker.
///
/// # Errors
/// A sentence for whoever typed it.
pub fn year(text: &str) -> Result<i32, String> {
    text.parse()
        .ok()
        .filter(|year| text.len() == 4 && YEARS.contains(year))
        .ok_or_else(|| "Send a year like 2026.".to_owned())
}

/// A month as its number, 1 to 12.
///
/// # Errors
/// A sentence for whoever typed it.
pub fn month(text: &str) -> Result<u32, String> {
    text.parse()
        .ok()
        .filter(|month| text.bytes().all(|byte| byte.is_ascii_digit()) && (1..=12).contains(month))
        .ok_or_else(|| "Send a month from 1 to 12.".to_owned())
}

/// The first and the last day of a year, or of one of its months. None for what the calendar does not have.
pub fn days_of(year: i32, month: Option<u32>) -> Option<(NaiveDate, NaiveDate)> {
    let first = NaiveDate::from_ymd_opt(year, month.unwrap_or(1), 1)?;
    let months = chrono::Months::new(if month.is_some() { 1 } else { 12 });
    Some((first, first.checked_add_months(months)?.pred_opt()?))
}

/// An entry of the log, as the database's functions give it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Expense {
    pub id: Uuid,
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "2026-11-03"))]
    pub spent_on: String,
    /// US cents; below zero for what came back and for what a correction takes out.
    pub cents: i64,
    pub category: ExpenseCategory,
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "Resend"))]
    pub vendor: String,
    pub description: Option<String>,
    pub service_id: Option<Uuid>,
    pub service_name: Option<String>,
    /// The entry that this one undoes.
    pub corrects: Option<Uuid>,
    /// The entry that undoes this one.
    pub corrected_by: Option<Uuid>,
    /// Where its receipt is in the bucket `receipts`.
    pub receipt_path: Option<String>,
    /// Whether it came from a file.
    pub imported: bool,
    pub made_at: String,
    /// The address of who logged it.
    pub made_by: Option<String>,
}

/// A sum of a month and category.
#[derive(Debug, Deserialize)]
pub struct Sum {
    month: u32,
    category: ExpenseCategory,
    cents: i64,
}

/// The answer of the database's `finance_year`.
#[derive(Debug, Deserialize)]
pub struct StoredYear {
    /// In the firm's time zone.
    #[serde(deserialize_with = "read_day")]
    today: NaiveDate,
    spent: Vec<Sum>,
    budget: Vec<Sum>,
    services_monthly_cents: i64,
    /// Of the last [`RECENT_MONTHS`] whole months together.
    other_recent_cents: i64,
}

fn read_day<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<NaiveDate, D::Error> {
    let text = String::deserialize(deserializer)?;
    day(&text).map_err(serde::de::Error::custom)
}

/// What was and may be spent, in US cents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Totals {
    pub spent_cents: i64,
    /// Null where nothing was planned.
    pub budget_cents: Option<i64>,
}

impl Totals {
    fn plan(&mut self, cents: i64) {
        self.budget_cents = Some(self.budget_cents.unwrap_or(0).saturating_add(cents));
    }
}

/// A month of the year.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct MonthView {
    /// 1 to 12.
    pub month: u32,
    #[serde(flatten)]
    pub totals: Totals,
    /// What the month comes to: what was spent where it is over, otherwise what is to be expected, and never less than what
    /// was spent already.
    pub forecast_cents: i64,
    /// Categories of which something was spent or planned.
    pub categories: Vec<CategoryView>,
}

/// A category of expenses.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct CategoryView {
    pub category: ExpenseCategory,
    pub title: &'static str,
    #[serde(flatten)]
    pub totals: Totals,
}

/// Budget against what was spent, by month and by category, and what the year will come to.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct YearView {
    pub year: i32,
    /// The day from which the forecast looks ahead.
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "2026-11-23"))]
    pub today: String,
    #[serde(flatten)]
    pub totals: Totals,
    pub forecast_cents: i64,
    /// Of the forecast of a month that is not over: what the active services cost together.
    pub services_monthly_cents: i64,
    /// Of the same: the mean of what was spent on no service in the three whole months before this one, to the nearest cent.
    pub other_monthly_cents: i64,
    /// All twelve.
    pub months: Vec<MonthView>,
    /// Of the whole year, in the order of the list of categories.
    pub categories: Vec<CategoryView>,
}

/// Totals of each category that has some, in the order of [`ExpenseCategory::ALL`].
fn categories(stored: &StoredYear, wanted: impl Fn(u32) -> bool) -> Vec<CategoryView> {
    let view = |category: ExpenseCategory| {
        let of_it = |sum: &&Sum| sum.category == category && wanted(sum.month);
        let mut spent = stored.spent.iter().filter(of_it).peekable();
        let mut planned = stored.budget.iter().filter(of_it).peekable();
        if spent.peek().is_none() && planned.peek().is_none() {
            return None;
        }
        let mut totals = Totals::default();
        for sum in spent {
            totals.spent_cents = totals.spent_cents.saturating_add(sum.cents);
        }
        for sum in planned {
            totals.plan(sum.cents);
        }
        Some(CategoryView {
            category,
            title: category.title(),
            totals,
        })
    };
    ExpenseCategory::ALL
        .iter()
        .filter_map(|category| view(*category))
        .collect()
}

fn together(views: &[CategoryView]) -> Totals {
    let mut totals = Totals::default();
    for view in views {
        totals.spent_cents = totals.spent_cents.saturating_add(view.totals.spent_cents);
        if let Some(cents) = view.totals.budget_cents {
            totals.plan(cents);
        }
    }
    totals
}

impl YearView {
    pub fn of(year: i32, stored: &StoredYear) -> Self {
        let other_monthly_cents = share(stored.other_recent_cents, RECENT_MONTHS);
        let expected = stored
            .services_monthly_cents
            .saturating_add(other_monthly_cents)
            .max(0);
        let this_month = (stored.today.year(), stored.today.month());
        let months: Vec<_> = (1..=12)
            .map(|month| {
                let categories = categories(stored, |known| known == month);
                let totals = together(&categories);
                let forecast_cents = if (year, month) < this_month {
                    totals.spent_cents
                } else {
                    totals.spent_cents.max(expected)
                };
                MonthView {
                    month,
                    totals,
                    forecast_cents,
                    categories,
                }
            })
            .collect();
        let categories = categories(stored, |_| true);
        Self {
            year,
            today: stored.today.to_string(),
            totals: together(&categories),
            forecast_cents: months.iter().fold(0, |sum: i64, month| {
                sum.saturating_add(month.forecast_cents)
            }),
            services_monthly_cents: stored.services_monthly_cents,
            other_monthly_cents,
            months,
            categories,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn stored(change: serde_json::Value) -> StoredYear {
        let mut year = json!({
            "today": "2026-03-10", "spent": [], "budget": [], "services_monthly_cents": 1_000, "other_recent_cents": 1_000,
        });
        year.as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        serde_json::from_value(year).unwrap()
    }

    fn forecasts(view: &YearView) -> Vec<i64> {
        view.months
            .iter()
            .map(|month| month.forecast_cents)
            .collect()
    }

    #[test]
    fn a_month_that_is_over_is_what_it_was_and_one_to_come_what_is_expected() {
        let spent = json!({ "spent": [
            { "month": 1, "category": "rent", "cents": 500 },
            { "month": 3, "category": "rent", "cents": 9_000 },
        ] });
        let view = YearView::of(2026, &stored(spent));
        assert_eq!(view.other_monthly_cents, 333);
        let expected = 1_333;
        let mut wanted = vec![500, 0, 9_000];
        wanted.extend([expected; 9]);
        assert_eq!(forecasts(&view), wanted);
        assert_eq!(view.forecast_cents, 500 + 9_000 + 9 * expected);
        // Of a year that is over nothing is to come, and of one to come everything.
        assert_eq!(YearView::of(2025, &stored(json!({}))).forecast_cents, 0);
        assert_eq!(
            YearView::of(2027, &stored(json!({}))).forecast_cents,
            12 * expected
        );
    }

    #[test]
    fn what_came_back_makes_no_forecast_below_nothing() {
        let view = YearView::of(2026, &stored(json!({ "other_recent_cents": -90_000 })));
        assert_eq!(
            (view.other_monthly_cents, view.forecast_cents),
            (-30_000, 0)
        );
    }

    #[test]
    fn a_budget_stands_beside_what_was_spent_by_month_and_by_category() {
        let view = YearView::of(
            2026,
            &stored(json!({
                "spent": [
                    { "month": 1, "category": "rent", "cents": 500 },
                    { "month": 2, "category": "software", "cents": 70 },
                ],
                "budget": [
                    { "month": 1, "category": "rent", "cents": 600 },
                    { "month": 2, "category": "rent", "cents": 600 },
                ],
            })),
        );
        let told: Vec<_> = view
            .categories
            .iter()
            .map(|one| (one.title, one.totals.spent_cents, one.totals.budget_cents))
            .collect();
        assert_eq!(told, [("Software", 70, None), ("Rent", 500, Some(1_200))]);
        assert_eq!(
            view.months[1].totals,
            Totals {
                spent_cents: 70,
                budget_cents: Some(600)
            }
        );
        assert_eq!(view.months[2].totals, Totals::default());
        assert_eq!(
            view.totals,
            Totals {
                spent_cents: 570,
                budget_cents: Some(1_200)
            }
        );
    }

    #[test]
    fn days_of_a_month_and_of_a_year() {
        let text =
            |year, month| days_of(year, month).map(|(first, last)| format!("{first} {last}"));
        assert_eq!(text(2024, Some(2)).unwrap(), "2024-02-01 2024-02-29");
        assert_eq!(text(2026, None).unwrap(), "2026-01-01 2026-12-31");
        assert_eq!(text(2026, Some(13)), None);
    }

    #[test]
    fn what_is_no_day_year_or_month_is_refused() {
        for bad in [
            "",
            "2026-02-30",
            "2026-2-3",
            "26-02-03",
            "1999-12-31",
            "2200-01-01",
            "+2026-01-01",
            "2026-01-01T00",
        ] {
            assert!(day(bad).is_err(), "{bad}");
        }
        for bad in ["", "26", "1999", "2200", "02026", "+226"] {
            assert!(year(bad).is_err(), "{bad}");
        }
        for bad in ["", "0", "13", "-1", "+1"] {
            assert!(month(bad).is_err(), "{bad}");
        }
        assert_eq!(day("2026-04-15").unwrap().to_string(), "2026-04-15");
        assert_eq!((year("2026"), month("12")), (Ok(2026), Ok(12)));
    }

    fn sums() -> impl Strategy<Value = Vec<Sum>> {
        let category = prop::sample::select(ExpenseCategory::ALL);
        let sum =
            (1u32..=12, category, -1_000_000i64..1_000_000).prop_map(|(month, category, cents)| {
                Sum {
                    month,
                    category,
                    cents,
                }
            });
        prop::collection::vec(sum, 0..40)
    }

    proptest! {
        #[test]
        fn months_and_categories_come_to_the_same(spent in sums(), budget in sums(), month in 1u32..=12) {
            let all: i64 = spent.iter().map(|sum| sum.cents).sum();
            let planned: i64 = budget.iter().map(|sum| sum.cents).sum();
            let mut year = stored(json!({}));
            year.today = NaiveDate::from_ymd_opt(2026, month, 1).unwrap();
            (year.spent, year.budget) = (spent, budget);
            let view = YearView::of(2026, &year);
            prop_assert_eq!(view.totals.spent_cents, all);
            prop_assert_eq!(view.totals.budget_cents.unwrap_or(0), planned);
            prop_assert_eq!(view.months.iter().map(|month| month.totals.spent_cents).sum::<i64>(), all);
            for month in &view.months {
                prop_assert!(month.forecast_cents >= month.totals.spent_cents);
            }
        }
    }
}
