//! What the caller hands in: the message, the conversation so far, and the client's own state.

use omega_common::{
    clients::{ClientRow, OnboardingStatus},
    documents::{RequiredDocument, checklist},
    messages::Author,
    onboarding::{Onboarding, Step},
};

/// A message and all that is needed to answer it.
#[derive(Debug, Clone)]
pub struct Question {
    pub message: String,
    /// Earlier turns, oldest first, without `message` itself.
    pub history: Vec<Turn>,
    pub client: ClientState,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    pub author: Author,
    pub content: String,
}

impl Turn {
    pub fn new(author: Author, content: impl Into<String>) -> Self {
        Self {
            author,
            content: content.into(),
        }
    }
}

/// What the assistant knows of the client it talks to: progress, and nothing that identifies.
/// There is no field for contact data, for the EIN or for the contents of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientState {
    pub first_name: Option<String>,
    pub status: OnboardingStatus,
    pub steps: Vec<Step>,
    /// The required documents; empty while the legal form is unknown.
    pub documents: Vec<RequiredDocument>,
}

impl ClientState {
    /// Takes the full name and keeps only what serves as a form of address.
    pub fn new(
        full_name: Option<&str>,
        onboarding: Onboarding,
        documents: Vec<RequiredDocument>,
    ) -> Self {
        Self {
            first_name: full_name.and_then(first_name),
            status: onboarding.status,
            steps: onboarding.steps,
            documents,
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        !self.status.is_submitted()
    }

    pub fn missing(&self) -> impl Iterator<Item = &RequiredDocument> {
        self.documents.iter().filter(|document| !document.received)
    }

    pub fn received(&self) -> impl Iterator<Item = &RequiredDocument> {
        self.documents.iter().filter(|document| document.received)
    }

    /// The first required step that is not done.
    pub fn next_step(&self) -> Option<&Step> {
        self.steps
            .iter()
            .find(|step| step.required && !step.completed)
    }
}

impl From<&ClientRow> for ClientState {
    fn from(row: &ClientRow) -> Self {
        Self::new(
            row.full_name.as_deref(),
            Onboarding::of(row),
            checklist(row.entity_type, &row.received_categories),
        )
    }
}

/// The first word of a name, if it is a name: a mail address or a number in its place is not
/// passed on.
fn first_name(full_name: &str) -> Option<String> {
    let word = full_name.split_whitespace().next()?;
    let name = word
        .chars()
        .all(|character| character.is_alphabetic() || matches!(character, '-' | '\'' | '’'));
    (name && word.chars().count() <= 40).then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_name_becomes_a_first_name() {
        assert_eq!(
            first_name("  Mary-Ann  O'Neil "),
            Some("Mary-Ann".to_owned())
        );
        assert_eq!(first_name("Zoë"), Some("Zoë".to_owned()));
        assert_eq!(first_name("jane@example.com"), None);
        assert_eq!(first_name("12-3456789 LLC"), None);
        assert_eq!(first_name(""), None);
    }
}
