//! The services that the firm runs on: which way each may go, and what waits for the owner.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::problem::{FieldError, Problem};
use crate::rest::{self, RestError};
use crate::tokens::StaffRole;
use ServiceStatus::{Active, Cancelled, Declined, Planned, Proposed};

crate::string_enum! {
    ServiceStatus {
        Planned = "planned", "Planned";
        Proposed = "proposed", "Waits for the owner";
        Active = "active", "Active";
        Declined = "declined", "Declined";
        Cancelled = "cancelled", "Cancelled";
    }
}

crate::string_enum! {
    /// What can be done with a service.
    ServiceAction {
        Start = "start", "Start using it";
        Decide = "decide", "Approve or decline";
        Cancel = "cancel", "Cancel it";
    }
}

/// One way from a status to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    pub from: ServiceStatus,
    pub to: ServiceStatus,
    /// The least role that goes it; an owner does what staff do.
    pub by: StaffRole,
}

const fn by_staff(from: ServiceStatus, to: ServiceStatus) -> Move {
    Move {
        from,
        to,
        by: StaffRole::Staff,
    }
}

const fn by_owner(from: ServiceStatus, to: ServiceStatus) -> Move {
    Move {
        from,
        to,
        by: StaffRole::Owner,
    }
}

/// Every move there is; `private.service_moves` in the database is tested against this table. What staff make active costs
/// nothing: what costs something is proposed instead.
pub const MOVES: [Move; 11] = [
    by_staff(Planned, Proposed),
    by_staff(Planned, Active),
    by_staff(Planned, Cancelled),
    by_owner(Proposed, Active),
    by_owner(Proposed, Declined),
    by_staff(Proposed, Cancelled),
    by_staff(Active, Cancelled),
    by_staff(Declined, Proposed),
    by_staff(Declined, Active),
    by_staff(Cancelled, Proposed),
    by_staff(Cancelled, Active),
];

fn goes(from: ServiceStatus, to: ServiceStatus, by: StaffRole) -> bool {
    MOVES.contains(&Move { from, to, by })
}

/// What can be done with a service by whose role allows it. `asks` says that a dearer price waits for the owner.
pub fn actions(status: ServiceStatus, asks: bool) -> Vec<ServiceAction> {
    let possible = |action: ServiceAction| match action {
        ServiceAction::Start => goes(status, Active, StaffRole::Staff),
        ServiceAction::Decide => asks || goes(status, Active, StaffRole::Owner),
        ServiceAction::Cancel => goes(status, Cancelled, StaffRole::Staff),
    };
    ServiceAction::ALL
        .iter()
        .copied()
        .filter(|action| possible(*action))
        .collect()
}

/// A row as the database's functions give it.
#[derive(Debug, Deserialize)]
pub struct ServiceRow {
    pub id: Uuid,
    name: String,
    provider: String,
    tier: String,
    purpose: Option<String>,
    owner_name: Option<String>,
    status: ServiceStatus,
    monthly_cost_cents: Option<i64>,
    usage_price: Option<String>,
    approved_by: Option<String>,
    approved_at: Option<String>,
    asked_cost_cents: Option<i64>,
    asked_usage_price: Option<String>,
    asked_by: Option<String>,
    declined_reason: Option<String>,
    renews_on: Option<String>,
    active_from: Option<String>,
    ended_on: Option<String>,
    pub made_at: String,
    updated_at: String,
}

/// A service that the firm runs on, or means to.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Service {
    pub id: Uuid,
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "Transactional email"))]
    pub name: String,
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "Resend"))]
    pub provider: String,
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "Free (3,000 a month)"))]
    pub tier: String,
    pub purpose: Option<String>,
    /// Who of the firm looks after it.
    pub owner: Option<String>,
    pub status: ServiceStatus,
    /// What it costs a month, in US cents; null while it is not known.
    pub monthly_cost_cents: Option<i64>,
    /// What is paid by use, in words.
    #[cfg_attr(
        not(target_arch = "wasm32"),
        schema(example = "2.9% + $0.30 a payment")
    )]
    pub usage_price: Option<String>,
    /// The address of who approved its cost; null for what costs nothing.
    pub approved_by: Option<String>,
    pub approved_at: Option<String>,
    /// The price of an active service that waits for the owner, in US cents a month; null when none does.
    pub asked_cost_cents: Option<i64>,
    pub asked_usage_price: Option<String>,
    /// The address of who asked for what waits.
    pub asked_by: Option<String>,
    /// Why the owner said no last.
    pub declined_reason: Option<String>,
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "2027-03-01"))]
    pub renews_on: Option<String>,
    pub active_from: Option<String>,
    pub ended_on: Option<String>,
    /// What can be done with it; to decide is the owner’s.
    pub actions: Vec<ServiceAction>,
    /// Its version, which an approval names.
    pub updated_at: String,
}

impl From<ServiceRow> for Service {
    fn from(row: ServiceRow) -> Self {
        Self {
            actions: actions(row.status, row.asked_cost_cents.is_some()),
            id: row.id,
            name: row.name,
            provider: row.provider,
            tier: row.tier,
            purpose: row.purpose,
            owner: row.owner_name,
            status: row.status,
            monthly_cost_cents: row.monthly_cost_cents,
            usage_price: row.usage_price,
            approved_by: row.approved_by,
            approved_at: row.approved_at,
            asked_cost_cents: row.asked_cost_cents,
            asked_usage_price: row.asked_usage_price,
            asked_by: row.asked_by,
            declined_reason: row.declined_reason,
            renews_on: row.renews_on,
            active_from: row.active_from,
            ended_on: row.ended_on,
            updated_at: row.updated_at,
        }
    }
}

/// What a refusal of the database's functions for services means.
pub fn refusal(status: u16, body: &[u8]) -> Problem {
    let error: RestError = serde_json::from_slice(body).unwrap_or_default();
    let field =
        |name: &str, detail: &'static str| Problem::conflict(detail).with_error(name, detail);
    match (error.code.as_str(), error.hint.as_deref()) {
        ("PT404", _) => Problem::not_found("There is no such service."),
        ("PT409", Some("changed")) => Problem::conflict(
            "The service was changed meanwhile. Reload the page, look at it again, then decide.",
        ),
        ("PT409", Some("nothing")) => Problem::conflict(
            "Nothing waits for the owner at this service any more. Reload the page.",
        ),
        ("PT409", Some("cost")) => {
            Problem::conflict("Its cost is not known. Enter it first, then it can be approved.")
        }
        ("PT409", Some("name")) => field(
            "name",
            "This service of this provider is in the inventory already.",
        ),
        ("PT409", _) => Problem::conflict(
            "The service can’t be moved there from where it stands. Reload the page.",
        ),
        ("PT422", Some("monthly_cost")) => Problem::invalid(vec![FieldError::new(
            "monthly_cost",
            "Enter what it costs a month; 0 for nothing.",
        )]),
        _ => rest::refusal(status, body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_move_stands_twice_and_every_status_is_left() {
        for (at, one) in MOVES.iter().enumerate() {
            assert_ne!(one.from, one.to);
            assert!(!MOVES[at + 1..].contains(one), "{one:?}");
        }
        for status in ServiceStatus::ALL {
            assert!(!actions(*status, false).is_empty(), "{status}");
        }
    }

    #[test]
    fn what_waits_is_the_owners_to_decide_and_nothing_else_is() {
        for status in ServiceStatus::ALL {
            let decides = actions(*status, false).contains(&ServiceAction::Decide);
            assert_eq!(decides, *status == Proposed, "{status}");
        }
        assert_eq!(
            actions(Active, true),
            [ServiceAction::Decide, ServiceAction::Cancel]
        );
        assert!(
            MOVES
                .iter()
                .all(|one| (one.from == Proposed && one.to != Cancelled)
                    == (one.by == StaffRole::Owner)),
            "what was proposed is not made active by who proposed it"
        );
    }
}
