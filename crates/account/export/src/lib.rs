//! `GET /functions/v1/account/export`: everything that is kept of the client, as one JSON document.
//!
//! The database writes the document; the Worker passes it on as it comes, however large it is.

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;
