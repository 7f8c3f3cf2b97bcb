//! Questions that a client may want to ask next, from where they stand.

use omega_common::{clients::OnboardingStatus, documents::DocumentCategory, onboarding::StepId};

use crate::conversation::ClientState;

/// More would be a list to read, not a help to begin.
const MAX_SUGGESTIONS: usize = 3;

/// The questions that fit best, best first, without those in `asked`. The built-in assistant can answer
/// each of them.
pub fn suggestions<'a>(
    client: &ClientState,
    asked: impl IntoIterator<Item = &'a str>,
) -> Vec<String> {
    let asked: Vec<String> = asked.into_iter().map(bare).collect();
    let mut list: Vec<&str> = Vec::new();
    for question in candidates(client) {
        if !asked.contains(&bare(question)) && !list.contains(&question) {
            list.push(question);
        }
    }
    list.truncate(MAX_SUGGESTIONS);
    list.into_iter().map(str::to_owned).collect()
}

fn bare(question: &str) -> String {
    question
        .trim()
        .trim_end_matches(['?', '.', '!'])
        .to_lowercase()
}

fn candidates(client: &ClientState) -> Vec<&'static str> {
    let mut list = Vec::new();
    match client.status {
        OnboardingStatus::Pending | OnboardingStatus::InProgress => {
            let next = client.next_step().map(|step| step.id);
            if next == Some(StepId::Review) {
                list.extend([
                    "What happens after I submit?",
                    "What can't I change after I submit?",
                ]);
            } else {
                list.push("What is my next step?");
            }
            if client.documents.is_empty() {
                list.extend([
                    "How does onboarding work?",
                    "Which legal form suits my business?",
                ]);
            }
            if client.missing().next().is_some() {
                list.push("Which documents do you still need from me?");
            }
            list.extend(client.missing().filter_map(|missing| ask(missing.category)));
            list.extend([
                "Is it safe to upload my tax papers?",
                "What happens after I submit?",
            ]);
        }
        OnboardingStatus::InReview => list.extend([
            "What is my status?",
            "How long does the review take?",
            "What happens after I submit?",
            "How do I reach a person?",
        ]),
        OnboardingStatus::Active => list.extend([
            "When are tax returns due?",
            "When is Form 941 due?",
            "How long do I keep records?",
            "How do I reach a person?",
        ]),
        OnboardingStatus::Archived => {
            list.extend(["What is my status?", "How do I reach a person?"])
        }
    }
    list
}

/// What most clients want to know of a required document before they can send it.
const fn ask(category: DocumentCategory) -> Option<&'static str> {
    match category {
        DocumentCategory::TaxReturn => Some("What if I have not filed a tax return yet?"),
        DocumentCategory::BankStatement => Some("Where do I get a bank statement?"),
        DocumentCategory::ArticlesOfIncorporation => Some("Where do I find my articles?"),
        DocumentCategory::EinLetter => Some("I lost my EIN letter, where can I find it?"),
        _ => None,
    }
}
