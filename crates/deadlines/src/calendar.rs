//! Weekends and legal holidays, and where a due date goes that falls on one.

use time::{Date, Duration, Month, Weekday};

/// What becomes of a due date on a Saturday, a Sunday or a holiday.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moving {
    /// The next day that is none of them, by the legal holidays of the District of Columbia: IRC section 7503 and Pub. 509,
    /// "Saturday, Sunday, or legal holiday". It holds for extended dates too.
    AsTheIrsDoes,
    /// The next day that is none of them, by the federal holidays. Where a state has holidays of its own, the date
    /// stays the earlier one.
    NextBusinessDay,
    /// The date stays: the law that sets it has no such rule, or none that was found.
    Stays,
}

/// A day of a month that counts from 1; one that the month lacks is its last.
pub(crate) fn day(year: i32, month: u8, day: u8) -> Date {
    let month = Month::try_from(month).unwrap_or(Month::January);
    Date::from_calendar_date(year, month, day.clamp(1, month.length(year))).unwrap_or(Date::MIN)
}

/// The `nth` such weekday of a month, from 1.
fn nth(year: i32, month: u8, weekday: Weekday, nth: u8) -> Date {
    let first = day(year, month, 1);
    let ahead =
        (7 + weekday.number_days_from_monday() - first.weekday().number_days_from_monday()) % 7;
    first.saturating_add(Duration::days(i64::from(ahead) + 7 * i64::from(nth - 1)))
}

fn last(year: i32, month: u8, weekday: Weekday) -> Date {
    let last = day(year, month, 31);
    let back =
        (7 + last.weekday().number_days_from_monday() - weekday.number_days_from_monday()) % 7;
    last.saturating_sub(Duration::days(i64::from(back)))
}

/// A holiday on a Saturday is kept on the Friday before it, one on a Sunday on the Monday after it: D.C. Code § 28-2701
/// and 5 U.S.C. § 6103.
fn observed(date: Date) -> Date {
    match date.weekday() {
        Weekday::Saturday => date.saturating_sub(Duration::DAY),
        Weekday::Sunday => date.saturating_add(Duration::DAY),
        _ => date,
    }
}

/// The federal holidays of a year as they are kept, in order: 5 U.S.C. § 6103(a).
pub fn federal_holidays(year: i32) -> Vec<(Date, &'static str)> {
    use Weekday::{Monday, Thursday};
    vec![
        (observed(day(year, 1, 1)), "New Year’s Day"),
        (
            nth(year, 1, Monday, 3),
            "Birthday of Martin Luther King, Jr.",
        ),
        (nth(year, 2, Monday, 3), "Washington’s Birthday"),
        (last(year, 5, Monday), "Memorial Day"),
        (
            observed(day(year, 6, 19)),
            "Juneteenth National Independence Day",
        ),
        (observed(day(year, 7, 4)), "Independence Day"),
        (nth(year, 9, Monday, 1), "Labor Day"),
        (nth(year, 10, Monday, 2), "Columbus Day"),
        (observed(day(year, 11, 11)), "Veterans Day"),
        (nth(year, 11, Thursday, 4), "Thanksgiving Day"),
        (observed(day(year, 12, 25)), "Christmas Day"),
    ]
}

/// The legal holidays of the District of Columbia, which the IRS goes by, in order: the federal ones, Emancipation Day and, after
/// each presidential election, Inauguration Day. D.C. Code § 28-2701.
pub fn legal_holidays(year: i32) -> Vec<(Date, &'static str)> {
    let mut holidays = federal_holidays(year);
    holidays.push((observed(day(year, 4, 16)), "D.C. Emancipation Day"));
    if year.rem_euclid(4) == 1 {
        let inauguration = day(year, 1, 20);
        let kept = match inauguration.weekday() {
            Weekday::Sunday => inauguration.saturating_add(Duration::DAY),
            _ => inauguration,
        };
        holidays.push((kept, "Inauguration Day"));
    }
    holidays.sort();
    holidays
}

fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// Whether a list of holidays by year has the date; January 1 may be kept in the year before.
fn is_one_of(date: Date, holidays: fn(i32) -> Vec<(Date, &'static str)>) -> bool {
    [date.year(), date.year() + 1]
        .into_iter()
        .flat_map(holidays)
        .any(|(holiday, _)| holiday == date)
}

pub fn is_legal_holiday(date: Date) -> bool {
    is_one_of(date, legal_holidays)
}

impl Moving {
    /// Whether the date is due as it is.
    pub fn accepts(self, date: Date) -> bool {
        match self {
            Self::AsTheIrsDoes => !is_weekend(date) && !is_one_of(date, legal_holidays),
            Self::NextBusinessDay => !is_weekend(date) && !is_one_of(date, federal_holidays),
            Self::Stays => true,
        }
    }

    /// The date itself, or the next that is accepted.
    pub fn moved(self, date: Date) -> Date {
        let mut date = date;
        while !self.accepts(date) {
            date = date.saturating_add(Duration::DAY);
        }
        date
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn the_holidays_are_those_that_pub_509_lists_for_2025() {
        // Pub. 509 (2025), "Saturday, Sunday, or legal holiday".
        let dates: Vec<_> = legal_holidays(2025)
            .into_iter()
            .map(|(date, _)| date)
            .collect();
        assert_eq!(
            dates,
            [
                date!(2025 - 01 - 01),
                date!(2025 - 01 - 20),
                date!(2025 - 01 - 20),
                date!(2025 - 02 - 17),
                date!(2025 - 04 - 16),
                date!(2025 - 05 - 26),
                date!(2025 - 06 - 19),
                date!(2025 - 07 - 04),
                date!(2025 - 09 - 01),
                date!(2025 - 10 - 13),
                date!(2025 - 11 - 11),
                date!(2025 - 11 - 27),
                date!(2025 - 12 - 25),
            ]
        );
    }

    #[test]
    fn the_federal_holidays_are_those_of_the_personnel_office() {
        // Office of Personnel Management, "Federal Holidays", 2022 and 2023.
        for (year, kept) in [
            (
                2022,
                "12-31 01-17 02-21 05-30 06-20 07-04 09-05 10-10 11-11 11-24 12-26",
            ),
            (
                2023,
                "01-02 01-16 02-20 05-29 06-19 07-04 09-04 10-09 11-10 11-23 12-25",
            ),
        ] {
            let dates: Vec<_> = federal_holidays(year)
                .into_iter()
                .map(|(date, _)| format!("{:02}-{:02}", u8::from(date.month()), date.day()))
                .collect();
            assert_eq!(dates.join(" "), kept, "{year}");
        }
        assert!(
            is_legal_holiday(date!(2021 - 12 - 31)),
            "January 1, 2022 is a Saturday"
        );
    }

    #[test]
    fn emancipation_day_moves_the_middle_of_april_for_the_irs_alone() {
        for (nominal, due) in [
            (date!(2022 - 04 - 15), date!(2022 - 04 - 18)),
            (date!(2023 - 04 - 15), date!(2023 - 04 - 18)),
            (date!(2026 - 04 - 15), date!(2026 - 04 - 15)),
        ] {
            assert_eq!(Moving::AsTheIrsDoes.moved(nominal), due);
        }
        let friday = date!(2022 - 04 - 15);
        assert_eq!(Moving::NextBusinessDay.moved(friday), friday);
        let sunday = date!(2022 - 05 - 01);
        assert_eq!(Moving::Stays.moved(sunday), sunday);
    }
}
