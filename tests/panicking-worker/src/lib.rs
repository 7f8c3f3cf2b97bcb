//! `GET /functions/v1/panicking/worker` answers, and with `?panic` panics, through the same edge as every
//! Worker of the product. `GET /` tells that it runs.

#[cfg(target_arch = "wasm32")]
mod worker;
