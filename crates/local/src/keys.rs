//! The project's keys: made at random at the first start, kept in the data folder.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::SecretKey;
use p256::pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::tokens::{self, Signer};

const TEN_YEARS: i64 = 10 * 365 * 24 * 3600;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Anon,
    Service,
}

impl Role {
    pub fn name(self) -> &'static str {
        match self {
            Self::Anon => "anon",
            Self::Service => "service_role",
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Stored {
    publishable_key: String,
    secret_key: String,
    legacy_anon_key: String,
    legacy_service_role_key: String,
    jwt_secret: String,
    /// The ES256 key that signs access tokens, PKCS #8 in PEM.
    signing_key: String,
    key_id: String,
    /// What the Auth service signs with; never leaves this process and that one.
    auth_secret: String,
    /// What signed URLs of Storage are signed with.
    storage_secret: String,
}

pub(crate) struct Keys {
    stored: Stored,
    pub signer: Signer,
}

impl Keys {
    /// Reads `keys.json`, or makes it.
    pub fn load(data_dir: &Path) -> Result<Self> {
        let path = data_dir.join("keys.json");
        let stored = match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text)
                .with_context(|| format!("{} is damaged", path.display()))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let stored = Stored::random()?;
                write_private(&path, &serde_json::to_vec_pretty(&stored)?)?;
                stored
            }
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", path.display()));
            }
        };
        let key = SecretKey::from_pkcs8_pem(&stored.signing_key)
            .with_context(|| format!("the signing key in {}", path.display()))?;
        let signer = Signer::new(key, stored.key_id.clone());
        Ok(Self { stored, signer })
    }

    pub fn publishable(&self) -> &str {
        &self.stored.publishable_key
    }

    pub fn secret(&self) -> &str {
        &self.stored.secret_key
    }

    pub fn legacy(&self, role: Role) -> &str {
        match role {
            Role::Anon => &self.stored.legacy_anon_key,
            Role::Service => &self.stored.legacy_service_role_key,
        }
    }

    pub fn jwt_secret(&self) -> &str {
        &self.stored.jwt_secret
    }

    pub fn auth_secret(&self) -> &str {
        &self.stored.auth_secret
    }

    pub fn storage_secret(&self) -> &str {
        &self.stored.storage_secret
    }

    /// The role an API key stands for.
    pub fn role(&self, key: &str) -> Option<Role> {
        if key == self.stored.publishable_key || key == self.stored.legacy_anon_key {
            Some(Role::Anon)
        } else if key == self.stored.secret_key || key == self.stored.legacy_service_role_key {
            Some(Role::Service)
        } else {
            None
        }
    }
}

impl Stored {
    fn random() -> Result<Self> {
        let jwt_secret = random_text(40)?;
        let now = tokens::now();
        let legacy = |role: Role| {
            let claims = json!({
                "iss": "supabase",
                "ref": "local",
                "role": role.name(),
                "iat": now,
                "exp": now + TEN_YEARS,
            });
            tokens::sign_hs256(&claims, jwt_secret.as_bytes())
        };
        // A scalar out of the curve's range is as unlikely as guessing the key.
        let key = loop {
            if let Ok(key) = SecretKey::from_slice(&random_bytes::<32>()?) {
                break key;
            }
        };
        Ok(Self {
            publishable_key: format!("sb_publishable_{}_{}", random_text(22)?, random_text(8)?),
            secret_key: format!("sb_secret_{}_{}", random_text(22)?, random_text(8)?),
            legacy_anon_key: legacy(Role::Anon)?,
            legacy_service_role_key: legacy(Role::Service)?,
            signing_key: key.to_pkcs8_pem(LineEnding::LF)?.to_string(),
            key_id: Uuid::new_v4().to_string(),
            auth_secret: random_text(40)?,
            storage_secret: random_text(40)?,
            jwt_secret,
        })
    }
}

fn random_bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).context("no random numbers")?;
    Ok(bytes)
}

pub(crate) fn random_text(length: usize) -> Result<String> {
    let mut text = URL_SAFE_NO_PAD.encode(random_bytes::<48>()?);
    text.truncate(length);
    Ok(text)
}

/// Writes a file only its owner may read, whole or not at all.
fn write_private(path: &Path, text: &[u8]) -> Result<()> {
    let fresh = path.with_extension("new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&fresh)?;
    file.write_all(text)?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_kept_and_differ_between_projects() {
        let folder = std::env::temp_dir().join(format!("keys-{}", std::process::id()));
        let other = folder.join("other");
        fs::create_dir_all(&other).unwrap();
        let first = Keys::load(&folder).unwrap();
        let again = Keys::load(&folder).unwrap();
        let second = Keys::load(&other).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(first.secret(), again.secret());
        assert_ne!(first.secret(), second.secret());
        assert_eq!(first.role(first.publishable()), Some(Role::Anon));
        assert_eq!(first.role(first.legacy(Role::Service)), Some(Role::Service));
        assert_eq!(first.role(second.secret()), None);
        assert!(first.publishable().starts_with("sb_publishable_"));
        let claims =
            tokens::verify_hs256(first.legacy(Role::Anon), first.jwt_secret().as_bytes()).unwrap();
        assert_eq!(claims["role"], "anon");
    }
}
