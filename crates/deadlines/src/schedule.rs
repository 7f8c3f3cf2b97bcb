//! From rules to dates: which deadlines there are between two days, and which of them a business has.

use omega_common::clients::EntityType;
use serde::Serialize;
use time::{Date, Duration};

use crate::calendar::day;
use crate::facts::{DepositSchedule, Facts, Payroll, Place, TaxedAs};
use crate::rules::{self, Formed, Link, Rule, TaxYears, When};

/// One rule in one period: what is due when, and for which businesses.
#[derive(Clone, Debug, PartialEq)]
pub struct Occurrence {
    pub rule: &'static Rule,
    /// Names the period inside the rule, as `2026-q1`; with the rule's id it is the deadline's name for good.
    pub period: String,
    /// The period in words.
    pub label: String,
    /// The last day of what is reported.
    pub period_ends: Date,
    /// The date that the rule names.
    pub nominal: Date,
    /// The date with weekends and holidays counted in.
    pub due: Date,
    /// Until when it may be filed on a condition that the rule names.
    pub later: Option<Date>,
    pub condition: Condition,
}

/// What an occurrence asks of a business besides what its rule asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    None,
    /// The tax year ends in this month.
    FiscalYearEnd(u8),
    /// Formed in this month of an earlier year, a multiple of `every` years before `year`.
    FormedInMonth {
        month: u8,
        year: i32,
        every: i32,
    },
    /// Formed on this day.
    FormedOn(Date),
}

impl Occurrence {
    /// Whether the business has this deadline, as far as its facts tell.
    pub fn applies_to(&self, facts: &Facts) -> bool {
        let rule = self.rule;
        let among = |place: Place| facts.states.contains(&place) || facts.formed_in == Some(place);
        let condition = match self.condition {
            Condition::None => true,
            Condition::FiscalYearEnd(month) => facts.fiscal_year_end == month,
            Condition::FormedInMonth { month, year, every } => {
                facts.formed_on.is_some_and(|formed| {
                    u8::from(formed.month()) == month
                        && year > formed.year()
                        && (year - formed.year()) % every == 0
                })
            }
            Condition::FormedOn(date) => facts.formed_on == Some(date),
        };
        condition
            && contains(rule.entities, facts.entity_type)
            && contains(rule.taxed_as, facts.taxed_as())
            && contains(rule.payroll, Some(facts.payroll))
            && (!rule.monthly_deposits || facts.deposit_schedule == Some(DepositSchedule::Monthly))
            && (!rule.contractors || facts.pays_contractors)
            && rule.state.is_none_or(among)
            && match rule.formed {
                Formed::Anywhere => true,
                Formed::In(place) => facts.formed_in == Some(place),
                Formed::OutOf(place) => facts.formed_in.is_some_and(|formed| formed != place),
            }
            && facts
                .formed_on
                .is_none_or(|formed| formed <= self.period_ends)
    }
}

/// Whether a rule that names none, or this one, takes it.
fn contains<T: PartialEq>(named: &[T], value: Option<T>) -> bool {
    named.is_empty() || value.is_some_and(|value| named.contains(&value))
}

/// Every occurrence that is due from one day to another, both included, soonest first. With `fiscal_year_end` only those of
/// tax years that end in that month.
pub fn occurrences(from: Date, to: Date, fiscal_year_end: Option<u8>) -> Vec<Occurrence> {
    let mut found = Vec::new();
    for rule in rules::RULES {
        in_rule(rule, from, to, fiscal_year_end, &mut found);
    }
    found.sort_by(|one, other| order(one).cmp(&order(other)));
    found
}

/// The order in which deadlines are listed everywhere.
fn order(one: &Occurrence) -> (Date, &'static str, &str) {
    (one.due, one.rule.id, &one.period)
}

/// The deadlines of one business between two days, both included, soonest first.
pub fn deadlines(facts: &Facts, from: Date, to: Date) -> Vec<Occurrence> {
    let mut found = occurrences(from, to, Some(facts.fiscal_year_end));
    found.retain(|one| one.applies_to(facts));
    found
}

/// One deadline of a business by its name, wherever it lies; `None` when the business has none of that name.
pub fn find(facts: &Facts, rule: &str, period: &str) -> Option<Occurrence> {
    let year: i32 = period.get(..4)?.parse().ok()?;
    if !(1900..=2200).contains(&year) {
        return None;
    }
    deadlines(facts, day(year - 1, 1, 1), day(year + 2, 12, 31))
        .into_iter()
        .find(|one| one.rule.id == rule && one.period == period)
}

/// A tax year by its last day.
#[derive(Clone, Copy)]
struct TaxYear {
    year: i32,
    month: u8,
}

impl TaxYear {
    fn ends(self) -> Date {
        day(self.year, self.month, 31)
    }

    fn begins(self) -> Date {
        after_month(self.year - 1, self.month, 1, 1)
    }

    /// The IRS names a year by that in which it begins.
    fn label(self) -> String {
        if self.month == 12 {
            format!("tax year {}", self.year)
        } else {
            format!("tax year ending {} {}", self.ends().month(), self.year)
        }
    }

    fn key(self) -> String {
        format!("{}-{:02}", self.year, self.month)
    }
}

/// A day of the month that is so many months after another; 31 is the last.
fn after_month(year: i32, month: u8, months: u8, of_month: u8) -> Date {
    let count = i32::from(month) - 1 + i32::from(months);
    let month = u8::try_from(count.rem_euclid(12)).unwrap_or(0) + 1;
    day(year + count.div_euclid(12), month, of_month)
}

fn in_rule(
    rule: &'static Rule,
    from: Date,
    to: Date,
    fiscal_year_end: Option<u8>,
    found: &mut Vec<Occurrence>,
) {
    let mut add = |period: String, label: String, period_ends: Date, nominal: Date, condition| {
        let due = rule.moving.moved(nominal);
        if (from..=to).contains(&due) && rule.since.is_none_or(|since| nominal >= since) {
            let later = rule.later.map(|later| {
                let ends = period_ends;
                rule.moving.moved(after_month(
                    ends.year(),
                    u8::from(ends.month()),
                    later.months_after,
                    later.day,
                ))
            });
            found.push(Occurrence {
                rule,
                period,
                label,
                period_ends,
                nominal,
                due,
                later,
                condition,
            });
        }
    };
    // A year on each side covers every rule: none is due later than a year and a month after its period.
    let years = from.year() - 2..=to.year() + 1;
    match rule.when {
        When::Quarterly { months_after, day } => {
            for year in years {
                for quarter in 1..=4_u8 {
                    let month = quarter * 3;
                    add(
                        format!("{year}-q{quarter}"),
                        format!("{} quarter of {year}", ordinal(quarter)),
                        self::day(year, month, 31),
                        after_month(year, month, months_after, day),
                        Condition::None,
                    );
                }
            }
        }
        When::Monthly { months_after, day } => {
            for year in years {
                for month in 1..=12 {
                    let ends = self::day(year, month, 31);
                    add(
                        format!("{year}-m{month:02}"),
                        format!("{} {year}", ends.month()),
                        ends,
                        after_month(year, month, months_after, day),
                        Condition::None,
                    );
                }
            }
        }
        When::AfterCalendarYear { months_after, day } => {
            for year in years {
                add(
                    format!("{year}"),
                    format!("{year}"),
                    self::day(year, 12, 31),
                    after_month(year, 12, months_after, day),
                    Condition::None,
                );
            }
        }
        When::EachYearOn { month, day } => {
            for year in years {
                add(
                    format!("{year}"),
                    format!("{year}"),
                    // What is formed in a year reports first in the next.
                    self::day(year - 1, 12, 31),
                    self::day(year, month, day),
                    Condition::None,
                );
            }
        }
        When::AfterTaxYear { months_after, day } => {
            for tax_year in tax_years(years, fiscal_year_end, rule.tax_years) {
                add(
                    tax_year.key(),
                    tax_year.label(),
                    tax_year.ends(),
                    after_month(tax_year.year, tax_year.month, months_after, day),
                    Condition::FiscalYearEnd(tax_year.month),
                );
            }
        }
        When::Installments { months, day } => {
            for tax_year in tax_years(years, fiscal_year_end, rule.tax_years) {
                for (at, month) in (1..).zip(months) {
                    let label = match months.len() {
                        1 => tax_year.label(),
                        all => format!("{}, payment {at} of {all}", tax_year.label()),
                    };
                    add(
                        format!("{}-{at}", tax_year.key()),
                        label,
                        tax_year.ends(),
                        after_month(tax_year.year - 1, tax_year.month, *month, day),
                        Condition::FiscalYearEnd(tax_year.month),
                    );
                }
            }
        }
        When::InMonthOfFormation { every } => {
            for year in years {
                for month in 1..=12 {
                    let ends = self::day(year, month, 31);
                    add(
                        format!("{year}"),
                        format!("{} {year}", ends.month()),
                        ends,
                        ends,
                        Condition::FormedInMonth { month, year, every },
                    );
                }
            }
        }
        When::AfterFormation { days } => {
            let mut date = from;
            while date <= to {
                let formed = date.saturating_sub(Duration::days(days));
                add(
                    format!("{}", formed.year()),
                    format!(
                        "registered {} {}, {}",
                        formed.month(),
                        formed.day(),
                        formed.year()
                    ),
                    formed,
                    date,
                    Condition::FormedOn(formed),
                );
                date = date.saturating_add(Duration::DAY);
            }
        }
    }
}

fn tax_years(
    years: std::ops::RangeInclusive<i32>,
    fiscal_year_end: Option<u8>,
    wanted: TaxYears,
) -> impl Iterator<Item = TaxYear> {
    let months = match fiscal_year_end {
        Some(month) => month..=month,
        None => 1..=12,
    };
    years
        .flat_map(move |year| months.clone().map(move |month| TaxYear { year, month }))
        .filter(move |tax_year| {
            let is_old_june = tax_year.month == 6 && tax_year.begins() < day(2026, 1, 1);
            match wanted {
                TaxYears::All => true,
                TaxYears::CalendarYears => tax_year.month == 12,
                TaxYears::JuneBegunBefore2026 => is_old_june,
                TaxYears::AllButJuneBegunBefore2026 => !is_old_june,
            }
        })
}

fn ordinal(quarter: u8) -> &'static str {
    match quarter {
        1 => "1st",
        2 => "2nd",
        3 => "3rd",
        _ => "4th",
    }
}

/// What the database matches clients with, so that a list over all of them is one query: [`Occurrence::applies_to`] as data.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Candidate {
    pub rule: &'static str,
    pub period: String,
    #[serde(with = "crate::facts::iso_date")]
    pub due: Date,
    #[serde(with = "crate::facts::iso_date")]
    pub period_ends: Date,
    pub entities: Option<&'static [EntityType]>,
    pub taxed_as: Option<&'static [TaxedAs]>,
    pub payroll: Option<&'static [Payroll]>,
    pub monthly_deposits: bool,
    pub contractors: bool,
    pub state: Option<Place>,
    pub formed_in: Option<Place>,
    pub formed_out_of: Option<Place>,
    pub fiscal_year_end: Option<u8>,
    pub formed_month: Option<u8>,
    pub formed_year: Option<i32>,
    pub formed_every: Option<i32>,
    #[serde(with = "crate::facts::iso_date::option")]
    pub formed_on: Option<Date>,
    /// Rules of which the same period, once done, leaves nothing to do here.
    pub settled_by: Vec<&'static str>,
    /// A rule of which the same period must be done for this to be owed.
    pub owed_after: Option<&'static str>,
}

impl From<&Occurrence> for Candidate {
    fn from(one: &Occurrence) -> Self {
        let rule = one.rule;
        let (mut formed_month, mut formed_year, mut formed_every) = (None, None, None);
        let (mut formed_on, mut fiscal_year_end) = (None, None);
        match one.condition {
            Condition::None => {}
            Condition::FiscalYearEnd(month) => fiscal_year_end = Some(month),
            Condition::FormedInMonth { month, year, every } => {
                (formed_month, formed_year, formed_every) = (Some(month), Some(year), Some(every));
            }
            Condition::FormedOn(date) => formed_on = Some(date),
        }
        let (formed_in, formed_out_of) = match rule.formed {
            Formed::Anywhere => (None, None),
            Formed::In(place) => (Some(place), None),
            Formed::OutOf(place) => (None, Some(place)),
        };
        Self {
            rule: rule.id,
            period: one.period.clone(),
            due: one.due,
            period_ends: one.period_ends,
            entities: named(rule.entities),
            taxed_as: named(rule.taxed_as),
            payroll: named(rule.payroll),
            monthly_deposits: rule.monthly_deposits,
            contractors: rule.contractors,
            state: rule.state,
            formed_in,
            formed_out_of,
            fiscal_year_end,
            formed_month,
            formed_year,
            formed_every,
            formed_on,
            settled_by: settled_by(rule),
            owed_after: owed_after(rule),
        }
    }
}

fn named<T>(list: &'static [T]) -> Option<&'static [T]> {
    (!list.is_empty()).then_some(list)
}

/// Rules of which the same period, once done, leaves nothing to do: an extension for its return, a return for its extension.
pub fn settled_by(rule: &Rule) -> Vec<&'static str> {
    match rule.link {
        Link::None | Link::IfExtendedBy(_) => Vec::new(),
        Link::ExtendedBy(extension) => vec![extension],
        Link::Extends(returns) => returns.to_vec(),
    }
}

/// The extension without which the rule's deadline is not owed.
pub fn owed_after(rule: &Rule) -> Option<&'static str> {
    match rule.link {
        Link::IfExtendedBy(extension) => Some(extension),
        Link::None | Link::ExtendedBy(_) | Link::Extends(_) => None,
    }
}
