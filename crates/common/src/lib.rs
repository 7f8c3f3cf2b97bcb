//! What the Workers of OmegaOS share.
//!
//! Everything outside [`edge`] is plain Rust without Worker types, tested natively with `cargo test`.
//! `edge` exists on wasm32 alone and joins it to workerd: identity, upstream calls, answers.

pub mod activity;
pub mod api_keys;
pub mod auth;
pub mod clients;
pub mod closures;
pub mod dns;
pub mod documents;
pub mod ein;
pub mod fields;
pub mod files;
pub mod finance;
pub mod home;
pub mod mail;
pub mod mail_domain;
pub mod messages;
pub mod money;
pub mod moves;
pub mod onboarding;
pub mod paging;
pub mod phone;
pub mod problem;
#[cfg(test)]
mod properties;
pub mod request_templates;
pub mod requests;
pub mod resend;
pub mod rest;
pub mod services;
pub mod storage;
pub mod string_enum;
pub mod text;
pub mod tokens;
pub mod turnstile;
pub mod upstream;

#[cfg(not(target_arch = "wasm32"))]
pub mod openapi;

#[cfg(target_arch = "wasm32")]
pub mod edge;
