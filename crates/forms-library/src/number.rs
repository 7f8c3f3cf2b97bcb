//! Amounts of money as people write them.

/// Above any amount that a form asks for, and far below what a double holds exactly.
const MOST_CENTS: i64 = 99_999_999_999;

/// Reads US dollars, with or without sign, thousands separators and cents, into cents.
///
/// # Errors
/// A sentence for the client.
pub fn parse_dollars(text: &str) -> Result<i64, String> {
    let refused = || "Enter an amount in dollars, for example 1,234.50.".to_owned();
    let amount = text.trim();
    let amount = amount.strip_prefix('$').unwrap_or(amount).trim_start();
    let (dollars, cents) = match amount.split_once('.') {
        Some((dollars, cents)) if cents.len() == 2 => (dollars, cents),
        Some(_) => return Err(refused()),
        None => (amount, "00"),
    };
    let groups: Vec<&str> = dollars.split(',').collect();
    let grouped = groups.len() == 1
        || (groups.iter().skip(1).all(|group| group.len() == 3)
            && groups
                .first()
                .is_some_and(|first| (1..=3).contains(&first.len())));
    let digits = format!("{}{cents}", groups.concat());
    if !grouped || digits.len() < 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(refused());
    }
    match digits.parse() {
        Ok(cents) if cents <= MOST_CENTS => Ok(cents),
        _ => Err("Enter an amount below one billion dollars.".to_owned()),
    }
}

/// Cents as dollars: `$1,234.50`.
pub fn dollars(cents: i64) -> String {
    let sign = if cents < 0 { "\u{2212}" } else { "" };
    let cents = cents.unsigned_abs();
    format!("{sign}${}.{:02}", grouped(cents / 100), cents % 100)
}

/// A whole number with commas: `1,234`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dollars_are_read_as_people_write_them() {
        for (text, cents) in [
            ("0", 0),
            ("12", 1_200),
            (" $1,234.50 ", 123_450),
            ("1234.5", -1),
            ("999,999,999.99", 99_999_999_999),
            ("1000000000", -1),
            ("12,34.00", -1),
            ("1,2345", -1),
            (",123", -1),
            ("-5", -1),
            ("", -1),
            ("$", -1),
            (".50", -1),
            ("1.2.3", -1),
            ("１２", -1),
        ] {
            let read = parse_dollars(text);
            match cents {
                -1 => assert!(read.is_err(), "{text:?} was read as {read:?}"),
                _ => assert_eq!(read, Ok(cents), "{text:?}"),
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(cents in 0..=MOST_CENTS) {
            prop_assert_eq!(parse_dollars(&dollars(cents)), Ok(cents));
        }
    }
}
