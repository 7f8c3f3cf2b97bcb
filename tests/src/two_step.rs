use reqwest::Method;
use serde_json::{Value, json};
use totp_rs::{Algorithm, Builder, Secret};

use crate::answer::Answer;
use crate::client::Client;

/// The code that an authenticator app with this secret shows now (RFC 6238, as apps do it by default).
///
/// # Panics
/// When the secret is none.
pub fn code_of(secret: &str) -> String {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("the clock stands before 1970")
        .as_secs();
    let secret = Secret::try_from_base32(secret).expect("a secret is not base32");
    Builder::new()
        .with_secret(secret)
        .with_algorithm(Algorithm::SHA1)
        .build()
        .expect("a secret is too short")
        .generate(now)
        .to_string()
}

/// A code that is not right now, nor was a moment ago, nor will be soon.
pub fn wrong_code_of(secret: &str) -> String {
    let code: u32 = code_of(secret).parse().expect("a code is no number");
    format!("{:06}", (code + 1) % 1_000_000)
}

impl Client {
    /// Sets up an authenticator app; answers with this client at the level of two steps, and the app's secret.
    pub async fn with_app(&self, name: &str) -> (Self, String) {
        let body = json!({ "factor_type": "totp", "friendly_name": name });
        let factor = self.factors("", &body).await;
        let secret = text(&factor["totp"]["secret"]);
        let session = self.take_second_step(&text(&factor["id"]), &secret).await;
        (session, secret)
    }

    /// Proves to have the app with this secret.
    pub async fn take_second_step(&self, factor: &str, secret: &str) -> Self {
        let challenge = self
            .factors(&format!("/{factor}/challenge"), &json!({}))
            .await;
        let attempt = json!({ "challenge_id": challenge["id"], "code": code_of(secret) });
        let session = self.factors(&format!("/{factor}/verify"), &attempt).await;
        Self {
            token: text(&session["access_token"]),
            refresh_token: text(&session["refresh_token"]),
            ..self.clone()
        }
    }

    async fn factors(&self, path: &str, body: &Value) -> Value {
        let request = self.supabase(Method::POST, &format!("/auth/v1/factors{path}"));
        Answer::to(request.json(body)).await.expect(200)
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("an answer lacks a text").to_owned()
}
