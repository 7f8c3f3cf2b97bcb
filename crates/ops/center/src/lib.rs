//! `GET /functions/v1/ops/center`: what the DevOps Center tells of the system. All of it is derived from the
//! repository by `cargo xtask generate` and compiled in, so it is the truth of the commit that runs.

#[cfg(not(target_arch = "wasm32"))]
mod api;
mod document;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;
pub use document::*;
