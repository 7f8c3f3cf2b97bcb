//! Answers to a form: as somebody types them, and as they stand when every rule is kept.

use omega_common::problem::FieldError;
use omega_common::{auth, ein, phone, text};
use serde_json::{Map, Value, json};
use time::Date;
use time::macros::format_description;

use crate::definition::{Choice, DateRule, Field, Form, Kind};
use crate::number::{dollars, grouped, parse_dollars};

/// Longest text of one answer in a draft.
const MAX_TYPED: usize = 4000;
/// Digits of an account number at a US bank: NACHA's entry detail record has 17 characters for it.
const ACCOUNT_DIGITS: std::ops::RangeInclusive<usize> = 4..=17;

/// An answer that keeps its rule.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A line, or several.
    Text(String),
    /// E.164
    Phone(String),
    Date(Date),
    Cents(i64),
    Whole {
        number: u64,
        unit: &'static str,
    },
    Choice(&'static Choice),
    YesNo(bool),
    /// A number of which only the last four digits are shown.
    Secret(String),
    /// An answer a column, in the order of the columns.
    Rows(Vec<Vec<Option<Answer>>>),
}

/// A question that was asked; without an answer it was left empty.
#[derive(Clone, Debug, PartialEq)]
pub struct AnsweredField {
    pub field: &'static Field,
    pub answer: Option<Answer>,
}

/// A form whose answers keep every rule.
#[derive(Clone, Debug, PartialEq)]
pub struct FilledForm {
    pub form: &'static Form,
    /// A list for each section of the form, of what was asked in it.
    pub sections: Vec<Vec<AnsweredField>>,
}

impl Answer {
    /// As it is printed on the form.
    pub fn printed(&self) -> String {
        match self {
            Self::Text(text) | Self::Secret(text) => text.clone(),
            Self::Phone(number) => printed_phone(number),
            Self::Date(date) => printed_date(*date),
            Self::Cents(cents) => dollars(*cents),
            Self::Whole { number, unit: "" } => grouped(*number),
            Self::Whole { number, unit } => format!("{} {unit}", grouped(*number)),
            Self::Choice(choice) => choice.label.to_owned(),
            Self::YesNo(true) => "Yes".to_owned(),
            Self::YesNo(false) => "No".to_owned(),
            Self::Rows(rows) => format!("{} rows", rows.len()),
        }
    }

    /// As it is kept: amounts in cents, and of a secret its last four digits.
    fn kept(&self, kind: &Kind) -> Value {
        match (self, kind) {
            (Self::Text(text) | Self::Phone(text), _) => json!(text),
            (Self::Date(date), _) => json!(date.to_string()),
            (Self::Cents(cents), _) => json!(cents),
            (Self::Whole { number, .. }, _) => json!(number),
            (Self::Choice(choice), _) => json!(choice.value),
            (Self::YesNo(yes), _) => json!(if *yes { "yes" } else { "no" }),
            (Self::Secret(secret), Kind::Ein) => json!(ein::masked(secret)),
            (Self::Secret(secret), _) => json!(last_four(secret)),
            (Self::Rows(rows), Kind::Rows { columns, .. }) => rows
                .iter()
                .map(|row| -> Value {
                    let columns = columns.iter().zip(row);
                    columns
                        .map(|(column, answer)| {
                            let kept = answer.as_ref().map(|answer| answer.kept(&column.kind));
                            (column.name.to_owned(), kept.unwrap_or_default())
                        })
                        .collect::<Map<_, _>>()
                        .into()
                })
                .collect::<Vec<_>>()
                .into(),
            (Self::Rows(_), _) => Value::Null,
        }
    }
}

fn last_four(number: &str) -> String {
    let last = number
        .get(number.len().saturating_sub(4)..)
        .unwrap_or_default();
    format!("\u{2026}{last}")
}

fn printed_phone(number: &str) -> String {
    match number.strip_prefix("+1") {
        Some(digits) if digits.len() == 10 && digits.is_ascii() => {
            format!("({}) {}-{}", &digits[..3], &digits[3..6], &digits[6..])
        }
        _ => number.to_owned(),
    }
}

/// A date in words: `November 3, 2026`.
fn printed_date(date: Date) -> String {
    format!("{} {}, {}", date.month(), date.day(), date.year())
}

impl FilledForm {
    /// The answers as they are kept with the signature: of each number that is a secret the last four digits.
    pub fn kept(&self) -> Map<String, Value> {
        self.sections
            .iter()
            .flatten()
            .map(|asked| {
                let kept = asked
                    .answer
                    .as_ref()
                    .map(|answer| answer.kept(&asked.field.kind));
                (asked.field.name.to_owned(), kept.unwrap_or_default())
            })
            .collect()
    }

    /// The sums of a table, with the names of their columns.
    pub fn totals(
        columns: &[Field],
        totals: &[&str],
        rows: &[Vec<Option<Answer>>],
    ) -> Vec<(&'static str, String)> {
        columns
            .iter()
            .enumerate()
            .filter(|(_, column)| totals.contains(&column.name))
            .map(|(at, column)| {
                let answers = || rows.iter().filter_map(|row| row.get(at)?.as_ref());
                let sum = match column.kind {
                    Kind::Money => dollars(
                        answers()
                            .map(|answer| match answer {
                                Answer::Cents(cents) => *cents,
                                _ => 0,
                            })
                            .sum(),
                    ),
                    _ => {
                        let number = answers()
                            .map(|answer| match answer {
                                Answer::Whole { number, .. } => *number,
                                _ => 0,
                            })
                            .sum();
                        grouped(number)
                    }
                };
                (column.label, sum)
            })
            .collect()
    }
}

/// Reads what was typed against every rule of the form. `profile_ein` is taken where the business's EIN is asked and none was
/// typed; `today` is the day at the firm.
///
/// # Errors
/// An entry for each answer that breaks a rule, named `answers.<field>`, or `answers.<field>.<row>.<column>` in a table.
pub fn fill(
    form: &'static Form,
    typed: &Map<String, Value>,
    profile_ein: Option<&str>,
    today: Date,
) -> Result<FilledForm, Vec<FieldError>> {
    let mut errors = Vec::new();
    refuse_unknown(form, typed, &mut errors);
    let sections = form
        .sections
        .iter()
        .map(|section| {
            section
                .fields
                .iter()
                .filter(|field| is_asked(form, field, typed))
                .map(|field| {
                    let place = format!("answers.{}", field.name);
                    let answer = match field.kind {
                        Kind::Rows { columns, most, .. } => read_rows(
                            field,
                            columns,
                            most,
                            typed.get(field.name),
                            today,
                            &place,
                            &mut errors,
                        ),
                        _ => {
                            let given = match (field.kind, typed_text(typed.get(field.name))) {
                                (Kind::Ein, Ok("")) => Ok(profile_ein.unwrap_or_default()),
                                (_, given) => given,
                            };
                            read_one(field, given, today, &place, &mut errors)
                        }
                    };
                    AnsweredField { field, answer }
                })
                .collect()
        })
        .collect();
    if errors.is_empty() {
        Ok(FilledForm { form, sections })
    } else {
        Err(errors)
    }
}

/// Reads what was typed so far, to be kept as it is: no rule of an answer is asked for yet. Answers that are secret are none of
/// a draft's.
///
/// # Errors
/// An entry for each answer that can't be kept.
pub fn draft(form: &'static Form, typed: &Map<String, Value>) -> Result<(), Vec<FieldError>> {
    let mut errors = Vec::new();
    refuse_unknown(form, typed, &mut errors);
    for field in form.fields() {
        let Some(value) = typed.get(field.name) else {
            continue;
        };
        let place = format!("answers.{}", field.name);
        match field.kind {
            Kind::Rows { columns, most, .. } => {
                for (at, row) in rows_of(value, most, &place, &mut errors)
                    .into_iter()
                    .enumerate()
                {
                    for column in columns {
                        if let Err(detail) = typed_text(row.get(column.name)).and_then(storable) {
                            errors.push(FieldError::new(
                                format!("{place}.{at}.{}", column.name),
                                detail,
                            ));
                        }
                    }
                    refuse_unknown_columns(columns, row, &format!("{place}.{at}"), &mut errors);
                }
            }
            kind if kind.is_secret() => {
                if typed_text(Some(value)) != Ok("") {
                    errors.push(FieldError::new(
                        place,
                        "This number is kept in no draft. Enter it when you sign.",
                    ));
                }
            }
            _ => {
                if let Err(detail) = typed_text(Some(value)).and_then(storable) {
                    errors.push(FieldError::new(place, detail));
                }
            }
        }
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(errors)
    }
}

/// What a signature would be refused for as a draft stands. Answers that are secret are left out, as they are none of a draft's.
/// `utc_today` is the day at Greenwich: our firm is west of it, so that the day before may be its own, and a date is refused only
/// if both days refuse it.
pub fn remaining(
    form: &'static Form,
    typed: &Map<String, Value>,
    utc_today: Date,
) -> Vec<FieldError> {
    let refused = |today| fill(form, typed, None, today).err().unwrap_or_default();
    let the_day_before = refused(utc_today.previous_day().unwrap_or(utc_today));
    let secret = |place: &str| {
        form.fields().any(|field| {
            field.kind.is_secret() && place.strip_prefix("answers.") == Some(field.name)
        })
    };
    refused(utc_today)
        .into_iter()
        .filter(|error| {
            the_day_before
                .iter()
                .any(|other| other.field == error.field)
        })
        .filter(|error| !secret(&error.field))
        .collect()
}

/// What of a draft the form still asks: it may have changed since.
pub fn known_answers(form: &'static Form, draft: Map<String, Value>) -> Map<String, Value> {
    draft
        .into_iter()
        .filter(|(name, _)| form.fields().any(|field| field.name == name))
        .collect()
}

/// Errors name at most this many characters of a field's name that came from outside.
const MAX_ECHOED_NAME: usize = 60;

fn refuse_unknown(form: &Form, typed: &Map<String, Value>, errors: &mut Vec<FieldError>) {
    let unknown = typed
        .keys()
        .filter(|name| !form.fields().any(|field| field.name == *name));
    for name in unknown.take(10) {
        let name: String = name.chars().take(MAX_ECHOED_NAME).collect();
        errors.push(FieldError::new(
            format!("answers.{name}"),
            "This form does not ask that.",
        ));
    }
}

fn refuse_unknown_columns(
    columns: &[Field],
    row: &Map<String, Value>,
    place: &str,
    errors: &mut Vec<FieldError>,
) {
    if row
        .keys()
        .any(|name| !columns.iter().any(|column| column.name == name))
    {
        errors.push(FieldError::new(
            place,
            "This row has a column that the form does not have.",
        ));
    }
}

fn typed_text(value: Option<&Value>) -> Result<&str, String> {
    match value {
        None | Some(Value::Null) => Ok(""),
        Some(Value::String(text)) => Ok(text.trim()),
        Some(_) => Err("Send a text.".to_owned()),
    }
}

fn storable(text: &str) -> Result<(), String> {
    if text.chars().count() > MAX_TYPED {
        Err(format!("Use {MAX_TYPED} characters or fewer."))
    } else if text
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
    {
        Err("Use plain text: letters, numbers and signs.".to_owned())
    } else {
        Ok(())
    }
}

fn is_asked(form: &Form, field: &Field, typed: &Map<String, Value>) -> bool {
    field.only_if.is_none_or(|condition| {
        typed_text(typed.get(condition.field)) == Ok(condition.is)
            && form
                .fields()
                .any(|other| other.name == condition.field && is_asked(form, other, typed))
    })
}

fn rows_of<'a>(
    value: &'a Value,
    most: u16,
    place: &str,
    errors: &mut Vec<FieldError>,
) -> Vec<&'a Map<String, Value>> {
    let rows = match value {
        Value::Array(rows) if rows.len() <= usize::from(most) => rows,
        Value::Array(_) => {
            errors.push(FieldError::new(place, format!("Use {most} rows or fewer.")));
            return Vec::new();
        }
        Value::Null => return Vec::new(),
        _ => {
            errors.push(FieldError::new(place, "Send a list of rows."));
            return Vec::new();
        }
    };
    let objects: Vec<_> = rows.iter().filter_map(Value::as_object).collect();
    if objects.len() < rows.len() {
        errors.push(FieldError::new(place, "Send each row as an object."));
    }
    objects
}

fn read_rows(
    field: &Field,
    columns: &'static [Field],
    most: u16,
    value: Option<&Value>,
    today: Date,
    place: &str,
    errors: &mut Vec<FieldError>,
) -> Option<Answer> {
    let refused = errors.len();
    let rows = rows_of(value.unwrap_or(&Value::Null), most, place, errors);
    let answered: Vec<Vec<Option<Answer>>> = rows
        .into_iter()
        .enumerate()
        // A row that was begun and left empty is none.
        .filter(|(_, row)| row.values().any(|value| typed_text(Some(value)) != Ok("")))
        .map(|(at, row)| {
            let place = format!("{place}.{at}");
            refuse_unknown_columns(columns, row, &place, errors);
            columns
                .iter()
                .map(|column| {
                    let place = format!("{place}.{}", column.name);
                    read_one(
                        column,
                        typed_text(row.get(column.name)),
                        today,
                        &place,
                        errors,
                    )
                })
                .collect()
        })
        .collect();
    if answered.is_empty() {
        if field.required && errors.len() == refused {
            errors.push(FieldError::new(place, "Add at least one row."));
        }
        return None;
    }
    Some(Answer::Rows(answered))
}

fn read_one(
    field: &Field,
    typed: Result<&str, String>,
    today: Date,
    place: &str,
    errors: &mut Vec<FieldError>,
) -> Option<Answer> {
    let read = match typed {
        Ok("") if field.required => Err(missing(&field.kind)),
        Ok("") => return None,
        Ok(text) => read_answer(&field.kind, text, today),
        Err(detail) => Err(detail),
    };
    read.map_err(|detail| errors.push(FieldError::new(place, detail)))
        .ok()
}

fn missing(kind: &Kind) -> String {
    match kind {
        Kind::Choice { .. } => "Choose one.",
        Kind::YesNo => "Choose yes or no.",
        Kind::Date { .. } => "Enter the date.",
        Kind::Money => "Enter the amount.",
        _ => "Enter an answer.",
    }
    .to_owned()
}

fn read_answer(kind: &Kind, typed: &str, today: Date) -> Result<Answer, String> {
    match *kind {
        Kind::Line => text::plain_text(typed).map(Answer::Text),
        Kind::Paragraphs { most } => text::paragraphs(typed, usize::from(most)).map(Answer::Text),
        Kind::Date { rule } => read_date(typed, rule, today).map(Answer::Date),
        Kind::Money => parse_dollars(typed).map(Answer::Cents),
        Kind::Whole { unit, most } => {
            let digits: String = typed.chars().filter(|&c| c != ',').collect();
            match digits.parse::<u32>() {
                Ok(number)
                    if number <= most && digits.bytes().all(|byte| byte.is_ascii_digit()) =>
                {
                    Ok(Answer::Whole {
                        number: u64::from(number),
                        unit,
                    })
                }
                _ => Err(format!(
                    "Enter a whole number from 0 to {}.",
                    grouped(u64::from(most))
                )),
            }
        }
        Kind::Email => auth::email(typed).map(Answer::Text),
        Kind::Phone => phone::e164(typed).map(Answer::Phone),
        Kind::Choice { options } => options
            .iter()
            .find(|option| option.value == typed)
            .map(Answer::Choice)
            .ok_or_else(|| "Choose one of the answers.".to_owned()),
        Kind::YesNo => match typed {
            "yes" => Ok(Answer::YesNo(true)),
            "no" => Ok(Answer::YesNo(false)),
            _ => Err("Choose yes or no.".to_owned()),
        },
        Kind::Ein => ein::ein(typed).map(Answer::Secret),
        Kind::RoutingNumber => routing_number(typed).map(Answer::Secret),
        Kind::AccountNumber => account_number(typed).map(Answer::Secret),
        Kind::Rows { .. } => Err("Send a list of rows.".to_owned()),
    }
}

fn read_date(typed: &str, rule: DateRule, today: Date) -> Result<Date, String> {
    let date = Date::parse(typed, format_description!("[year]-[month]-[day]"))
        .ok()
        .filter(|date| (1900..2200).contains(&date.year()))
        .ok_or_else(|| "Enter a date, for example 2026-11-23.".to_owned())?;
    match rule {
        DateRule::NotAfterToday if date > today => {
            Err("Enter a day that is not in the future.".to_owned())
        }
        DateRule::NotBeforeToday if date < today => {
            Err("Enter a day that is not in the past.".to_owned())
        }
        _ => Ok(date),
    }
}

/// Nine digits whose check digit agrees: weights 3, 7, 1 (American Bankers Association, routing number policy).
fn routing_number(typed: &str) -> Result<String, String> {
    let digits: String = typed.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let sum: u32 = digits
        .bytes()
        .zip([3, 7, 1].into_iter().cycle())
        .map(|(digit, weight)| u32::from(digit.wrapping_sub(b'0')) * weight)
        .sum();
    if digits.len() == 9
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && sum > 0
        && sum.is_multiple_of(10)
    {
        Ok(digits)
    } else {
        Err("Check the routing number: the nine digits at the bottom left of a check.".to_owned())
    }
}

fn account_number(typed: &str) -> Result<String, String> {
    let digits: String = typed.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    if ACCOUNT_DIGITS.contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(digits)
    } else {
        Err("Enter the account number, 4 to 17 digits.".to_owned())
    }
}
