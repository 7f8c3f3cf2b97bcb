//! What the tests of the whole system share: the running system, clients who have signed up, the
//! database as any role, the inbox, forged tokens, sample files, a browser.
//!
//! Tests run in parallel against one system, so each brings clients of its own with addresses that
//! nobody else has, and none looks at more than what is theirs.

mod answer;
pub mod beside;
pub mod browser;
mod client;
pub mod counter;
mod database;
pub mod faults;
pub mod files;
mod inbox;
mod line;
pub mod openapi;
pub mod pages;
mod system;
pub mod tokens;
pub mod turnstile;
mod two_step;
mod wait;

pub use answer::Answer;
pub use client::{Client, PASSWORD};
pub use database::{Caller, Database, Denied};
pub use inbox::Mail;
pub use line::Line;
pub use system::{Addresses, System, unique_address};
pub use two_step::{code_of, wrong_code_of};
pub use wait::{LONG, eventually, eventually_within};
