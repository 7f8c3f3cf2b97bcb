//! What a Worker is configured with.

use std::cell::RefCell;
use std::rc::Rc;

use worker::Env;

use crate::problem::Problem;

/// Settings that every Worker shares, read once per isolate.
pub struct Settings {
    /// `SUPABASE_URL`, without a slash at the end.
    pub supabase_url: String,
    /// `SUPABASE_ANON_KEY`: `sb_publishable_…` or a legacy anon JWT.
    pub anon_key: String,
    /// Who issues access tokens.
    pub issuer: String,
    /// `SUPABASE_JWT_SECRET`: set only for a project that still signs with the legacy HS256 secret;
    /// asymmetric tokens are then refused, and otherwise HS256 ones are.
    pub jwt_secret: Option<String>,
    /// `ALLOWED_ORIGINS`: other origins than the Worker's own whose pages may call it, comma-separated.
    pub allowed_origins: Vec<String>,
    /// `READ_ONLY`: `on` while nothing may be written.
    pub read_only: bool,
}

thread_local! {
    static SETTINGS: RefCell<Option<Rc<Settings>>> = const { RefCell::new(None) };
}

impl Settings {
    /// # Errors
    /// 500 with a cause that names the variable that is missing or wrong.
    pub(crate) fn of(env: &Env) -> Result<Rc<Self>, Problem> {
        if let Some(settings) = SETTINGS.with_borrow(Clone::clone) {
            return Ok(settings);
        }
        let supabase_url = required(env, "SUPABASE_URL")?
            .trim_end_matches('/')
            .to_owned();
        if !supabase_url.starts_with("https://") && !supabase_url.starts_with("http://") {
            return Err(Problem::internal(
                "SUPABASE_URL is no URL; see the Worker's wrangler.toml",
            ));
        }
        let read_only = match optional(env, "READ_ONLY").as_deref() {
            None | Some("off") => false,
            Some("on") => true,
            Some(_) => return Err(Problem::internal("READ_ONLY is neither `on` nor `off`")),
        };
        let settings = Rc::new(Self {
            read_only,
            issuer: optional(env, "SUPABASE_JWT_ISSUER")
                .unwrap_or_else(|| format!("{supabase_url}/auth/v1")),
            anon_key: required(env, "SUPABASE_ANON_KEY")?,
            jwt_secret: optional(env, "SUPABASE_JWT_SECRET"),
            allowed_origins: optional(env, "ALLOWED_ORIGINS")
                .map(|list| {
                    list.split(',')
                        .map(|origin| origin.trim().to_owned())
                        .collect()
                })
                .unwrap_or_default(),
            supabase_url,
        });
        SETTINGS.set(Some(settings.clone()));
        Ok(settings)
    }

    /// Every write passes here, by what calls it: a request's method, or a Worker that acts for itself.
    ///
    /// # Errors
    /// 503 of the kind `read-only` while nothing may be written.
    pub(super) fn allow_writing(&self) -> Result<(), Problem> {
        if self.read_only {
            Err(Problem::read_only())
        } else {
            Ok(())
        }
    }
}

/// A variable or secret that may be unset.
pub(crate) fn optional(env: &Env, name: &str) -> Option<String> {
    env.var(name)
        .ok()
        .map(|value| value.to_string())
        .filter(|value| !value.is_empty())
}

/// A variable or secret that must be set.
///
/// # Errors
/// 500 with a cause that names it.
pub(crate) fn required(env: &Env, name: &str) -> Result<String, Problem> {
    optional(env, name).ok_or_else(|| {
        Problem::internal(format!("{name} is not set; see the Worker's wrangler.toml"))
    })
}
