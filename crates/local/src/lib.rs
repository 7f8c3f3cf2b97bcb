//! A Supabase project on this machine: Postgres, PostgREST, Auth and Storage behind one URL, for
//! development and tests. See the README beside this crate for what it does not do.

pub mod config;

mod admin;
mod auth;
mod bootstrap;
mod drain;
mod email_change;
mod gateway;
mod http;
mod keys;
mod mfa;
mod migrations;
mod postgres;
mod privileges;
mod proxy;
mod stack;
mod storage;
mod tokens;

pub use config::{Config, JwtMode, Ready};
pub use mfa::present_code;
pub use privileges::run_as;
pub use stack::run;
