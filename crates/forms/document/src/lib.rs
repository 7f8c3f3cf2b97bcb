//! `GET /functions/v1/forms/document`: a form as a blank PDF. `POST` signs a form: its PDF with the evidence becomes a document of
//! the client.

use std::borrow::Cow;

use omega_common::documents::DocumentCategory;
use omega_common::fields::Fields;
use omega_common::files::FileKind;
use omega_common::problem::{FieldError, Problem};
use omega_common::rest::{self, RestError};
use omega_common::storage::ObjectPath;
use omega_common::text::{plain_text, uuid};
use omega_forms::{Answer, CONSENT, CONSENT_VERSION, FilledForm, Form, SignedForm, fill, form};
use omega_forms_pdf::{Evidence, Moment, PdfError, filled, signed, unprintable};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

/// As `signed_forms_user_agent_is_short` has it.
const MAX_USER_AGENT: usize = 400;

/// Reads the query parameter `form`.
///
/// # Errors
/// 400 without it, 404 when there is no such form.
pub fn wanted_form(id: Option<&str>) -> Result<&'static Form, Problem> {
    let id = id.ok_or_else(|| {
        let detail = "Say which form.";
        Problem::bad_request(detail).with_error("form", detail)
    })?;
    form(id).ok_or_else(|| Problem::not_found("There is no such form. Look for it in the library."))
}

/// A fault of ours: every definition can be printed.
pub fn unprinted(error: PdfError) -> Problem {
    Problem::internal(error.to_string())
}

/// What somebody signs.
#[derive(Debug, PartialEq)]
pub struct Signature {
    pub id: Uuid,
    form: &'static Form,
    answers: Map<String, Value>,
    typed_name: String,
}

/// The answer of the database's `signing_context`.
#[derive(Debug, Deserialize)]
pub struct SigningContext {
    /// RFC 3339, in UTC.
    signed_at: String,
    /// Another one for each try, so that a file of an earlier one is not in the way, and nobody can have put one there.
    file_id: Uuid,
    /// The day at the firm.
    today: String,
    local_time: String,
    account: Option<String>,
    ein: Option<String>,
    signed: Option<StoredForm>,
}

/// A form that was signed with this id before.
#[derive(Debug, Deserialize)]
struct StoredForm {
    answers: Map<String, Value>,
    #[serde(flatten)]
    signed: SignedForm,
}

/// From where a signature came.
#[derive(Debug)]
pub struct Sender {
    pub ip_address: String,
    pub user_agent: String,
}

/// What becomes of a signature.
#[derive(Debug)]
pub enum Outcome {
    /// It was kept before.
    Kept(Box<SignedForm>),
    New(Box<SignedFile>),
}

/// The file that is to be stored, and the parameters of the database's `sign_form`.
#[derive(Debug)]
pub struct SignedFile {
    pub path: ObjectPath,
    pub bytes: Vec<u8>,
    pub parameters: Value,
}

impl Signature {
    /// # Errors
    /// 422 with one entry for each bad field; 409 when the form was changed since the caller saw it.
    pub fn read(mut fields: Fields) -> Result<Self, Problem> {
        let id = fields.required("id", uuid("Send an id of your own, a UUID."));
        let known = fields.required("form", |id| {
            let id = plain_text(id)?;
            form(&id).ok_or_else(|| "There is no such form.".to_owned())
        });
        let version = fields.required_number("form_version");
        let answers = fields.required_object("answers");
        let typed_name = fields.required("typed_name", plain_text);
        fields.agreement(
            "consent",
            "Tick the box: without your agreement the form can\u{2019}t be signed.",
        );
        if let Some(name) = &typed_name
            && let Some(character) = unprintable(name).map_err(unprinted)?
        {
            fields.refuse("typed_name", cannot_print(character));
        }
        fields.finish()?;
        let (Some(id), Some(form), Some(version), Some(answers), Some(typed_name)) =
            (id, known, version, answers, typed_name)
        else {
            return Err(Problem::internal("a missing field was not refused"));
        };
        if version != u64::from(form.version) {
            return Err(Problem::conflict(
                "We have changed this form since you opened it. Reload the page, and look at it again before you sign.",
            ));
        }
        Ok(Self {
            id,
            form,
            answers,
            typed_name,
        })
    }

    /// Judges the answers and makes the file, unless the same was signed before.
    ///
    /// # Errors
    /// 422 with one entry for each answer that breaks a rule or can't be printed; 409 when another form was signed with this id.
    pub fn complete(
        self,
        client_id: Uuid,
        context: SigningContext,
        sender: &Sender,
    ) -> Result<Outcome, Problem> {
        let clock = |_| Problem::bad_gateway("the database's clock tells no time");
        let today = Date::parse(&context.today, format_description!("[year]-[month]-[day]"))
            .map_err(clock)?;
        let answers = fill(self.form, &self.answers, context.ein.as_deref(), today);
        if let Some(stored) = context.signed {
            let same = stored.signed.form_id == self.form.id
                && stored.signed.typed_name == self.typed_name
                // Answers that broke a rule were not signed; on another day one may.
                && answers.as_ref().is_ok_and(|answers| answers.kept() == stored.answers);
            return match same {
                true => Ok(Outcome::Kept(Box::new(stored.signed))),
                false => Err(another_form()),
            };
        }
        let answers = answers.map_err(Problem::invalid)?;
        refuse_unprintable(&answers)?;

        let at = OffsetDateTime::parse(&context.signed_at, &Rfc3339).map_err(clock)?;
        let moment = Moment {
            year: u16::try_from(at.year()).unwrap_or_default(),
            month: at.month().into(),
            day: at.day(),
            hour: at.hour(),
            minute: at.minute(),
            second: at.second(),
        };
        let form_pdf = filled(&answers, moment).map_err(unprinted)?;
        let form_sha256 = sha256(&form_pdf);
        let user_agent: String = printable(&sender.user_agent)?
            .chars()
            .take(MAX_USER_AGENT)
            .collect();
        let evidence = Evidence {
            signature_id: &self.id.to_string(),
            typed_name: &self.typed_name,
            account: &printable(context.account.as_deref().unwrap_or("unknown"))?,
            consent: CONSENT,
            consent_version: CONSENT_VERSION,
            signed_at: moment,
            local_time: &context.local_time,
            ip_address: &sender.ip_address,
            user_agent: &user_agent,
            sha256: &form_sha256,
        };
        let bytes = signed(&answers, form_pdf, &evidence).map_err(unprinted)?;
        let file_sha256 = sha256(&bytes);
        let path = format!("{client_id}/form-{}.pdf", context.file_id);
        let path = ObjectPath::parse(&path, client_id).map_err(Problem::internal)?;
        let parameters = json!({
            "client_id": client_id,
            "signature": {
                "id": self.id,
                "form_id": self.form.id,
                "form_version": self.form.version,
                "form_title": self.form.title,
                "answers": answers.kept(),
                "form_sha256": form_sha256,
                "file_sha256": file_sha256,
                "typed_name": self.typed_name,
                "consent": CONSENT,
                "consent_version": CONSENT_VERSION,
                "signed_at": context.signed_at,
                "ip_address": sender.ip_address,
                "user_agent": user_agent,
            },
            "document": {
                "document_name": format!("{} {}.pdf", self.form.title, context.today),
                "document_category": DocumentCategory::Other,
                "storage_path": path.as_str(),
                "content_type": FileKind::Pdf.media_type(),
                "byte_size": bytes.len(),
            },
        });
        Ok(Outcome::New(Box::new(SignedFile {
            path,
            bytes,
            parameters,
        })))
    }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn cannot_print(character: char) -> String {
    format!("We can\u{2019}t print \u{201c}{character}\u{201d}. Write it in another way.")
}

/// What we were told of the sender, as far as it can be printed.
fn printable(text: &str) -> Result<Cow<'_, str>, Problem> {
    if unprintable(text).map_err(unprinted)?.is_none() {
        return Ok(text.into());
    }
    Ok(text
        .chars()
        .map(|character| {
            if character.is_ascii_graphic() {
                character
            } else {
                ' '
            }
        })
        .collect())
}

fn refuse_unprintable(answers: &FilledForm) -> Result<(), Problem> {
    let mut errors = Vec::new();
    for asked in answers.sections.iter().flatten() {
        let texts: Vec<String> = match &asked.answer {
            None => continue,
            Some(Answer::Rows(rows)) => rows
                .iter()
                .flatten()
                .flatten()
                .map(Answer::printed)
                .collect(),
            Some(answer) => vec![answer.printed()],
        };
        if let Some(character) = unprintable(&texts.concat()).map_err(unprinted)? {
            errors.push(FieldError::new(
                format!("answers.{}", asked.field.name),
                cannot_print(character),
            ));
        }
    }
    match errors.is_empty() {
        true => Ok(()),
        false => Err(Problem::invalid(errors)),
    }
}

fn another_form() -> Problem {
    Problem::conflict("Something else was signed with this id. Reload the page.")
}

/// What a refusal of `sign_form` means.
pub fn refusal(status: u16, body: &[u8]) -> Problem {
    let error: RestError = serde_json::from_slice(body).unwrap_or_default();
    match error.code.as_str() {
        "PT409" => another_form(),
        _ => rest::refusal(status, body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body() -> Value {
        json!({
            "id": Uuid::from_u128(7), "form": "missing-receipt", "form_version": 1, "typed_name": " Maria Reyes ", "consent": true,
            "answers": {
                "business_name": "Reyes Bakery", "payer": "Maria Reyes", "day": "2026-11-20", "seller": "Hardware store",
                "amount": "12.50", "paid_with": "cash", "bought": "Screws", "purpose": "Shelves", "why_missing": "Lost",
            },
        })
    }

    fn read(body: &Value) -> Result<Signature, Problem> {
        Signature::read(Fields::parse(body.to_string().as_bytes()).unwrap())
    }

    fn context(signed: Value) -> SigningContext {
        serde_json::from_value(json!({
            "signed_at": "2026-11-23T15:04:05Z", "file_id": Uuid::from_u128(8), "today": "2026-11-23", "local_time": "November 23, 2026, 10:04:05 AM",
            "account": "maria@example.com", "ein": null, "signed": signed,
        }))
        .unwrap()
    }

    fn sender() -> Sender {
        Sender {
            ip_address: "203.0.113.7".to_owned(),
            user_agent: format!("Mozilla/5.0 \u{1f600}{}", "x".repeat(500)),
        }
    }

    fn complete(body: &Value, signed: Value) -> Result<Outcome, Problem> {
        read(body)?.complete(Uuid::from_u128(1), context(signed), &sender())
    }

    #[test]
    fn a_signature_becomes_a_file_and_a_record_of_the_same_hash() {
        let Ok(Outcome::New(file)) = complete(&body(), Value::Null) else {
            panic!("no file")
        };
        let signature = &file.parameters["signature"];
        assert_eq!(signature["file_sha256"], sha256(&file.bytes));
        assert_ne!(signature["file_sha256"], signature["form_sha256"]);
        assert_eq!(signature["answers"]["amount"], 1250);
        assert_eq!(signature["typed_name"], "Maria Reyes");
        assert_eq!(
            signature["user_agent"].as_str().unwrap().chars().count(),
            MAX_USER_AGENT
        );
        let document = &file.parameters["document"];
        assert_eq!(
            document["document_name"],
            "Statement for a missing receipt 2026-11-23.pdf"
        );
        assert_eq!(document["byte_size"], file.bytes.len());
        assert!(
            file.path
                .as_str()
                .starts_with(&Uuid::from_u128(1).to_string())
        );
    }

    #[test]
    fn the_same_again_is_the_same_as_once() {
        let Ok(Outcome::New(file)) = complete(&body(), Value::Null) else {
            panic!("no file")
        };
        let mut stored = file.parameters["signature"].clone();
        stored["client_id"] = json!(Uuid::from_u128(1));
        stored["document_id"] = json!(Uuid::from_u128(2));
        assert!(
            matches!(complete(&body(), stored.clone()), Ok(Outcome::Kept(kept)) if kept.typed_name == "Maria Reyes")
        );
        let mut other = body();
        other["answers"]["seller"] = json!("Another store");
        assert_eq!(complete(&other, stored.clone()).unwrap_err().status, 409);
        let mut other = body();
        other["typed_name"] = json!("Somebody Else");
        assert_eq!(complete(&other, stored).unwrap_err().status, 409);
    }

    #[test]
    fn what_is_missing_or_can_not_be_printed_is_told() {
        for (name, value, status, field) in [
            ("consent", json!(false), 422, "consent"),
            ("typed_name", json!(""), 422, "typed_name"),
            ("typed_name", json!("漢"), 422, "typed_name"),
            ("form", json!("none"), 422, "form"),
            ("form_version", json!(0), 422, "form_version"),
            ("form_version", json!("1"), 422, "form_version"),
            ("id", json!("x"), 422, "id"),
            ("answers", json!([]), 422, "answers"),
            ("surprise", json!("x"), 422, "surprise"),
        ] {
            let mut body = body();
            body[name] = value;
            let problem = read(&body).unwrap_err();
            assert_eq!(
                (problem.status, problem.errors[0].field.as_str()),
                (status, field)
            );
        }
        let mut changed = body();
        changed["form_version"] = json!(2);
        assert_eq!(read(&changed).unwrap_err().status, 409);
        for (name, value) in [
            ("seller", json!("漢")),
            ("amount", json!("x")),
            ("day", json!("2026-11-24")),
        ] {
            let mut body = body();
            body["answers"][name] = value;
            let problem = complete(&body, Value::Null).unwrap_err();
            assert_eq!(
                (problem.status, problem.errors[0].field.as_str()),
                (422, &*format!("answers.{name}"))
            );
        }
    }

    #[test]
    fn another_form_under_a_used_id_is_refused() {
        let body = json!({ "code": "PT409", "message": "x", "details": null, "hint": "id" });
        assert_eq!(refusal(409, body.to_string().as_bytes()).status, 409);
    }
}
