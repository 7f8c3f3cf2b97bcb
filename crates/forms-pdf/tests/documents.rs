//! The documents as another program reads and draws them: pdf.js, of npm.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use omega_forms::{FORMS, Field, FilledForm, Form, Kind, fill, form};
use omega_forms_pdf::{Evidence, Moment, blank, filled, signed, unprintable};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use time::macros::date;

const AT: Moment = Moment {
    year: 2026,
    month: 11,
    day: 23,
    hour: 15,
    minute: 4,
    second: 5,
};

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// What pdf.js finds in documents. With `FORM_PICTURES` set, the drawn pages are kept in that folder.
fn read(documents: &[(&str, &[u8])]) -> Vec<Value> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("omega-forms-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let files: Vec<PathBuf> = documents
        .iter()
        .map(|(name, bytes)| {
            let file = folder.join(format!("{name}.pdf"));
            std::fs::write(&file, bytes).unwrap();
            file
        })
        .collect();
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let output = Command::new(root.join("node_modules/.bin/node"))
        .arg(root.join("crates/forms-pdf/tests/read.mjs"))
        .arg(std::env::var("FORM_PICTURES").unwrap_or_default())
        .args(&files)
        .output()
        .unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let found: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    for (found, (name, _)) in found.iter().zip(documents) {
        assert_eq!(
            (found["language"].as_str(), found["marked"].as_bool()),
            (Some("en-US"), Some(true)),
            "{name}"
        );
        for page in found["pages"].as_array().unwrap() {
            let ink = &page["ink"];
            let edge = |side: &str| ink[side].as_f64().unwrap();
            assert!((0.002..0.5).contains(&edge("share")), "{name}: {ink}");
            assert!(
                edge("left") > 0.08
                    && edge("right") < 0.92
                    && edge("top") > 0.06
                    && edge("bottom") < 0.97,
                "{name} is drawn past its margins: {ink}"
            );
        }
    }
    found
}

fn text_of(found: &Value) -> String {
    let pages = found["pages"].as_array().unwrap();
    pages
        .iter()
        .map(|page| page["text"].as_str().unwrap())
        .collect::<Vec<_>>()
        .join("\n")
}

/// Without line breaks and spaces, since a line ends where it must.
fn run_together(text: &str) -> String {
    text.split_whitespace().collect()
}

fn tags_of(found: &Value) -> Vec<String> {
    let pages = found["pages"].as_array().unwrap();
    pages
        .iter()
        .flat_map(|page| page["tags"].as_array().unwrap())
        .map(|tag| tag.as_str().unwrap().to_owned())
        .collect()
}

fn example(field: &Field) -> Value {
    match field.kind {
        Kind::Line => json!("Zoë Müller & Sons"),
        Kind::Paragraphs { .. } => json!(format!(
            "First line.\n{}",
            "A long answer goes on. ".repeat(20)
        )),
        Kind::Date { .. } => json!("2026-11-23"),
        Kind::Money => json!("1,234.50"),
        Kind::Whole { .. } => json!("12"),
        Kind::Email => json!("maria@example.com"),
        Kind::Phone => json!("(555) 234-5678"),
        Kind::Choice { options } => json!(options.last().unwrap().value),
        Kind::YesNo => json!("yes"),
        Kind::Ein => json!("12-3456789"),
        Kind::RoutingNumber => json!("021000021"),
        Kind::AccountNumber => json!("000123456789"),
        Kind::Rows { columns, .. } => {
            let row: Map<String, Value> = columns
                .iter()
                .map(|column| (column.name.to_owned(), example(column)))
                .collect();
            json!(vec![row; 40])
        }
    }
}

fn complete(form: &'static Form) -> FilledForm {
    let typed = form
        .fields()
        .map(|field| (field.name.to_owned(), example(field)))
        .collect();
    fill(form, &typed, None, date!(2026 - 11 - 23)).unwrap()
}

fn evidence(sha256: &str) -> Evidence<'_> {
    Evidence {
        signature_id: "6a0e6a0c-0000-4000-8000-000000000001",
        typed_name: "Maria Reyes",
        account: "maria@example.com",
        consent: "I agree to sign this form electronically.",
        consent_version: 1,
        signed_at: AT,
        local_time: "November 23, 2026, 10:04:05 AM EST",
        ip_address: "203.0.113.7",
        user_agent: "Mozilla/5.0",
        sha256,
    }
}

#[test]
fn a_blank_form_says_and_asks_all_of_its_definition() {
    let blanks: Vec<(String, Vec<u8>)> = FORMS
        .iter()
        .map(|form| (format!("{}-blank", form.id), blank(form).unwrap()))
        .collect();
    let documents: Vec<(&str, &[u8])> = blanks
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    for (form, found) in FORMS.iter().zip(read(&documents)) {
        assert_eq!(found["title"], form.title);
        let text = run_together(&text_of(&found));
        for section in form.sections {
            for words in section.text.iter().chain([&section.title]) {
                assert!(
                    text.contains(&run_together(words)),
                    "{}: {words:?} is not in {text}",
                    form.id
                );
            }
            for field in section.fields {
                assert!(
                    text.contains(&run_together(field.label)),
                    "{}: {}",
                    form.id,
                    field.label
                );
                if let Kind::Choice { options } = field.kind {
                    for option in options {
                        assert!(
                            text.contains(&run_together(option.label)),
                            "{}: {}",
                            form.id,
                            option.label
                        );
                    }
                }
            }
        }
        let outline: Vec<_> = found["outline"]
            .as_array()
            .unwrap()
            .iter()
            .map(|title| title.as_str().unwrap())
            .collect();
        let titles: Vec<_> = form
            .sections
            .iter()
            .map(|section| section.title)
            .chain(["Signature"])
            .collect();
        assert_eq!(outline, titles);
        let tags = tags_of(&found);
        assert_eq!(
            tags.iter().filter(|tag| *tag == "H1").count(),
            1,
            "{}",
            form.id
        );
        assert_eq!(
            tags.iter().filter(|tag| *tag == "H2").count(),
            titles.len(),
            "{}",
            form.id
        );
        for tag in ["P", "Table", "TR", "TH"] {
            assert!(
                tags.iter().any(|found| found == tag),
                "{}: no {tag}",
                form.id
            );
        }
    }
}

#[test]
fn a_filled_form_shows_every_answer() {
    let filled_forms: Vec<(FilledForm, Vec<u8>)> = FORMS
        .iter()
        .map(|form| {
            let complete = complete(form);
            let bytes = filled(&complete, AT).unwrap();
            (complete, bytes)
        })
        .collect();
    let documents: Vec<(&str, &[u8])> = filled_forms
        .iter()
        .map(|(complete, bytes)| (complete.form.id, bytes.as_slice()))
        .collect();
    for ((complete, _), found) in filled_forms.iter().zip(read(&documents)) {
        let text = run_together(&text_of(&found));
        for asked in complete.sections.iter().flatten() {
            let answer = asked.answer.as_ref().unwrap();
            match answer {
                omega_forms::Answer::Rows(_) => {
                    assert!(
                        found["pages"].as_array().unwrap().len() > 1,
                        "{}",
                        complete.form.id
                    );
                }
                _ => assert!(
                    text.contains(&run_together(&answer.printed())),
                    "{}: {answer:?} in {text}",
                    complete.form.id
                ),
            }
        }
    }
    let log = text_of(
        &read(&[(
            "log",
            &filled(&complete(form("mileage-log").unwrap()), AT).unwrap(),
        )])[0],
    );
    assert!(
        log.contains("480") && log.contains("$49,380.00"),
        "the totals are missing: {log}"
    );
}

#[test]
fn a_signed_form_carries_the_evidence_and_the_very_file_that_was_signed() {
    let complete = complete(form("bank-change").unwrap());
    let form_pdf = filled(&complete, AT).unwrap();
    let hash = sha256(&form_pdf);
    let file = signed(&complete, form_pdf.clone(), &evidence(&hash)).unwrap();
    let found = read(&[("signed", &file), ("form", &form_pdf)]);
    assert_eq!(found[0]["attachments"], json!({ "signed-form.pdf": hash }));
    assert_eq!(found[1]["attachments"], json!({}));
    let pages = |at: usize| found[at]["pages"].as_array().unwrap().clone();
    assert_eq!(
        pages(0).len(),
        pages(1).len() + 1,
        "the evidence is a page of its own"
    );
    let last = pages(0).last().unwrap()["text"]
        .as_str()
        .unwrap()
        .to_owned();
    for words in [
        "Maria Reyes",
        "maria@example.com",
        "I agree to sign this form electronically.",
        "2026-11-23 15:04:05 UTC",
        "November 23, 2026, 10:04:05 AM EST",
        "203.0.113.7",
        "bank-change, version 1",
        &hash,
    ] {
        assert!(
            run_together(&last).contains(&run_together(words)),
            "{words:?} is not in {last}"
        );
    }
    assert!(
        text_of(&found[0]).contains("000123456789"),
        "the account is printed in full on what is signed"
    );
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let complete = complete(form("mileage-log").unwrap());
    let form_pdf = filled(&complete, AT).unwrap();
    assert_eq!(form_pdf, filled(&complete, AT).unwrap());
    let hash = sha256(&form_pdf);
    assert_eq!(
        signed(&complete, form_pdf.clone(), &evidence(&hash)).unwrap(),
        signed(&complete, form_pdf.clone(), &evidence(&hash)).unwrap()
    );
    assert_eq!(blank(complete.form).unwrap(), blank(complete.form).unwrap());
    let later = Moment { second: 6, ..AT };
    assert_ne!(form_pdf, filled(&complete, later).unwrap());
}

#[test]
fn what_the_fonts_lack_is_told_before_it_is_printed() {
    assert_eq!(
        unprintable("Zoë Müller, Ångström, Δημήτρης, Владимир, Nguyễn\n€ 5 – “quoted”").unwrap(),
        None
    );
    assert_eq!(unprintable("Straße 漢").unwrap(), Some('漢'));
    assert_eq!(unprintable("ok \u{1f600}").unwrap(), Some('\u{1f600}'));
}

/// A form is made within a request, in a Worker: an idle machine takes some milliseconds for one.
#[test]
fn a_form_is_small_and_quickly_made() {
    let complete = complete(form("expense-report").unwrap());
    let began = Instant::now();
    let form_pdf = filled(&complete, AT).unwrap();
    println!("{} bytes in {:?}", form_pdf.len(), began.elapsed());
    assert!(form_pdf.len() < 200_000, "{} bytes", form_pdf.len());
}
