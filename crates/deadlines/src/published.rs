//! Dates that the IRS has published, `published.toml`: what the rules are tested against, and what docs/deadlines.md shows.

use serde::Deserialize;
use time::{Date, Month};

use crate::schedule::{Occurrence, occurrences};

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    pub publication: Vec<Publication>,
    pub date: Vec<PublishedDate>,
    pub exempt_return: Vec<ExemptReturn>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publication {
    pub id: String,
    pub title: String,
    pub url: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedDate {
    pub publication: String,
    /// The part of the publication that prints it.
    pub part: String,
    pub date: toml::value::Datetime,
    pub rule: String,
    pub period: String,
    /// The page on which it was read for this file; without one it is from knowledge of the publication.
    pub read_in: Option<String>,
    /// Whether it is the later date for who has deposited all of the tax.
    #[serde(default)]
    pub later: bool,
}

/// A row of the IRS's table for exempt organizations; both dates as month and day, without weekends and holidays.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExemptReturn {
    pub fiscal_year_end: u8,
    pub due: String,
    pub extended: String,
}

impl PublishedDate {
    /// The date as printed; `None` where the file holds no date.
    pub fn printed(&self) -> Option<Date> {
        let date = self.date.date?;
        let month = Month::try_from(date.month).ok()?;
        Date::from_calendar_date(i32::from(date.year), month, date.day).ok()
    }

    /// What the rules say of the same deadline of a calendar-year taxpayer.
    pub fn computed(&self) -> Option<Date> {
        let printed = self.printed()?;
        let year = printed.year();
        let from = crate::calendar::day(year - 1, 1, 1);
        let found = occurrences(from, crate::calendar::day(year + 1, 12, 31), Some(12))
            .into_iter()
            .find(|one: &Occurrence| one.rule.id == self.rule && one.period == self.period)?;
        if self.later {
            found.later
        } else {
            Some(found.due)
        }
    }
}

/// # Errors
/// What is wrong with the file.
pub fn read() -> Result<Published, toml::de::Error> {
    toml::from_str(include_str!("../published.toml"))
}
