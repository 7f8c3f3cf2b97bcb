//! The rules against the dates that the IRS has published.

use omega_deadlines::published;
use omega_deadlines::rules::{Jurisdiction, RULES};
use omega_deadlines::schedule::occurrences;
use std::collections::BTreeSet;
use time::macros::date;

#[test]
fn every_published_date_is_the_computed_one() {
    let published = published::read().unwrap();
    let wrong: Vec<_> = published
        .date
        .iter()
        .filter(|row| row.printed().is_none() || row.computed() != row.printed())
        .map(|row| {
            format!(
                "{} {}:{} printed {:?}, computed {:?}",
                row.publication,
                row.rule,
                row.period,
                row.printed(),
                row.computed()
            )
        })
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
    assert!(published.date.len() > 150, "{} dates", published.date.len());
}

#[test]
fn three_years_are_held_against_each_rule_of_pub_509_that_speaks_of_calendar_years() {
    let published = published::read().unwrap();
    let known: BTreeSet<_> = published
        .publication
        .iter()
        .map(|one| one.id.as_str())
        .collect();
    for row in &published.date {
        assert!(
            known.contains(row.publication.as_str()),
            "{}",
            row.publication
        );
    }
    for rule in RULES {
        let elsewhere = ["form-990", "form-8868", "form-990-extended"].contains(&rule.id)
            || rule.id.contains("june")
            || rule.source.document.contains("FinCEN");
        if rule.jurisdiction != Jurisdiction::Federal || elsewhere {
            continue;
        }
        for year in [2024, 2025, 2026] {
            let publication = format!("pub-509-{year}");
            assert!(
                published
                    .date
                    .iter()
                    .any(|row| row.rule == rule.id && row.publication == publication),
                "{} in {year}",
                rule.id
            );
        }
    }
}

#[test]
fn exempt_organizations_file_as_the_table_of_the_irs_says() {
    let published = published::read().unwrap();
    let months: BTreeSet<_> = published
        .exempt_return
        .iter()
        .map(|row| row.fiscal_year_end)
        .collect();
    assert_eq!(months, (1..=12).collect());
    for row in &published.exempt_return {
        let found = occurrences(
            date!(2025 - 01 - 01),
            date!(2027 - 12 - 31),
            Some(row.fiscal_year_end),
        );
        for (rule, printed) in [
            ("form-990", &row.due),
            ("form-8868", &row.due),
            ("form-990-extended", &row.extended),
        ] {
            let nominal: BTreeSet<_> = found
                .iter()
                .filter(|one| one.rule.id == rule)
                .map(|one| {
                    format!(
                        "{:02}-{:02}",
                        u8::from(one.nominal.month()),
                        one.nominal.day()
                    )
                })
                .collect();
            assert_eq!(
                nominal,
                BTreeSet::from([printed.clone()]),
                "{rule}, year ends in month {}",
                row.fiscal_year_end
            );
        }
    }
}

#[test]
fn corporations_with_a_year_to_june_get_their_month_back_with_years_that_begin_in_2026() {
    let due = |rule: &str, period: &str| {
        occurrences(date!(2025 - 01 - 01), date!(2028 - 12 - 31), Some(6))
            .into_iter()
            .find(|one| one.rule.id == rule && one.period == period)
            .map(|one| one.due)
    };
    // Instructions for Form 1120: the 15th day of the 3rd month, for years that begin before January 1, 2026.
    assert_eq!(
        due("form-1120-june", "2025-06"),
        Some(date!(2025 - 09 - 15))
    );
    assert_eq!(
        due("form-1120-june", "2026-06"),
        Some(date!(2026 - 09 - 15))
    );
    assert_eq!(due("form-1120", "2026-06"), None);
    assert_eq!(due("form-1120", "2027-06"), Some(date!(2027 - 10 - 15)));
    assert_eq!(due("form-1120-june", "2027-06"), None);
    // Seven months and six: both end on April 15, a Saturday in 2028.
    assert_eq!(
        due("form-1120-june-extended", "2026-06"),
        Some(date!(2027 - 04 - 15))
    );
    assert_eq!(
        due("form-1120-extended", "2027-06"),
        Some(date!(2028 - 04 - 18))
    );
}
