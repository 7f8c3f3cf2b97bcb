//! `GET /functions/v1/onboarding/profile`: the client's profile with the onboarding's progress.

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;
