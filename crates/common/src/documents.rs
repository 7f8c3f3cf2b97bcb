//! Documents of a client: categories, what is required of whom, and their form in the API.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clients::EntityType;
use crate::problem::Problem;
use crate::rest::{self, RestError};
use crate::text::uuid;

crate::string_enum! {
    /// What a document is.
    DocumentCategory {
        TaxReturn = "tax-return", "Tax return";
        BankStatement = "bank-statement", "Bank statement";
        ProfitLoss = "profit-loss", "Profit and loss statement";
        BalanceSheet = "balance-sheet", "Balance sheet";
        W2 = "w2", "Form W-2";
        W9 = "w9", "Form W-9";
        Form1099 = "1099", "Form 1099";
        ArticlesOfIncorporation = "articles-of-incorporation", "Articles of incorporation or organization";
        EinLetter = "ein-letter", "EIN letter from the IRS";
        InsurancePolicy = "insurance-policy", "Insurance policy";
        LeaseAgreement = "lease-agreement", "Lease agreement";
        PayrollReport = "payroll-report", "Payroll report";
        Other = "other", "Another document";
    }
}

crate::string_enum! {
    /// What our team said of a document that it looked at.
    Verdict {
        Accepted = "accepted", "Accepted";
        Returned = "returned", "Returned";
    }
}

/// The documents without which an onboarding can't be submitted, by entity type. This is the one
/// table of them; `private.onboarding_requirements` in the database is tested against it.
pub const fn required_categories(entity_type: EntityType) -> &'static [DocumentCategory] {
    use DocumentCategory::{ArticlesOfIncorporation, BankStatement, EinLetter, TaxReturn};
    match entity_type {
        EntityType::SoleProprietorship => &[TaxReturn, BankStatement],
        EntityType::Llc => &[ArticlesOfIncorporation, EinLetter, BankStatement],
        EntityType::Partnership => &[EinLetter, TaxReturn, BankStatement],
        EntityType::SCorp | EntityType::CCorp | EntityType::Nonprofit => {
            &[ArticlesOfIncorporation, EinLetter, TaxReturn, BankStatement]
        }
    }
}

/// A document that is required of the client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct RequiredDocument {
    pub category: DocumentCategory,
    pub title: String,
    /// Why it is asked, in words for the client.
    pub why: String,
    pub received: bool,
}

/// The checklist for a client: empty until the entity type is known.
pub fn checklist(
    entity_type: Option<EntityType>,
    received: &[DocumentCategory],
) -> Vec<RequiredDocument> {
    let categories = entity_type.map(required_categories).unwrap_or_default();
    categories
        .iter()
        .map(|&category| RequiredDocument {
            category,
            title: category.title().to_owned(),
            why: why_required(category).to_owned(),
            received: received.contains(&category),
        })
        .collect()
}

const fn why_required(category: DocumentCategory) -> &'static str {
    match category {
        DocumentCategory::TaxReturn => {
            "Your last filed return shows how the business has been taxed so far. If you have not filed yet, upload a short note that says so."
        }
        DocumentCategory::BankStatement => {
            "A recent business statement lets us match your books to the bank."
        }
        DocumentCategory::ArticlesOfIncorporation => {
            "The paper your state stamped shows the legal name and when the business began."
        }
        DocumentCategory::EinLetter => {
            "The IRS letter (CP 575 or 147C) proves the number we file under."
        }
        _ => "We asked for it to prepare your file.",
    }
}

/// A document as the API gives it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "DocumentRow")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Document {
    pub id: Uuid,
    pub document_name: String,
    pub document_category: DocumentCategory,
    /// Media type as Storage has it.
    pub content_type: String,
    /// Size in bytes as Storage has it.
    pub byte_size: i64,
    /// Path in the bucket `client-documents`, for a signed download URL.
    pub storage_path: String,
    /// RFC 3339.
    pub uploaded_at: String,
    /// SHA-256 of the file in hex, as the browser that sent it worked it out; null when it did not.
    pub content_sha256: Option<String>,
    /// When the firm reviewed it, RFC 3339; null until then.
    pub reviewed_at: Option<String>,
    /// What our team said of it; null until then.
    pub verdict: Option<Verdict>,
    /// Why it was returned.
    #[cfg_attr(
        not(target_arch = "wasm32"),
        schema(example = "The picture is too dark to read.")
    )]
    pub verdict_reason: Option<String>,
    /// Whether the client may still rename, sort and remove it.
    pub can_change: bool,
}

/// The columns of [`Document`], for PostgREST's `select`.
pub const DOCUMENT_COLUMNS: &str = "id,document_name,document_category,content_type,byte_size,storage_path,uploaded_at,content_sha256,reviewed_at,verdict,verdict_reason";

/// A row of `client_documents`.
#[derive(Deserialize)]
struct DocumentRow {
    id: Uuid,
    document_name: String,
    document_category: DocumentCategory,
    content_type: String,
    byte_size: i64,
    storage_path: String,
    uploaded_at: String,
    content_sha256: Option<String>,
    reviewed_at: Option<String>,
    verdict: Option<Verdict>,
    verdict_reason: Option<String>,
}

impl From<DocumentRow> for Document {
    fn from(row: DocumentRow) -> Self {
        Self {
            can_change: row.reviewed_at.is_none(),
            id: row.id,
            document_name: row.document_name,
            document_category: row.document_category,
            content_type: row.content_type,
            byte_size: row.byte_size,
            storage_path: row.storage_path,
            uploaded_at: row.uploaded_at,
            content_sha256: row.content_sha256,
            reviewed_at: row.reviewed_at,
            verdict: row.verdict,
            verdict_reason: row.verdict_reason,
        }
    }
}

/// A document as our team is shown it: as the database's `filed_document` writes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct FiledDocument {
    pub id: Uuid,
    pub document_name: String,
    pub document_category: DocumentCategory,
    pub content_type: String,
    /// Size in bytes.
    pub byte_size: i64,
    /// RFC 3339.
    pub uploaded_at: String,
    /// RFC 3339; null until our team has looked at it.
    pub reviewed_at: Option<String>,
    /// Null until our team has said what becomes of it.
    pub verdict: Option<Verdict>,
    /// Why it was returned, as the client is told.
    pub verdict_reason: Option<String>,
    /// RFC 3339.
    pub verdict_at: Option<String>,
    /// The address of who said so.
    pub verdict_by: Option<String>,
}

/// A SHA-256 digest in hex, in lower case.
///
/// # Errors
/// A sentence for the caller.
pub fn sha256_hex(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(text.to_ascii_lowercase())
    } else {
        Err("Send the SHA-256 of the file as 64 hexadecimal digits.".to_owned())
    }
}

/// The id of a record.
///
/// # Errors
/// A sentence for the caller.
pub fn document_id(text: &str) -> Result<Uuid, String> {
    uuid("Send the id of a document.")(text)
}

/// What a refusal of the database's `update_document` and `remove_document` means.
pub fn refusal(status: u16, body: &[u8]) -> Problem {
    let error: RestError = serde_json::from_slice(body).unwrap_or_default();
    match (error.code.as_str(), error.hint.as_deref()) {
        ("PT409", Some("reviewed")) => Problem::conflict(
            "We have reviewed this document, so it can’t be changed or removed any more. Send us a message if something is wrong with it.",
        ),
        ("PT409", Some("required")) => Problem::conflict(
            "This is the only document of a kind that we need for your review. Upload the right one first, then change or remove this one.",
        ),
        ("PT404", _) => Problem::not_found("This document is not there any more."),
        _ => rest::refusal(status, body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_required_before_the_entity_type_is_known() {
        assert!(checklist(None, &[]).is_empty());
    }

    #[test]
    fn checklist_ticks_what_was_received() {
        let list = checklist(
            Some(EntityType::Llc),
            &[DocumentCategory::EinLetter, DocumentCategory::W9],
        );
        let received: Vec<_> = list
            .iter()
            .filter(|item| item.received)
            .map(|item| item.category)
            .collect();
        assert_eq!(received, [DocumentCategory::EinLetter]);
        assert_eq!(list.len(), 3);
    }

    #[test]
    fn a_reviewed_document_can_not_be_changed() {
        let row = |reviewed_at: serde_json::Value| {
            serde_json::json!({
                "id": Uuid::nil(), "document_name": "a.pdf", "document_category": "w9", "content_type": "application/pdf",
                "byte_size": 1, "storage_path": "x/a.pdf", "uploaded_at": "2026-11-23T07:00:00Z", "content_sha256": null,
                "reviewed_at": reviewed_at, "verdict": null, "verdict_reason": null,
            })
        };
        let read = |row| serde_json::from_value::<Document>(row).unwrap().can_change;
        assert!(read(row(serde_json::Value::Null)));
        assert!(!read(row("2026-11-24T07:00:00Z".into())));
    }

    #[test]
    fn a_digest_is_64_hexadecimal_digits() {
        assert_eq!(sha256_hex(&"AB".repeat(32)), Ok("ab".repeat(32)));
        for bad in ["", "abc", &"g".repeat(64), &"a".repeat(65), &"é".repeat(32)] {
            assert!(sha256_hex(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn refusals_tell_what_to_do() {
        let body = |code: &str, hint: &str| {
            serde_json::json!({ "code": code, "message": "x", "details": null, "hint": hint })
                .to_string()
        };
        for (code, hint, status) in [
            ("PT409", "reviewed", 409),
            ("PT409", "required", 409),
            ("PT404", "", 404),
            ("42501", "", 403),
        ] {
            let problem = refusal(status, body(code, hint).as_bytes());
            assert_eq!(problem.status, status, "{code} {hint}");
            assert!(problem.detail.ends_with('.'));
        }
    }
}
