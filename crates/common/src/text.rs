//! Text that a person typed.

/// Longest text in characters; the `CHECK`s of the database have the same bound (`private.is_plain_text`).
pub const MAX_CHARACTERS: usize = 200;

/// Trims, brings to NFC and refuses what is empty, longer than [`MAX_CHARACTERS`] or holds control characters.
///
/// # Errors
/// A sentence for the client.
pub fn plain_text(value: &str) -> Result<String, String> {
    let text = nfc(value.trim());
    if text.is_empty() {
        return Err("Enter an answer.".to_owned());
    }
    if text.chars().count() > MAX_CHARACTERS {
        return Err(format!("Use {MAX_CHARACTERS} characters or fewer."));
    }
    if text.chars().any(char::is_control) {
        return Err("Use letters, numbers and signs only, on one line.".to_owned());
    }
    Ok(text)
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
    fn text_is_bounded_in_characters_not_bytes() {
        assert!(plain_text(&"é".repeat(200)).is_ok());
        assert!(plain_text(&"é".repeat(201)).is_err());
    }

    #[test]
    fn control_characters_and_emptiness_are_refused() {
        for bad in ["", "   ", "a\u{0}b", "a\nb", "a\u{85}b"] {
            assert!(plain_text(bad).is_err(), "{bad:?}");
        }
    }
}
