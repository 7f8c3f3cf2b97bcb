//! What a signed-in client finds on their home page: what waits on them, where the onboarding stands, what comes next.
//!
//! All of it is derived from the client's row and what hangs on it, so that a task clears itself when it is done.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clients::{CLIENT_COLUMNS, ClientRow, OnboardingStatus};
use crate::documents::{DocumentCategory, RequiredDocument, Verdict, checklist};
use crate::mail::{MailNotice, MailStop};
use crate::messages::Author;
use crate::onboarding::{Onboarding, Step, StepId, ask_for};
use crate::requests::RequestStatus;
use crate::rest::Query;

/// Requests that the home page lists.
const SHOWN_REQUESTS: usize = 50;

/// Returned documents that the home page lists.
const SHOWN_RETURNS: usize = 20;

/// Messages that the home page shows.
const SHOWN_MESSAGES: usize = 3;

/// Longest excerpt of a message, in characters.
const EXCERPT_CHARACTERS: usize = 200;

crate::string_enum! {
    /// What sort of thing waits on the client.
    TaskKind {
        Request = "request", "Something we asked for";
        Question = "question", "Questions to answer";
        Document = "document", "A document to upload";
        Return = "return", "A document to send again";
        Submit = "submit", "Something to check and submit";
        Message = "message", "A message to answer";
    }
}

crate::string_enum! {
    /// Where a part of the way stands.
    Progress {
        Done = "done", "Done";
        Current = "current", "Now";
        Upcoming = "upcoming", "Later";
    }
}

/// Something that waits on the client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Task {
    /// The same for as long as it is the same task.
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "document-ein-letter"))]
    pub id: String,
    pub kind: TaskKind,
    pub title: String,
    pub detail: String,
    /// The page of the site where it is done.
    pub href: String,
    /// Since when it waits, RFC 3339.
    pub since: String,
    /// The day until which it is wanted, `YYYY-MM-DD`; null for what has none.
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "2027-01-15"))]
    pub due_on: Option<String>,
}

/// One part of the way from the account to an active client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Milestone {
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "submitted"))]
    pub id: &'static str,
    pub title: &'static str,
    pub state: Progress,
    /// RFC 3339; null where it is not done, or the time is not known.
    pub at: Option<String>,
    pub detail: String,
}

/// The required documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Documents {
    /// How many of the required ones are there.
    pub received: usize,
    pub required: usize,
    pub missing: Vec<RequiredDocument>,
}

/// A message in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct RecentMessage {
    pub id: Uuid,
    pub author: Author,
    /// Who of our team wrote it; null for all others.
    pub author_name: Option<String>,
    /// The beginning, on one line, 200 characters at most.
    pub excerpt: String,
    /// RFC 3339.
    pub created_at: String,
}

/// What happens next, and on whom it waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Next {
    pub title: String,
    pub detail: String,
}

/// Who is greeted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Greeting {
    pub first_name: Option<String>,
    pub business_name: Option<String>,
    /// Names the submission; null until there is one.
    pub receipt_number: Option<String>,
}

/// The home page of a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Home {
    pub profile: Greeting,
    pub status: OnboardingStatus,
    /// Set when our mails do not reach the client.
    pub mail_notice: Option<MailNotice>,
    /// What our team asked for first, what is due first before the rest; then all else, newest first.
    pub tasks: Vec<Task>,
    /// In the order of the way.
    pub timeline: Vec<Milestone>,
    pub documents: Documents,
    /// The last three, newest first.
    pub messages: Vec<RecentMessage>,
    pub next: Next,
}

/// The client's row with what the home page needs beside it, as PostgREST gives it for [`query`].
#[derive(Clone, Debug, Deserialize)]
pub struct HomeRow {
    #[serde(flatten)]
    client: ClientRow,
    /// When each answer was changed last, by its name.
    answers_changed_at: BTreeMap<String, String>,
    status_changed_at: String,
    /// Why our team moved it to where it is.
    status_reason: Option<String>,
    mail_stop: Option<MailStop>,
    /// What our team asked for and waits for.
    requests: Vec<WaitingRequest>,
    /// Documents for which the client has not sent another one yet.
    returned: Vec<ReturnedDocument>,
    latest_upload: Vec<Upload>,
    recent: Vec<StoredMessage>,
    from_staff: Vec<StoredMessage>,
    from_client: Vec<StoredMessage>,
}

#[derive(Clone, Debug, Deserialize)]
struct WaitingRequest {
    id: Uuid,
    title: String,
    description: Option<String>,
    due_on: String,
    reason: Option<String>,
    made_at: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Upload {
    uploaded_at: String,
}

#[derive(Clone, Debug, Deserialize)]
struct ReturnedDocument {
    id: Uuid,
    document_name: String,
    document_category: DocumentCategory,
    verdict_reason: String,
    verdict_at: String,
}

#[derive(Clone, Debug, Deserialize)]
struct StoredMessage {
    id: Uuid,
    author: Author,
    author_name: Option<String>,
    content: String,
    created_at: String,
}

/// All of [`HomeRow`] in one query on `clients`.
pub fn query(clients: postgrest::Builder, client_id: Uuid) -> Query {
    const MESSAGE: &str = "messages(id,author,author_name,content,created_at)";
    let columns = format!(
        "{CLIENT_COLUMNS},answers_changed_at,status_changed_at,status_reason,mail_stop,latest_upload:client_documents(uploaded_at),\
requests:client_requests(id,title,description,due_on,reason,made_at),\
returned:client_documents(id,document_name,document_category,verdict_reason,verdict_at),\
recent:{MESSAGE},from_staff:{MESSAGE},from_client:{MESSAGE}"
    );
    let mut query = Query::from(clients.select(columns).eq("id", client_id.to_string()))
        .parameter("latest_upload.order", "uploaded_at.desc,id.desc")
        .parameter("latest_upload.limit", "1")
        .parameter(
            "requests.status",
            format!(
                "in.({})",
                RequestStatus::WAITING.map(RequestStatus::as_str).join(",")
            ),
        )
        .parameter("requests.order", "due_on.asc,id.asc")
        .parameter("requests.limit", SHOWN_REQUESTS.to_string())
        .parameter("returned.verdict", format!("eq.{}", Verdict::Returned))
        .parameter("returned.is_replaced", "is.false")
        .parameter("returned.order", "verdict_at.desc,id.desc")
        .parameter("returned.limit", SHOWN_RETURNS.to_string())
        .parameter("recent.limit", SHOWN_MESSAGES.to_string())
        .parameter("from_staff.author", format!("eq.{}", Author::Staff))
        .parameter("from_staff.limit", "1")
        .parameter("from_client.author", format!("eq.{}", Author::Client))
        .parameter("from_client.limit", "1");
    for list in ["recent", "from_staff", "from_client"] {
        query = query.parameter(format!("{list}.order"), "created_at.desc,id.desc");
    }
    query
}

/// The instant of a time that the database gave.
fn instant(time: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(time).map_or(DateTime::<Utc>::MIN_UTC, |time| time.to_utc())
}

fn latest<'a>(times: impl IntoIterator<Item = &'a String>) -> Option<&'a String> {
    times.into_iter().max_by_key(|time| instant(time))
}

impl Home {
    pub fn of(row: &HomeRow) -> Self {
        let onboarding = Onboarding::of(&row.client);
        let required = checklist(row.client.entity_type, &row.client.received_categories);
        let client = &row.client;
        Self {
            profile: Greeting {
                first_name: client
                    .full_name
                    .as_deref()
                    .and_then(|name| name.split_whitespace().next())
                    .map(str::to_owned),
                business_name: client.business_name.clone(),
                receipt_number: client.receipt_number.clone(),
            },
            status: client.onboarding_status,
            mail_notice: row.mail_stop.clone().map(MailNotice::from),
            tasks: tasks(row, &onboarding, &required),
            timeline: timeline(row, &onboarding, &required),
            documents: Documents {
                received: required.iter().filter(|document| document.received).count(),
                required: required.len(),
                missing: required
                    .into_iter()
                    .filter(|document| !document.received)
                    .collect(),
            },
            messages: row
                .recent
                .iter()
                .map(|message| RecentMessage {
                    id: message.id,
                    author: message.author,
                    author_name: message.author_name.clone(),
                    excerpt: excerpt(&message.content),
                    created_at: message.created_at.clone(),
                })
                .collect(),
            next: next(client, row.status_reason.as_deref(), &onboarding),
        }
    }
}

/// What waits on the client: what was asked for, then the rest, newest first; what has waited equally long in the order
/// of the steps.
fn tasks(row: &HomeRow, onboarding: &Onboarding, required: &[RequiredDocument]) -> Vec<Task> {
    use OnboardingStatus::{Archived, InProgress, InReview, Pending};
    let client = &row.client;
    let mut tasks = Vec::new();
    if matches!(client.onboarding_status, Pending | InProgress) {
        tasks.extend(
            onboarding
                .steps
                .iter()
                .filter(|step| !step.completed)
                .filter_map(|step| question(step, client)),
        );
    }
    if client.onboarding_status != Archived {
        tasks.extend(row.returned.iter().map(|document| Task {
            id: format!("return-{}", document.id),
            kind: TaskKind::Return,
            title: format!(
                "Send this document again: {}",
                document.document_category.title()
            ),
            detail: format!(
                "We could not use “{}”: {}",
                document.document_name, document.verdict_reason
            ),
            href: "/documents".to_owned(),
            since: document.verdict_at.clone(),
            due_on: None,
        }));
    }
    if matches!(client.onboarding_status, Pending | InProgress | InReview) {
        let asked_again = |category: DocumentCategory| {
            row.returned
                .iter()
                .any(|document| document.document_category == category)
        };
        let since = row.answers_changed_at.get("entity_type");
        tasks.extend(
            required
                .iter()
                .filter(|document| !document.received && !asked_again(document.category))
                .map(|document| Task {
                    id: format!("document-{}", document.category),
                    kind: TaskKind::Document,
                    title: format!("Upload this document: {}", document.title),
                    detail: document.why.clone(),
                    href: "/onboarding?step=documents".to_owned(),
                    since: since.unwrap_or(&client.created_at).clone(),
                    due_on: None,
                }),
        );
    }
    if matches!(client.onboarding_status, Pending | InProgress)
        && onboarding.next_step().map(|step| step.id) == Some(StepId::Review)
    {
        // Opened again by staff, it waits from then on.
        let opened_again = client
            .submitted_at
            .is_some()
            .then_some(&row.status_changed_at);
        let uploads = row.latest_upload.iter().map(|upload| &upload.uploaded_at);
        let since = latest(
            row.answers_changed_at
                .values()
                .chain(uploads)
                .chain(opened_again),
        );
        tasks.push(Task {
            id: "submit".to_owned(),
            kind: TaskKind::Submit,
            title: "Check your answers and submit them".to_owned(),
            detail: "Everything we asked for is there.".to_owned(),
            href: "/onboarding?step=review".to_owned(),
            since: since.unwrap_or(&client.created_at).clone(),
            due_on: None,
        });
    }
    if client.onboarding_status != Archived {
        let answered = row
            .from_client
            .first()
            .map(|turn| instant(&turn.created_at));
        let unanswered = row
            .from_staff
            .first()
            .filter(|message| Some(instant(&message.created_at)) > answered);
        tasks.extend(unanswered.map(|message| Task {
            id: format!("message-{}", message.id),
            kind: TaskKind::Message,
            title: "Answer our message".to_owned(),
            detail: excerpt(&message.content),
            href: "/assistant".to_owned(),
            since: message.created_at.clone(),
            due_on: None,
        }));
    }
    tasks.sort_by_key(|task| Reverse(instant(&task.since)));
    if client.onboarding_status != Archived {
        tasks.splice(0..0, row.requests.iter().map(asked_for));
    }
    tasks
}

/// The task of a request; an answer that was sent back says why.
fn asked_for(request: &WaitingRequest) -> Task {
    let detail = match (&request.reason, &request.description) {
        (Some(reason), _) => format!("We sent your answer back: {reason}"),
        (None, Some(description)) => excerpt(description),
        (None, None) => String::new(),
    };
    Task {
        id: format!("request-{}", request.id),
        kind: TaskKind::Request,
        title: request.title.clone(),
        detail,
        href: format!("/requests?id={}", request.id),
        since: request.made_at.clone(),
        due_on: Some(request.due_on.clone()),
    }
}

/// The task of a step that has questions of its own.
fn question(step: &Step, client: &ClientRow) -> Option<Task> {
    let asked = || {
        let sentences: Vec<_> = step.requirements.iter().map(|name| ask_for(name)).collect();
        sentences.join(" ")
    };
    let (title, detail) = match step.id {
        StepId::Account => ("Tell us who you are", asked()),
        StepId::Business => ("Tell us about your business", asked()),
        StepId::Services => (
            "Choose what we should do for you",
            "One service is enough to begin with.".to_owned(),
        ),
        StepId::Timeline => (
            "Say when you want to start",
            "Now, this month, or later.".to_owned(),
        ),
        StepId::Documents | StepId::Review => return None,
    };
    Some(Task {
        id: format!("question-{}", step.id),
        kind: TaskKind::Question,
        title: title.to_owned(),
        detail,
        href: format!("/onboarding?step={}", step.id),
        since: client.created_at.clone(),
        due_on: None,
    })
}

fn timeline(
    row: &HomeRow,
    onboarding: &Onboarding,
    required: &[RequiredDocument],
) -> Vec<Milestone> {
    use OnboardingStatus::{Active, Archived};
    let client = &row.client;
    let status = client.onboarding_status;
    let is_done = |id: StepId| {
        onboarding
            .steps
            .iter()
            .any(|step| step.id == id && step.completed)
    };
    let questions = [
        StepId::Account,
        StepId::Business,
        StepId::Services,
        StepId::Timeline,
    ];
    let answered = questions.iter().filter(|&&id| is_done(id)).count();
    let received = required.iter().filter(|document| document.received).count();
    let reviewed = matches!(status, Active | Archived);
    let parts = [
        (
            "account",
            "You opened your account",
            true,
            Some(client.created_at.clone()),
            String::new(),
        ),
        (
            "answers",
            "You tell us about your business",
            answered == questions.len(),
            latest(row.answers_changed_at.values()).cloned(),
            format!("{answered} of {} parts answered.", questions.len()),
        ),
        (
            "documents",
            "You upload your documents",
            is_done(StepId::Documents),
            row.latest_upload
                .first()
                .map(|upload| upload.uploaded_at.clone()),
            if required.is_empty() {
                "Which ones we need depends on the legal form of your business.".to_owned()
            } else {
                format!("{received} of {} received.", required.len())
            },
        ),
        (
            "submitted",
            "You check and submit",
            status.is_submitted(),
            client.submitted_at.clone(),
            client.receipt_number.as_ref().map_or_else(
                || "You get a receipt by mail.".to_owned(),
                |number| format!("Reference number {number}."),
            ),
        ),
        (
            "review",
            "We read your answers and documents",
            reviewed,
            None,
            "If something is missing or unclear, we write to you.".to_owned(),
        ),
        match status {
            Archived => (
                "closed",
                "This onboarding is closed",
                true,
                Some(row.status_changed_at.clone()),
                "Write to us if you want to open it again.".to_owned(),
            ),
            _ => (
                "active",
                "Your account is active",
                status == Active,
                Some(row.status_changed_at.clone()),
                "We begin our work for you.".to_owned(),
            ),
        },
    ];
    let mut current_is_found = false;
    parts
        .into_iter()
        .map(|(id, title, done, at, detail)| {
            // What was handed in is done as a whole, even where something was taken out again since.
            let done = done || (status.is_submitted() && matches!(id, "answers" | "documents"));
            let state = match (done, current_is_found) {
                (true, _) => Progress::Done,
                (false, true) => Progress::Upcoming,
                (false, false) => {
                    current_is_found = true;
                    Progress::Current
                }
            };
            let at = at.filter(|_| done);
            Milestone {
                id,
                title,
                state,
                at,
                detail,
            }
        })
        .collect()
}

fn next(client: &ClientRow, reason: Option<&str>, onboarding: &Onboarding) -> Next {
    let next = |title: &str, detail: &str| Next {
        title: title.to_owned(),
        detail: detail.to_owned(),
    };
    match client.onboarding_status {
        OnboardingStatus::Pending | OnboardingStatus::InProgress
            if client.submitted_at.is_some() =>
        {
            next(
                "We have opened your answers again",
                &format!(
                    "{} Then check your answers and submit them again.",
                    reason.unwrap_or("Change what we wrote to you about.")
                ),
            )
        }
        OnboardingStatus::Pending => next(
            "Tell us about your business",
            "There are six short steps. Each is saved as you go, so you can stop and come back.",
        ),
        OnboardingStatus::InProgress => match onboarding.total_steps - onboarding.completed_steps {
            0 | 1 => next(
                "Check your answers and submit them",
                "Then our team reads your answers and documents.",
            ),
            left => next(
                "Finish your onboarding",
                &format!(
                    "{left} of {} steps are left. Then our team reads your answers and documents.",
                    onboarding.total_steps
                ),
            ),
        },
        OnboardingStatus::InReview => next(
            "Our team reads your answers and documents",
            "If something is missing or unclear, we write to you here. We can’t promise a day. If a date presses, write to us and name it.",
        ),
        OnboardingStatus::Active => next(
            "Your account is active",
            "Upload documents as they come in, and write to us when you have a question.",
        ),
        OnboardingStatus::Archived => next(
            "Your onboarding is closed",
            &match reason {
                Some(reason) => format!(
                    "{reason} Your documents are still here. Write to us if you want to open it again."
                ),
                None => "Your documents are still here. Write to us if you want to open it again."
                    .to_owned(),
            },
        ),
    }
}

/// The beginning of a text on one line, without the marks of lists, cut between words.
fn excerpt(text: &str) -> String {
    let words = text
        .split_whitespace()
        .filter(|word| !matches!(*word, "-" | "*"));
    let line = words.collect::<Vec<_>>().join(" ");
    if line.chars().count() <= EXCERPT_CHARACTERS {
        return line;
    }
    let start: String = line.chars().take(EXCERPT_CHARACTERS - 1).collect();
    let whole_words = start
        .rsplit_once(' ')
        .map_or(start.as_str(), |(words, _)| words);
    format!("{whole_words}…")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn home(changes: Value) -> Home {
        let mut row = json!({
            "id": Uuid::nil(), "full_name": "Maria Reyes", "business_name": null, "email": "maria@example.com",
            "phone": null, "entity_type": null, "ein": null, "urgency": null, "services_needed": [],
            "onboarding_status": "pending", "submitted_at": null, "receipt_number": null,
            "created_at": "2026-11-01T10:00:00+00:00", "updated_at": "2026-11-01T10:00:00+00:00",
            "received_categories": [], "answers_changed_at": {}, "status_changed_at": "2026-11-01T10:00:00+00:00",
            "status_reason": null, "requests": [], "returned": [], "latest_upload": [], "recent": [], "from_staff": [], "from_client": [],
        });
        row.as_object_mut()
            .unwrap()
            .extend(changes.as_object().unwrap().clone());
        Home::of(&serde_json::from_value(row).unwrap())
    }

    fn ids(home: &Home) -> Vec<&str> {
        home.tasks.iter().map(|task| task.id.as_str()).collect()
    }

    fn states(home: &Home) -> Vec<(&str, Progress)> {
        home.timeline
            .iter()
            .map(|milestone| (milestone.id, milestone.state))
            .collect()
    }

    fn message(author: &str, created_at: &str) -> Value {
        json!({"id": Uuid::nil(), "author": author, "content": "Which state is it in?", "created_at": created_at})
    }

    /// All that is asked of an LLC.
    fn complete() -> Value {
        json!({
            "business_name": "Reyes Bakery", "phone": "+15552345678", "entity_type": "llc", "ein": "12-3456789",
            "urgency": "this-month", "services_needed": ["payroll"], "onboarding_status": "in_progress",
            "received_categories": ["articles-of-incorporation", "ein-letter", "bank-statement"],
            "answers_changed_at": {"phone": "2026-11-02T10:00:00+00:00", "entity_type": "2026-11-03T10:00:00.5+00:00"},
            "latest_upload": [{"uploaded_at": "2026-11-03T10:00:00.25+00:00"}],
        })
    }

    fn complete_with(changes: Value) -> Home {
        let mut row = complete();
        row.as_object_mut()
            .unwrap()
            .extend(changes.as_object().unwrap().clone());
        home(row)
    }

    #[test]
    fn what_was_asked_for_comes_first_until_the_onboarding_is_closed() {
        let requests = json!([
            {"id": Uuid::nil(), "title": "Bank statement of March", "description": "All\npages.", "due_on": "2026-12-01",
             "reason": null, "made_at": "2026-11-02T10:00:00+00:00"},
            {"id": Uuid::max(), "title": "How many miles?", "description": null, "due_on": "2026-12-02",
             "reason": "Of which year?", "made_at": "2026-10-01T10:00:00+00:00"},
        ]);
        let home = complete_with(json!({
            "onboarding_status": "active", "requests": requests, "from_staff": [message("staff", "2026-11-03T10:00:00+00:00")],
        }));
        let told: Vec<_> = home
            .tasks
            .iter()
            .map(|task| {
                (
                    task.title.as_str(),
                    task.detail.as_str(),
                    task.due_on.as_deref(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("Bank statement of March", "All pages.", Some("2026-12-01")),
                (
                    "How many miles?",
                    "We sent your answer back: Of which year?",
                    Some("2026-12-02")
                ),
                ("Answer our message", "Which state is it in?", None),
            ]
        );
        assert_eq!(home.tasks[1].href, format!("/requests?id={}", Uuid::max()));
        let closed =
            complete_with(json!({ "onboarding_status": "archived", "requests": requests }));
        assert!(closed.tasks.is_empty());
    }

    #[test]
    fn a_new_client_is_asked_the_questions_in_their_order() {
        let home = home(json!({}));
        assert_eq!(
            ids(&home),
            [
                "question-account",
                "question-business",
                "question-services",
                "question-timeline"
            ]
        );
        assert_eq!(home.tasks[0].detail, "Enter a phone number.");
        assert_eq!(home.profile.first_name.as_deref(), Some("Maria"));
        assert_eq!(
            states(&home),
            [
                ("account", Progress::Done),
                ("answers", Progress::Current),
                ("documents", Progress::Upcoming),
                ("submitted", Progress::Upcoming),
                ("review", Progress::Upcoming),
                ("active", Progress::Upcoming),
            ]
        );
    }

    #[test]
    fn the_newest_task_comes_first() {
        let home = home(json!({
            "entity_type": "sole-proprietorship", "onboarding_status": "in_progress",
            "answers_changed_at": {"entity_type": "2026-11-02T10:00:00+00:00"},
            "from_staff": [message("staff", "2026-11-03T10:00:00+00:00")],
        }));
        assert_eq!(
            ids(&home),
            [
                &format!("message-{}", Uuid::nil()),
                "document-tax-return",
                "document-bank-statement",
                "question-account",
                "question-services",
                "question-timeline"
            ]
        );
        assert_eq!((home.documents.received, home.documents.required), (0, 2));
        assert_eq!(
            home.next.detail.split('.').next(),
            Some("5 of 6 steps are left")
        );
    }

    #[test]
    fn with_everything_there_the_one_task_is_to_submit() {
        let home = home(complete());
        assert_eq!(ids(&home), ["submit"]);
        // Since the last thing that was missing came, to the fraction of a second.
        assert_eq!(home.tasks[0].since, "2026-11-03T10:00:00.5+00:00");
        assert_eq!(home.next.title, "Check your answers and submit them");
        assert!(home.documents.missing.is_empty());
    }

    #[test]
    fn after_submitting_nothing_waits_on_the_client() {
        let home = complete_with(json!({
            "onboarding_status": "in-review", "submitted_at": "2026-11-04T10:00:00+00:00", "receipt_number": "OM-7K2M9QXA",
        }));
        assert!(home.tasks.is_empty());
        let submitted = &home.timeline[3];
        assert_eq!(
            (submitted.at.as_deref(), submitted.detail.as_str()),
            (
                Some("2026-11-04T10:00:00+00:00"),
                "Reference number OM-7K2M9QXA."
            )
        );
        assert_eq!(states(&home)[4], ("review", Progress::Current));
    }

    #[test]
    fn opened_again_by_staff_it_waits_since_then() {
        let home = complete_with(json!({
            "submitted_at": "2026-11-04T10:00:00+00:00", "status_changed_at": "2026-11-05T10:00:00+00:00",
        }));
        assert_eq!(home.tasks[0].since, "2026-11-05T10:00:00+00:00");
        assert_eq!(home.next.title, "We have opened your answers again");
        assert_eq!(states(&home)[3], ("submitted", Progress::Current));
        assert_eq!(home.timeline[3].at, None);
    }

    #[test]
    fn a_document_that_was_taken_out_during_review_is_asked_for_again() {
        let home = complete_with(json!({
            "onboarding_status": "in-review", "received_categories": ["articles-of-incorporation", "ein-letter"],
        }));
        assert_eq!(ids(&home), ["document-bank-statement"]);
        assert_eq!(states(&home)[4], ("review", Progress::Current));
    }

    #[test]
    fn a_returned_document_is_asked_for_once_with_the_reason() {
        let returned = json!([{
            "id": Uuid::nil(), "document_name": "scan.pdf", "document_category": "bank-statement",
            "verdict_reason": "It is too dark to read.", "verdict_at": "2026-11-05T10:00:00+00:00",
        }]);
        let missing = json!(["articles-of-incorporation", "ein-letter"]);
        for (status, waits) in [("in-review", true), ("active", true), ("archived", false)] {
            let home = complete_with(json!({
                "onboarding_status": status, "received_categories": missing, "returned": returned,
            }));
            let expected = format!("return-{}", Uuid::nil());
            let expected = if waits {
                vec![expected.as_str()]
            } else {
                vec![]
            };
            assert_eq!(ids(&home), expected, "{status}");
            if let Some(task) = home.tasks.first() {
                assert_eq!(
                    (task.title.as_str(), task.detail.as_str()),
                    (
                        "Send this document again: Bank statement",
                        "We could not use “scan.pdf”: It is too dark to read."
                    )
                );
            }
        }
    }

    #[test]
    fn why_it_was_opened_again_is_said() {
        let home = complete_with(json!({
            "submitted_at": "2026-11-04T10:00:00+00:00", "status_reason": "The EIN is another company’s.",
        }));
        assert_eq!(
            home.next.detail,
            "The EIN is another company’s. Then check your answers and submit them again."
        );
    }

    #[test]
    fn a_message_of_ours_waits_until_the_client_writes() {
        let earlier = message("client", "2026-11-02T10:00:00+00:00");
        let later = message("client", "2026-11-04T10:00:00+00:00");
        let asked = message("staff", "2026-11-03T10:00:00+00:00");
        for (answer, waits) in [
            (json!([]), true),
            (json!([earlier]), true),
            (json!([later]), false),
        ] {
            let home = complete_with(json!({
                "onboarding_status": "active", "from_staff": [asked], "from_client": answer,
            }));
            assert_eq!(!home.tasks.is_empty(), waits, "{answer}");
        }
    }

    #[test]
    fn a_closed_onboarding_asks_for_nothing() {
        let home = home(json!({
            "onboarding_status": "archived", "from_staff": [message("staff", "2026-11-03T10:00:00+00:00")],
        }));
        assert!(home.tasks.is_empty());
        assert!(
            home.timeline
                .iter()
                .all(|part| part.state == Progress::Done)
        );
        assert_eq!(home.timeline[5].id, "closed");
    }

    #[test]
    fn an_excerpt_ends_between_words() {
        assert_eq!(excerpt("One:\n\n- two\n-  three"), "One: two three");
        let long = excerpt(&"word ".repeat(100));
        assert!(
            long.ends_with("word…") && long.chars().count() <= EXCERPT_CHARACTERS,
            "{long}"
        );
    }

    #[test]
    fn a_client_whom_no_mail_reaches_is_told_what_helps() {
        assert_eq!(home(complete()).mail_notice, None);
        for (outcome, words) in [
            ("bounced", "Change your address"),
            ("complained", "marked as spam"),
        ] {
            let home = complete_with(json!({ "mail_stop": {
                "id": Uuid::nil(), "address": "maria@example.com", "outcome": outcome, "detail": "550 5.1.1 no such user",
                "since": "2026-11-03T10:00:00+00:00", "lifted_at": null, "lifted_by": null,
            } }));
            let notice = home.mail_notice.unwrap();
            assert!(notice.detail.contains(words), "{notice:?}");
            assert_eq!(notice.address, "maria@example.com");
        }
    }

    #[test]
    fn the_ein_is_not_on_the_home_page() {
        let text = serde_json::to_string(&home(complete())).unwrap();
        assert!(
            !text.contains("3456789") && !text.contains("6789"),
            "{text}"
        );
    }
}
