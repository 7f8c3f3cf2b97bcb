//! A Worker that acts for itself, on a cron: no request, no user.

use std::rc::Rc;

use worker::Env;

use super::settings::{Settings, optional, required};
use super::{Database, Deadline, upstream};
use crate::api_keys::Credentials;
use crate::problem::Problem;
use crate::upstream::UpstreamRequest;

/// The environment of a run that no user asked for, with the secret key.
pub struct Service {
    env: Env,
    settings: Rc<Settings>,
    secret_key: String,
}

impl Service {
    /// # Errors
    /// 500 with a cause that names the setting that is missing; 503 while nothing may be written.
    pub fn new(env: &Env) -> Result<Self, Problem> {
        let settings = Settings::of(env)?;
        settings.allow_writing()?;
        Ok(Self {
            env: env.clone(),
            settings,
            secret_key: required(env, "SUPABASE_SERVICE_ROLE_KEY")?,
        })
    }

    pub fn database(&self) -> Database<'_> {
        Database::with_key(&self.settings.supabase_url, &self.secret_key)
    }

    pub fn supabase_url(&self) -> &str {
        &self.settings.supabase_url
    }

    /// The secret key, for Storage.
    pub fn credentials(&self) -> Credentials<'_> {
        Credentials::Key(&self.secret_key)
    }

    /// A variable or secret that must be set.
    ///
    /// # Errors
    /// 500 with a cause that names it.
    pub fn required(&self, name: &str) -> Result<String, Problem> {
        required(&self.env, name)
    }

    pub fn optional(&self, name: &str) -> Option<String> {
        optional(&self.env, name)
    }

    /// Sends a request to another service and takes its whole answer.
    ///
    /// # Errors
    /// 503 or 504 when there is no answer.
    pub async fn send(
        &self,
        request: UpstreamRequest,
        deadline: Deadline,
    ) -> Result<(u16, Vec<u8>), Problem> {
        upstream::answer(request, deadline).await
    }
}
