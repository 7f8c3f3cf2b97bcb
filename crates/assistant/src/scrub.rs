//! Takes what looks like a mail address, an EIN, a Social Security, account or phone number out of
//! a text before it leaves for a model that others run. It would rather take too much.

const EMAIL: &str = "[email removed]";
const NUMBER: &str = "[number removed]";

/// The shortest of the numbers we look for is a local phone number.
const MIN_DIGITS: usize = 7;

pub fn scrub(text: &str) -> String {
    numbers(&emails(text))
}

fn emails(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['@', '＠']) {
        let start = rest[..at]
            .char_indices()
            .rev()
            .take_while(|(_, character)| is_address(*character))
            .last()
            .map_or(at, |(index, _)| index);
        let sign = rest[at..].chars().next().map_or(1, char::len_utf8);
        let domain: usize = rest[at + sign..]
            .chars()
            .take_while(|character| is_address(*character))
            .map(char::len_utf8)
            .sum();
        if start < at && domain > 0 {
            clean.push_str(&rest[..start]);
            clean.push_str(EMAIL);
        } else {
            clean.push_str(&rest[..at + sign + domain]);
        }
        rest = &rest[at + sign + domain..];
    }
    clean.push_str(rest);
    clean
}

fn is_address(character: char) -> bool {
    character.is_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(character)
}

/// A digit of any usual form: phones also type the wide ones.
fn digit(character: char) -> Option<char> {
    match character {
        '0'..='9' => Some(character),
        '０'..='９' => char::from_digit(character as u32 - '０' as u32, 10),
        '٠'..='٩' => char::from_digit(character as u32 - '٠' as u32, 10),
        _ => None,
    }
}

fn is_separator(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            '-' | '.' | '(' | ')' | '/' | '_' | '+' | '*' | ':' | ',' | '·' | '−' | '‐'
                ..='―' | '\u{200b}'
        )
}

fn numbers(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut clean = String::with_capacity(text.len());
    let mut index = 0;
    while index < characters.len() {
        if digit(characters[index]).is_none() {
            clean.push(characters[index]);
            index += 1;
            continue;
        }
        // A run: groups of digits, with a few separators between one and the next.
        let mut groups = vec![String::new()];
        let mut end = index;
        let mut ahead = index;
        while ahead < characters.len() {
            if let Some(digit) = digit(characters[ahead]) {
                if ahead > end {
                    groups.push(String::new());
                }
                if let Some(group) = groups.last_mut() {
                    group.push(digit);
                }
                ahead += 1;
                end = ahead;
            } else if is_separator(characters[ahead]) && ahead - end < 3 {
                ahead += 1;
            } else {
                break;
            }
        }
        let run: String = characters[index..end].iter().collect();
        if is_personal(&groups, &run) {
            clean.truncate(clean.trim_end_matches(['(', '+']).len());
            clean.push_str(NUMBER);
        } else {
            clean.push_str(&run);
        }
        index = end;
    }
    clean
}

fn is_personal(groups: &[String], run: &str) -> bool {
    let digits: usize = groups.iter().map(String::len).sum();
    if digits < MIN_DIGITS {
        return false;
    }
    let lengths: Vec<usize> = groups.iter().map(String::len).collect();
    let year =
        |group: &String| group.len() == 4 && (group.starts_with("19") || group.starts_with("20"));
    // "2024, 2025" and "2025-12-31" or "12/31/2025" are years and dates.
    if groups.iter().all(year) {
        return false;
    }
    let short = |group: &String| group.len() <= 2;
    if let [first, second, third] = groups
        && (year(first) && short(second) && short(third)
            || short(first) && short(second) && year(third))
    {
        return false;
    }
    // "1,250,000.00" is an amount.
    let amount = run.contains(',')
        && !run.contains(|character: char| {
            character != ',' && character != '.' && digit(character).is_none()
        })
        && lengths.first().is_some_and(|length| *length <= 3)
        && lengths
            .iter()
            .skip(1)
            .all(|length| *length == 3 || *length == 2)
        && digits < 9;
    !amount
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_out_numbers_that_identify() {
        for personal in [
            "12-3456789",
            "123456789",
            "12 3456789",
            "12.3456789",
            "12–3456789",
            "1 2 3 4 5 6 7 8 9",
            "123-45-6789",
            "123 45 6789",
            "078.05.1120",
            "(305) 555-0123",
            "+1 305 555 0123",
            "305.555.0123",
            "3055550123",
            "555-0123",
            "1-800-555-0199",
            "021000021",
            "4111 1111 1111 1111",
            "１２-３４５６７８９",
            "12\u{a0}-\u{a0}3456789",
            "12/3456789",
        ] {
            let clean = scrub(&format!("My number is {personal}, thanks"));
            assert_eq!(clean, "My number is [number removed], thanks", "{personal}");
        }
    }

    #[test]
    fn takes_out_mail_addresses() {
        for address in [
            "jane@example.com",
            "jane.o'neil+tax@mail.example.co.uk",
            "JANE_DOE@EXAMPLE.COM",
            "zoë@exämple.de",
        ] {
            assert_eq!(
                scrub(&format!("Write to {address} or <{address}>")),
                "Write to [email removed] or <[email removed]>"
            );
        }
        assert_eq!(scrub("a@b@c.com"), "[email removed]@c.com");
    }

    #[test]
    fn leaves_dates_years_amounts_and_forms() {
        for text in [
            "Form 1120-S for 2024 and 2025, due 03/15/2026 or 2026-03-15",
            "years 2023, 2024, 2025",
            "I owe $1,250,000 or 12,500.00 dollars",
            "W-9, 1099-NEC, 941 and 940, 25 MB, CP 575",
            "meet @ noon",
            "",
        ] {
            assert_eq!(scrub(text), text);
        }
    }
}
