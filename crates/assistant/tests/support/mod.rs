//! What the tests share: clients at different stages, and reading a reply to its end.
#![allow(dead_code)]

use futures_util::StreamExt;
use omega_assistant::{Assistant, ClientState, Error, Event, Question, Turn};
use omega_common::{
    clients::{ClientRow, EntityType, OnboardingStatus},
    documents::DocumentCategory,
    messages::{Author, Source},
};

pub fn row() -> ClientRow {
    serde_json::from_value(serde_json::json!({
        "id": "5f0c3f2e-7b1c-4c7e-9f43-0d1a3c9b2e11",
        "full_name": "Maria Reyes",
        "business_name": "Reyes Bakery",
        "email": "maria@reyes-bakery.example",
        "phone": "+13055550123",
        "entity_type": null,
        "ein": "12-3456789",
        "urgency": null,
        "services_needed": [],
        "onboarding_status": "in_progress",
        "submitted_at": null,
        "created_at": "2026-11-01T00:00:00Z",
        "updated_at": "2026-11-01T00:00:00Z",
        "received_categories": []
    }))
    .unwrap()
}

/// An S corporation that has sent its articles, and has three documents to go.
pub fn maria() -> ClientState {
    ClientState::from(&ClientRow {
        entity_type: Some(EntityType::SCorp),
        received_categories: vec![DocumentCategory::ArticlesOfIncorporation],
        ..row()
    })
}

pub fn submitted(status: OnboardingStatus) -> ClientState {
    ClientState::from(&ClientRow {
        entity_type: Some(EntityType::SoleProprietorship),
        received_categories: vec![DocumentCategory::TaxReturn, DocumentCategory::BankStatement],
        onboarding_status: status,
        ..row()
    })
}

pub fn question(client: ClientState, history: &[(Author, &str)], message: &str) -> Question {
    Question {
        message: message.to_owned(),
        history: history
            .iter()
            .map(|(author, content)| Turn::new(*author, *content))
            .collect(),
        client,
    }
}

#[derive(Debug)]
pub struct Said {
    pub deltas: Vec<String>,
    pub text: String,
    pub sources: Vec<Source>,
}

impl Said {
    pub fn titles(&self) -> Vec<&str> {
        self.sources
            .iter()
            .map(|source| source.title.as_str())
            .collect()
    }
}

/// Reads a reply to its end and checks its order: words, then the sources, then nothing.
pub async fn read(assistant: &dyn Assistant, question: Question) -> Result<Said, Error> {
    let mut reply = assistant.reply(question);
    let mut deltas = Vec::new();
    let mut sources = None;
    while let Some(event) = reply.next().await {
        assert!(sources.is_none(), "nothing follows the sources");
        match event? {
            Event::Delta(text) => deltas.push(text),
            Event::Sources(list) => sources = Some(list),
        }
    }
    Ok(Said {
        text: deltas.concat(),
        deltas,
        sources: sources.expect("a whole reply ends with its sources"),
    })
}
