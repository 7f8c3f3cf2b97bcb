//! `GET /functions/v1/finance/csv`: the log of expenses of a year as a CSV table (RFC 4180). `POST` reads such a table: it tells
//! what is wrong with which line, and adds all of its entries or none.

use chrono::{Days, NaiveDate};
use csv::{ReaderBuilder, StringRecord, Trim};
use omega_common::fields::Fields;
use omega_common::finance::{Expense, ExpenseCategory, day, days_of, year};
use omega_common::money::{cents, plain};
use omega_common::problem::{FieldError, Problem};
use omega_common::rest::{self, RestError};
use omega_common::text::plain_text;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

/// Entries that one table holds at most; `take_expenses` in the database has the same bound.
pub const MAX_ROWS: usize = 500;

/// Longest table in characters: with all its signs escaped it still fits into a request.
pub const MAX_CHARACTERS: usize = 50_000;

/// Entries that are exported at most.
pub const MAX_EXPORTED: usize = 10_000;

/// Errors that are told at once.
const MAX_ERRORS: usize = 100;

/// The columns of an export. The first four are needed in an import, and what an import does not know it leaves out.
const COLUMNS: [&str; 8] = [
    "date",
    "amount",
    "category",
    "vendor",
    "description",
    "service",
    "id",
    "corrects",
];

/// A table to be kept as a file.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Export {
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "expenses-2026.csv"))]
    pub file_name: String,
    pub entries: usize,
    /// With a header line; amounts in dollars without signs, corrections as entries below zero.
    pub csv: String,
}

/// The year that is asked for and the parameters of the database's `list_expenses`.
///
/// # Errors
/// 400 for what is no year.
pub fn wanted(given: Option<&str>, this: i32) -> Result<(i32, Value), Problem> {
    let year = given
        .map_or(Ok(this), year)
        .map_err(|detail| Problem::bad_request(detail.clone()).with_error("year", detail))?;
    let (first, last) = days_of(year, None)
        .ok_or_else(|| Problem::internal("a year that is none was not refused"))?;
    let parameters = json!({
        "first_day": first.to_string(), "last_day": last.to_string(), "page_size": MAX_EXPORTED + 1,
    });
    Ok((year, parameters))
}

impl Export {
    /// # Errors
    /// 409 when there is more than one table takes.
    pub fn of(year: i32, rows: &[Expense]) -> Result<Self, Problem> {
        if rows.len() > MAX_EXPORTED {
            return Err(Problem::conflict(format!(
                "More than {MAX_EXPORTED} entries are too many for one file. Ask us for it."
            )));
        }
        Ok(Self {
            file_name: format!("expenses-{year}.csv"),
            entries: rows.len(),
            csv: write(rows).map_err(Problem::internal)?,
        })
    }
}

fn write(rows: &[Expense]) -> Result<String, String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record(COLUMNS)
        .map_err(|error| error.to_string())?;
    for row in rows {
        let text = |value: &Option<String>| value.as_deref().map(guarded).unwrap_or_default();
        let id = |value: Option<_>| value.map_or(String::new(), |id: _| ToString::to_string(&id));
        let record = [
            row.spent_on.clone(),
            plain(row.cents),
            row.category.to_string(),
            guarded(&row.vendor),
            text(&row.description),
            text(&row.service_name),
            row.id.to_string(),
            id(row.corrects),
        ];
        writer
            .write_record(record)
            .map_err(|error| error.to_string())?;
    }
    let bytes = writer.into_inner().map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

/// What begins so is run as a formula by programs that open the file (OWASP, "CSV Injection").
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A text that no program takes for a formula.
fn guarded(text: &str) -> String {
    if text.starts_with(FORMULA) || text.starts_with('\'') {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// As it was before [`guarded`].
fn unguarded(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if rest.starts_with(FORMULA) || rest.starts_with('\'') => rest,
        _ => text,
    }
}

/// An entry of a table.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct TableEntry {
    /// The line of the file on which it begins, from 1.
    pub line: u64,
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "2026-11-03"))]
    pub spent_on: String,
    /// US cents.
    pub cents: i64,
    pub category: ExpenseCategory,
    pub vendor: String,
    pub description: Option<String>,
    /// The name of the service that it was for.
    pub service: Option<String>,
}

/// What is wrong with a line.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct TableError {
    pub line: u64,
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "amount"))]
    pub column: String,
    pub detail: String,
}

/// What a table holds, and what became of it.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct ImportReport {
    pub entries: Vec<TableEntry>,
    pub total_cents: i64,
    /// With any of them nothing is added; the first hundred.
    pub errors: Vec<TableError>,
    /// How many entries were added.
    pub imported: i64,
    /// Whether the same entries were imported before, so that none was added now.
    pub already: bool,
}

/// The answer of the database's `import_expenses`.
#[derive(Debug, Deserialize)]
pub struct Imported {
    pub imported: i64,
    pub already: bool,
}

/// The table that was sent, and whether it is to be imported or only looked at.
///
/// # Errors
/// 422 with one entry for each bad field.
pub fn read(mut fields: Fields) -> Result<(String, bool), Problem> {
    let csv = fields.required("csv", |text| {
        if text.trim().is_empty() {
            return Err("The file is empty.".to_owned());
        }
        if text.chars().count() > MAX_CHARACTERS {
            return Err(format!(
                "The file is longer than {MAX_CHARACTERS} characters. Send it in parts."
            ));
        }
        Ok(text.to_owned())
    });
    let import = fields.flag("import");
    fields.finish()?;
    let csv = csv.ok_or_else(|| Problem::internal("a missing field was not refused"))?;
    Ok((csv, import))
}

/// Which column of a file is which of ours.
struct Header {
    date: Option<usize>,
    amount: Option<usize>,
    category: Option<usize>,
    vendor: Option<usize>,
    description: Option<usize>,
    service: Option<usize>,
}

impl Header {
    fn of(record: &StringRecord) -> Self {
        let find = |names: &[&str]| {
            record.iter().position(|cell| {
                let cell = cell.trim_start_matches('\u{feff}').trim().to_lowercase();
                names.contains(&cell.as_str())
            })
        };
        Self {
            date: find(&["date", "day", "spent_on"]),
            amount: find(&["amount", "cost", "total"]),
            category: find(&["category"]),
            vendor: find(&["vendor", "payee", "paid to", "merchant"]),
            description: find(&["description", "memo", "note", "notes"]),
            service: find(&["service"]),
        }
    }

    fn missing(&self) -> Vec<&'static str> {
        [
            ("date", self.date),
            ("amount", self.amount),
            ("category", self.category),
            ("vendor", self.vendor),
        ]
        .into_iter()
        .filter_map(|(name, at)| at.is_none().then_some(name))
        .collect()
    }
}

/// A date as 2026-11-03, or as people in the US write it, 11/3/2026.
fn date(text: &str) -> Result<NaiveDate, String> {
    if let [month, dayofmonth, year] = text.split('/').collect::<Vec<_>>()[..] {
        let padded = |part: &str| format!("{part:0>2}");
        return day(&format!("{year}-{}-{}", padded(month), padded(dayofmonth)))
            .map_err(|_| "Enter a date like 2026-04-15 or 4/15/2026.".to_owned());
    }
    day(text)
}

fn category(text: &str) -> Result<ExpenseCategory, String> {
    let wanted = text.to_lowercase();
    ExpenseCategory::ALL
        .iter()
        .copied()
        .find(|known| known.as_str() == wanted || known.title().to_lowercase() == wanted)
        .ok_or_else(|| {
            let known: Vec<_> = ExpenseCategory::ALL
                .iter()
                .map(|known| known.as_str())
                .collect();
            format!("Choose one of: {}.", known.join(", "))
        })
}

/// Reads a table whose cells are parted by commas, semicolons or tabs. `today` is that of UTC; whoever sends it may be a day
/// ahead.
pub fn parse(text: &str, today: NaiveDate) -> ImportReport {
    let mut report = ImportReport {
        entries: Vec::new(),
        total_cents: 0,
        errors: Vec::new(),
        imported: 0,
        already: false,
    };
    // The reader counts a line that ends in two signs only once it is past the second.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let first_line = text.lines().next().unwrap_or_default();
    let delimiter = [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|sign| {
            let count = first_line.bytes().filter(|byte| byte == sign).count();
            // Of as many signs the comma is meant.
            (count, *sign == b',')
        })
        .unwrap_or(b',');
    let mut records = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .delimiter(delimiter)
        .from_reader(text.as_bytes())
        .into_records();
    let header = match records.next() {
        Some(Ok(record)) => Header::of(&record),
        _ => Header::of(&StringRecord::new()),
    };
    for name in header.missing() {
        report.errors.push(TableError {
            line: 1,
            column: name.to_owned(),
            detail: format!("The first line names no column “{name}”."),
        });
    }
    if !report.errors.is_empty() {
        return report;
    }
    for record in records {
        if report.errors.len() >= MAX_ERRORS {
            break;
        }
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                report.refuse(line, "date", "This line can not be read.".to_owned());
                continue;
            }
        };
        if record.iter().all(str::is_empty) {
            continue;
        }
        if report.entries.len() >= MAX_ROWS {
            let line = record.position().map_or(0, csv::Position::line);
            let detail =
                format!("A file holds at most {MAX_ROWS} entries. Send the rest as another file.");
            report.refuse(line, "date", detail);
            break;
        }
        report.take(&header, &record, today);
    }
    if report.entries.is_empty() && report.errors.is_empty() {
        report.refuse(1, "date", "The file holds no entries.".to_owned());
    }
    report
}

impl ImportReport {
    fn refuse(&mut self, line: u64, column: &str, detail: String) {
        self.errors.push(TableError {
            line,
            column: column.to_owned(),
            detail,
        });
    }

    fn take(&mut self, header: &Header, record: &StringRecord, today: NaiveDate) {
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |at: Option<usize>| at.and_then(|at| record.get(at)).unwrap_or_default();
        let before = self.errors.len();
        let spent_on = date(cell(header.date)).and_then(|day| {
            if day > today + Days::new(1) {
                return Err("This day is still to come.".to_owned());
            }
            Ok(day)
        });
        let amount = cents(cell(header.amount)).and_then(|cents| match cents {
            0 => Err("Enter an amount that is not 0.".to_owned()),
            cents => Ok(cents),
        });
        let category = category(cell(header.category));
        let vendor = plain_text(unguarded(cell(header.vendor)));
        let optional = |at| match cell(at) {
            "" => Ok(None),
            text => plain_text(unguarded(text)).map(Some),
        };
        let description = optional(header.description);
        let service = optional(header.service);
        for (column, error) in [
            ("date", spent_on.as_ref().err()),
            ("amount", amount.as_ref().err()),
            ("category", category.as_ref().err()),
            ("vendor", vendor.as_ref().err()),
            ("description", description.as_ref().err()),
            ("service", service.as_ref().err()),
        ] {
            if let Some(detail) = error {
                self.refuse(line, column, detail.clone());
            }
        }
        if self.errors.len() > before {
            return;
        }
        let (Ok(spent_on), Ok(cents), Ok(category), Ok(vendor), Ok(description), Ok(service)) =
            (spent_on, amount, category, vendor, description, service)
        else {
            return;
        };
        self.total_cents += cents;
        self.entries.push(TableEntry {
            line,
            spent_on: spent_on.to_string(),
            cents,
            category,
            vendor,
            description,
            service,
        });
    }

    /// The parameters of the database's `import_expenses`. Which signs part the cells makes no other file.
    pub fn parameters(&self) -> Value {
        let entries = json!(self.entries);
        let digest = Sha256::digest(entries.to_string());
        let sha256: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        json!({ "entries": entries, "sha256": sha256 })
    }
}

/// What a refusal of the database means.
pub fn refusal(status: u16, body: &[u8]) -> Problem {
    let error: RestError = serde_json::from_slice(body).unwrap_or_default();
    match (error.code.as_str(), error.hint.as_deref()) {
        ("PT422", Some("service")) => Problem::invalid(vec![FieldError::new(
            "csv",
            format!(
                "Line {}: there is no such service in the inventory. Leave the cell empty, or add the service first.",
                error.details.unwrap_or_default()
            ),
        )]),
        ("PT422", _) => Problem::invalid(vec![FieldError::new("csv", "A day is still to come.")]),
        _ => rest::refusal(status, body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()
    }

    fn expense(vendor: &str, cents: i64, description: Option<&str>) -> Expense {
        serde_json::from_value(json!({
            "id": Uuid::nil(), "spent_on": "2026-11-03", "cents": cents, "category": "professional-fees", "vendor": vendor,
            "description": description, "service_id": null, "service_name": null, "corrects": null, "corrected_by": null,
            "imported": false, "made_at": "2026-11-23T10:00:00Z", "made_by": null,
        }))
        .unwrap()
    }

    fn errors(text: &str) -> Vec<(u64, String)> {
        parse(text, today())
            .errors
            .into_iter()
            .map(|error| (error.line, error.column))
            .collect()
    }

    #[test]
    fn a_table_as_other_programs_write_it_is_read() {
        let text = "\u{feff}Payee;Date;Total;Category;Memo\r\n\"Smith; Sons\";11/3/2026;\"$1,200.50\";Professional fees;\r\n;;;;\r\nPaper Mill;2026-11-04;(5);office;Back\r\n";
        let report = parse(text, today());
        assert_eq!(report.errors, []);
        let told: Vec<_> = report
            .entries
            .iter()
            .map(|one| {
                (
                    one.line,
                    &*one.spent_on,
                    one.cents,
                    one.category.as_str(),
                    &*one.vendor,
                    one.description.as_deref(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (
                    2,
                    "2026-11-03",
                    120_050,
                    "professional-fees",
                    "Smith; Sons",
                    None
                ),
                (4, "2026-11-04", -500, "office", "Paper Mill", Some("Back")),
            ]
        );
        assert_eq!(report.total_cents, 119_550);
        // Parted by other signs it is the same table.
        let commas = "date,amount,category,vendor,description\n2026-11-03,1200.50,professional-fees,Smith; Sons,\n,,,,\n2026-11-04,-5.00,office,Paper Mill,Back\n";
        assert_eq!(parse(commas, today()).parameters(), report.parameters());
    }

    #[test]
    fn each_error_names_its_line_and_column() {
        assert_eq!(
            errors("date,amount\n2026-11-03,5\n"),
            [(1, "category".to_owned()), (1, "vendor".to_owned())]
        );
        let text = "date,amount,category,vendor\n2026-11-03,5,rent,x\n2026-13-03,five,food,\n2026-11-25,0,rent,x\n2026-11-03\n";
        let of = |line: u64, columns: &[&str]| {
            columns
                .iter()
                .map(|column| (line, (*column).to_owned()))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            errors(text),
            [
                of(3, &["date", "amount", "category", "vendor"]),
                of(4, &["date", "amount"]),
                of(5, &["amount", "category", "vendor"]),
            ]
            .concat()
        );
        assert_eq!(errors("date,amount,category,vendor\n"), of(1, &["date"]));
        let many = format!(
            "date,amount,category,vendor\n{}",
            "2026-11-03,5,rent,x\n".repeat(MAX_ROWS + 1)
        );
        assert_eq!(errors(&many), of(502, &["date"]));
    }

    #[test]
    fn no_text_is_a_formula_and_each_comes_back_as_it_was() {
        let rows = [
            expense("=HYPERLINK(\"http://x\")", -500, Some("@SUM(A1)")),
            expense("'quoted'", 500, Some("a, \"b\"")),
        ];
        let export = Export::of(2026, &rows).unwrap();
        assert_eq!(export.file_name, "expenses-2026.csv");
        assert!(
            export.csv.contains("\"'=HYPERLINK(\"\"http://x\"\")\""),
            "{}",
            export.csv
        );
        assert!(
            export.csv.contains(",-5.00,") || export.csv.contains("2026-11-03,-5.00"),
            "{}",
            export.csv
        );
        let report = parse(&export.csv, today());
        assert_eq!(report.errors, []);
        let vendors: Vec<_> = report.entries.iter().map(|one| &*one.vendor).collect();
        assert_eq!(vendors, ["=HYPERLINK(\"http://x\")", "'quoted'"]);
    }

    proptest! {
        #[test]
        fn what_is_exported_is_imported_as_it_was(
            vendor in "[ -~]{1,40}", description in proptest::option::of("[ -~]{1,40}"), cents in -1_000_000i64..1_000_000,
        ) {
            let Ok(vendor) = plain_text(&vendor) else { return Ok(()) };
            let description = description.and_then(|text| plain_text(&text).ok());
            prop_assume!(cents != 0);
            let row = expense(&vendor, cents, description.as_deref());
            let csv = Export::of(2026, std::slice::from_ref(&row)).unwrap().csv;
            let report = parse(&csv, today());
            prop_assert_eq!(&report.errors, &[]);
            let one = &report.entries[0];
            prop_assert_eq!((&one.vendor, &one.description, one.cents), (&vendor, &description, cents));
        }

        #[test]
        fn nothing_that_is_sent_breaks_it(text in "(?s).{0,300}") {
            let report = parse(&text, today());
            prop_assert!(report.entries.len() <= MAX_ROWS && report.errors.len() <= MAX_ERRORS + 6);
        }
    }
}
