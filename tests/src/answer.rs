use reqwest::header::HeaderMap;
use serde_json::Value;

/// The whole answer to a request.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    /// Sends a request.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn to(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.expect("the request got no answer");
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response
                .bytes()
                .await
                .expect("the answer broke off")
                .to_vec(),
        }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .get(name)
            .map(|value| value.to_str().expect("a header is not text"))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// # Panics
    /// When the body is no JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| {
            panic!(
                "{} with a body that is no JSON: {}",
                self.status,
                self.text()
            )
        })
    }

    /// The JSON of an answer with this status; `Null` when it has no body.
    ///
    /// # Panics
    /// When the status is another.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        if self.body.is_empty() {
            Value::Null
        } else {
            self.json()
        }
    }

    /// The problem document of a refusal with this status, after checking what every refusal must have.
    ///
    /// # Panics
    /// When it is no such refusal.
    #[track_caller]
    pub fn problem(&self, status: u16) -> Value {
        self.problem_of(status, "about:blank")
    }

    /// As [`Answer::problem`], of a kind of its own.
    ///
    /// # Panics
    /// When it is no such refusal.
    #[track_caller]
    pub fn problem_of(&self, status: u16, kind: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{}",
            self.text()
        );
        assert_eq!(self.header("cache-control"), Some("no-store"));
        let problem = self.json();
        assert_eq!(problem["status"], status);
        assert_eq!(problem["type"], kind);
        for words in ["title", "detail"] {
            assert!(
                problem[words].as_str().is_some_and(|text| !text.is_empty()),
                "no {words}: {problem}"
            );
        }
        assert_eq!(
            problem["request_id"].as_str(),
            self.header("x-request-id"),
            "the body and the header name different requests"
        );
        problem
    }

    /// The fields that a refusal with this status names, in its order.
    ///
    /// # Panics
    /// When it is no such refusal, or names a field without a sentence.
    #[track_caller]
    pub fn refused_fields(&self, status: u16) -> Vec<String> {
        let problem = self.problem(status);
        let errors = problem["errors"].as_array().cloned().unwrap_or_default();
        errors
            .iter()
            .map(|error| {
                assert!(
                    error["detail"]
                        .as_str()
                        .is_some_and(|text| text.ends_with('.')),
                    "no sentence: {error}"
                );
                error["field"]
                    .as_str()
                    .expect("an error names no field")
                    .to_owned()
            })
            .collect()
    }
}
