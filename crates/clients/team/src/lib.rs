//! `GET /functions/v1/clients/team`: who of the firm can look after clients, with their roles.

use omega_common::tokens::StaffRole;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

/// A member of staff.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Member {
    pub id: Uuid,
    /// The address where no name is known.
    pub name: String,
    pub email: Option<String>,
    pub role: StaffRole,
    /// Whether clients can be given to them: their role may change things.
    pub can_own: bool,
}

/// Everybody who is staff, by name.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Team {
    pub team: Vec<Member>,
}

/// The answer of the database's `list_team`.
#[derive(Debug, Deserialize)]
pub struct StoredTeam {
    team: Vec<StoredMember>,
}

#[derive(Debug, Deserialize)]
struct StoredMember {
    id: Uuid,
    name: String,
    email: Option<String>,
    role: serde_json::Value,
}

impl From<StoredTeam> for Team {
    fn from(stored: StoredTeam) -> Self {
        let team = stored.team.into_iter().map(|member| {
            let role = StaffRole::of(&member.role);
            Member {
                id: member.id,
                name: member.name,
                email: member.email,
                role,
                can_own: role.may_change(),
            }
        });
        Self {
            team: team.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn clients_are_given_to_who_may_change_things() {
        let stored: StoredTeam = serde_json::from_value(json!({ "team": [
            { "id": Uuid::nil(), "name": "Ana Staff", "email": "ana@omegaos.co", "role": "owner" },
            { "id": Uuid::nil(), "name": "Ben", "email": null, "role": "staff" },
            { "id": Uuid::nil(), "name": "Cleo", "email": null, "role": "read-only" },
            { "id": Uuid::nil(), "name": "Dan", "email": null, "role": "intern" },
        ] }))
        .unwrap();
        let roles: Vec<_> = Team::from(stored)
            .team
            .into_iter()
            .map(|member| (member.role, member.can_own))
            .collect();
        assert_eq!(
            roles,
            [
                (StaffRole::Owner, true),
                (StaffRole::Staff, true),
                (StaffRole::ReadOnly, false),
                (StaffRole::ReadOnly, false),
            ]
        );
    }
}
