//! `GET /functions/v1/finance/changes`: who changed what of the services, the expenses and the budget.

use omega_common::paging::PageRequest;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

omega_common::string_enum! {
    Subject {
        Service = "service", "Service";
        Expense = "expense", "Expense";
        Budget = "budget", "Budget";
    }
}

/// A row as the database's `list_finance_changes` gives it.
#[derive(Debug, Deserialize)]
pub struct ChangeRow {
    id: Uuid,
    at: String,
    by: Option<String>,
    subject: Subject,
    subject_id: String,
    title: String,
    before: Option<Map<String, Value>>,
    after: Option<Map<String, Value>>,
}

/// One field that is another than before.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct ChangedField {
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "monthly_cost_cents"))]
    pub name: String,
    /// As text; null for nothing.
    pub before: Option<String>,
    pub after: Option<String>,
}

/// An entry of the audit trail.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct FinanceChange {
    pub id: Uuid,
    pub at: String,
    /// The address of who did it; null for what the system did.
    pub by: Option<String>,
    pub subject: Subject,
    pub subject_id: String,
    /// What it is called: the service, the vendor, the category.
    pub title: String,
    /// Empty for nothing that one would read.
    pub fields: Vec<ChangedField>,
}

/// A page of the audit trail.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct ChangeList {
    /// Newest first.
    pub changes: Vec<FinanceChange>,
    /// For the next page; null on the last one.
    pub next_cursor: Option<String>,
}

/// Columns that say nothing beside the entry itself.
const LEFT_OUT: [&str; 8] = [
    "id",
    "made_at",
    "made_by",
    "updated_at",
    "approved_by",
    "asked_by",
    "decided_version",
    "import_sha256",
];

impl From<ChangeRow> for FinanceChange {
    fn from(row: ChangeRow) -> Self {
        let before = row.before.unwrap_or_default();
        let after = row.after.unwrap_or_default();
        let mut names: Vec<_> = before.keys().chain(after.keys()).collect();
        names.sort();
        names.dedup();
        let fields = names
            .into_iter()
            .filter(|name| !LEFT_OUT.contains(&name.as_str()))
            .map(|name| ChangedField {
                name: name.clone(),
                before: text(before.get(name)),
                after: text(after.get(name)),
            })
            .filter(|field| field.before != field.after)
            .collect();
        Self {
            id: row.id,
            at: row.at,
            by: row.by,
            subject: row.subject,
            subject_id: row.subject_id,
            title: row.title,
            fields,
        }
    }
}

fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

impl ChangeList {
    pub fn of(mut rows: Vec<ChangeRow>, page: &PageRequest) -> Self {
        let next_cursor = page.cut(&mut rows, |row| (&row.at, row.id));
        Self {
            next_cursor,
            changes: rows.into_iter().map(FinanceChange::from).collect(),
        }
    }
}

/// The parameters of the database's `list_finance_changes`. One row more than shown tells whether a next page exists.
pub fn wanted(page: &PageRequest) -> Value {
    let (older_than, older_than_id) = page.cursor.as_ref().map(|cursor| cursor.key()).unzip();
    json!({ "older_than": older_than, "older_than_id": older_than_id, "page_size": page.limit + 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_tells_what_is_another_than_before() {
        let row: ChangeRow = serde_json::from_value(json!({
            "id": Uuid::nil(), "at": "2026-11-23T10:00:00Z", "by": "ana@example.com", "subject": "service",
            "subject_id": "x", "title": "Error tracking",
            "before": { "id": "x", "status": "proposed", "tier": "Team", "approved_cents": 0, "purpose": null },
            "after": { "id": "x", "status": "active", "tier": "Team", "approved_cents": 2600, "purpose": null, "approved_by": "y" },
        }))
        .unwrap();
        let fields: Vec<_> = FinanceChange::from(row)
            .fields
            .into_iter()
            .map(|field| (field.name, field.before, field.after))
            .collect();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            fields,
            [
                ("approved_cents".to_owned(), some("0"), some("2600")),
                ("status".to_owned(), some("proposed"), some("active")),
            ]
        );
    }
}
