//! What the local Supabase is told, and what it answers when it is ready.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// The family of signatures of users' access tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JwtMode {
    /// As hosted projects sign: ES256 with `kid`, the key set published.
    Es256,
    /// As projects with only the legacy secret sign: HS256, an empty key set.
    Hs256,
}

#[derive(Clone, Debug, clap::Args, Serialize)]
pub struct Config {
    /// Where the database, files, keys and logs live; made when missing.
    #[arg(long)]
    pub data_dir: PathBuf,
    /// Port of the API: /rest/v1, /auth/v1, /storage/v1.
    #[arg(long, default_value_t = 54321)]
    pub port: u16,
    /// Port of Postgres (user postgres, password postgres, database postgres).
    #[arg(long, default_value_t = 54322)]
    pub db_port: u16,
    /// The site that links in mails lead back to.
    #[arg(long, default_value = "http://127.0.0.1:8787")]
    pub site_url: String,
    /// Further addresses that links in mails may lead to; `*` and `**` match.
    #[arg(long)]
    pub redirect_url: Vec<String>,
    /// Base URL of Resend's API, which gets Auth's mails.
    #[arg(long, default_value = "http://127.0.0.1:54324")]
    pub inbox_url: String,
    /// The key sent to Resend's API; not a flag, since flags are visible to the whole machine.
    #[arg(skip = resend_api_key())]
    #[serde(skip)]
    pub resend_api_key: String,
    /// Sender of Auth's mails.
    #[arg(long, default_value = "OmegaOS <onboarding@resend.dev>")]
    pub mail_from: String,
    /// The official CLI's settings, which name the templates of Auth's mails; the library's own unless told.
    #[arg(long)]
    pub supabase_config: Option<PathBuf>,
    /// Folder of migrations, `<14 digits>_<name>.sql`.
    #[arg(long)]
    pub migrations: Option<PathBuf>,
    /// Node 20 or newer, which runs the Auth service.
    #[arg(long, default_value = "node")]
    pub node: PathBuf,
    /// The installed npm packages; the repository's own unless told.
    #[arg(long)]
    pub node_modules: Option<PathBuf>,
    /// How access tokens are signed.
    #[arg(long, value_enum, default_value = "es256")]
    pub jwt_mode: JwtMode,
    /// Ask new users to confirm their address before they may sign in.
    #[arg(long)]
    pub confirm_email: bool,
    /// The largest file Storage takes, in bytes, whatever its bucket says.
    #[arg(long, default_value_t = 50 * 1024 * 1024)]
    pub file_size_limit: u64,
}

/// A mail of Auth, as <https://supabase.com/docs/guides/local-development/customizing-email-templates> has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct MailTemplate {
    subject: String,
    content_path: PathBuf,
}

impl Config {
    /// The configuration with every setting at its default.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            port: 54321,
            db_port: 54322,
            site_url: "http://127.0.0.1:8787".into(),
            redirect_url: Vec::new(),
            inbox_url: "http://127.0.0.1:54324".into(),
            resend_api_key: resend_api_key(),
            mail_from: "OmegaOS <onboarding@resend.dev>".into(),
            supabase_config: None,
            migrations: None,
            node: "node".into(),
            node_modules: None,
            jwt_mode: JwtMode::Es256,
            confirm_email: false,
            file_size_limit: 50 * 1024 * 1024,
        }
    }

    /// The arguments that start `omega-local` with this configuration, but for the Resend key, which
    /// it takes from RESEND_API_KEY.
    pub fn args(&self) -> Vec<OsString> {
        let mut args: Vec<OsString> = Vec::new();
        let mut pair = |flag: &str, value: OsString| {
            args.push(flag.into());
            args.push(value);
        };
        pair("--data-dir", self.data_dir.clone().into());
        pair("--port", self.port.to_string().into());
        pair("--db-port", self.db_port.to_string().into());
        pair("--site-url", self.site_url.clone().into());
        for url in &self.redirect_url {
            pair("--redirect-url", url.into());
        }
        pair("--inbox-url", self.inbox_url.clone().into());
        pair("--mail-from", self.mail_from.clone().into());
        if let Some(file) = &self.supabase_config {
            pair("--supabase-config", file.into());
        }
        if let Some(folder) = &self.migrations {
            pair("--migrations", folder.into());
        }
        pair("--node", self.node.clone().into());
        if let Some(folder) = &self.node_modules {
            pair("--node-modules", folder.into());
        }
        let mode = match self.jwt_mode {
            JwtMode::Es256 => "es256",
            JwtMode::Hs256 => "hs256",
        };
        pair("--jwt-mode", mode.into());
        pair("--file-size-limit", self.file_size_limit.to_string().into());
        if self.confirm_email {
            args.push("--confirm-email".into());
        }
        args
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn database_url(&self) -> String {
        format!(
            "postgresql://postgres:postgres@127.0.0.1:{}/postgres",
            self.db_port
        )
    }

    /// A native program from the installed npm packages.
    pub(crate) fn package(&self, path: &str) -> Result<PathBuf> {
        let found = self.node_modules()?.join(path);
        if !found.exists() {
            bail!(
                "{} is missing: run `npm install` in the repository",
                found.display()
            );
        }
        Ok(found)
    }

    pub(crate) fn node_modules(&self) -> Result<PathBuf> {
        let folder = match &self.node_modules {
            Some(folder) => folder.clone(),
            None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../node_modules"),
        };
        folder.canonicalize().with_context(|| {
            format!(
                "the npm packages are not at {}: run `npm install` in the repository",
                folder.display()
            )
        })
    }

    /// `auth.email.template` of the official CLI's settings, each with the whole path of its file.
    pub(crate) fn mail_templates(&self) -> Result<BTreeMap<String, MailTemplate>> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Settings {
            auth: Auth,
        }
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Auth {
            email: Email,
        }
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Email {
            template: BTreeMap<String, MailTemplate>,
        }
        let Some(file) = &self.supabase_config else {
            return Ok(BTreeMap::new());
        };
        let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
        let settings: Settings =
            toml::from_str(&text).with_context(|| file.display().to_string())?;
        // The CLI takes its paths from the project's folder, in which `supabase` lies.
        let project = file
            .parent()
            .and_then(Path::parent)
            .context("the settings lie in no project")?;
        let mut templates = settings.auth.email.template;
        for template in templates.values_mut() {
            template.content_path = project.join(&template.content_path);
        }
        Ok(templates)
    }

    pub(crate) fn logs(&self) -> PathBuf {
        self.data_dir.join("logs")
    }
}

fn resend_api_key() -> String {
    std::env::var("RESEND_API_KEY").unwrap_or_else(|_| "re_local".into())
}

pub(crate) fn loopback(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

/// The line printed on standard output once everything answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ready {
    pub ready: bool,
    pub url: String,
    /// The `sb_publishable_…` key.
    pub anon_key: String,
    /// The `sb_secret_…` key.
    pub service_role_key: String,
    /// The same roles as JWTs signed with the legacy secret.
    pub legacy_anon_key: String,
    pub legacy_service_role_key: String,
    pub jwt_secret: String,
    pub database_url: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        config: Config,
    }

    #[test]
    fn args_say_the_whole_configuration() {
        let mut config = Config::new("/data");
        config.port = 1;
        config.db_port = 2;
        config.site_url = "http://site".into();
        config.redirect_url = vec!["http://a/**".into(), "http://b/**".into()];
        config.supabase_config = Some("/supabase/config.toml".into());
        config.migrations = Some("/migrations".into());
        config.node_modules = Some("/modules".into());
        config.jwt_mode = JwtMode::Hs256;
        config.confirm_email = true;
        let args = std::iter::once("omega-local".into()).chain(config.args());
        let parsed = Cli::try_parse_from(args).unwrap().config;
        assert_eq!(format!("{parsed:?}"), format!("{config:?}"));
    }

    #[test]
    fn defaults_agree_with_the_flags() {
        let parsed = Cli::try_parse_from(["omega-local", "--data-dir", "/data"]).unwrap();
        assert_eq!(
            format!("{:?}", parsed.config),
            format!("{:?}", Config::new("/data"))
        );
    }
}
