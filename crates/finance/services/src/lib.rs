//! `GET /functions/v1/finance/services`: what the firm runs on and what it costs. `POST` adds a service or changes one; what
//! costs more than was approved waits for the owner.

use omega_common::fields::{Change, Fields};
use omega_common::finance::day;
use omega_common::money::cents_from_zero;
use omega_common::paging::PageRequest;
use omega_common::problem::Problem;
use omega_common::services::{Service, ServiceRow, ServiceStatus};
use omega_common::text::{plain_text, uuid, version};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

omega_common::string_enum! {
    /// Where a service is to be brought.
    WantedStatus {
        Planned = "planned", "Only planned";
        Active = "active", "Used from now on; waits for the owner if it costs something";
        Cancelled = "cancelled", "Not used any more";
    }
}

/// A page of services.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct ServiceList {
    /// Added last comes first.
    pub services: Vec<Service>,
    /// For the next page; null on the last one.
    pub next_cursor: Option<String>,
    /// What all active services cost together a month, in US cents.
    pub active_cents: i64,
    /// How many wait for the owner, on this page or not.
    pub waiting: i64,
    /// Whether the caller is an owner, who decides.
    pub may_approve: bool,
}

/// The answer of the database's `list_services`.
#[derive(Debug, Deserialize)]
pub struct StoredServices {
    services: Vec<ServiceRow>,
    active_cents: i64,
    waiting: i64,
    may_approve: bool,
}

impl ServiceList {
    pub fn of(mut stored: StoredServices, page: &PageRequest) -> Self {
        let next_cursor = page.cut(&mut stored.services, |row| (&row.made_at, row.id));
        Self {
            services: stored.services.into_iter().map(Service::from).collect(),
            next_cursor,
            active_cents: stored.active_cents,
            waiting: stored.waiting,
            may_approve: stored.may_approve,
        }
    }
}

/// The parameters of the database's `list_services`. One row more than shown tells whether a next page exists.
///
/// # Errors
/// 400 for a status that is not known.
pub fn wanted(status: Option<&str>, page: &PageRequest) -> Result<Value, Problem> {
    let status = status
        .map(str::parse::<ServiceStatus>)
        .transpose()
        .map_err(|detail| Problem::bad_request(detail.clone()).with_error("status", detail))?;
    let (older_than, older_than_id) = page.cursor.as_ref().map(|cursor| cursor.key()).unzip();
    Ok(json!({
        "status": status,
        "older_than": older_than,
        "older_than_id": older_than_id,
        "page_size": page.limit + 1,
    }))
}

/// What is to be kept of a service.
#[derive(Debug, PartialEq)]
pub struct Wish {
    id: Uuid,
    change: Map<String, Value>,
    seen: Option<String>,
}

impl Wish {
    /// # Errors
    /// 422 with one entry for each bad field.
    pub fn read(mut fields: Fields) -> Result<Self, Problem> {
        let mut change = Map::new();
        let id = fields.required("id", uuid("Send a UUID."));
        for name in ["name", "provider", "tier"] {
            match fields.change(name, plain_text) {
                Change::Keep => {}
                Change::Clear => fields.miss(name),
                Change::Set(text) => {
                    change.insert(name.to_owned(), json!(text));
                }
            }
        }
        for (name, column) in [
            ("purpose", "purpose"),
            ("owner", "owner_name"),
            ("usage_price", "usage_price"),
        ] {
            put(&mut change, column, fields.change(name, plain_text));
        }
        let cost = fields.change("monthly_cost", cents_from_zero);
        put(&mut change, "monthly_cost_cents", cost);
        let renews_on = fields.change("renews_on", |text| day(text).map(|day| day.to_string()));
        put(&mut change, "renews_on", renews_on);
        if let Some(status) = fields.nullable("status", str::parse::<WantedStatus>) {
            change.insert("status".to_owned(), json!(status));
        }
        let seen = fields.nullable("updated_at", version);
        fields.finish()?;
        let id = id.ok_or_else(|| Problem::internal("a missing field was not refused"))?;
        Ok(Self { id, change, seen })
    }

    /// The parameters of the database's `save_service`.
    pub fn parameters(&self) -> Value {
        json!({ "service_id": self.id, "change": self.change, "seen": self.seen })
    }
}

fn put<T: Serialize>(change: &mut Map<String, Value>, column: &str, said: Change<T>) {
    match said {
        Change::Keep => {}
        Change::Clear => {
            change.insert(column.to_owned(), Value::Null);
        }
        Change::Set(value) => {
            change.insert(column.to_owned(), json!(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(change: Value) -> Result<Wish, Problem> {
        let mut body = json!({ "id": Uuid::from_u128(1) });
        body.as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        Wish::read(Fields::parse(body.to_string().as_bytes()).unwrap())
    }

    #[test]
    fn a_change_names_what_changes_and_money_is_cents() {
        let wish = read(json!({
            "name": " Error tracking ", "provider": "Sentry", "tier": "Team", "monthly_cost": "$1,026.50", "owner": "",
            "renews_on": "2027-03-01", "status": "active",
        }));
        assert_eq!(
            wish.unwrap().parameters(),
            json!({ "service_id": Uuid::from_u128(1), "seen": null, "change": {
                "name": "Error tracking", "provider": "Sentry", "tier": "Team", "monthly_cost_cents": 102_650,
                "owner_name": null, "renews_on": "2027-03-01", "status": "active",
            } })
        );
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (change, field) in [
            (json!({ "id": "x" }), "id"),
            (json!({ "name": null }), "name"),
            (json!({ "monthly_cost": "-1" }), "monthly_cost"),
            (json!({ "monthly_cost": 5 }), "monthly_cost"),
            (json!({ "renews_on": "soon" }), "renews_on"),
            (json!({ "status": "proposed" }), "status"),
            (json!({ "status": "declined" }), "status"),
            (
                json!({ "approved_at": "2026-11-23T10:00:00Z" }),
                "approved_at",
            ),
            (json!({ "updated_at": "yesterday" }), "updated_at"),
        ] {
            let problem = read(change.clone()).unwrap_err();
            assert_eq!(
                (problem.status, problem.errors[0].field.as_str()),
                (422, field),
                "{change}"
            );
        }
    }
}
