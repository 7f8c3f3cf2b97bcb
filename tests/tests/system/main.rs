//! The whole system, seen from outside. Modules mirror the addresses; a test's name is the rule it checks.

mod account;
mod assistant;
mod backup;
mod clients;
mod compliance;
mod documents_page;
mod email_deliver;
mod faults;
mod forms;
mod input;
mod isolation;
mod journey;
mod onboarding;
mod onboarding_pages;
mod openapi;
mod ops;
mod pages;
mod policies;
mod policies_assistant;
mod policies_documents;
mod read_only;
mod schema;
mod site;
mod sweep;
mod tokens;
mod turnstile;
