//! The endpoints of the service `account`.

mod activity;
mod closure;
mod export;
mod pages;
mod two_step;
