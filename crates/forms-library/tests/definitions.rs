//! Each form of the library is well made, whatever it asks.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::HashSet;

use omega_forms::{FORMS, Field, Form, FormCategory, Kind, form};

fn is_id(text: &str) -> bool {
    (3..=40).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn is_name(text: &str) -> bool {
    is_id(&text.replace('_', "-")) && !text.contains('-')
}

/// Every field with the columns of tables.
fn all_fields(form: &Form) -> Vec<&'static Field> {
    form.fields()
        .flat_map(|field| match field.kind {
            Kind::Rows { columns, .. } => std::iter::once(field).chain(columns).collect(),
            _ => vec![field],
        })
        .collect()
}

#[test]
fn the_library_holds_what_a_firm_needs() {
    assert!(FORMS.len() >= 20);
    for id in [
        "engagement-letter",
        "information-release",
        "bank-change",
        "new-hire-pack",
        "w9-data-sheet",
        "mileage-log",
        "expense-report",
        "board-minutes",
    ] {
        assert!(form(id).is_some(), "{id}");
    }
    for &category in FormCategory::ALL {
        assert!(
            FORMS.iter().any(|form| form.category == category),
            "{category} is empty"
        );
    }
}

#[test]
fn ids_titles_and_names_are_unique_and_plain() {
    let (mut ids, mut titles) = (HashSet::new(), HashSet::new());
    for form in FORMS {
        assert!(is_id(form.id) && ids.insert(form.id), "{}", form.id);
        assert!(
            form.title.chars().count() <= 60 && titles.insert(form.title),
            "{}",
            form.title
        );
        assert!(form.version > 0);
        let (mut names, mut sections) = (HashSet::new(), HashSet::new());
        for field in form.fields() {
            assert!(
                is_name(field.name) && names.insert(field.name),
                "{}: {}",
                form.id,
                field.name
            );
        }
        for section in form.sections {
            assert!(
                sections.insert(section.title),
                "{}: {}",
                form.id,
                section.title
            );
            assert!(
                !section.text.is_empty() || !section.fields.is_empty(),
                "{}: {} is empty",
                form.id,
                section.title
            );
        }
        assert!(
            form.fields().any(|field| field.required),
            "{} asks nothing",
            form.id
        );
    }
}

#[test]
fn tables_are_of_plain_answers_and_add_up_numbers_alone() {
    for form in FORMS {
        for field in form.fields() {
            let Kind::Rows {
                columns,
                most,
                totals,
            } = field.kind
            else {
                continue;
            };
            assert!(
                (2..=6).contains(&columns.len()) && most > 0,
                "{}.{}",
                form.id,
                field.name
            );
            let mut names = HashSet::new();
            for column in columns {
                assert!(
                    is_name(column.name) && names.insert(column.name),
                    "{}.{}",
                    form.id,
                    column.name
                );
                assert!(
                    !matches!(column.kind, Kind::Rows { .. } | Kind::Paragraphs { .. })
                        && !column.kind.is_secret(),
                    "{}.{}",
                    form.id,
                    column.name
                );
                assert!(column.only_if.is_none() && column.prefill.is_none());
            }
            for total in totals {
                let column = columns.iter().find(|column| column.name == *total).unwrap();
                assert!(
                    matches!(column.kind, Kind::Money | Kind::Whole { .. }),
                    "{}.{total}",
                    form.id
                );
            }
        }
    }
}

#[test]
fn a_question_depends_on_an_earlier_one_and_an_answer_it_has() {
    for form in FORMS {
        let mut earlier: Vec<&Field> = Vec::new();
        for field in form.fields() {
            if let Some(condition) = field.only_if {
                let other = earlier
                    .iter()
                    .find(|other| other.name == condition.field)
                    .unwrap_or_else(|| {
                        panic!("{}: {} depends on what comes later", form.id, field.name)
                    });
                let possible = match other.kind {
                    Kind::Choice { options } => {
                        options.iter().any(|option| option.value == condition.is)
                    }
                    Kind::YesNo => ["yes", "no"].contains(&condition.is),
                    _ => false,
                };
                assert!(possible, "{}: {} is never asked", form.id, field.name);
            }
            earlier.push(field);
        }
    }
}

#[test]
fn choices_differ() {
    for form in FORMS {
        for field in all_fields(form) {
            if let Kind::Choice { options } = field.kind {
                let values: HashSet<_> = options.iter().map(|option| option.value).collect();
                let labels: HashSet<_> = options.iter().map(|option| option.label).collect();
                assert!(options.len() > 1, "{}.{}", form.id, field.name);
                assert_eq!(
                    (values.len(), labels.len()),
                    (options.len(), options.len()),
                    "{}.{}",
                    form.id,
                    field.name
                );
            }
        }
    }
}

/// A Social Security number is asked for nowhere: where a text names one, it says so.
#[test]
fn no_question_asks_for_a_social_security_number() {
    for form in FORMS {
        for field in all_fields(form) {
            let label = field.label.to_lowercase();
            assert!(
                !label.contains("social security number") && !label.contains("ssn"),
                "{}.{}",
                form.id,
                field.name
            );
        }
    }
}

#[test]
fn a_search_finds_forms_by_what_they_are_and_ask() {
    let found = |search: &str| -> Vec<&str> {
        FORMS
            .iter()
            .filter(|form| form.matches(search))
            .map(|form| form.id)
            .collect()
    };
    assert_eq!(found("mileage"), ["mileage-log"]);
    assert_eq!(found("ODOMETER  car"), ["mileage-log"]);
    assert!(
        found("routing").contains(&"bank-change") && found("routing").contains(&"direct-deposit")
    );
    assert_eq!(found("").len(), FORMS.len());
    assert!(found("zebra").is_empty());
}
