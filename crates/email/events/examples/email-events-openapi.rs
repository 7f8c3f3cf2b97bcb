//! Prints this endpoint's part of the OpenAPI document.

fn main() -> Result<(), serde_json::Error> {
    omega_common::openapi::print(email_events::api())
}
