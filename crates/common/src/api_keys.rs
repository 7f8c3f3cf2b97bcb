//! Supabase API keys, new and legacy, and the headers each goes into.
//!
//! Source: Supabase, "Understanding API keys": `sb_publishable_…` and `sb_secret_…` go into `apikey`
//! alone; legacy keys are JWTs and may also stand as Bearer.

/// Which headers carry the identity of an upstream call.
#[derive(Clone, Copy)]
pub enum Credentials<'a> {
    /// As the user: the public key, and the user's token as Bearer.
    User {
        anon_key: &'a str,
        access_token: &'a str,
    },
    /// With a key alone, public or secret.
    Key(&'a str),
}

impl Credentials<'_> {
    /// `apikey` and, where one belongs there, `authorization`.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        match *self {
            Self::User {
                anon_key,
                access_token,
            } => {
                vec![
                    ("apikey", anon_key.to_owned()),
                    ("authorization", format!("Bearer {access_token}")),
                ]
            }
            Self::Key(key) if is_new_style(key) => vec![("apikey", key.to_owned())],
            Self::Key(key) => vec![
                ("apikey", key.to_owned()),
                ("authorization", format!("Bearer {key}")),
            ],
        }
    }
}

/// Whether a key is `sb_publishable_…` or `sb_secret_…` rather than a legacy JWT.
pub fn is_new_style(key: &str) -> bool {
    key.starts_with("sb_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_keys_are_never_bearer() {
        assert_eq!(
            Credentials::Key("sb_secret_x").headers(),
            [("apikey", "sb_secret_x".to_owned())]
        );
    }

    #[test]
    fn legacy_keys_are_bearer_too() {
        let headers = Credentials::Key("eyJ.a.b").headers();
        assert_eq!(headers[1], ("authorization", "Bearer eyJ.a.b".to_owned()));
    }

    #[test]
    fn a_user_is_the_bearer_beside_the_public_key() {
        let headers = Credentials::User {
            anon_key: "sb_publishable_x",
            access_token: "t",
        }
        .headers();
        assert_eq!(
            headers,
            [
                ("apikey", "sb_publishable_x".to_owned()),
                ("authorization", "Bearer t".to_owned())
            ]
        );
    }
}
