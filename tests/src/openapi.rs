//! The OpenAPI documents of the site, as the tests read them.

use std::path::{Path, PathBuf};

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::Client;

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the package has no parent folder")
        .to_owned()
}

/// One operation of one document.
#[derive(Clone, Debug)]
pub struct Operation {
    pub method: Method,
    /// As a test names it: `onboarding/profile`.
    pub endpoint: String,
    pub description: Value,
}

impl Operation {
    /// Its address with the parameters that must be there: an id is that of `client`.
    ///
    /// # Panics
    /// When one must be there of which nothing is known here.
    pub fn address_for(&self, client: &Client) -> String {
        let parameters = self.description["parameters"].as_array();
        let needed: Vec<_> = parameters
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["required"] == true && parameter["in"] == "query")
            .map(|parameter| match parameter["name"].as_str() {
                Some("id") => format!("id={}", client.id),
                Some("form") => "form=mileage-log".to_owned(),
                other => panic!("{} needs {other:?}", self.endpoint),
            })
            .collect();
        if needed.is_empty() {
            self.endpoint.clone()
        } else {
            format!("{}?{}", self.endpoint, needed.join("&"))
        }
    }

    /// Whether it takes what another service says, who alone can send it: its body is signed, and may hold what is not described.
    pub fn is_a_webhook(&self) -> bool {
        self.endpoint == "email/events"
    }

    /// Whether a token that is sent is looked at.
    pub fn reads_a_token(&self) -> bool {
        self.description["security"]
            .as_array()
            .is_some_and(|security| security.iter().any(|requirement| requirement != &json!({})))
    }

    pub fn needs_a_token(&self) -> bool {
        self.description["security"]
            .as_array()
            // One that is empty says that a token may be left out (OpenAPI 3.1, "Operation Object").
            .is_some_and(|security| {
                !security.is_empty() && security.iter().all(|requirement| requirement != &json!({}))
            })
    }
}

/// The OpenAPI document of a service.
pub struct Api(pub Value);

impl Api {
    /// # Panics
    /// When there is none.
    pub fn of(service: &str) -> Self {
        let file = root()
            .join("omega-site/openapi")
            .join(format!("{service}.json"));
        let text = std::fs::read_to_string(&file)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        Self(
            serde_json::from_str(&text)
                .unwrap_or_else(|error| panic!("{}: {error}", file.display())),
        )
    }

    /// The documents of every service.
    pub fn all() -> Vec<Self> {
        let folder = root().join("omega-site/openapi");
        let entries = std::fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let services = entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|kind| kind == "json"));
        services
            .map(|path| Self::of(&path.file_stem().unwrap().to_string_lossy()))
            .collect()
    }

    pub fn operations(&self) -> Vec<Operation> {
        let mut operations = Vec::new();
        for (path, methods) in self.0["paths"]
            .as_object()
            .expect("a document without paths")
        {
            for (method, description) in methods.as_object().expect("a path without methods") {
                operations.push(Operation {
                    method: method.to_uppercase().parse().expect("no method"),
                    endpoint: path
                        .strip_prefix("/functions/v1/")
                        .expect("a path elsewhere")
                        .to_owned(),
                    description: description.clone(),
                });
            }
        }
        operations
    }

    /// The schema of an answer, with the components it refers to.
    ///
    /// # Panics
    /// When the document does not describe such an answer.
    pub fn answer_schema(
        &self,
        method: &str,
        endpoint: &str,
        status: u16,
        media_type: &str,
    ) -> Value {
        let description = &self.0["paths"][format!("/functions/v1/{endpoint}")][method]["responses"]
            [status.to_string()];
        let schema = &description["content"][media_type]["schema"];
        assert!(
            schema.is_object(),
            "{method} {endpoint} describes no {status} with {media_type}: {description}"
        );
        json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "allOf": [schema], "components": self.0["components"] })
    }
}

/// Everything in every document.
pub fn operations() -> Vec<Operation> {
    Api::all().iter().flat_map(Api::operations).collect()
}

/// Everything in every document that must be called with a token.
pub fn operations_with_a_token() -> Vec<Operation> {
    Api::all()
        .iter()
        .flat_map(Api::operations)
        .filter(Operation::needs_a_token)
        .collect()
}
