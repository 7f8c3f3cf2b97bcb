//! `GET /functions/v1/clients/list`: clients for staff, who waits since the latest first, searched and filtered.

use omega_common::clients::{OnboardingStatus, Owner};
use omega_common::onboarding::MissingRequirement;
use omega_common::paging::PageRequest;
use omega_common::problem::Problem;
use omega_common::text::plain_text;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

/// One client in the list.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct ListedClient {
    pub id: Uuid,
    pub full_name: Option<String>,
    pub business_name: Option<String>,
    pub email: Option<String>,
    /// Masked but for the last four digits.
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "XX-XXX6789"))]
    pub ein: Option<String>,
    pub onboarding_status: OnboardingStatus,
    /// RFC 3339; null until the onboarding is submitted.
    pub submitted_at: Option<String>,
    /// Since when our team could act, RFC 3339: in review the submission, otherwise the last thing the client did.
    pub waiting_since: String,
    /// What the client has not told or sent yet.
    pub missing: Vec<MissingRequirement>,
    /// Documents that nobody of our team has looked at yet.
    pub unreviewed_documents: i64,
    /// Answers to requests that nobody of our team has looked at yet.
    pub answered_requests: i64,
    /// Who of our team looks after the client; null for nobody.
    pub owner: Option<Owner>,
}

/// A row of the database's `list_clients`.
#[derive(Debug, Deserialize)]
pub struct ClientRow {
    id: Uuid,
    full_name: Option<String>,
    business_name: Option<String>,
    email: Option<String>,
    ein: Option<String>,
    onboarding_status: OnboardingStatus,
    submitted_at: Option<String>,
    waiting_since: String,
    missing: Vec<String>,
    unreviewed_documents: i64,
    answered_requests: i64,
    owner: Option<Owner>,
}

impl From<ClientRow> for ListedClient {
    fn from(row: ClientRow) -> Self {
        Self {
            id: row.id,
            full_name: row.full_name,
            business_name: row.business_name,
            email: row.email,
            ein: row.ein,
            onboarding_status: row.onboarding_status,
            submitted_at: row.submitted_at,
            waiting_since: row.waiting_since,
            missing: row
                .missing
                .into_iter()
                .map(MissingRequirement::from)
                .collect(),
            unreviewed_documents: row.unreviewed_documents,
            answered_requests: row.answered_requests,
            owner: row.owner,
        }
    }
}

/// One page of clients.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct ClientList {
    /// Who waits since the latest comes first.
    pub clients: Vec<ListedClient>,
    /// For the next page; null on the last one.
    pub next_cursor: Option<String>,
}

impl ClientList {
    pub fn of(mut rows: Vec<ClientRow>, page: &PageRequest) -> Self {
        let next_cursor = page.cut(&mut rows, |row| (&row.waiting_since, row.id));
        Self {
            next_cursor,
            clients: rows.into_iter().map(ListedClient::from).collect(),
        }
    }
}

/// Which clients are asked for.
#[derive(Debug, PartialEq)]
pub struct Filter {
    /// Words that must all be in the name, the business name, the mail address or the last four digits of the EIN.
    search: Option<String>,
    status: Option<OnboardingStatus>,
    /// Who looks after them; the nil UUID stands for nobody.
    owner: Option<Uuid>,
}

/// What `owner` says for clients whom nobody looks after.
pub const NOBODY: &str = "nobody";

impl Filter {
    /// Reads the query parameters `search`, `status` and `owner`; an empty search is none.
    ///
    /// # Errors
    /// 400 with an entry for the bad one.
    pub fn parse(
        search: Option<&str>,
        status: Option<&str>,
        owner: Option<&str>,
    ) -> Result<Self, Problem> {
        let search = search
            .filter(|text| !text.trim().is_empty())
            .map(plain_text)
            .transpose()
            .map_err(|detail| refused("search", detail))?;
        let status = status
            .map(str::parse)
            .transpose()
            .map_err(|detail| refused("status", detail))?;
        let owner = owner
            .map(|owner| match owner {
                NOBODY => Ok(Uuid::nil()),
                id => id
                    .parse()
                    .map_err(|_| format!("Send the id of a member of our team, or {NOBODY}.")),
            })
            .transpose()
            .map_err(|detail| refused("owner", detail))?;
        Ok(Self {
            search,
            status,
            owner,
        })
    }

    /// The parameters of the database's `list_clients`. One row more than shown tells whether a next page exists.
    pub fn parameters(&self, page: &PageRequest) -> Value {
        let (older_than, older_than_id) = page.cursor.as_ref().map(|cursor| cursor.key()).unzip();
        json!({
            "search": self.search,
            "status": self.status,
            "older_than": older_than,
            "older_than_id": older_than_id,
            "page_size": page.limit + 1,
            "of_owner": self.owner,
        })
    }
}

fn refused(parameter: &str, detail: String) -> Problem {
    Problem::bad_request(detail.clone()).with_error(parameter, detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use omega_common::paging::Cursor;

    const TIME: &str = "2026-11-23T03:44:05.123456+00:00";

    fn page(limit: &str, cursor: Option<&str>) -> PageRequest {
        PageRequest::parse(Some(limit), cursor).unwrap()
    }

    fn row(n: u128) -> ClientRow {
        serde_json::from_value(json!({
            "id": Uuid::from_u128(n), "full_name": "Maria Reyes", "business_name": null, "email": "maria@example.com",
            "ein": "XX-XXX6789", "onboarding_status": "in-review", "submitted_at": TIME, "waiting_since": TIME,
            "missing": ["phone", "documents.ein-letter"], "unreviewed_documents": 2,
            "answered_requests": 1, "owner": { "id": Uuid::nil(), "name": "Ana Staff" },
        }))
        .unwrap()
    }

    #[test]
    fn what_is_missing_is_told_in_words() {
        let list = ClientList::of(vec![row(1)], &page("1", None));
        let titles: Vec<_> = list.clients[0]
            .missing
            .iter()
            .map(|missing| missing.title.as_str())
            .collect();
        assert_eq!(titles, ["Phone number", "EIN letter from the IRS"]);
        assert_eq!(list.next_cursor, None);
    }

    #[test]
    fn a_page_goes_on_after_its_last_row() {
        let list = ClientList::of(vec![row(3), row(2), row(1)], &page("2", None));
        assert_eq!(list.clients.len(), 2);
        let next = page("2", list.next_cursor.as_deref());
        let filter = Filter::parse(Some(" reyes "), Some("in-review"), Some("nobody")).unwrap();
        assert_eq!(
            filter.parameters(&next),
            json!({
                "search": "reyes", "status": "in-review", "older_than": TIME,
                "older_than_id": Uuid::from_u128(2), "page_size": 3, "of_owner": Uuid::nil(),
            })
        );
        assert_eq!(
            next.cursor,
            Some(Cursor::decode(&Cursor::encode(TIME, Uuid::from_u128(2))).unwrap())
        );
    }

    #[test]
    fn nothing_asked_for_is_everybody() {
        let filter = Filter::parse(Some("  "), None, None).unwrap();
        assert_eq!(
            filter.parameters(&page("20", None)),
            json!({ "search": null, "status": null, "older_than": null, "older_than_id": null, "page_size": 21, "of_owner": null })
        );
    }

    #[test]
    fn a_bad_parameter_is_named() {
        for (search, status, owner, field) in [
            (Some("a\nb"), None, None, "search"),
            (Some(&*"x".repeat(201)), None, None, "search"),
            (None, Some("open"), None, "status"),
            (None, None, Some("ana@omegaos.co"), "owner"),
        ] {
            let problem = Filter::parse(search, status, owner).unwrap_err();
            assert_eq!(
                (problem.status, problem.errors[0].field.as_str()),
                (400, field)
            );
        }
    }
}
