//! `GET /functions/v1/onboarding/documents`: the client's documents, newest first, and what is still missing.

use omega_common::clients::EntityType;
use omega_common::documents::{
    DOCUMENT_COLUMNS, Document, DocumentCategory, RequiredDocument, checklist,
};
use omega_common::paging::PageRequest;
use serde::{Deserialize, Serialize};

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

/// One page of documents.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct DocumentList {
    pub documents: Vec<Document>,
    /// For the next page; null on the last one.
    pub next_cursor: Option<String>,
    /// What must be sent, by the legal form of the business; empty until that is known.
    pub required: Vec<RequiredDocument>,
}

/// The client's row with a page of documents embedded: list and checklist in one query.
#[derive(Debug, Deserialize)]
pub struct ClientWithDocuments {
    entity_type: Option<EntityType>,
    received_categories: Vec<DocumentCategory>,
    page: Vec<Document>,
}

/// The columns of [`ClientWithDocuments`], for PostgREST's `select`.
pub fn columns() -> String {
    format!("entity_type,received_categories,page:client_documents({DOCUMENT_COLUMNS})")
}

impl DocumentList {
    pub fn of(mut client: ClientWithDocuments, request: &PageRequest) -> Self {
        let next_cursor = request.cut(&mut client.page, |document| {
            (&document.uploaded_at, document.id)
        });
        Self {
            next_cursor,
            required: checklist(client.entity_type, &client.received_categories),
            documents: client.page,
        }
    }
}
