//! Which deadlines which business has.

use omega_common::clients::EntityType;
use omega_deadlines::facts::{DepositSchedule, Facts, Payroll, Place, TaxedAs};
use omega_deadlines::schedule::{deadlines, find};
use time::Date;
use time::macros::date;

fn facts(entity_type: EntityType) -> Facts {
    Facts {
        entity_type: Some(entity_type),
        llc_taxed_as: None,
        fiscal_year_end: 12,
        payroll: Payroll::None,
        deposit_schedule: None,
        pays_contractors: false,
        states: vec![],
        formed_in: None,
        formed_on: None,
    }
}

fn listed(facts: &Facts, from: Date, to: Date) -> Vec<String> {
    deadlines(facts, from, to)
        .iter()
        .map(|one| format!("{} {}:{}", one.due, one.rule.id, one.period))
        .collect()
}

fn in_2026(facts: &Facts) -> Vec<String> {
    listed(facts, date!(2026 - 01 - 01), date!(2026 - 12 - 31))
}

#[test]
fn a_sole_proprietor_without_staff_files_with_the_owner() {
    assert_eq!(
        in_2026(&facts(EntityType::SoleProprietorship)),
        [
            "2026-01-15 form-1040-es:2025-12-4",
            "2026-04-15 form-1040:2025-12",
            "2026-04-15 form-1040-es:2026-12-1",
            "2026-04-15 form-4868:2025-12",
            "2026-06-15 form-1040-es:2026-12-2",
            "2026-09-15 form-1040-es:2026-12-3",
            "2026-10-15 form-1040-extended:2025-12",
        ]
    );
}

#[test]
fn an_llc_files_as_it_has_chosen_and_nothing_before_that_is_known() {
    let mut llc = facts(EntityType::Llc);
    assert_eq!(in_2026(&llc), Vec::<String>::new());
    for (taxed_as, form) in [
        (TaxedAs::SoleProprietor, "2026-04-15 form-1040:2025-12"),
        (TaxedAs::Partnership, "2026-03-16 form-1065:2025-12"),
        (TaxedAs::SCorp, "2026-03-16 form-1120-s:2025-12"),
        (TaxedAs::CCorp, "2026-04-15 form-1120:2025-12"),
    ] {
        llc.llc_taxed_as = Some(taxed_as);
        assert!(in_2026(&llc).contains(&form.to_owned()), "{form}");
    }
    // What was told of an LLC says nothing of another legal form.
    let mut nonprofit = facts(EntityType::Nonprofit);
    nonprofit.llc_taxed_as = Some(TaxedAs::CCorp);
    assert!(in_2026(&nonprofit).contains(&"2026-05-15 form-990:2025-12".to_owned()));
}

#[test]
fn employers_report_wages_each_quarter_or_once_a_year() {
    let mut employer = facts(EntityType::SCorp);
    employer.payroll = Payroll::Quarterly;
    employer.deposit_schedule = Some(DepositSchedule::Monthly);
    employer.pays_contractors = true;
    let all = in_2026(&employer);
    let count = |rule: &str| {
        all.iter()
            .filter(|one| one.contains(&format!(" {rule}:")))
            .count()
    };
    assert_eq!(
        (
            count("form-941"),
            count("futa-deposit"),
            count("payroll-deposit-monthly")
        ),
        (4, 4, 12)
    );
    assert_eq!(
        (
            count("form-940"),
            count("form-w-2"),
            count("form-1099-nec"),
            count("form-944")
        ),
        (1, 1, 1, 0)
    );
    employer.payroll = Payroll::Annual;
    employer.deposit_schedule = Some(DepositSchedule::Semiweekly);
    let all = in_2026(&employer);
    assert!(
        !all.iter()
            .any(|one| one.contains("form-941") || one.contains("deposit-monthly"))
    );
    assert!(all.contains(&"2026-02-02 form-944:2025".to_owned()));
}

#[test]
fn the_states_ask_for_their_own() {
    let mut llc = facts(EntityType::Llc);
    llc.llc_taxed_as = Some(TaxedAs::Partnership);
    llc.states = vec![
        Place::California,
        Place::Florida,
        Place::NewYork,
        Place::Texas,
        Place::Ohio,
    ];
    llc.formed_in = Some(Place::Delaware);
    llc.formed_on = Some(date!(2021 - 03 - 04));
    let states: Vec<_> = in_2026(&llc)
        .into_iter()
        .filter(|one| !one.contains(" form-"))
        .collect();
    assert_eq!(
        states,
        [
            "2026-03-16 ca-568:2025-12",
            "2026-03-16 ny-it-204-ll:2025-12",
            "2026-04-15 ca-llc-tax:2026-12-1",
            "2026-05-01 fl-annual-report:2026",
            "2026-05-15 tx-franchise:2026",
            "2026-06-01 de-llc-tax:2026",
        ]
    );
    // Formed in New York: the biennial statement, in odd years as in 2021.
    llc.formed_in = Some(Place::NewYork);
    assert!(!in_2026(&llc).iter().any(|one| one.contains("biennial")));
    assert!(
        listed(&llc, date!(2027 - 01 - 01), date!(2027 - 12 - 31))
            .contains(&"2027-03-31 ny-biennial-statement:2027".to_owned())
    );
}

#[test]
fn state_dates_do_not_move_by_the_rule_of_the_irs() {
    // March 1, 2026 is a Sunday, May 1, 2027 a Saturday; neither law moves the date. May 15, 2027 is a Saturday, and Texas does.
    let mut corporation = facts(EntityType::CCorp);
    corporation.states = vec![Place::Florida, Place::Texas];
    corporation.formed_in = Some(Place::Delaware);
    let all = listed(&corporation, date!(2026 - 01 - 01), date!(2027 - 12 - 31));
    for due in [
        "2026-03-01 de-annual-report:2026",
        "2027-05-01 fl-annual-report:2027",
        "2027-05-17 tx-franchise:2027",
    ] {
        assert!(all.contains(&due.to_owned()), "{due}");
    }
}

#[test]
fn owners_are_reported_to_fincen_by_companies_from_abroad_alone() {
    let mut company = facts(EntityType::CCorp);
    company.formed_on = Some(date!(2026 - 02 - 10));
    let boi = |company: &Facts| {
        in_2026(company)
            .into_iter()
            .filter(|one| one.contains("boi"))
            .collect::<Vec<_>>()
    };
    company.formed_in = Some(Place::Delaware);
    assert_eq!(boi(&company), Vec::<String>::new());
    company.formed_in = Some(Place::Abroad);
    assert_eq!(boi(&company), ["2026-03-12 boi-foreign:2026"]);
}

#[test]
fn nothing_is_owed_for_years_before_there_was_a_business() {
    let mut new = facts(EntityType::SCorp);
    new.formed_on = Some(date!(2026 - 05 - 04));
    assert_eq!(in_2026(&new), Vec::<String>::new());
    assert_eq!(
        listed(&new, date!(2027 - 01 - 01), date!(2027 - 03 - 31)),
        [
            "2027-03-15 form-1120-s:2026-12",
            "2027-03-15 form-7004-1120-s:2026-12"
        ]
    );
}

#[test]
fn a_deadline_is_found_by_its_name_alone() {
    let mut corporation = facts(EntityType::CCorp);
    corporation.fiscal_year_end = 6;
    for (rule, period) in [
        ("form-1120-june", "2026-06"),
        ("form-1120-estimated", "2027-06-1"),
        ("form-1120-june-extended", "2026-06"),
    ] {
        let found = find(&corporation, rule, period).unwrap();
        assert_eq!((found.rule.id, found.period.as_str()), (rule, period));
    }
    for (rule, period) in [
        ("form-1120", "2026-12"),
        ("form-941", "2026-q1"),
        ("form-1120-june", "9999-06"),
        ("form-1120-june", "é026-06"),
        ("", ""),
    ] {
        assert_eq!(find(&corporation, rule, period), None, "{rule}:{period}");
    }
}
