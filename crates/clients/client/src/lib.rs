//! `GET /functions/v1/clients/client`: one client for staff: profile, documents with verdicts, the last messages, what
//! happened, who had access, and where the client can be moved.

use omega_common::activity::{Activity, ActivityRow};
use omega_common::clients::{ClientRow, Owner, Profile};
use omega_common::documents::FiledDocument;
use omega_common::mail::MailStop;
use omega_common::messages::Author;
use omega_common::moves::{AllowedMove, allowed};
use omega_common::onboarding::{MissingRequirement, Onboarding};
use omega_common::problem::Problem;
use omega_common::requests::{FiledRequest, FiledRequestRow};
use omega_common::rest::{self, RestError};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

/// One client as our team sees them.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct ClientFile {
    pub profile: Profile,
    /// Since when the client is where they are, RFC 3339.
    pub status_changed_at: String,
    /// Why our team moved the client there; null where nothing was said.
    pub status_reason: Option<String>,
    /// Since when our team could act, RFC 3339.
    pub waiting_since: String,
    /// What the client has not told or sent yet.
    pub missing: Vec<MissingRequirement>,
    /// Where staff can move the client.
    pub moves: Vec<AllowedMove>,
    /// Who of our team looks after the client; null for nobody.
    pub owner: Option<Owner>,
    /// Why no mail goes to the client; null while it does.
    pub mail_stop: Option<MailStop>,
    /// What our team asked for, newest first, the last hundred.
    pub requests: Vec<FiledRequest>,
    /// What our team noted for itself, newest first, the last fifty.
    pub notes: Vec<FiledNote>,
    /// Newest first, the last hundred.
    pub documents: Vec<FiledDocument>,
    /// Newest first, the last twenty.
    pub messages: Vec<Message>,
    /// Newest first, the last fifty.
    pub activity: Vec<FiledActivity>,
    /// Newest first, the last fifty.
    pub access: Vec<Access>,
}

/// A note of our team on the client, which no client ever sees.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct FiledNote {
    pub id: Uuid,
    pub content: String,
    /// The address of who wrote it; null for an account that is gone.
    pub by: Option<String>,
    /// RFC 3339.
    pub created_at: String,
}

/// A turn of the conversation.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Message {
    pub id: Uuid,
    pub author: Author,
    /// Who of our team wrote it; null for all others.
    pub author_name: Option<String>,
    pub content: String,
    /// RFC 3339.
    pub created_at: String,
}

/// One thing that happened, and who of our team did it.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct FiledActivity {
    #[serde(flatten)]
    pub activity: Activity,
    /// The address of who of our team did it; null where that was not recorded.
    pub by: Option<String>,
}

omega_common::string_enum! {
    /// Who had access.
    AccessActor {
        Client = "client", "The client";
        Staff = "staff", "Our team";
        Service = "service", "A program of ours";
        System = "system", "The database";
    }
}

omega_common::string_enum! {
    /// What was done.
    AccessAction {
        Read = "read", "Read";
        Added = "added", "Added";
        Changed = "changed", "Changed";
        Removed = "removed", "Removed";
    }
}

omega_common::string_enum! {
    /// With what.
    AccessSubject {
        Ein = "ein", "EIN";
        Document = "document", "Document";
    }
}

/// An entry of the access log.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Access {
    pub id: Uuid,
    pub actor: AccessActor,
    /// The address of who of our team it was.
    pub by: Option<String>,
    pub action: AccessAction,
    pub subject: AccessSubject,
    /// Null for the EIN, and for a document that is gone.
    pub document_name: Option<String>,
    /// RFC 3339.
    pub at: String,
}

/// The answer of the database's `client_file`. The EIN in it is masked.
#[derive(Debug, Deserialize)]
pub struct StoredFile {
    client: StoredClient,
    owner: Option<Owner>,
    mail_stop: Option<MailStop>,
    requests: Vec<FiledRequestRow>,
    notes: Vec<FiledNote>,
    documents: Vec<FiledDocument>,
    messages: Vec<Message>,
    activity: Vec<StoredActivity>,
    access: Vec<Access>,
}

#[derive(Debug, Deserialize)]
struct StoredClient {
    #[serde(flatten)]
    row: ClientRow,
    status_changed_at: String,
    status_reason: Option<String>,
    waiting_since: String,
}

#[derive(Debug, Deserialize)]
struct StoredActivity {
    #[serde(flatten)]
    row: ActivityRow,
    by: Option<String>,
}

impl From<StoredFile> for ClientFile {
    fn from(file: StoredFile) -> Self {
        let client = file.client;
        let missing = Onboarding::of(&client.row)
            .steps
            .into_iter()
            .flat_map(|step| step.requirements)
            .filter(|requirement| requirement != "complete")
            .map(MissingRequirement::from)
            .collect();
        Self {
            status_changed_at: client.status_changed_at,
            status_reason: client.status_reason,
            waiting_since: client.waiting_since,
            missing,
            moves: allowed(client.row.onboarding_status),
            profile: client.row.into(),
            owner: file.owner,
            mail_stop: file.mail_stop,
            requests: file.requests.into_iter().map(FiledRequest::from).collect(),
            notes: file.notes,
            documents: file.documents,
            messages: file.messages,
            activity: file
                .activity
                .into_iter()
                .map(|entry| FiledActivity {
                    activity: entry.row.into(),
                    by: entry.by,
                })
                .collect(),
            access: file.access,
        }
    }
}

/// Reads the query parameter `id`.
///
/// # Errors
/// 400 when it is no id.
pub fn client_id(id: Option<&str>) -> Result<Uuid, Problem> {
    id.and_then(|id| id.parse().ok()).ok_or_else(|| {
        let detail = "Name the client by their id.";
        Problem::bad_request(detail).with_error("id", detail)
    })
}

/// What a refusal of the database means.
pub fn refusal(status: u16, body: &[u8]) -> Problem {
    let error: RestError = serde_json::from_slice(body).unwrap_or_default();
    match error.code.as_str() {
        "PT404" => Problem::not_found("There is no such client."),
        _ => rest::refusal(status, body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const TIME: &str = "2026-11-23T03:44:05.123456+00:00";

    fn file() -> ClientFile {
        let stored: StoredFile = serde_json::from_value(json!({
            "client": {
                "id": Uuid::nil(), "full_name": "Maria Reyes", "business_name": "Reyes Bakery", "email": "maria@example.com",
                "phone": "+15552345678", "entity_type": "llc", "ein": "XX-XXX6789", "urgency": "this-month",
                "services_needed": ["payroll"], "onboarding_status": "in-review", "submitted_at": TIME,
                "receipt_number": "OM-7K2M9QXA", "created_at": TIME, "updated_at": TIME, "answers_changed_at": {},
                "received_categories": ["articles-of-incorporation", "bank-statement"], "status_changed_at": TIME,
                "status_reason": null, "waiting_since": TIME,
            },
            "owner": { "id": Uuid::nil(), "name": "Ana Staff" },
            "mail_stop": {
                "id": Uuid::nil(), "address": "maria@example.com", "outcome": "bounced", "detail": "No such user.", "since": TIME,
                "lifted_at": null, "lifted_by": null,
            },
            "requests": [{
                "id": Uuid::nil(), "title": "Bank statement", "description": null, "wanted": "file", "document_category": null,
                "due_on": "2026-12-01", "status": "answered", "answer": null,
                "document": { "id": Uuid::nil(), "document_name": "March.pdf" }, "reason": null, "made_at": TIME,
                "answered_at": TIME, "settled_at": null, "made_by": "ana@omegaos.co", "settled_by": null,
            }],
            "notes": [{ "id": Uuid::nil(), "content": "Called.", "by": "ana@omegaos.co", "created_at": TIME }],
            "documents": [{
                "id": Uuid::nil(), "document_name": "CP 575.pdf", "document_category": "ein-letter", "content_type": "application/pdf",
                "byte_size": 9, "uploaded_at": TIME, "reviewed_at": TIME, "verdict": "returned",
                "verdict_reason": "It is cut off.", "verdict_at": TIME, "verdict_by": "ana@omegaos.co",
            }],
            "messages": [{ "id": Uuid::nil(), "author": "client", "author_name": null, "content": "Hello", "created_at": TIME }],
            "activity": [{
                "id": Uuid::nil(), "kind": "document-returned", "actor": "staff", "at": TIME, "by": "ana@omegaos.co",
                "detail": { "document_name": "CP 575.pdf", "reason": "It is cut off.", "by": Uuid::nil() },
            }],
            "access": [{
                "id": Uuid::nil(), "actor": "staff", "by": "ana@omegaos.co", "action": "changed", "subject": "document",
                "document_name": "CP 575.pdf", "at": TIME,
            }],
        }))
        .unwrap();
        stored.into()
    }

    #[test]
    fn a_returned_document_is_missing_and_the_moves_are_those_of_the_status() {
        let file = file();
        let missing: Vec<_> = file.missing.iter().map(|one| one.id.as_str()).collect();
        assert_eq!(missing, ["documents.ein-letter"]);
        let moves: Vec<_> = file.moves.iter().map(|one| one.to.as_str()).collect();
        assert_eq!(moves, ["active", "in_progress", "archived"]);
    }

    #[test]
    fn the_file_says_who_did_what_and_keeps_the_ein_masked() {
        let text = serde_json::to_value(file()).unwrap();
        assert_eq!(text["profile"]["ein"], "XX-XXX6789");
        assert_eq!(text["activity"][0]["detail"], "CP 575.pdf: It is cut off.");
        assert_eq!(text["activity"][0]["by"], "ana@omegaos.co");
        assert_eq!(text["mail_stop"]["outcome"], "bounced");
        assert_eq!(
            text["requests"][0]["verdicts"],
            json!(["accepted", "returned", "withdrawn"])
        );
    }

    #[test]
    fn a_client_is_named_by_an_id() {
        let id = Uuid::from_u128(7);
        assert_eq!(client_id(Some(&id.to_string())), Ok(id));
        for bad in [None, Some(""), Some("7"), Some("maria@example.com")] {
            assert_eq!(client_id(bad).unwrap_err().status, 400, "{bad:?}");
        }
    }
}
