//! A client's request to have the account closed.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

crate::string_enum! {
    /// How far a request to close an account has come. Clients withdraw an open one; staff decide it.
    ClosureStatus {
        Open = "open", "With our team";
        Withdrawn = "withdrawn", "Withdrawn";
        Accepted = "accepted", "Accepted";
        Declined = "declined", "Declined";
    }
}

/// A request to close an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Closure {
    pub id: Uuid,
    pub status: ClosureStatus,
    pub reason: Option<String>,
    /// RFC 3339.
    pub requested_at: String,
    /// RFC 3339; null while the request is open.
    pub settled_at: Option<String>,
}

/// The columns of [`Closure`], for PostgREST's `select`.
pub const CLOSURE_COLUMNS: &str = "id,status,reason,requested_at,settled_at";
