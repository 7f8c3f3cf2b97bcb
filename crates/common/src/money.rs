//! US dollars as whole cents.

/// Largest amount in cents that is taken, up and down; the `CHECK`s of the database have the same bound.
pub const MAX_CENTS: i64 = 10_000_000_000;

/// Cents of an amount as people write it: `1234.5`, `$1,234.50`, `-12`, and `(12.00)` for what is taken out.
///
/// # Errors
/// A sentence for whoever typed it.
pub fn cents(text: &str) -> Result<i64, String> {
    let refused = || "Enter an amount in dollars, like 1,234.56.".to_owned();
    let text = text.trim();
    let (negative, amount) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => match text
            .strip_prefix('(')
            .and_then(|rest| rest.strip_suffix(')'))
        {
            Some(inside) => (true, inside),
            None => (false, text),
        },
    };
    let amount = amount.strip_prefix('$').unwrap_or(amount);
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, "00"));
    let dollars: i64 = ungrouped(whole)
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(refused)?;
    let fraction: i64 = match fraction.as_bytes() {
        [tenths] if tenths.is_ascii_digit() => i64::from(tenths - b'0') * 10,
        [tenths, hundredths] if tenths.is_ascii_digit() && hundredths.is_ascii_digit() => {
            i64::from(tenths - b'0') * 10 + i64::from(hundredths - b'0')
        }
        _ => return Err(refused()),
    };
    let cents = dollars
        .checked_mul(100)
        .and_then(|cents| cents.checked_add(fraction))
        .filter(|cents| *cents <= MAX_CENTS)
        .ok_or_else(|| format!("Enter at most {}.", dollars_of(MAX_CENTS)))?;
    Ok(if negative { -cents } else { cents })
}

/// As [`cents`], of what may cost nothing and never less.
///
/// # Errors
/// A sentence for whoever typed it.
pub fn cents_from_zero(text: &str) -> Result<i64, String> {
    match cents(text)? {
        cents @ 0.. => Ok(cents),
        _ => Err("Enter 0 or more.".to_owned()),
    }
}

/// The digits of a number whose thousands may be set apart by commas: all of them or none.
fn ungrouped(whole: &str) -> Option<String> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let mut groups = whole.split(',');
    let first = groups.next().filter(|part| digits(part))?;
    let rest: Vec<_> = groups.collect();
    let grouped = rest.is_empty()
        || (first.len() <= 3 && rest.iter().all(|part| part.len() == 3 && digits(part)));
    grouped.then(|| whole.replace(',', ""))
}

/// In words: `$1,234.50`, `-$12.00`.
pub fn dollars_of(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let whole = (cents.unsigned_abs() / 100).to_string();
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}${grouped}.{:02}", cents.unsigned_abs() % 100)
}

/// Without signs that a program would have to take out again: `1234.50`.
pub fn plain(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let amount = cents.unsigned_abs();
    format!("{sign}{}.{:02}", amount / 100, amount % 100)
}

/// `cents` in `parts` equal parts, to the nearest cent; a half goes away from zero.
pub fn share(cents: i64, parts: i64) -> i64 {
    let half = parts / 2;
    if cents < 0 {
        (cents - half) / parts
    } else {
        (cents + half) / parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (text, expected) in [
            ("0", 0),
            ("0.75", 75),
            (" 1234.5 ", 123_450),
            ("$1,234.56", 123_456),
            ("-12", -1_200),
            ("-$12.00", -1_200),
            ("($1,000.01)", -100_001),
            ("100,000,000.00", MAX_CENTS),
        ] {
            assert_eq!(cents(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in [
            "",
            "$",
            "-",
            ".5",
            "1.",
            "1.234",
            "1,23",
            "1,2345",
            "12,34.00",
            ",123",
            "1e3",
            "NaN",
            "--1",
            "(1",
            "1)",
            "1 000",
            "€1",
            "١",
            "100,000,000.01",
            "99999999999999999999999999",
        ] {
            assert!(cents(text).is_err(), "{text}");
        }
        assert!(cents_from_zero("-0.01").is_err());
    }

    #[test]
    fn a_share_is_rounded_to_the_nearest_cent() {
        for (whole, parts, expected) in [
            (100, 3, 33),
            (200, 3, 67),
            (-200, 3, -67),
            (5, 2, 3),
            (-5, 2, -3),
            (0, 12, 0),
        ] {
            assert_eq!(share(whole, parts), expected, "{whole} in {parts}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(amount in -MAX_CENTS..=MAX_CENTS) {
            prop_assert_eq!(cents(&dollars_of(amount)), Ok(amount));
            prop_assert_eq!(cents(&plain(amount)), Ok(amount));
        }

        #[test]
        fn nothing_that_is_typed_breaks_it(text in ".{0,30}") {
            if let Ok(amount) = cents(&text) {
                prop_assert!(amount.abs() <= MAX_CENTS);
            }
        }

        #[test]
        fn shares_are_off_by_half_a_cent_each_at_most(amount in -MAX_CENTS..=MAX_CENTS, parts in 1i64..100) {
            prop_assert!((share(amount, parts) * parts - amount).abs() * 2 <= parts);
        }
    }
}
