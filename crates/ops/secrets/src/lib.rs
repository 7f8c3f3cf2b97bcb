//! `GET /functions/v1/ops/secrets`: which secrets there are, where they are, and when each is due to be
//! rotated. `POST` logs a rotation. Names alone: no value ever comes here.

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use omega_common::fields::Fields;
use omega_common::problem::Problem;
use omega_common::string_enum;
use omega_common::text::plain_text;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

/// Days after which a secret is due again: each quarter.
pub const ROTATION_DAYS: i64 = 90;

/// Days before that in which it is said to be due soon.
const NOTICE_DAYS: i64 = 14;

/// What `cargo xtask generate` derives from docs/ops/secrets.toml and the Workers' wrangler.toml.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    pub name: String,
    pub purpose: String,
    pub made_at: String,
    pub rotation: Rotation,
    pub places: Vec<String>,
    pub optional: bool,
}

string_enum! {
    /// Whether a secret is rotated.
    Rotation {
        Quarterly = "quarterly", "Every quarter";
        Static = "static", "Stays";
    }
}

string_enum! {
    /// Whether something is to be done.
    RotationState {
        Due = "due", "Due now";
        DueSoon = "due-soon", "Due soon";
        NotLogged = "not-logged", "No rotation logged";
        Good = "good", "Not due";
        Static = "static", "Not rotated";
    }
}

/// One secret or setting.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Secret {
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "RESEND_API_KEY"))]
    pub name: String,
    pub purpose: String,
    /// Where a new one is made.
    pub made_at: String,
    /// Who holds it: Workers by their path, and others.
    pub places: Vec<String>,
    pub rotation: Rotation,
    pub state: RotationState,
    pub last_rotated_at: Option<String>,
    pub last_rotated_by: Option<String>,
    /// Null for what is not rotated or was never logged.
    pub due_at: Option<String>,
}

/// A rotation that was logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct LoggedRotation {
    pub id: Uuid,
    pub name: String,
    pub rotated_at: String,
    /// The address of the member of staff who logged it.
    pub rotated_by: String,
    pub note: Option<String>,
}

/// The columns of [`LoggedRotation`], for PostgREST's `select`.
pub const ROTATION_COLUMNS: &str = "id,name,rotated_at,rotated_by,note";

/// Every secret, what is most urgent first, and the newest rotations.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Secrets {
    pub secrets: Vec<Secret>,
    /// Newest first, the last twenty.
    pub log: Vec<LoggedRotation>,
}

/// The answer of `secret_rotation_log`.
#[derive(Debug, Deserialize)]
pub struct RotationLog {
    /// The newest rotation of each secret.
    pub latest: Vec<LoggedRotation>,
    pub log: Vec<LoggedRotation>,
}

impl Secrets {
    /// # Errors
    /// 502 when the database gives a time that is none.
    pub fn of(
        registry: Vec<Registered>,
        rotations: RotationLog,
        now: DateTime<Utc>,
    ) -> Result<Self, Problem> {
        let mut secrets = registry
            .into_iter()
            .map(|registered| {
                let last = rotations
                    .latest
                    .iter()
                    .find(|rotation| rotation.name == registered.name);
                Secret::of(registered, last, now)
            })
            .collect::<Result<Vec<_>, _>>()?;
        secrets.sort_by_key(|secret| secret.state);
        Ok(Self {
            secrets,
            log: rotations.log,
        })
    }
}

impl Secret {
    fn of(
        registered: Registered,
        last: Option<&LoggedRotation>,
        now: DateTime<Utc>,
    ) -> Result<Self, Problem> {
        let due_at = match (registered.rotation, last) {
            (Rotation::Quarterly, Some(last)) => {
                let at = DateTime::parse_from_rfc3339(&last.rotated_at)
                    .map_err(|_| Problem::bad_gateway("a rotation's time is none"))?;
                Some(at.to_utc() + Duration::days(ROTATION_DAYS))
            }
            _ => None,
        };
        let state = match (registered.rotation, due_at) {
            (Rotation::Static, _) => RotationState::Static,
            // A secret of something that is not in use has nothing to rotate.
            (Rotation::Quarterly, None) if registered.optional => RotationState::Static,
            (Rotation::Quarterly, None) => RotationState::NotLogged,
            (Rotation::Quarterly, Some(due)) if due <= now => RotationState::Due,
            (Rotation::Quarterly, Some(due)) if due <= now + Duration::days(NOTICE_DAYS) => {
                RotationState::DueSoon
            }
            (Rotation::Quarterly, Some(_)) => RotationState::Good,
        };
        Ok(Self {
            name: registered.name,
            purpose: registered.purpose,
            made_at: registered.made_at,
            places: registered.places,
            rotation: registered.rotation,
            state,
            last_rotated_at: last.map(|last| last.rotated_at.clone()),
            last_rotated_by: last.map(|last| last.rotated_by.clone()),
            due_at: due_at.map(|due| due.to_rfc3339_opts(SecondsFormat::Secs, true)),
        })
    }
}

/// A rotation to be logged.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct NewRotation {
    pub id: Uuid,
    pub name: String,
    pub rotated_at: String,
    pub note: Option<String>,
}

impl NewRotation {
    /// `id` is the caller's, so that a request that is sent twice logs once.
    ///
    /// # Errors
    /// 422 with one entry for each bad field.
    pub fn read(
        mut fields: Fields,
        registry: &[Registered],
        now: DateTime<Utc>,
    ) -> Result<Self, Problem> {
        let id = fields.required("id", |value| {
            Uuid::parse_str(value).map_err(|_| "Send a UUID.".to_owned())
        });
        let name = fields.required("name", |value| rotated_name(value, registry));
        let rotated_at = fields.nullable("rotated_at", |value| past(value, now));
        let note = fields.optional("note", note);
        fields.finish()?;
        let (Some(id), Some(name)) = (id, name) else {
            return Err(Problem::internal("a missing field was not refused"));
        };
        Ok(Self {
            id,
            name,
            rotated_at: rotated_at
                .unwrap_or(now)
                .to_rfc3339_opts(SecondsFormat::Millis, true),
            note,
        })
    }
}

fn rotated_name(value: &str, registry: &[Registered]) -> Result<String, String> {
    registry
        .iter()
        .find(|registered| registered.name == value && registered.rotation == Rotation::Quarterly)
        .map(|registered| registered.name.clone())
        .ok_or_else(|| "Choose a secret of the list that is rotated.".to_owned())
}

fn past(value: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    let at = DateTime::parse_from_rfc3339(value)
        .map_err(|_| "Send a date and time like 2026-11-23T10:00:00Z.".to_owned())?
        .to_utc();
    if at > now + Duration::minutes(5) {
        return Err(
            "This is in the future. Enter the day on which the new value was put in.".to_owned(),
        );
    }
    if at < now - Duration::days(3_660) {
        return Err("This is more than ten years ago. Check the year.".to_owned());
    }
    Ok(at)
}

/// Beginnings of the keys in use: what begins so has no business in a note.
const KEY_BEGINNINGS: [&str; 6] = [
    "sb_secret_",
    "sb_publishable_",
    "eyJ",
    "re_",
    "sk-",
    "whsec_",
];

fn note(value: &str) -> Result<String, String> {
    let text = plain_text(value)?;
    let looks_like_a_key = |word: &str| {
        let is_long_and_mixed = word.len() >= 32
            && word.bytes().any(|byte| byte.is_ascii_digit())
            && word
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-.+/=".contains(&byte));
        is_long_and_mixed
            || (word.len() >= 12
                && KEY_BEGINNINGS
                    .iter()
                    .any(|beginning| word.starts_with(beginning)))
    };
    if text.split_whitespace().any(looks_like_a_key) {
        return Err(
            "This looks like the secret itself. Write what was done, never the value.".to_owned(),
        );
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::parse_from_rfc3339("2026-11-23T10:00:00Z")
            .unwrap()
            .to_utc()
    }

    fn registry() -> Vec<Registered> {
        serde_json::from_str(include_str!("../registry.json")).unwrap()
    }

    fn rotation(name: &str, days_ago: i64) -> LoggedRotation {
        LoggedRotation {
            id: Uuid::nil(),
            name: name.to_owned(),
            rotated_at: (now() - Duration::days(days_ago)).to_rfc3339(),
            rotated_by: "ana@omegaos.co".to_owned(),
            note: None,
        }
    }

    fn state(latest: Vec<LoggedRotation>, name: &str) -> RotationState {
        let log = RotationLog {
            latest,
            log: Vec::new(),
        };
        let secrets = Secrets::of(registry(), log, now()).unwrap();
        secrets
            .secrets
            .iter()
            .find(|secret| secret.name == name)
            .unwrap()
            .state
    }

    #[test]
    fn a_secret_is_due_ninety_days_after_it_was_rotated() {
        let key = "RESEND_API_KEY";
        assert_eq!(state(Vec::new(), key), RotationState::NotLogged);
        assert_eq!(state(vec![rotation(key, 1)], key), RotationState::Good);
        assert_eq!(state(vec![rotation(key, 76)], key), RotationState::DueSoon);
        assert_eq!(state(vec![rotation(key, 90)], key), RotationState::Due);
        assert_eq!(state(Vec::new(), "SUPABASE_URL"), RotationState::Static);
    }

    #[test]
    fn what_is_due_comes_first() {
        let log = RotationLog {
            latest: vec![
                rotation("RESEND_API_KEY", 100),
                rotation("SUPABASE_SERVICE_ROLE_KEY", 1),
            ],
            log: Vec::new(),
        };
        let secrets = Secrets::of(registry(), log, now()).unwrap().secrets;
        assert_eq!(secrets[0].name, "RESEND_API_KEY");
        assert_eq!(secrets[0].due_at.as_deref(), Some("2026-11-13T10:00:00Z"));
    }

    fn read(json: serde_json::Value) -> Result<NewRotation, Problem> {
        NewRotation::read(
            Fields::parse(json.to_string().as_bytes()).unwrap(),
            &registry(),
            now(),
        )
    }

    #[test]
    fn a_rotation_is_of_today_unless_it_says_otherwise() {
        let id = Uuid::nil();
        let rotation = read(serde_json::json!({"id": id, "name": "RESEND_API_KEY"})).unwrap();
        assert_eq!(
            (rotation.rotated_at.as_str(), rotation.note),
            ("2026-11-23T10:00:00.000Z", None)
        );
        let earlier = read(serde_json::json!({"id": id, "name": "RESEND_API_KEY", "rotated_at": "2026-11-20T12:00:00+02:00", "note": " By Ana "}))
            .unwrap();
        assert_eq!(
            (earlier.rotated_at.as_str(), earlier.note.as_deref()),
            ("2026-11-20T10:00:00.000Z", Some("By Ana"))
        );
    }

    #[test]
    fn what_can_not_be_is_refused() {
        for (name, rotated_at, note, field) in [
            ("SUPABASE_URL", "", "", "name"),
            ("OTHER", "", "", "name"),
            ("RESEND_API_KEY", "2026-12-01T00:00:00Z", "", "rotated_at"),
            ("RESEND_API_KEY", "1999-01-01T00:00:00Z", "", "rotated_at"),
            ("RESEND_API_KEY", "yesterday", "", "rotated_at"),
            ("RESEND_API_KEY", "", "now re_abcdefgh123456", "note"),
            ("RESEND_API_KEY", "", "sb_secret_abcdefgh", "note"),
            (
                "RESEND_API_KEY",
                "",
                "4f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c",
                "note",
            ),
        ] {
            let problem = read(serde_json::json!({"id": Uuid::nil(), "name": name, "rotated_at": (!rotated_at.is_empty()).then_some(rotated_at), "note": note})).unwrap_err();
            assert_eq!(
                (problem.status, problem.errors[0].field.as_str()),
                (422, field)
            );
        }
    }
}
