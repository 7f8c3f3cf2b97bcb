//! Signatures of webhooks as Svix makes them, which Resend sends by: HMAC-SHA256 over id, time and body.
//! Source: Svix, "Verifying Webhooks Manually".

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// How far a webhook's time may be from ours, in seconds: Svix's libraries allow five minutes both ways.
pub const TOLERANCE_SECONDS: i64 = 5 * 60;

const SECRET_PREFIX: &str = "whsec_";
const VERSION: &str = "v1";

/// The headers of a webhook.
#[derive(Clone, Copy, Debug)]
pub struct Headers<'a> {
    /// `svix-id`: the same however often the webhook is sent.
    pub id: &'a str,
    /// `svix-timestamp`: seconds since 1970.
    pub timestamp: &'a str,
    /// `svix-signature`: signatures with their versions, apart by spaces; several while a secret is rotated.
    pub signatures: &'a str,
}

/// Why a webhook is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The secret is none: ours to mend.
    Secret,
    Time,
    Signature,
}

/// Whether `body` was signed with `secret`, `whsec_…`, at about `now`, in seconds since 1970.
///
/// # Errors
/// Why it is not believed.
pub fn verify(secret: &str, headers: Headers<'_>, body: &[u8], now: i64) -> Result<(), Refused> {
    let key = secret
        .strip_prefix(SECRET_PREFIX)
        .and_then(|key| STANDARD.decode(key).ok())
        .filter(|key| !key.is_empty())
        .ok_or(Refused::Secret)?;
    let timestamp: i64 = headers.timestamp.parse().map_err(|_| Refused::Time)?;
    if timestamp.abs_diff(now) > TOLERANCE_SECONDS.unsigned_abs() {
        return Err(Refused::Time);
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| Refused::Secret)?;
    for part in [
        headers.id.as_bytes(),
        b".",
        headers.timestamp.as_bytes(),
        b".",
        body,
    ] {
        mac.update(part);
    }
    headers
        .signatures
        .split(' ')
        .filter_map(|signature| signature.split_once(','))
        .filter(|(version, _)| *version == VERSION)
        .filter_map(|(_, signature)| STANDARD.decode(signature).ok())
        // `verify_slice` takes as long for every signature.
        .any(|signature| mac.clone().verify_slice(&signature).is_ok())
        .then_some(())
        .ok_or(Refused::Signature)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The example of Svix's documentation and the reference vector of its libraries.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const NOW: i64 = 1_614_265_330;
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    const HEADERS: Headers<'_> = Headers {
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp: "1614265330",
        signatures: SIGNATURE,
    };

    #[test]
    fn the_published_example_is_believed() {
        assert_eq!(verify(SECRET, HEADERS, BODY, NOW), Ok(()));
        // While the secret is rotated there are two, and other versions may stand beside.
        let several =
            format!("v1a,AAAA v1,bm9ldHUjKzFob2VudXRob2VodWUzMjRvdWVvdW9ldQo= v2,x {SIGNATURE}");
        let headers = Headers {
            signatures: &several,
            ..HEADERS
        };
        assert_eq!(verify(SECRET, headers, BODY, NOW), Ok(()));
    }

    #[test]
    fn five_minutes_either_way_and_no_longer() {
        for (now, expected) in [
            (NOW + TOLERANCE_SECONDS, Ok(())),
            (NOW - TOLERANCE_SECONDS, Ok(())),
            (NOW + TOLERANCE_SECONDS + 1, Err(Refused::Time)),
            (NOW - TOLERANCE_SECONDS - 1, Err(Refused::Time)),
            (i64::MAX, Err(Refused::Time)),
            (i64::MIN, Err(Refused::Time)),
        ] {
            assert_eq!(verify(SECRET, HEADERS, BODY, now), expected, "{now}");
        }
    }

    #[test]
    fn what_is_off_by_a_little_is_not_believed() {
        let with = |id, timestamp, signatures| Headers {
            id,
            timestamp,
            signatures,
        };
        let Headers { id, timestamp, .. } = HEADERS;
        for (headers, expected) in [
            (with("msg_other", timestamp, SIGNATURE), Refused::Signature),
            (with(id, "1614265331", SIGNATURE), Refused::Signature),
            (with(id, "01614265330", SIGNATURE), Refused::Signature),
            (with(id, "soon", SIGNATURE), Refused::Time),
            (with(id, "", SIGNATURE), Refused::Time),
            (with(id, timestamp, ""), Refused::Signature),
            (with(id, timestamp, "v1,"), Refused::Signature),
            (
                with(id, timestamp, &SIGNATURE.replace("v1", "v2")),
                Refused::Signature,
            ),
            (
                with(id, timestamp, &SIGNATURE.replace("v1,", "")),
                Refused::Signature,
            ),
            (
                with(id, timestamp, &SIGNATURE.replace("v1,", "v1,AA")),
                Refused::Signature,
            ),
        ] {
            assert_eq!(
                verify(SECRET, headers, BODY, NOW),
                Err(expected),
                "{headers:?}"
            );
        }
        for secret in ["", "whsec_", "whsec_*", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] {
            assert_eq!(
                verify(secret, HEADERS, BODY, NOW),
                Err(Refused::Secret),
                "{secret}"
            );
        }
        let other = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
        assert_eq!(verify(other, HEADERS, BODY, NOW), Err(Refused::Signature));
    }

    proptest! {
        #[test]
        fn nothing_that_was_made_up_is_believed(
            id in "\\PC*",
            timestamp in (NOW - 200..NOW + 200).prop_map(|time| time.to_string()),
            signatures in prop_oneof!["\\PC*", "(v1,[A-Za-z0-9+/]{43}= ?){1,4}", Just(SIGNATURE.to_owned())],
            body in proptest::collection::vec(any::<u8>(), 0..64),
        ) {
            let headers = Headers { id: &id, timestamp: &timestamp, signatures: &signatures };
            prop_assert_eq!(verify(SECRET, headers, &body, NOW), Err(Refused::Signature));
        }

        #[test]
        fn one_bit_more_or_less_is_another_body(bit in 0..BODY.len() * 8) {
            let mut body = BODY.to_vec();
            body[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(verify(SECRET, HEADERS, &body, NOW), Err(Refused::Signature));
        }
    }
}
