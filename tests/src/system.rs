use std::path::PathBuf;

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::answer::Answer;
use crate::client::{Client, PASSWORD};
use crate::database::Database;

/// Where a running system answers, and its keys: what `cargo xtask dev` and `test` write.
#[derive(Clone, Debug, Deserialize)]
pub struct Addresses {
    pub site: String,
    pub supabase: String,
    pub inbox: String,
    pub anon_key: String,
    pub service_role_key: String,
    pub webhook_secret: String,
    pub database_url: Option<String>,
    pub legacy_anon_key: Option<String>,
    pub legacy_service_role_key: Option<String>,
    pub jwt_secret: Option<String>,
}

/// The running system.
#[derive(Clone)]
pub struct System {
    pub addresses: Addresses,
    pub http: reqwest::Client,
    /// Stands for the network address that this test calls from: limits count by address, and tests
    /// that run side by side must not use up each other's.
    pub caller_address: String,
}

/// Names the file that tells where the system answers.
const DEV_JSON: &str = "OMEGA_DEV_JSON";

impl System {
    /// # Panics
    /// With a sentence when there is no running system.
    pub async fn connect() -> Self {
        let file = dev_json();
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| {
            panic!("{} can't be read ({error}). Is the system running? `cargo xtask dev` writes this file.", file.display())
        });
        let addresses: Addresses = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{} is not a dev.json: {error}", file.display()));
        // Redirects are answers to look at, and a test never shares a connection with another one's runtime.
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        let system = Self {
            addresses,
            http,
            caller_address: random_address(),
        };
        if let Err(error) = system
            .http
            .get(format!("{}/config.json", system.addresses.site))
            .send()
            .await
        {
            panic!(
                "nothing answers at {} ({error}). Start the system with `cargo xtask dev`.",
                system.addresses.site
            );
        }
        system
    }

    /// Seen from another network address.
    #[must_use]
    pub fn from_elsewhere(&self) -> Self {
        Self {
            caller_address: random_address(),
            ..self.clone()
        }
    }

    /// The URL of a Worker: `onboarding/profile`, with a query or without.
    pub fn worker_url(&self, endpoint: &str) -> String {
        format!("{}/functions/v1/{endpoint}", self.addresses.site)
    }

    /// A request to a Worker, without a token.
    pub fn worker(&self, method: Method, endpoint: &str) -> reqwest::RequestBuilder {
        self.http
            .request(method, self.worker_url(endpoint))
            .header("cf-connecting-ip", &self.caller_address)
    }

    /// POST of JSON to a Worker, without a token.
    pub async fn post(&self, endpoint: &str, body: &Value) -> Answer {
        Answer::to(self.worker(Method::POST, endpoint).json(body)).await
    }

    /// A request past the Workers, straight at Supabase, with a key alone.
    pub fn supabase(&self, method: Method, path: &str, key: &str) -> reqwest::RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.addresses.supabase))
            .header("apikey", key)
    }

    /// A request straight at Supabase with the public key and nothing else: what anybody can send.
    pub fn anonymous(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.supabase(method, path, &self.addresses.anon_key)
    }

    /// A request straight at Supabase with the secret key.
    pub fn service(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.supabase(method, path, &self.addresses.service_role_key)
    }

    /// A request straight at Supabase with the public key and `token`, whatever that is.
    pub fn bearing(&self, token: &str, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.anonymous(method, path)
            .header("authorization", format!("Bearer {token}"))
    }

    /// A new client who has just signed up.
    pub async fn sign_up(&self) -> Client {
        self.sign_up_as(&unique_address(), "Maria Reyes").await
    }

    pub async fn sign_up_as(&self, email: &str, full_name: &str) -> Client {
        let body = json!({ "email": email, "password": PASSWORD, "full_name": full_name });
        let answer = self.from_elsewhere().post("onboarding/signup", &body).await;
        Client::of(self.clone(), &answer.expect(201))
    }

    /// A member of the firm who has taken the second step of signing in.
    pub async fn staff(&self) -> Client {
        self.staff_with_app().await.0
    }

    /// As [`System::staff`], with the secret of the authenticator app.
    pub async fn staff_with_app(&self) -> (Client, String) {
        self.staff_by_password_alone()
            .await
            .with_app("Office")
            .await
    }

    /// A member of the firm with the role of an owner, with the secret of the authenticator app.
    pub async fn owner_with_app(&self) -> (Client, String) {
        self.made_staff(Some("owner"))
            .await
            .with_app("Office")
            .await
    }

    /// As [`System::owner_with_app`], without the secret.
    pub async fn owner(&self) -> Client {
        self.owner_with_app().await.0
    }

    /// A member of the firm whose role is read-only, with the secret of the authenticator app.
    pub async fn read_only_staff_with_app(&self) -> (Client, String) {
        self.made_staff(Some("read-only"))
            .await
            .with_app("Office")
            .await
    }

    /// As [`System::read_only_staff_with_app`], without the secret.
    pub async fn read_only_staff(&self) -> Client {
        self.read_only_staff_with_app().await.0
    }

    /// A member of the firm who has not set up two-step sign-in.
    pub async fn staff_by_password_alone(&self) -> Client {
        self.made_staff(None).await
    }

    /// `app_metadata` is the secret key's to set; who was made staff before there were roles has none.
    async fn made_staff(&self, role: Option<&str>) -> Client {
        let client = self.sign_up().await;
        let metadata = match role {
            None => json!({ "role": "staff" }),
            Some(role) => json!({ "role": "staff", "staff_role": role }),
        };
        let body = json!({ "app_metadata": metadata });
        let request = self
            .service(Method::PUT, &format!("/auth/v1/admin/users/{}", client.id))
            .json(&body);
        Answer::to(request).await.expect(200);
        client.sign_in().await
    }

    /// A connection to the database as its owner.
    pub async fn database(&self) -> Database {
        let Some(url) = &self.addresses.database_url else {
            panic!("{DEV_JSON} names no database_url; these tests look into the database");
        };
        Database::connect(url).await
    }
}

fn dev_json() -> PathBuf {
    std::env::var_os(DEV_JSON).map(PathBuf::from).unwrap_or_else(|| {
        panic!(
            "{DEV_JSON} is not set. `cargo xtask test` runs these tests; by hand, name the .omega/dev.json of a running `cargo xtask dev`."
        )
    })
}

/// Where the running system keeps its data, its logs and what its Workers are configured with.
pub fn data_folder() -> PathBuf {
    dev_json()
        .parent()
        .map(std::path::Path::to_owned)
        .unwrap_or_default()
}

/// An address that no other test uses.
pub fn unique_address() -> String {
    format!("client-{}@example.com", Uuid::new_v4().simple())
}

/// One of the 2^64 addresses of a documentation network (RFC 3849).
fn random_address() -> String {
    let (high, _) = Uuid::new_v4().as_u64_pair();
    let group = |shift: u32| (high >> shift) & 0xffff;
    format!(
        "2001:db8:0:0:{:x}:{:x}:{:x}:{:x}",
        group(48),
        group(32),
        group(16),
        group(0)
    )
}
