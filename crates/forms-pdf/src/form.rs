//! A form as a document: blank, filled in, and signed.

use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::metadata::DateTime;
use omega_forms::{Answer, AnsweredField, Field, FilledForm, Form, Kind};

use crate::PdfError;
use crate::font::Faces;
use crate::layout::{AnswerContent, AnswerRow, Column, Ink, Layout, WIDTH};
use crate::write::{Description, write};

const FIRM: &str = "OmegaOS";
/// Empty rows of a table in a blank form.
const ROWS_TO_WRITE: usize = 12;
/// The name of the signed pages within the file that carries the evidence.
const ATTACHMENT: &str = "signed-form.pdf";

/// A time in UTC.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    pub year: u16,
    pub month: u8,
    pub day: u8,
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
}

/// What is kept of a signature, in words.
#[derive(Clone, Debug)]
pub struct Evidence<'a> {
    pub signature_id: &'a str,
    pub typed_name: &'a str,
    pub account: &'a str,
    pub consent: &'a str,
    pub consent_version: u16,
    pub signed_at: Moment,
    /// The time at the firm, as it is read there.
    pub local_time: &'a str,
    pub ip_address: &'a str,
    pub user_agent: &'a str,
    /// SHA-256 of the pages before, in hex.
    pub sha256: &'a str,
}

impl Moment {
    fn date_time(self) -> DateTime {
        DateTime::new(self.year)
            .month(self.month)
            .day(self.day)
            .hour(self.hour)
            .minute(self.minute)
            .second(self.second)
            .utc_offset_hour(0)
            .utc_offset_minute(0)
    }

    fn utc(self) -> String {
        format!(
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC",
            self.year, self.month, self.day, self.hour, self.minute, self.second
        )
    }
}

/// Points that the place to sign takes: its heading and three rows.
const SIGNATURE_HEIGHT: f32 = 160.0;

/// The form with lines and boxes to be filled in by hand.
///
/// # Errors
/// When it can't be written, which is a fault of ours.
pub fn blank(form: &Form) -> Result<Vec<u8>, PdfError> {
    let faces = Faces::load()?;
    let mut layout = Layout::new(&faces);
    begin(&mut layout, form);
    for section in form.sections {
        layout.heading(section.title);
        for text in section.text {
            layout.paragraph(text, Ink::Full);
        }
        for run in section.fields.chunk_by(|a, b| is_table(a) == is_table(b)) {
            if !run.first().is_some_and(is_table) {
                let rows: Vec<_> = run.iter().map(row_to_write).collect();
                layout.answers(&rows);
                continue;
            }
            for field in run {
                if let Kind::Rows {
                    columns, totals, ..
                } = field.kind
                {
                    let empty = vec![vec![String::new(); columns.len()]; ROWS_TO_WRITE];
                    let foot = total_row(columns, totals, &[]);
                    layout.table(
                        &asked(field),
                        &table_columns(columns),
                        &empty,
                        foot.as_deref(),
                    );
                }
            }
        }
    }
    // A name without its date on the same page is half a signature.
    layout.make_room(SIGNATURE_HEIGHT);
    layout.heading("Signature");
    let signature = ["Name in print", "Signature", "Date"].map(|label| AnswerRow {
        label: label.to_owned(),
        content: AnswerContent::Lines(1),
    });
    layout.answers(&signature);
    finish(layout, &faces, form, None, None)
}

/// The form with its answers: what somebody signs.
///
/// # Errors
/// When it can't be written, which is a fault of ours.
pub fn filled(filled: &FilledForm, at: Moment) -> Result<Vec<u8>, PdfError> {
    let faces = Faces::load()?;
    let mut layout = Layout::new(&faces);
    answered(&mut layout, filled);
    finish(layout, &faces, filled.form, Some(at), None)
}

/// The form with its answers and the evidence of the signature. `form_pdf`, what [`filled`] gave and was signed, is in it as it is.
///
/// # Errors
/// When it can't be written, which is a fault of ours.
pub fn signed(
    filled: &FilledForm,
    form_pdf: Vec<u8>,
    evidence: &Evidence<'_>,
) -> Result<Vec<u8>, PdfError> {
    let faces = Faces::load()?;
    let mut layout = Layout::new(&faces);
    answered(&mut layout, filled);
    layout.next_page();
    layout.heading("Evidence of the signature");
    layout.paragraph(
        "The pages before this one were signed electronically. The very file that was signed, whose SHA-256 stands below, is attached to this document.",
        Ink::Full,
    );
    let rows = [
        ("Signed by (typed name)", evidence.typed_name.to_owned()),
        ("Signed in to the account", evidence.account.to_owned()),
        ("Agreed to", evidence.consent.to_owned()),
        ("Version of that text", evidence.consent_version.to_string()),
        ("Time", evidence.signed_at.utc()),
        ("Time at our office", evidence.local_time.to_owned()),
        ("IP address", evidence.ip_address.to_owned()),
        ("Browser", evidence.user_agent.to_owned()),
        (
            "Form",
            format!("{}, version {}", filled.form.id, filled.form.version),
        ),
        ("SHA-256 of the signed file", evidence.sha256.to_owned()),
        ("Signature", evidence.signature_id.to_owned()),
    ]
    .map(|(label, text)| AnswerRow {
        label: label.to_owned(),
        content: AnswerContent::Text(text),
    });
    layout.answers(&rows);
    layout.space(8.0);
    layout.paragraph(
        "We keep this SHA-256 in our record of signatures. A copy of this file, or of the attached one, is the signed form if its SHA-256 is there: check it in your account, under Forms, or ask our team.",
        Ink::Soft,
    );
    let attachment = EmbeddedFile {
        path: ATTACHMENT.to_owned(),
        mime_type: MimeType::new("application/pdf"),
        description: Some("The form as it was signed".to_owned()),
        association_kind: AssociationKind::Source,
        data: form_pdf.into(),
        modification_date: Some(evidence.signed_at.date_time()),
        compress: Some(false),
        location: None,
    };
    finish(
        layout,
        &faces,
        filled.form,
        Some(evidence.signed_at),
        Some(attachment),
    )
}

fn begin(layout: &mut Layout<'_>, form: &Form) {
    layout.title(FIRM, form.title);
    layout.paragraph(form.purpose, Ink::Soft);
}

fn finish(
    mut layout: Layout<'_>,
    faces: &Faces,
    form: &Form,
    made: Option<Moment>,
    attachment: Option<EmbeddedFile>,
) -> Result<Vec<u8>, PdfError> {
    layout.number_pages(&format!("{} \u{b7} version {}", form.title, form.version));
    write(
        &layout,
        faces,
        Description {
            title: form.title,
            about: form.purpose,
            made: made.map(Moment::date_time),
            attachment,
        },
    )
}

fn answered(layout: &mut Layout<'_>, filled: &FilledForm) {
    begin(layout, filled.form);
    for (section, asked_fields) in filled.form.sections.iter().zip(&filled.sections) {
        layout.heading(section.title);
        for text in section.text {
            layout.paragraph(text, Ink::Full);
        }
        for run in asked_fields.chunk_by(|a, b| is_table(a.field) == is_table(b.field)) {
            if !run.first().is_some_and(|asked| is_table(asked.field)) {
                let rows: Vec<_> = run.iter().map(answered_row).collect();
                layout.answers(&rows);
                continue;
            }
            for asked in run {
                if let (
                    Kind::Rows {
                        columns, totals, ..
                    },
                    Some(Answer::Rows(rows)),
                ) = (asked.field.kind, &asked.answer)
                {
                    let texts: Vec<Vec<String>> = rows
                        .iter()
                        .map(|row| {
                            row.iter()
                                .map(|answer| {
                                    answer.as_ref().map(Answer::printed).unwrap_or_default()
                                })
                                .collect()
                        })
                        .collect();
                    let foot = total_row(columns, totals, rows);
                    layout.table(
                        asked.field.label,
                        &table_columns(columns),
                        &texts,
                        foot.as_deref(),
                    );
                } else {
                    layout.answers(&[answered_row(asked)]);
                }
            }
        }
    }
}

fn is_table(field: &Field) -> bool {
    matches!(field.kind, Kind::Rows { .. })
}

fn answered_row(asked: &AnsweredField) -> AnswerRow {
    let text = asked
        .answer
        .as_ref()
        .map_or_else(|| "Not answered".to_owned(), Answer::printed);
    AnswerRow {
        label: asked.field.label.to_owned(),
        content: AnswerContent::Text(text),
    }
}

/// The label of a question, with what makes it one that need not be answered.
fn asked(field: &Field) -> String {
    match (field.only_if, field.required) {
        (Some(_), _) => format!("{} (if it applies)", field.label),
        (None, false) => format!("{} (optional)", field.label),
        (None, true) => field.label.to_owned(),
    }
}

fn row_to_write(field: &Field) -> AnswerRow {
    let content = match field.kind {
        Kind::Choice { options } => AnswerContent::Choices(
            options
                .iter()
                .map(|option| option.label.to_owned())
                .collect(),
        ),
        Kind::YesNo => AnswerContent::Choices(vec!["Yes".to_owned(), "No".to_owned()]),
        Kind::Paragraphs { .. } => AnswerContent::Lines(3),
        _ => AnswerContent::Lines(1),
    };
    AnswerRow {
        label: asked(field),
        content,
    }
}

/// Columns of numbers and days are as wide as they must be; the others share what is left.
fn table_columns(columns: &[Field]) -> Vec<Column> {
    let fixed = |column: &Field| match column.kind {
        Kind::Date { .. } => Some(96.0),
        Kind::Money => Some(78.0),
        Kind::Whole { .. } => Some(64.0),
        Kind::Choice { .. } => Some(84.0),
        _ => None,
    };
    let taken: f32 = columns.iter().filter_map(fixed).sum();
    let free = columns
        .iter()
        .filter(|column| fixed(column).is_none())
        .count()
        .max(1) as f32;
    let all_fixed = columns.iter().all(|column| fixed(column).is_some());
    columns
        .iter()
        .map(|column| Column {
            title: column.label.to_owned(),
            width: match fixed(column) {
                Some(width) if all_fixed => width * WIDTH / taken,
                Some(width) => width,
                None => (WIDTH - taken) / free,
            },
            is_number: matches!(column.kind, Kind::Money | Kind::Whole { .. }),
        })
        .collect()
}

/// The last row of a table whose numbers are added up; without rows it is left to be written in.
fn total_row(
    columns: &'static [Field],
    totals: &[&str],
    rows: &[Vec<Option<Answer>>],
) -> Option<Vec<String>> {
    if totals.is_empty() {
        return None;
    }
    let sums = FilledForm::totals(columns, totals, rows);
    let cells = columns.iter().enumerate().map(|(at, column)| {
        let sum = sums
            .iter()
            .find(|(label, _)| *label == column.label)
            .map(|(_, sum)| sum.clone());
        match (at, sum) {
            (0, None) => "Total".to_owned(),
            (_, Some(sum)) if !rows.is_empty() => sum,
            _ => String::new(),
        }
    });
    Some(cells.collect())
}
