//! Which backend answers, from configuration values.

use std::{fmt, rc::Rc};

use crate::{
    Assistant, BuiltIn, Http, Knowledge, Limits, OpenAi, Timer, WorkersAi, workers_ai::Ai,
};

const OPENAI_BASE_URL: &str = "https://api.openai.com/v1";

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settings {
    /// Needs no key, and is the default.
    BuiltIn,
    OpenAi(OpenAiSettings),
    WorkersAi {
        model: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenAiSettings {
    /// Without a slash at the end.
    pub base_url: String,
    pub model: String,
    pub api_key: Option<ApiKey>,
}

/// A key that stays out of logs.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    #[error("ASSISTANT_BACKEND is `{0}`; it must be built-in, openai or workers-ai")]
    Backend(String),
    #[error("ASSISTANT_BACKEND is {backend}, so {name} must be set")]
    Missing {
        backend: &'static str,
        name: &'static str,
    },
    #[error(
        "OPENAI_BASE_URL must be an https:// address (http:// only for 127.0.0.1, [::1] and localhost), without a query"
    )]
    BaseUrl,
    #[error("OPENAI_API_KEY holds a character that no key has")]
    ApiKey,
    #[error(
        "ASSISTANT_BACKEND is workers-ai, but the Worker has no AI binding; add `[ai] binding = \"AI\"` to its wrangler.toml"
    )]
    NoBinding,
}

impl Settings {
    /// Reads ASSISTANT_BACKEND and what it asks for. An empty value counts as not set.
    pub fn from_values(value: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let value = |name: &str| {
            value(name)
                .map(|value| value.trim().to_owned())
                .filter(|value| !value.is_empty())
        };
        let require = |backend, name| value(name).ok_or(SettingsError::Missing { backend, name });
        match value("ASSISTANT_BACKEND").as_deref() {
            None | Some("built-in") => Ok(Self::BuiltIn),
            Some("openai") => {
                let base_url = match value("OPENAI_BASE_URL") {
                    Some(url) => base_url(&url)?,
                    None => OPENAI_BASE_URL.to_owned(),
                };
                // A server of one's own may need no key; OpenAI's does.
                let api_key = if base_url == OPENAI_BASE_URL {
                    Some(require("openai", "OPENAI_API_KEY")?)
                } else {
                    value("OPENAI_API_KEY")
                };
                if api_key
                    .as_ref()
                    .is_some_and(|key| !key.bytes().all(|byte| byte.is_ascii_graphic()))
                {
                    return Err(SettingsError::ApiKey);
                }
                let model = require("openai", "OPENAI_MODEL")?;
                Ok(Self::OpenAi(OpenAiSettings {
                    base_url,
                    model,
                    api_key: api_key.map(ApiKey::new),
                }))
            }
            Some("workers-ai") => Ok(Self::WorkersAi {
                model: require("workers-ai", "WORKERS_AI_MODEL")?,
            }),
            Some(other) => Err(SettingsError::Backend(other.to_owned())),
        }
    }

    /// The outside model that would answer; `None` for the built-in assistant.
    pub fn model(&self) -> Option<&str> {
        match self {
            Self::BuiltIn => None,
            Self::OpenAi(OpenAiSettings { model, .. }) | Self::WorkersAi { model } => Some(model),
        }
    }

    /// The assistant that these settings ask for.
    pub fn assistant(
        self,
        knowledge: &'static Knowledge,
        http: Rc<dyn Http>,
        ai: Option<Rc<dyn Ai>>,
        timer: Rc<dyn Timer>,
    ) -> Result<Box<dyn Assistant>, SettingsError> {
        let limits = Limits::default();
        Ok(match self {
            Self::BuiltIn => Box::new(BuiltIn::new(knowledge)),
            Self::OpenAi(settings) => {
                Box::new(OpenAi::new(settings, knowledge, http, timer, limits))
            }
            Self::WorkersAi { model } => {
                let ai = ai.ok_or(SettingsError::NoBinding)?;
                Box::new(WorkersAi::new(model, knowledge, ai, timer, limits))
            }
        })
    }
}

/// A key and a client's words go to this address, so it must be encrypted unless it is this machine.
fn base_url(url: &str) -> Result<String, SettingsError> {
    let uri: http::Uri = url.parse().map_err(|_| SettingsError::BaseUrl)?;
    let host = uri.host().unwrap_or_default();
    let local = matches!(host, "127.0.0.1" | "[::1]" | "localhost");
    let encrypted = uri.scheme_str() == Some("https");
    let plain = uri.scheme_str() == Some("http");
    let user = uri
        .authority()
        .is_some_and(|authority| authority.as_str().contains('@'));
    if host.is_empty() || user || uri.query().is_some() || !(encrypted || plain && local) {
        return Err(SettingsError::BaseUrl);
    }
    Ok(url.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(values: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        Settings::from_values(|name| {
            values
                .iter()
                .find(|(own, _)| *own == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_built_in_assistant_is_the_default() {
        assert_eq!(settings(&[]), Ok(Settings::BuiltIn));
        assert_eq!(
            settings(&[("ASSISTANT_BACKEND", " ")]),
            Ok(Settings::BuiltIn)
        );
        assert_eq!(
            settings(&[("ASSISTANT_BACKEND", "built-in"), ("OPENAI_MODEL", "m")]),
            Ok(Settings::BuiltIn)
        );
    }

    #[test]
    fn the_model_is_known_before_anything_is_asked() {
        assert_eq!(settings(&[]).unwrap().model(), None);
        for values in [
            vec![
                ("ASSISTANT_BACKEND", "workers-ai"),
                ("WORKERS_AI_MODEL", "m"),
            ],
            vec![
                ("ASSISTANT_BACKEND", "openai"),
                ("OPENAI_MODEL", "m"),
                ("OPENAI_API_KEY", "k"),
            ],
        ] {
            assert_eq!(settings(&values).unwrap().model(), Some("m"));
        }
    }

    #[test]
    fn openai_needs_a_model_and_openais_own_server_a_key() {
        let backend = ("ASSISTANT_BACKEND", "openai");
        let missing = |name| {
            Err(SettingsError::Missing {
                backend: "openai",
                name,
            })
        };
        assert_eq!(
            settings(&[backend, ("OPENAI_MODEL", "m")]),
            missing("OPENAI_API_KEY")
        );
        assert_eq!(
            settings(&[backend, ("OPENAI_API_KEY", "k")]),
            missing("OPENAI_MODEL")
        );
        let own = settings(&[
            backend,
            ("OPENAI_MODEL", "m"),
            ("OPENAI_BASE_URL", "http://127.0.0.1:8000/v1/"),
        ]);
        assert_eq!(
            own,
            Ok(Settings::OpenAi(OpenAiSettings {
                base_url: "http://127.0.0.1:8000/v1".to_owned(),
                model: "m".to_owned(),
                api_key: None
            }))
        );
        assert_eq!(
            settings(&[
                backend,
                ("OPENAI_MODEL", "m"),
                ("OPENAI_API_KEY", "k\r\nx: y")
            ]),
            Err(SettingsError::ApiKey)
        );
    }

    #[test]
    fn a_key_never_goes_out_unencrypted() {
        for url in [
            "http://models.example/v1",
            "ftp://127.0.0.1",
            "models.example",
            "https://",
            "https://user:pass@models.example",
            "https://models.example/v1?a=b",
            "http://127.0.0.1.example/v1",
        ] {
            let values = [
                ("ASSISTANT_BACKEND", "openai"),
                ("OPENAI_MODEL", "m"),
                ("OPENAI_BASE_URL", url),
            ];
            assert_eq!(settings(&values), Err(SettingsError::BaseUrl), "{url}");
        }
    }

    #[test]
    fn errors_name_the_value_to_set() {
        assert_eq!(
            settings(&[("ASSISTANT_BACKEND", "gpt")])
                .unwrap_err()
                .to_string(),
            "ASSISTANT_BACKEND is `gpt`; it must be built-in, openai or workers-ai"
        );
        assert_eq!(
            settings(&[("ASSISTANT_BACKEND", "workers-ai")])
                .unwrap_err()
                .to_string(),
            "ASSISTANT_BACKEND is workers-ai, so WORKERS_AI_MODEL must be set"
        );
    }

    #[test]
    fn a_key_is_not_printed() {
        let values = [
            ("ASSISTANT_BACKEND", "openai"),
            ("OPENAI_MODEL", "m"),
            ("OPENAI_API_KEY", "sk-secret"),
        ];
        assert!(!format!("{:?}", settings(&values)).contains("sk-secret"));
    }
}
