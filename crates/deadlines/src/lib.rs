//! When a US business owes which filing or payment.
//!
//! The rules are data, each with its source, in [`rules`]; [`schedule`] computes dates from them and tells which apply to a
//! client's [`facts::Facts`]; [`calendar`] moves a date that falls on a weekend or holiday. Nothing here does input or output.

pub mod business;
pub mod calendar;
pub mod facts;
pub mod listing;
#[cfg(not(target_arch = "wasm32"))]
pub mod published;
pub mod rules;
pub mod schedule;

#[cfg(test)]
mod properties;
