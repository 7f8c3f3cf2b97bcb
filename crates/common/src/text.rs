//! Text that a person typed.

use chrono::{DateTime, Datelike, SecondsFormat};
use uuid::Uuid;

/// Longest text in characters; the `CHECK`s of the database have the same bound (`private.is_plain_text`).
pub const MAX_CHARACTERS: usize = 200;

/// Trims, brings to NFC and refuses what is empty, longer than [`MAX_CHARACTERS`] as it was sent, or holds control
/// characters.
///
/// # Errors
/// A sentence for the client.
pub fn plain_text(value: &str) -> Result<String, String> {
    let sent = nfc(value);
    let text = sent.trim();
    if text.is_empty() {
        return Err("Enter an answer.".to_owned());
    }
    if sent.chars().count() > MAX_CHARACTERS {
        return Err(format!("Use {MAX_CHARACTERS} characters or fewer."));
    }
    if text.chars().any(char::is_control) {
        return Err("Use letters, numbers and signs only, on one line.".to_owned());
    }
    Ok(text.to_owned())
}

/// A reader of an id, with what to say of what is none.
pub fn uuid(refusal: &'static str) -> impl Fn(&str) -> Result<Uuid, String> + Copy {
    move |value| value.trim().parse().map_err(|_| refusal.to_owned())
}

/// Reads the `updated_at` that was given with a record (RFC 3339): in UTC and to the microsecond, which is all that Postgres
/// keeps. Postgres itself takes no offset of 16 hours and more.
///
/// # Errors
/// A sentence for the caller.
pub fn version(text: &str) -> Result<String, String> {
    DateTime::parse_from_rfc3339(text)
        .ok()
        .map(|seen| seen.to_utc())
        .filter(|seen| (1..=9999).contains(&seen.year()))
        .map(|seen| seen.to_rfc3339_opts(SecondsFormat::Micros, true))
        .ok_or_else(|| "Send the updated_at that you got.".to_owned())
}

/// Several lines of text: trims, brings to NFC and to line feeds alone, and refuses what is empty, longer than
/// `max_characters` or holds other control characters than tab and line feed (`private.is_paragraphs`).
///
/// # Errors
/// A sentence for whoever wrote it.
pub fn paragraphs(value: &str, max_characters: usize) -> Result<String, String> {
    let lines = value.replace("\r\n", "\n").replace('\r', "\n");
    let sent = nfc(&lines);
    let text = sent.trim();
    if text.is_empty() {
        return Err("Write a message first.".to_owned());
    }
    if sent.chars().count() > max_characters {
        return Err(format!("Use {max_characters} characters or fewer."));
    }
    if text
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\t'))
    {
        return Err("Use plain text: letters, numbers and signs.".to_owned());
    }
    Ok(text.to_owned())
}

/// JavaScript brings the Unicode tables; with our own a Worker would be a quarter larger.
#[cfg(target_arch = "wasm32")]
fn nfc(value: &str) -> String {
    js_sys::JsString::from(value).normalize("NFC").into()
}

#[cfg(not(target_arch = "wasm32"))]
fn nfc(value: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    value.nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_trimmed_and_composed() {
        assert_eq!(plain_text("  Zoe\u{308} ").unwrap(), "Zoë");
    }

    #[test]
    fn a_version_is_one_that_postgres_reads_too() {
        for (sent, read) in [
            (
                "2026-11-23T07:10:59.123456+00:00",
                Some("2026-11-23T07:10:59.123456Z"),
            ),
            (
                "3442-03-13T13:10:56.8-18:06",
                Some("3442-03-14T07:16:56.800000Z"),
            ),
            ("0000-01-01T00:00:00Z", None),
            ("yesterday", None),
            ("2026-11-23", None),
            ("1764000000", None),
        ] {
            assert_eq!(version(sent).ok().as_deref(), read, "{sent}");
        }
    }

    #[test]
    fn text_is_bounded_in_characters_not_bytes() {
        assert!(plain_text(&"é".repeat(200)).is_ok());
        assert!(plain_text(&"é".repeat(201)).is_err());
        assert!(
            plain_text(&format!("a{}", " ".repeat(200))).is_err(),
            "the bound is of what is sent"
        );
    }

    #[test]
    fn paragraphs_keep_their_lines_and_nothing_else_that_controls() {
        assert_eq!(paragraphs(" a\r\nb\rc\td\n", 10).unwrap(), "a\nb\nc\td");
        assert_eq!(paragraphs("Zoe\u{308}", 3).unwrap(), "Zoë");
        for bad in ["", " \r\n ", "a\u{0}b", "a\u{1b}[1mb", "12345678901"] {
            assert!(paragraphs(bad, 10).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn control_characters_and_emptiness_are_refused() {
        for bad in ["", "   ", "a\u{0}b", "a\nb", "a\u{85}b"] {
            assert!(plain_text(bad).is_err(), "{bad:?}");
        }
    }
}
