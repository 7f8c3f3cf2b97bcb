//! Documents of a client: categories, what is required of whom, and their form in the API.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clients::EntityType;

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
}

/// The columns of [`Document`], for PostgREST's `select`.
pub const DOCUMENT_COLUMNS: &str =
    "id,document_name,document_category,content_type,byte_size,storage_path,uploaded_at";

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
}
