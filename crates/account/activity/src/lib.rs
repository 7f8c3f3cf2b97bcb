//! `GET /functions/v1/account/activity`: what happened on the client's account, newest first, and where
//! the client is signed in.

use omega_common::activity::{ACTIVITY_COLUMNS, Activity, ActivityRow};
use omega_common::paging::PageRequest;
use serde::{Deserialize, Serialize};

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

/// One page of what happened, and the sessions.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct ActivityList {
    pub activity: Vec<Activity>,
    /// For the next page; null on the last one.
    pub next_cursor: Option<String>,
    /// Where the account is signed in now, the last used first; at most 50.
    pub sessions: Vec<Session>,
}

/// A browser that is signed in.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Session {
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339. Tokens last an hour, so this can lie up to an hour back.
    pub last_used_at: String,
    /// As the browser names itself.
    pub user_agent: Option<String>,
    /// The network address it signed in from.
    pub ip: Option<String>,
    /// Whether this request comes from it.
    pub is_current: bool,
}

/// The client's row with a page of activity embedded: list and sessions in one query.
#[derive(Debug, Deserialize)]
pub struct ClientWithActivity {
    sessions: Option<Vec<Session>>,
    page: Vec<ActivityRow>,
}

/// The columns of [`ClientWithActivity`], for PostgREST's `select`.
pub fn columns() -> String {
    format!("sessions:account_sessions,page:activity({ACTIVITY_COLUMNS})")
}

impl ActivityList {
    pub fn of(mut client: ClientWithActivity, request: &PageRequest) -> Self {
        let next_cursor = request.cut(&mut client.page, |row| (&row.at, row.id));
        Self {
            activity: client.page.into_iter().map(Activity::from).collect(),
            next_cursor,
            sessions: client.sessions.unwrap_or_default(),
        }
    }
}
