//! What happened on a client's account, as the database records it and as the client is told of it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clients::OnboardingStatus;
use crate::documents::DocumentCategory;
use crate::mail::MailOutcome;

crate::string_enum! {
    /// What happened.
    ActivityKind {
        AccountCreated = "account-created", "Account opened";
        SignedIn = "signed-in", "Signed in";
        PasswordChanged = "password-changed", "Password changed";
        EmailChanged = "email-changed", "Email address changed";
        TwoStepAdded = "two-step-added", "Two-step sign-in turned on";
        TwoStepRemoved = "two-step-removed", "Two-step sign-in turned off";
        ProfileChanged = "profile-changed", "Answers changed";
        OnboardingSubmitted = "onboarding-submitted", "Onboarding submitted";
        StatusChanged = "status-changed", "Onboarding status changed";
        DocumentAdded = "document-added", "Document added";
        DocumentRenamed = "document-renamed", "Document renamed";
        DocumentRecategorized = "document-recategorized", "Document sorted anew";
        DocumentRemoved = "document-removed", "Document removed";
        DocumentAccepted = "document-accepted", "Document accepted";
        DocumentReturned = "document-returned", "Document returned";
        RequestMade = "request-made", "We asked for something";
        RequestAnswered = "request-answered", "Request answered";
        RequestAccepted = "request-accepted", "Answer accepted";
        RequestReturned = "request-returned", "Answer sent back";
        RequestWithdrawn = "request-withdrawn", "Request withdrawn";
        MessageWritten = "message-written", "Message written";
        MailStopped = "mail-stopped", "Our mails stopped";
        MailResumed = "mail-resumed", "Our mails go out again";
        FactsChanged = "facts-changed", "Facts for your due dates changed";
        DeadlineChanged = "deadline-changed", "Due date changed";
        CalendarAddressMade = "calendar-address-made", "Calendar address made";
        CalendarAddressRemoved = "calendar-address-removed", "Calendar address removed";
        FormSigned = "form-signed", "Form signed";
        ClosureRequested = "closure-requested", "Asked to close the account";
        ClosureWithdrawn = "closure-withdrawn", "Request to close withdrawn";
        ClosureDecided = "closure-decided", "Request to close decided";
        DataExported = "data-exported", "Data downloaded";
        EinRead = "ein-read", "EIN looked at";
        DocumentRead = "document-read", "Document opened";
    }
}

crate::string_enum! {
    /// Who did it.
    Actor {
        Client = "client", "You";
        Staff = "staff", "Our team";
        System = "system", "OmegaOS";
    }
}

/// A row of `activity`, as PostgREST gives it for [`ACTIVITY_COLUMNS`].
#[derive(Clone, Debug, Deserialize)]
pub struct ActivityRow {
    pub id: Uuid,
    pub kind: ActivityKind,
    pub actor: Actor,
    pub detail: Detail,
    pub at: String,
}

/// The columns of [`ActivityRow`], for PostgREST's `select`.
pub const ACTIVITY_COLUMNS: &str = "id,kind,actor,detail,at";

/// What a row says beside its kind; each kind has what it needs and nothing else.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Detail {
    fields: Vec<String>,
    /// Of an onboarding or of a request to close.
    status: Option<String>,
    /// The title of a request.
    request: Option<String>,
    /// The title of a form.
    form: Option<String>,
    document_name: Option<String>,
    former_name: Option<String>,
    document_category: Option<DocumentCategory>,
    /// Of a due date, by the names of its rule and period.
    rule: Option<String>,
    period: Option<String>,
    /// Of a mail after which none go any more.
    mail_outcome: Option<MailOutcome>,
    /// Why our team did it, where they said so.
    reason: Option<String>,
}

/// One thing that happened, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Activity {
    pub id: Uuid,
    pub kind: ActivityKind,
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "Answers changed"))]
    pub title: String,
    /// Which fields or which document; null where the title says it all. Never a value that was entered.
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "Phone number, EIN"))]
    pub detail: Option<String>,
    pub actor: Actor,
    /// RFC 3339.
    pub at: String,
}

impl From<ActivityRow> for Activity {
    fn from(row: ActivityRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            title: row.kind.title().to_owned(),
            detail: row.detail.words(),
            actor: row.actor,
            at: row.at,
        }
    }
}

impl Detail {
    fn words(&self) -> Option<String> {
        match (self.subject(), &self.reason) {
            (Some(subject), Some(reason)) => Some(format!("{subject}: {reason}")),
            (subject, _) => subject,
        }
    }

    /// What it is about.
    fn subject(&self) -> Option<String> {
        if !self.fields.is_empty() {
            let fields: Vec<_> = self.fields.iter().map(|field| field_words(field)).collect();
            return Some(fields.join(", "));
        }
        if let Some(title) = self.request.as_ref().or(self.form.as_ref()) {
            return Some(title.clone());
        }
        if let Some(outcome) = self.mail_outcome {
            return Some(format!("A mail: {}", outcome.title().to_lowercase()));
        }
        if let (Some(rule), Some(period), Some(status)) = (&self.rule, &self.period, &self.status) {
            return Some(format!("{rule} {period}: {}", status_words(status)));
        }
        match (
            &self.document_name,
            &self.former_name,
            self.document_category,
        ) {
            (Some(name), Some(former), _) => Some(format!("“{former}” is now “{name}”")),
            (Some(name), None, Some(category)) => Some(format!("{name} ({})", category.title())),
            (Some(name), None, None) => Some(name.clone()),
            (None, ..) => self.status.as_deref().map(status_words),
        }
    }
}

fn field_words(field: &str) -> &str {
    match field {
        "full_name" => "Your name",
        "business_name" => "Business name",
        "phone" => "Phone number",
        "entity_type" => "Legal form",
        "ein" => "EIN",
        "urgency" => "When you want to start",
        "services_needed" => "Services",
        other => other,
    }
}

fn status_words(status: &str) -> String {
    match (status, status.parse::<OnboardingStatus>()) {
        ("accepted", _) => "Accepted".to_owned(),
        ("declined", _) => "Declined".to_owned(),
        ("open", _) => "Open".to_owned(),
        ("done", _) => "Done".to_owned(),
        ("not-applicable", _) => "Does not apply".to_owned(),
        (_, Ok(known)) => known.title().to_owned(),
        (other, Err(_)) => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn words(kind: &str, detail: serde_json::Value) -> Option<String> {
        let row: ActivityRow = serde_json::from_value(json!({
            "id": Uuid::nil(), "kind": kind, "actor": "client", "detail": detail,
            "at": "2026-11-23T07:00:00+00:00",
        }))
        .unwrap();
        Activity::from(row).detail
    }

    #[test]
    fn what_happened_is_told_in_words() {
        for (kind, detail, expected) in [
            ("signed-in", json!({}), None),
            (
                "mail-stopped",
                json!({"mail_outcome": "bounced"}),
                Some("A mail: came back for good"),
            ),
            (
                "profile-changed",
                json!({"fields": ["ein", "full_name"]}),
                Some("EIN, Your name"),
            ),
            (
                "status-changed",
                json!({"status": "in-review"}),
                Some("In review"),
            ),
            (
                "document-added",
                json!({"document_name": "w2.pdf", "document_category": "w2"}),
                Some("w2.pdf (Form W-2)"),
            ),
            (
                "document-renamed",
                json!({"document_name": "b.pdf", "former_name": "a.pdf"}),
                Some("“a.pdf” is now “b.pdf”"),
            ),
            (
                "document-removed",
                json!({"document_name": "a.pdf"}),
                Some("a.pdf"),
            ),
            (
                "status-changed",
                json!({"from": "in-review", "status": "in_progress", "reason": "The year is wrong.", "by": Uuid::nil()}),
                Some("In progress: The year is wrong."),
            ),
            (
                "deadline-changed",
                json!({"rule": "form-941", "period": "2026-q1", "status": "done"}),
                Some("form-941 2026-q1: Done"),
            ),
            (
                "document-returned",
                json!({"document_name": "a.pdf", "reason": "It is too dark."}),
                Some("a.pdf: It is too dark."),
            ),
            (
                "request-returned",
                json!({"request": "Bank statement of March", "reason": "It is April’s.", "by": Uuid::nil()}),
                Some("Bank statement of March: It is April’s."),
            ),
            (
                "closure-decided",
                json!({"status": "declined"}),
                Some("Declined"),
            ),
        ] {
            assert_eq!(
                words(kind, detail.clone()).as_deref(),
                expected,
                "{kind} {detail}"
            );
        }
    }

    #[test]
    fn every_answer_of_the_onboarding_has_a_name() {
        for field in [
            "full_name",
            "business_name",
            "phone",
            "entity_type",
            "ein",
            "urgency",
            "services_needed",
        ] {
            assert_ne!(field_words(field), field);
        }
    }
}
