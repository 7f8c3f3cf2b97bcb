use std::collections::BTreeSet;

use omega_common::clients::EntityType;
use proptest::prelude::*;
use time::{Date, Duration};

use crate::calendar::{Moving, day, federal_holidays, is_legal_holiday};
use crate::facts::{DepositSchedule, Facts, Payroll, Place, TaxedAs};
use crate::rules::{Link, RULES, rule};
use crate::schedule::{deadlines, find, occurrences};

fn dates() -> impl Strategy<Value = Date> {
    (0..40_000_i64).prop_map(|days| day(1990, 1, 1).saturating_add(Duration::days(days)))
}

fn any_of<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    prop::sample::select(all)
}

fn facts() -> impl Strategy<Value = Facts> {
    (
        prop::option::of(any_of(EntityType::ALL)),
        prop::option::of(any_of(TaxedAs::ALL)),
        1..=12_u8,
        any_of(Payroll::ALL),
        prop::option::of(any_of(DepositSchedule::ALL)),
        any::<bool>(),
        prop::collection::vec(any_of(Place::ALL), 0..6),
        prop::option::of(any_of(Place::ALL)),
        prop::option::of(dates()),
    )
        .prop_map(
            |(
                entity_type,
                llc_taxed_as,
                fiscal_year_end,
                payroll,
                deposit_schedule,
                pays_contractors,
                states,
                formed_in,
                formed_on,
            )| Facts {
                entity_type,
                llc_taxed_as,
                fiscal_year_end,
                payroll,
                deposit_schedule,
                pays_contractors,
                states,
                formed_in,
                formed_on,
            },
        )
}

proptest! {
    #[test]
    fn a_moved_date_is_a_business_day_and_never_earlier(date in dates()) {
        let due = Moving::AsTheIrsDoes.moved(date);
        prop_assert!(due >= date && due - date <= Duration::days(5));
        prop_assert!(due.weekday().number_days_from_monday() < 5 && !is_legal_holiday(due));
        let state = Moving::NextBusinessDay.moved(date);
        prop_assert!(date <= state && state <= due);
        prop_assert!(federal_holidays(state.year()).iter().all(|(holiday, _)| *holiday != state));
        prop_assert_eq!(Moving::Stays.moved(date), date);
        prop_assert_eq!(Moving::AsTheIrsDoes.moved(due), due);
    }

    #[test]
    fn a_list_is_in_order_inside_its_days_and_names_each_deadline_once(facts in facts(), from in dates(), days in 0..400_i64) {
        let to = from.saturating_add(Duration::days(days));
        let found = deadlines(&facts, from, to);
        prop_assert!(found.windows(2).all(|two| two[0].due <= two[1].due));
        prop_assert!(found.iter().all(|one| (from..=to).contains(&one.due) && one.due >= one.nominal));
        prop_assert!(found.iter().all(|one| one.later.is_none_or(|later| later > one.due)));
        let names: BTreeSet<_> = found.iter().map(|one| (one.rule.id, &one.period)).collect();
        prop_assert_eq!(names.len(), found.len());
    }

    #[test]
    fn a_longer_list_holds_the_shorter(facts in facts(), from in dates(), days in 0..200_i64, more in 0..200_i64) {
        let to = from.saturating_add(Duration::days(days));
        let long = deadlines(&facts, from.saturating_sub(Duration::days(more)), to.saturating_add(Duration::days(more)));
        let inside: Vec<_> = long.into_iter().filter(|one| (from..=to).contains(&one.due)).collect();
        prop_assert_eq!(inside, deadlines(&facts, from, to));
    }

    #[test]
    fn what_is_listed_is_found_by_its_name(facts in facts(), from in dates()) {
        for one in deadlines(&facts, from, from.saturating_add(Duration::days(90))) {
            let found = find(&facts, one.rule.id, &one.period);
            prop_assert_eq!(found.as_ref(), Some(&one), "{}:{}", one.rule.id, one.period);
        }
    }
}

#[test]
fn every_rule_has_a_name_of_its_own_words_and_a_source() {
    let ids: BTreeSet<_> = RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), RULES.len());
    for rule in RULES {
        let id = rule.id;
        assert!(!id.is_empty() && id.len() <= 40, "{id}");
        assert!(
            id.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'),
            "{id}"
        );
        assert!(!rule.title.is_empty() && rule.about.ends_with('.'), "{id}");
        let source = rule.source;
        assert!(
            !source.document.is_empty() && !source.law.is_empty(),
            "{id}"
        );
        assert!(
            source.url.starts_with("https://") && !source.checked_for.is_empty(),
            "{id}"
        );
    }
}

#[test]
fn returns_and_extensions_name_each_other() {
    for one in RULES {
        match one.link {
            Link::None => {}
            Link::ExtendedBy(extension) => {
                assert!(
                    matches!(rule(extension).unwrap().link, Link::Extends(returns) if returns.contains(&one.id)),
                    "{}",
                    one.id
                );
            }
            Link::Extends(returns) => {
                for name in returns {
                    assert_eq!(rule(name).unwrap().link, Link::ExtendedBy(one.id), "{name}");
                    assert_eq!(
                        rule(name).unwrap().when,
                        one.when,
                        "asked for by the day on which {name} is due"
                    );
                }
            }
            Link::IfExtendedBy(extension) => {
                assert!(
                    matches!(rule(extension).unwrap().link, Link::Extends(_)),
                    "{}",
                    one.id
                );
            }
        }
    }
}

#[test]
fn no_rule_is_out_of_reach_of_the_years_looked_at() {
    // Each rule that comes again is found in every single year.
    for year in 2024..=2032 {
        let found: BTreeSet<_> = occurrences(day(year, 1, 1), day(year, 12, 31), None)
            .into_iter()
            .map(|one| one.rule.id)
            .collect();
        for rule in RULES.iter().filter(|rule| {
            !rule.id.contains("june") && rule.since.is_none_or(|since| since.year() < year)
        }) {
            assert!(found.contains(rule.id), "{} in {year}", rule.id);
        }
    }
}
