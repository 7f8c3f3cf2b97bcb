//! In place of Cloudflare Turnstile, which can't be reached from a test: a widget that takes everybody for a person,
//! and the address at which its proofs are checked, each good once. Source: Cloudflare Turnstile, "Validate the token"
//! and "Testing".

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use axum::extract::{Json, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The site key for tests whose widget passes unseen, and the secret key that goes with it.
pub const SITE_KEY: &str = "1x00000000000000000000BB";
pub const SECRET_KEY: &str = "1x0000000000000000000000000000000AA";

/// How the proofs of test keys begin.
const PROOF: &str = "XXXX.DUMMY.TOKEN.XXXX";

const WIDGET: &str = r#"
globalThis.turnstile = {
  places: [],
  render(place, options) {
    this.places.push(options);
    this.reset(this.places.length - 1);
    return String(this.places.length - 1);
  },
  reset(id) {
    setTimeout(() => this.places[id].callback(`XXXX.DUMMY.TOKEN.XXXX.${crypto.randomUUID()}`), 20);
  },
};
"#;

/// Ends with the test.
pub struct Turnstile {
    pub script: String,
    pub verify: String,
    serving: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct Proofs {
    used: Mutex<HashSet<String>>,
}

impl Turnstile {
    /// # Panics
    /// When there is no port for it.
    pub async fn start() -> Self {
        let routes = axum::Router::new()
            .route("/turnstile/v0/api.js", get(widget))
            .route("/turnstile/v0/siteverify", post(verify))
            .with_state(Arc::<Proofs>::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        Self {
            script: format!("{origin}/turnstile/v0/api.js?render=explicit"),
            verify: format!("{origin}/turnstile/v0/siteverify"),
            serving: tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() }),
        }
    }

    /// What the widget gives a person.
    pub fn proof(&self) -> String {
        format!("{PROOF}.{}", uuid::Uuid::new_v4())
    }

    pub fn stop(&self) {
        self.serving.abort();
    }
}

impl Drop for Turnstile {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn widget() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/javascript")], WIDGET)
}

async fn verify(State(proofs): State<Arc<Proofs>>, Json(asked): Json<Value>) -> Json<Value> {
    let text = |name: &str| asked[name].as_str().unwrap_or_default().to_owned();
    let error = |code: &str| Json(json!({ "success": false, "error-codes": [code] }));
    if text("secret") != SECRET_KEY {
        return error("invalid-input-secret");
    }
    let proof = text("response");
    if !proof.starts_with(PROOF) {
        return error("invalid-input-response");
    }
    if !proofs.used.lock().unwrap().insert(proof) {
        return error("timeout-or-duplicate");
    }
    Json(
        json!({ "success": true, "error-codes": [], "challenge_ts": "2026-11-23T12:00:00.000Z", "hostname": "example.com" }),
    )
}
