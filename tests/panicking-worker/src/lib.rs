//! `GET /functions/v1/panicking/worker` answers, with `?wait` after a tenth of a second, and with `?panic` panics,
//! through the same edge as every Worker of the product. `GET /` tells that it runs.

#[cfg(target_arch = "wasm32")]
mod worker;
