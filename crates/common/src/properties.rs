//! What holds of every parser and reader, whatever it is given. `cargo xtask fuzz` runs each for longer.

use crate::auth::{MAX_PASSWORD_BYTES, email, password, read_sign_up};
use crate::dns::{self, RecordType};
use crate::ein::{UNASSIGNED_PREFIXES, ein, masked};
use crate::fields::Fields;
use crate::files::{FileKind, identify};
use crate::mail_domain::RECORDS;
use crate::messages::message_text;
use crate::openapi::pattern;
use crate::paging::{Cursor, PageRequest};
use crate::phone::e164;
use crate::storage::{ObjectPath, total_size};
use crate::text::{MAX_CHARACTERS, paragraphs, plain_text};
use crate::tokens::{TokenError, UnverifiedToken};
use crate::{closures, documents, resend, rest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use proptest::string::string_regex;
use uuid::Uuid;

/// Text with what is awkward in it more often than chance would have it.
fn text() -> impl Strategy<Value = String> {
    let awkward = prop_oneof![
        Just("\r\n".to_owned()),
        Just("\u{0}".to_owned()),
        Just("\u{85}\u{2028}".to_owned()),
        Just("e\u{301}".to_owned()),
        Just("\u{202e}".to_owned()),
        Just("＠１".to_owned()),
        Just("<script>".to_owned()),
        any::<String>(),
        "[ -~]{0,40}",
        "\\PC{0,220}",
    ];
    prop::collection::vec(awkward, 0..4).prop_map(|parts| parts.concat())
}

/// What a pattern of the OpenAPI documents describes.
fn described(format: &str) -> impl Strategy<Value = String> + use<> {
    let pattern = pattern(format).unwrap();
    string_regex(pattern.trim_start_matches('^').trim_end_matches('$')).unwrap()
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        text().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            prop::collection::hash_map("[a-z_]{1,12}", inner, 0..5)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Bytes of an upstream: noise, JSON of any shape, and objects that begin like the real ones.
fn answer() -> impl Strategy<Value = Vec<u8>> {
    const KNOWN: &[&str] = &[
        "error_code",
        "code",
        "message",
        "hint",
        "details",
        "Status",
        "Answer",
        "id",
        "user",
        "name",
        "statusCode",
    ];
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..300),
        json().prop_map(|value| value.to_string().into_bytes()),
        prop::collection::hash_map(prop::sample::select(KNOWN), json(), 0..6)
            .prop_map(|map| serde_json::to_vec(&map).unwrap()),
    ]
}

proptest! {
    #[test]
    fn plain_text_is_clean_and_stays_as_it_is(value in text()) {
        if let Ok(clean) = plain_text(&value) {
            prop_assert!((1..=MAX_CHARACTERS).contains(&clean.chars().count()));
            prop_assert!(!clean.chars().any(char::is_control));
            prop_assert_eq!(clean.trim(), &clean);
            prop_assert_eq!(plain_text(&clean), Ok(clean));
        }
    }

    #[test]
    fn paragraphs_are_clean_and_stay_as_they_are(value in text(), most in 1usize..400) {
        if let Ok(clean) = paragraphs(&value, most) {
            prop_assert!((1..=most).contains(&clean.chars().count()));
            prop_assert!(!clean.contains('\r'));
            prop_assert_eq!(paragraphs(&clean, most), Ok(clean));
        }
        if let Ok(clean) = message_text(&value) {
            prop_assert_eq!(message_text(&clean), Ok(clean));
        }
    }

    #[test]
    fn an_ein_has_one_form(value in prop_oneof![text(), "[0-9 \u{a0}\u{2013}-]{7,16}"]) {
        if let Ok(number) = ein(&value) {
            prop_assert_eq!(number.len(), 10);
            prop_assert!(!UNASSIGNED_PREFIXES.contains(&&number[..2]));
            prop_assert_eq!(ein(&number), Ok(number.clone()));
            // The masked form gives away four digits and can't come back in.
            let masked = masked(&number);
            prop_assert!(masked.ends_with(&number[6..]) && !masked.contains(&number[..6]));
            prop_assert!(ein(&masked).is_err());
        }
    }

    #[test]
    fn masking_takes_whatever_is_stored(value in text()) {
        prop_assert!(std::panic::catch_unwind(|| masked(&value)).is_ok());
    }

    #[test]
    fn a_phone_number_is_e164(value in prop_oneof![text(), "\\+?[0-9 ()./-]{5,22}"]) {
        if let Ok(number) = e164(&value) {
            let digits = number.strip_prefix('+').unwrap();
            prop_assert!((7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()));
            prop_assert!(!digits.starts_with('0'));
            prop_assert_eq!(e164(&number), Ok(number));
        }
    }

    #[test]
    fn an_address_can_break_out_of_no_header(value in prop_oneof![text(), "[a-z.]{0,8}@?[ \r\n<>,;:a-z.-]{0,30}"]) {
        if let Ok(address) = email(&value) {
            prop_assert!(!address.contains(|c: char| c.is_whitespace() || c.is_control() || "<>,;:\"()\\".contains(c)));
            prop_assert_eq!(address.matches('@').count(), 1);
            prop_assert_eq!(email(&address), Ok(address));
        }
    }

    #[test]
    fn a_password_is_taken_as_it_is(value in text()) {
        if let Ok(taken) = password(&value) {
            prop_assert!(taken.len() <= MAX_PASSWORD_BYTES);
            prop_assert_eq!(taken, value);
        }
    }

    #[test]
    fn what_the_documents_describe_is_taken(
        phone in described("phone"), number in described("ein"), address in described("email-address"),
        line in described("plain-text"), lines in described("paragraphs"), sha in described("sha256"),
    ) {
        prop_assert!(phone.trim().is_empty() || e164(&phone).is_ok(), "{phone:?}");
        prop_assert!(number.is_empty() || ein(&number).is_ok(), "{number:?}");
        prop_assert!(address.len() > 254 || email(&address).is_ok(), "{address:?}");
        prop_assert!(line.chars().count() > 100 || plain_text(&line).is_ok(), "{line:?}");
        prop_assert!(lines.chars().count() > 100 || paragraphs(&lines, 400).is_ok(), "{lines:?}");
        prop_assert!(documents::sha256_hex(&sha).is_ok());
    }

    #[test]
    fn a_body_is_read_or_refused_with_its_fields_named(body in prop_oneof![answer(), text().prop_map(String::into_bytes)]) {
        for fields in [Fields::parse(&body), Ok(Fields::parse_form(&body))] {
            match fields {
                Err(problem) => prop_assert_eq!(problem.status, 400),
                Ok(mut fields) => {
                    fields.optional("a", plain_text);
                    fields.change_list("b", email);
                    fields.flag("c");
                    if let Err(problem) = fields.finish() {
                        prop_assert_eq!(problem.status, 422);
                        prop_assert!(!problem.errors.is_empty());
                        // Nothing that was sent comes back longer than a name.
                        prop_assert!(problem.errors.iter().all(|error| error.field.chars().count() <= 60));
                    }
                }
            }
        }
    }

    #[test]
    fn a_cursor_survives_the_round_trip_and_carries_no_filter(time in 0i64..4_000_000_000, id: u128, noise in text()) {
        let time = chrono::DateTime::from_timestamp(time, 123_456_000).unwrap().to_rfc3339();
        let cursor = Cursor::encode(&time, Uuid::from_u128(id));
        let decoded = Cursor::decode(&cursor).unwrap();
        prop_assert_eq!(
            decoded.filter("t"),
            format!("(t.lt.\"{time}\",and(t.eq.\"{time}\",id.lt.{}))", Uuid::from_u128(id))
        );
        for made_up in [noise.clone(), URL_SAFE_NO_PAD.encode(&noise), URL_SAFE_NO_PAD.encode(format!("{time}{noise} {}", Uuid::nil()))] {
            if let Ok(cursor) = Cursor::decode(&made_up) {
                // Four marks of quotation: ours.
                prop_assert_eq!(cursor.filter("t").matches('"').count(), 4);
                prop_assert_eq!(cursor.filter("t").matches(')').count(), 2);
            }
        }
        let _ = PageRequest::parse(Some(&noise), Some(&noise));
    }

    #[test]
    fn a_token_is_parsed_or_refused(parts in prop::collection::vec(prop_oneof![
        text(), text().prop_map(|text| URL_SAFE_NO_PAD.encode(text)), json().prop_map(|json| URL_SAFE_NO_PAD.encode(json.to_string())),
        Just(URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#)), Just(URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#)),
    ], 0..5)) {
        let raw = parts.join(".");
        if let Ok(token) = UnverifiedToken::parse(&raw) {
            prop_assert!(token.algorithm().is_ok());
            prop_assert!(raw.as_bytes().starts_with(token.signed_data()));
            // Nobody here knows the secret.
            prop_assert!(matches!(token.verify_hs256(b"a secret of at least thirty-two bytes"), Err(TokenError::Signature | TokenError::Key)));
            let _ = token.identity(1_800_000_000, "https://project.supabase.co/auth/v1");
        }
    }

    #[test]
    fn a_path_stays_in_its_folder(path in prop_oneof![text(), "[a-z0-9./%\\\\-]{0,40}"]) {
        let owner = Uuid::from_u128(7);
        for path in [path.clone(), format!("{owner}/{path}")] {
            if let Ok(object) = ObjectPath::parse(&path, owner) {
                let folder = format!("{owner}/");
                prop_assert!(object.as_str().starts_with(&folder));
                let url = url::Url::parse(&format!("https://x.co/b/{}", object.as_str())).unwrap();
                prop_assert_eq!(url.path(), format!("/b/{}", object.as_str()), "a URL normalises it away");
            }
        }
    }

    #[test]
    fn a_file_is_taken_for_its_own_kind_alone(
        start in prop::collection::vec(any::<u8>(), 0..600), magic in prop::sample::select(MAGIC), size: u64,
    ) {
        let bytes = [magic, start.as_slice()].concat();
        let taken: Vec<_> = FileKind::ALL.iter()
            .filter(|kind| identify(&format!("a.{kind}"), kind.media_type(), &bytes, 1 + size % 1000).is_ok())
            .collect();
        prop_assert!(taken.len() <= 1, "{taken:?}");
        for kind in FileKind::ALL {
            prop_assert!(identify("a.exe", kind.media_type(), &bytes, 9).is_err());
        }
    }

    #[test]
    fn sizes_are_read_from_headers(range in text(), length in text(), status in prop::sample::select(vec![200u16, 206, 416])) {
        let _ = total_size(status, Some(&range), Some(&length));
        let _ = total_size(status, Some(&format!("bytes 0-1/{length}")), None);
    }

    #[test]
    fn nonsense_of_an_upstream_is_no_success_and_says_nothing(status in 100u16..600, body in answer()) {
        for problem in [
            rest::refusal(status, &body),
            documents::refusal(status, &body),
        ] {
            prop_assert!(problem.status >= 400);
            prop_assert!(!problem.detail.is_empty());
        }
        if let Err(problem) = read_sign_up(status, &body) {
            prop_assert!(problem.status >= 400);
        }
        let _ = resend::read(status, &body);
        let _ = rest::read::<Vec<closures::Closure>>(&body);
        for kind in [RecordType::Txt, RecordType::Mx] {
            if let Ok(records) = dns::records(kind, status, &body) {
                for expected in RECORDS {
                    expected.judge(Some(records.clone()));
                }
            }
        }
    }

    #[test]
    fn a_record_of_the_mail_domain_is_judged_whatever_is_there(values in prop::collection::vec(text(), 0..4)) {
        for expected in RECORDS {
            expected.judge(Some(values.clone()));
            expected.judge(None);
        }
    }
}

/// How files begin.
const MAGIC: &[&[u8]] = &[
    b"",
    b"%PDF-1.7\n",
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"\0\0\0\x18ftypheic",
    b"PK\x03\x04",
    b"PK\x03\x04__________________________xl/workbook.xml",
    b"PK\x03\x04__________________________word/document.xml",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"date,amount\n",
    b"MZ",
    b"<svg",
];
