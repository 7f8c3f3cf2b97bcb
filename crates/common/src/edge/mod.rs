//! The Worker's edge: identity, upstream calls and answers.
//!
//! An endpoint's `fetch` event hands the request to [`serve`] with its handlers. A handler is an async
//! function whose arguments are extractors ([`FromExchange`]); a handler that takes a [`User`] is reached
//! with a verified token only.

mod answer;
mod database;
mod dns;
mod exchange;
mod files;
mod handler;
mod identity;
mod keys;
mod mail;
mod runtime;
mod service;
mod settings;
mod upstream;

pub use answer::{
    CalendarText, Created, EventStream, IntoResponse, Json, JsonText, Pdf, Response, SeeOther,
};
pub use database::Database;
pub use dns::mail_domain;
pub use exchange::{Body, Exchange, FormBody, FromExchange, Query, RawBody};
pub use handler::{Handler, Routes, serve};
pub use identity::{ChangingStaff, OwnerStaff, Staff, User};
pub use service::Service;
pub use settings::Settings;
pub use upstream::{Deadline, UpstreamResponse, send};

use crate::problem::Problem;

/// A request as the runtime hands it over.
pub use web_sys::Request;

/// A fault of the runtime, which no caller can mend.
pub(crate) fn runtime_fault(error: impl std::fmt::Debug) -> Problem {
    Problem::internal(format!("{error:?}"))
}

/// Writes one JSON line to the log. Fields never hold personal data, tokens or bodies.
pub fn log(level: &str, fields: serde_json::Value) {
    let mut line = serde_json::json!({ "level": level });
    if let (Some(line), serde_json::Value::Object(fields)) = (line.as_object_mut(), fields) {
        line.extend(fields);
    }
    match level {
        "error" => worker::console_error!("{line}"),
        _ => worker::console_log!("{line}"),
    }
}

/// The time in seconds since 1970.
pub fn now_seconds() -> i64 {
    (worker::Date::now().as_millis() / 1000).cast_signed()
}

/// The time in RFC 3339. Within one request the runtime's clock stands still between awaits.
pub fn now() -> String {
    let milliseconds = worker::Date::now().as_millis().cast_signed();
    chrono::DateTime::from_timestamp_millis(milliseconds)
        .unwrap_or_default()
        .to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
