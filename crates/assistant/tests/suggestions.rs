//! Questions that a client is offered.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use futures_executor::block_on;
use omega_assistant::{BuiltIn, ClientState, Knowledge, suggestions};
use omega_common::{
    clients::{ClientRow, EntityType, OnboardingStatus, Service, Urgency},
    documents::required_categories,
};
use support::{maria, question, read, row, submitted};

fn offered(client: &ClientState) -> Vec<String> {
    suggestions(client, [])
}

/// An LLC that has answered all and sent all, and has only to submit.
fn ready() -> ClientState {
    ClientState::from(&ClientRow {
        entity_type: Some(EntityType::Llc),
        urgency: Some(Urgency::ThisMonth),
        services_needed: vec![Service::Bookkeeping],
        received_categories: required_categories(EntityType::Llc).to_vec(),
        ..row()
    })
}

fn everybody() -> Vec<ClientState> {
    let mut clients: Vec<_> = OnboardingStatus::ALL
        .iter()
        .map(|status| submitted(*status))
        .collect();
    clients.extend([maria(), ready(), ClientState::from(&row())]);
    for entity_type in EntityType::ALL {
        clients.push(ClientState::from(&ClientRow {
            entity_type: Some(*entity_type),
            ..row()
        }));
    }
    clients
}

#[test]
fn a_client_with_documents_to_send_is_offered_questions_about_them() {
    let offered = offered(&maria());
    assert_eq!(offered[0], "What is my next step?");
    assert_eq!(offered[1], "Which documents do you still need from me?");
    assert!(offered[2].contains("EIN letter"), "{offered:?}");
    assert!(
        !offered.iter().any(|question| question.contains("articles")),
        "it is here already: {offered:?}"
    );
}

#[test]
fn a_client_who_has_only_to_submit_is_offered_what_comes_then() {
    let offered = offered(&ready());
    assert_eq!(offered[0], "What happens after I submit?");
    assert!(
        !offered
            .iter()
            .any(|question| question.contains("documents")),
        "{offered:?}"
    );
}

#[test]
fn a_client_in_review_is_offered_the_review() {
    let offered = offered(&submitted(OnboardingStatus::InReview));
    assert!(
        offered.contains(&"How long does the review take?".to_owned()),
        "{offered:?}"
    );
}

#[test]
fn what_was_asked_is_not_offered_again() {
    let asked = offered(&maria())[0].to_uppercase();
    let again = suggestions(&maria(), [asked.as_str()]);
    assert_eq!(again[0], "Which documents do you still need from me?");
    assert_eq!(again.len(), 3);
}

#[test]
fn every_question_that_is_offered_has_an_answer() {
    let assistant = BuiltIn::new(Knowledge::shared());
    for client in everybody() {
        let offered = offered(&client);
        assert!((1..=3).contains(&offered.len()), "{offered:?}");
        for asked in offered {
            let said = block_on(read(&assistant, question(client.clone(), &[], &asked))).unwrap();
            assert!(
                !said.text.starts_with("I don't know"),
                "{asked}: {}",
                said.text
            );
            assert!(!said.text.starts_with("I can't"), "{asked}: {}", said.text);
            assert!(!said.sources.is_empty(), "{asked}");
        }
    }
}
