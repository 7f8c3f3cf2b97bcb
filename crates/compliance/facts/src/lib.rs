//! `POST /functions/v1/compliance/facts`: what the due dates are computed from, told by the client or by staff for a client.

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;
