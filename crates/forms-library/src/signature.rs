//! What is told of a form that was signed, and what its signer agrees to.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What one agrees to with a signature. A change of the words is a new version.
pub const CONSENT: &str = "I have read this form and its answers, and they are true and complete. I agree to sign it electronically: \
    by typing my name I sign it as I would by hand.";
pub const CONSENT_VERSION: u16 = 1;

/// A form that was signed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct SignedForm {
    /// The sender's.
    pub id: Uuid,
    pub client_id: Uuid,
    pub form_id: String,
    pub form_version: u16,
    pub form_title: String,
    /// SHA-256 of the pages that were signed, in hex.
    pub form_sha256: String,
    /// SHA-256 of the file with the evidence, in hex; the signed pages are attached to it.
    pub file_sha256: String,
    pub typed_name: String,
    pub consent_version: u16,
    /// RFC 3339.
    pub signed_at: String,
    pub ip_address: String,
    pub user_agent: String,
    /// The document that it became; null when its client has taken it back.
    pub document_id: Option<Uuid>,
}
