//! The endpoints of the service `account`.

mod activity;
mod closure;
mod export;
