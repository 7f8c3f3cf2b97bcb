//! Telephone numbers.

/// Reads a telephone number into E.164. Numbers without a country code are taken as of the North
/// American Numbering Plan: area code and exchange start with 2 to 9 (ATIS-0300051).
///
/// # Errors
/// A sentence for the client.
pub fn e164(value: &str) -> Result<String, String> {
    let refused = || {
        Err("Enter a phone number with area code, for example (555) 234-5678, or with + and the country code.".to_owned())
    };
    let value = value.trim();
    let international = value.starts_with('+');
    let mut digits = String::with_capacity(value.len());
    for c in value.chars().skip(usize::from(international)) {
        match c {
            '0'..='9' => digits.push(c),
            ' ' | '(' | ')' | '-' | '.' | '/' | '\u{a0}' | '\u{2010}'..='\u{2014}' => {}
            _ => return refused(),
        }
    }
    if international && !digits.starts_with('1') {
        let plausible = (7..=15).contains(&digits.len()) && !digits.starts_with('0');
        return if plausible {
            Ok(format!("+{digits}"))
        } else {
            refused()
        };
    }
    let national = match digits.len() {
        11 => digits.strip_prefix('1'),
        10 if !international => Some(digits.as_str()),
        _ => None,
    };
    let is_start = |c: Option<&u8>| c.is_some_and(|c| (b'2'..=b'9').contains(c));
    match national.map(str::as_bytes) {
        Some(n) if is_start(n.first()) && is_start(n.get(3)) => {
            Ok(format!("+1{}", String::from_utf8_lossy(n)))
        }
        _ => refused(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn us_numbers_need_no_country_code() {
        for pasted in [
            "(555) 234-5678",
            "555.234.5678",
            "1 555 234 5678",
            "+1 555 234 5678",
            "5552345678",
        ] {
            assert_eq!(e164(pasted).unwrap(), "+15552345678", "{pasted:?}");
        }
    }

    #[test]
    fn other_countries_come_with_plus() {
        assert_eq!(e164("+44 20 7946 0958").unwrap(), "+442079460958");
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for bad in [
            "",
            "+",
            "call me",
            "123",
            "055-234-5678",
            "555-123-4567",
            "+1 555",
            "+0123456789",
            "55523456789012",
        ] {
            assert!(e164(bad).is_err(), "{bad:?}");
        }
    }
}
