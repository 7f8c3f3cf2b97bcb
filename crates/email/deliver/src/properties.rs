//! What holds of every mail, whatever clients and visitors call themselves. `cargo xtask fuzz` runs it for longer.

use proptest::prelude::*;

use super::{Content, OutboxRow, compose};

fn text() -> impl Strategy<Value = String> {
    let awkward = prop_oneof![
        any::<String>(),
        Just("\r\nBcc: everybody@example.com\r\n\r\n".to_owned()),
        Just("<script>alert(1)</script>".to_owned()),
        Just("\"><img src=x onerror=alert(1)>".to_owned()),
        Just("\u{2028}\u{85}".to_owned()),
    ];
    prop::collection::vec(awkward, 1..4).prop_map(|parts| parts.concat())
}

fn row(content: serde_json::Value) -> OutboxRow {
    let Ok(content) = serde_json::from_value::<Content>(content) else {
        panic!("a template reads its context");
    };
    OutboxRow {
        id: uuid::Uuid::nil(),
        recipient: "maria@example.com".to_owned(),
        content,
    }
}

proptest! {
    #[test]
    fn a_name_adds_no_header_and_no_markup(name in text(), message in text()) {
        for content in [
            serde_json::json!({"template": "welcome", "context": {"full_name": name}}),
            serde_json::json!({"template": "closure-requested", "context": {"full_name": name}}),
            serde_json::json!({"template": "contact-request", "context": {"name": name, "email": "a@b.co", "business_name": name, "message": message}}),
            serde_json::json!({"template": "document-returned", "context": {"full_name": name, "document_name": name, "document_category": "w9", "reason": message}}),
            serde_json::json!({"template": "requests-made", "context": {"full_name": name, "requests": [{"title": message, "due_on": name}]}}),
            serde_json::json!({"template": "request-returned", "context": {"full_name": name, "title": message, "reason": message, "due_on": name}}),
            serde_json::json!({"template": "requests-reminder", "context": {"full_name": name, "requests": [{"title": message, "due_on": name, "overdue": true}]}}),
            serde_json::json!({"template": "status-changed", "context": {"full_name": name, "status": "in_progress", "reason": message}}),
            serde_json::json!({"template": "team-message", "context": {"full_name": name, "messages": [{"author_name": name, "text": message}]}}),
            serde_json::json!({"template": "deadline-reminder", "context": {
                "full_name": name, "deadlines": [{"title": message, "period": name, "due": "2026-04-30"}],
            }}),
            serde_json::json!({"template": "receipt", "context": {
                "receipt_number": name, "submitted_at": name, "full_name": name, "business_name": name, "entity_type": null,
                "ein_last_four": "6789", "services_needed": [], "urgency": null, "documents": [{"name": name, "category": "other"}],
            }}),
        ] {
            let mail = compose(&row(content), "OmegaOS <x@omegaos.co>", "https://omegaos.co").unwrap();
            prop_assert!(!mail.subject.chars().any(char::is_control), "{:?}", mail.subject);
            prop_assert!(!mail.html.contains("<script") && !mail.html.contains("<img src=x"), "{}", mail.html);
            prop_assert_eq!(mail.to, "maria@example.com");
        }
    }
}
