//! Employer identification numbers.

/// Prefixes that no IRS campus assigns. Source: IRS, "How EINs are assigned and valid EIN prefixes"
/// (irs.gov, 2025). `private.is_ein` in the database holds the same list; a test compares the two.
pub const UNASSIGNED_PREFIXES: [&str; 17] = [
    "00", "07", "08", "09", "17", "18", "19", "28", "29", "49", "69", "70", "78", "79", "89", "96",
    "97",
];

/// Reads nine digits, forgiving spaces and hyphens, into `NN-NNNNNNN`.
///
/// # Errors
/// A sentence for the client.
pub fn ein(value: &str) -> Result<String, String> {
    let digits: String = value
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '\u{2010}'..='\u{2014}' | '\u{a0}'))
        .collect();
    if digits.len() != 9 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err("Enter the nine digits of the EIN, for example 12-3456789.".to_owned());
    }
    let (prefix, serial) = digits.split_at(2);
    if UNASSIGNED_PREFIXES.contains(&prefix) {
        return Err(format!(
            "No EIN starts with {prefix}. Check the number on your IRS letter."
        ));
    }
    Ok(format!("{prefix}-{serial}"))
}

/// The form that is shown: all but the last four digits hidden, as truncated numbers are written on
/// payee statements (26 CFR 301.6109-4).
pub fn masked(ein: &str) -> String {
    let last = ein.get(ein.len().saturating_sub(4)..).unwrap_or_default();
    format!("XX-XXX{last}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasted_forms_come_to_one() {
        for pasted in [
            "12-3456789",
            "123456789",
            " 12 3456789",
            "12\u{2013}3456789",
        ] {
            assert_eq!(ein(pasted).unwrap(), "12-3456789", "{pasted:?}");
        }
    }

    #[test]
    fn other_lengths_letters_and_unassigned_prefixes_are_refused() {
        for bad in [
            "",
            "12-345678",
            "12-34567890",
            "XX-XXX6789",
            "00-1234567",
            "１２3456789",
        ] {
            assert!(ein(bad).is_err(), "{bad:?}");
        }
        assert_eq!(
            (0..100)
                .filter(|p| ein(&format!("{p:02}1234567")).is_ok())
                .count(),
            83
        );
    }

    #[test]
    fn only_the_last_four_digits_are_shown() {
        assert_eq!(masked("12-3456789"), "XX-XXX6789");
    }
}
