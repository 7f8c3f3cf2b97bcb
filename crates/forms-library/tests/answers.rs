//! What is typed into a form, against its rules.
#![allow(clippy::unwrap_used, clippy::panic)]

use omega_forms::{FORMS, Field, FilledForm, Form, Kind, draft, fill, form, remaining};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use time::Date;
use time::macros::date;

const TODAY: Date = date!(2026 - 11 - 23);

fn map(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn refused(form: &'static Form, typed: Value) -> Vec<String> {
    match fill(form, &map(typed), None, TODAY) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.into_iter().map(|error| error.field).collect(),
    }
}

/// An answer that keeps the rule of a field.
fn example(field: &Field) -> Value {
    match field.kind {
        Kind::Line => json!("An answer"),
        Kind::Paragraphs { .. } => json!("Two\nlines"),
        Kind::Date { .. } => json!("2026-11-23"),
        Kind::Money => json!("$1,234.50"),
        Kind::Whole { .. } => json!("12"),
        Kind::Email => json!("maria@example.com"),
        Kind::Phone => json!("(555) 234-5678"),
        Kind::Choice { options } => json!(options[0].value),
        Kind::YesNo => json!("yes"),
        Kind::Ein => json!("12-3456789"),
        Kind::RoutingNumber => json!("021000021"),
        Kind::AccountNumber => json!("000123456789"),
        Kind::Rows { columns, .. } => {
            json!([columns
                .iter()
                .map(|column| (column.name.to_owned(), example(column)))
                .collect::<Map<_, _>>()])
        }
    }
}

/// What a client types who answers all that is asked.
fn complete(form: &'static Form) -> Map<String, Value> {
    form.fields()
        .map(|field| (field.name.to_owned(), example(field)))
        .collect()
}

#[test]
fn what_remains_of_a_draft_is_what_a_signature_would_be_refused_for() {
    for &form in FORMS {
        let mut typed = complete(form);
        typed.retain(|name, _| {
            form.fields()
                .any(|field| field.name == name && !field.kind.is_secret())
        });
        assert_eq!(remaining(form, &typed, TODAY), [], "{}", form.id);
        let of_nothing: Vec<_> = remaining(form, &map(json!({})), TODAY)
            .into_iter()
            .map(|error| error.field)
            .collect();
        let secret = |place: &String| {
            form.fields()
                .any(|field| field.kind.is_secret() && *place == format!("answers.{}", field.name))
        };
        let mut expected = refused(form, json!({}));
        expected.retain(|place| !secret(place));
        assert_eq!(of_nothing, expected, "{}", form.id);
    }
    // At Greenwich it is the next day before it is at our firm.
    let form = form("end-of-engagement").unwrap();
    let mut typed = complete(form);
    for (day, fits) in [("2026-11-22", true), ("2026-11-21", false)] {
        typed.insert("last_day".to_owned(), json!(day));
        assert_eq!(remaining(form, &typed, TODAY).is_empty(), fits, "{day}");
    }
}

#[test]
fn every_form_can_be_filled_in_and_wants_what_it_requires() {
    for &form in FORMS {
        let typed = complete(form);
        let filled = fill(form, &typed, None, TODAY)
            .unwrap_or_else(|errors| panic!("{}: {errors:?}", form.id));
        assert_eq!(filled.sections.len(), form.sections.len());
        let errors = fill(form, &Map::new(), None, TODAY).unwrap_err();
        let wanted = form
            .fields()
            .filter(|field| field.required && field.only_if.is_none())
            .count();
        assert_eq!(errors.len(), wanted, "{}", form.id);
    }
}

#[test]
fn a_question_that_is_not_asked_wants_no_answer_and_keeps_none() {
    let form = form("expense-report").unwrap();
    let mut typed = complete(form);
    typed.insert("receipts".to_owned(), json!("yes"));
    typed.insert("without_receipt".to_owned(), json!(""));
    let kept = fill(form, &typed, None, TODAY).unwrap().kept();
    assert!(!kept.contains_key("without_receipt"));
    typed.insert("receipts".to_owned(), json!("no"));
    let errors = fill(form, &typed, None, TODAY).unwrap_err();
    assert_eq!(
        (errors.len(), errors[0].field.as_str()),
        (1, "answers.without_receipt")
    );
}

#[test]
fn numbers_that_are_secret_are_kept_by_their_last_digits() {
    let bank = fill(
        form("bank-change").unwrap(),
        &complete(form("bank-change").unwrap()),
        None,
        TODAY,
    )
    .unwrap();
    let kept = Value::Object(bank.kept()).to_string();
    assert_eq!(bank.kept()["account_number"], "\u{2026}6789");
    for secret in ["021000021", "000123456789"] {
        assert!(!kept.contains(secret), "{kept}");
    }
    let sheet = form("w9-data-sheet").unwrap();
    let mut typed = complete(sheet);
    typed.remove("ein");
    let filled = fill(sheet, &typed, Some("12-3456789"), TODAY).unwrap();
    assert_eq!(filled.kept()["ein"], "XX-XXX6789");
    assert_eq!(
        refused(sheet, Value::Object(typed)),
        ["answers.ein"],
        "without an EIN in the profile it is asked"
    );
}

#[test]
fn each_kind_of_answer_has_its_rule() {
    for (form_id, name, bad) in [
        ("engagement-letter", "fee", "a lot"),
        ("engagement-letter", "email", "maria"),
        ("engagement-letter", "phone", "12"),
        ("engagement-letter", "billed", "never"),
        ("engagement-letter", "payroll", "true"),
        ("engagement-letter", "starts_on", "11/23/2026"),
        ("engagement-letter", "starts_on", "2026-02-30"),
        ("engagement-letter", "your_name", "two\nlines"),
        ("bank-change", "routing_number", "021000022"),
        ("bank-change", "routing_number", "000000000"),
        ("bank-change", "account_number", "12"),
        ("bank-change", "from", "2026-11-22"),
        ("w9-data-sheet", "ein", "00-1234567"),
        ("missing-receipt", "day", "2026-11-24"),
        ("mileage-log", "odometer_end", "2000001"),
        ("mileage-log", "odometer_end", "-1"),
    ] {
        let form = form(form_id).unwrap();
        let mut typed = complete(form);
        typed.insert(name.to_owned(), json!(bad));
        assert_eq!(
            refused(form, Value::Object(typed)),
            [format!("answers.{name}")],
            "{bad}"
        );
    }
    let letter = form("engagement-letter").unwrap();
    let mut typed = complete(letter);
    typed.insert("surprise".to_owned(), json!("x"));
    typed.insert("fee".to_owned(), json!(12));
    assert_eq!(
        refused(letter, Value::Object(typed)),
        ["answers.surprise", "answers.fee"]
    );
}

#[test]
fn tables_are_read_row_by_row_and_added_up() {
    let log = form("mileage-log").unwrap();
    let mut typed = complete(log);
    let trip = |miles: &str, tolls: &str| json!({ "day": "2026-11-02", "place": "Office to Austin", "purpose": "Client", "miles": miles, "tolls": tolls });
    let empty = json!({ "day": " ", "place": "" });
    typed.insert(
        "trips".to_owned(),
        json!([trip("1,200", "12.50"), empty, trip("34", "")]),
    );
    let filled = fill(log, &typed, None, TODAY).unwrap();
    let trips = filled.sections[1]
        .iter()
        .find(|asked| asked.field.name == "trips")
        .unwrap();
    let (
        Kind::Rows {
            columns, totals, ..
        },
        Some(omega_forms::Answer::Rows(rows)),
    ) = (trips.field.kind, &trips.answer)
    else {
        panic!("{trips:?}")
    };
    assert_eq!(rows.len(), 2, "an empty row is none");
    assert_eq!(
        FilledForm::totals(columns, totals, rows),
        [
            ("Miles", "1,234".to_owned()),
            ("Tolls and parking", "$12.50".to_owned())
        ]
    );
    typed.insert("trips".to_owned(), json!([trip("12", "1"), trip("x", "")]));
    assert_eq!(
        refused(log, Value::Object(typed.clone())),
        ["answers.trips.1.miles"]
    );
    for (bad, place) in [
        (json!([]), "answers.trips"),
        (json!("x"), "answers.trips"),
        (json!(["x"]), "answers.trips"),
        (json!(vec![trip("1", ""); 61]), "answers.trips"),
        (
            json!([{ "day": "2026-11-02", "other": "x" }]),
            "answers.trips.0",
        ),
    ] {
        typed.insert("trips".to_owned(), bad.clone());
        assert!(
            refused(log, Value::Object(typed.clone())).contains(&place.to_owned()),
            "{bad}"
        );
    }
}

#[test]
fn a_draft_keeps_what_is_half_typed_but_no_secret() {
    let bank = form("bank-change").unwrap();
    assert_eq!(
        draft(
            bank,
            &map(json!({ "bank": "", "from": "2026-1", "for_taxes": null, "account_number": "" }))
        ),
        Ok(())
    );
    for (bad, place) in [
        (
            json!({ "account_number": "1234567" }),
            "answers.account_number",
        ),
        (json!({ "surprise": "x" }), "answers.surprise"),
        (json!({ "bank": 1 }), "answers.bank"),
        (json!({ "bank": "x".repeat(4001) }), "answers.bank"),
        (json!({ "bank": "a\u{0}b" }), "answers.bank"),
    ] {
        assert_eq!(
            draft(bank, &map(bad.clone())).unwrap_err()[0].field,
            place,
            "{bad}"
        );
    }
    let log = form("mileage-log").unwrap();
    assert_eq!(
        draft(log, &map(json!({ "trips": [{ "day": "2026" }, {}] }))),
        Ok(())
    );
    for bad in [json!([{ "x": "y" }]), json!([{ "day": [] }]), json!({})] {
        assert!(
            draft(log, &map(json!({ "trips": bad.clone() }))).is_err(),
            "{bad}"
        );
    }
}

fn typed_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<String>().prop_map(Value::String),
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(|number| json!(number)),
        prop::collection::vec(
            prop::collection::btree_map("[a-z]{1,6}|day|miles", ".*", 0..3),
            0..3
        )
        .prop_map(|rows| json!(rows)),
    ]
}

proptest! {
    /// Whatever comes in is answered by a filled form or by errors, and what a draft takes is no more than texts.
    #[test]
    fn nothing_that_is_sent_breaks_a_form(
        at in 0..FORMS.len(),
        values in prop::collection::vec(typed_value(), 0..12),
        other in any::<String>(),
    ) {
        let form = FORMS[at];
        let mut typed: Map<String, Value> = form.fields().map(|field| field.name.to_owned()).zip(values).collect();
        if other.starts_with('a') {
            typed.insert(other, json!("x"));
        }
        let errors = fill(form, &typed, None, TODAY).err();
        prop_assert!(errors.is_none_or(|errors| errors.iter().all(|error| error.field.starts_with("answers.") && !error.detail.is_empty())));
        if draft(form, &typed).is_ok() {
            prop_assert!(typed.values().all(|value| value.is_string() || value.is_null() || value.is_array()));
        }
    }
}
