use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::answer::Answer;
use crate::database::Caller;
use crate::files::Sample;
use crate::system::System;

pub const PASSWORD: &str = "correct horse battery";

/// A client who has signed up, and holds a token.
#[derive(Clone)]
pub struct Client {
    pub system: System,
    pub id: Uuid,
    pub email: String,
    pub token: String,
    pub refresh_token: String,
}

impl Client {
    /// The client that a 201 of signup tells of.
    pub fn of(system: System, signed_up: &Value) -> Self {
        let text = |value: &Value| value.as_str().expect("an answer lacks a text").to_owned();
        Self {
            system,
            id: text(&signed_up["user"]["id"])
                .parse()
                .expect("an id is no UUID"),
            email: text(&signed_up["user"]["email"]),
            token: text(&signed_up["session"]["access_token"]),
            refresh_token: text(&signed_up["session"]["refresh_token"]),
        }
    }

    /// A new session, as Auth gives it and supabase-js keeps it.
    pub async fn session(&self) -> Value {
        let body = json!({ "email": self.email, "password": PASSWORD });
        Answer::to(
            self.system
                .anonymous(Method::POST, "/auth/v1/token?grant_type=password")
                .json(&body),
        )
        .await
        .expect(200)
    }

    /// The same client with a new token, as on another device.
    pub async fn sign_in(&self) -> Self {
        let answer = self.session().await;
        let text = |name: &str| {
            answer[name]
                .as_str()
                .expect("a sign-in lacks a token")
                .to_owned()
        };
        Self {
            token: text("access_token"),
            refresh_token: text("refresh_token"),
            ..self.clone()
        }
    }

    /// This client in the database.
    pub fn caller(&self) -> Caller {
        Caller::Client(self.id)
    }

    /// A request to a Worker as this client.
    pub fn worker(&self, method: Method, endpoint: &str) -> reqwest::RequestBuilder {
        self.system
            .worker(method, endpoint)
            .header("authorization", format!("Bearer {}", self.token))
    }

    pub async fn get(&self, endpoint: &str) -> Answer {
        Answer::to(self.worker(Method::GET, endpoint)).await
    }

    pub async fn post(&self, endpoint: &str, body: &Value) -> Answer {
        Answer::to(self.worker(Method::POST, endpoint).json(body)).await
    }

    /// A request straight at Supabase as this client, past the Workers.
    pub fn supabase(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.system.bearing(&self.token, method, path)
    }

    /// A path in this client's folder that nothing has yet.
    pub fn new_path(&self, extension: &str) -> String {
        format!("{}/{}.{extension}", self.id, Uuid::new_v4())
    }

    /// Puts a file into Storage, as the browser does.
    pub async fn put(&self, path: &str, media_type: &str, bytes: &[u8]) -> Answer {
        let request = self
            .supabase(
                Method::POST,
                &format!("/storage/v1/object/client-documents/{path}"),
            )
            .header("content-type", media_type)
            .body(bytes.to_vec());
        Answer::to(request).await
    }

    pub async fn register(&self, name: &str, category: &str, path: &str) -> Answer {
        let body =
            json!({ "document_name": name, "document_category": category, "storage_path": path });
        self.post("onboarding/register-document", &body).await
    }

    /// Uploads a file and registers it; answers with the document.
    pub async fn upload(&self, sample: &Sample, category: &str) -> Value {
        let path = self.new_path(sample.extension);
        self.put(&path, sample.media_type, &sample.bytes)
            .await
            .expect(200);
        self.register(&format!("{category}.{}", sample.extension), category, &path)
            .await
            .expect(201)
    }

    /// Whether Storage has an object, asked with the secret key.
    pub async fn stored(&self, path: &str) -> bool {
        let url = format!("/storage/v1/object/authenticated/client-documents/{path}");
        Answer::to(self.system.service(Method::GET, &url))
            .await
            .status
            == 200
    }

    /// Marks a document of this client as reviewed, as the firm does.
    pub async fn review(&self, document: &Value) {
        let path = format!(
            "/rest/v1/client_documents?id=eq.{}",
            document["id"].as_str().expect("a document has no id")
        );
        let request = self
            .system
            .service(Method::PATCH, &path)
            .json(&json!({ "reviewed_at": "2026-11-23T07:00:00Z" }));
        Answer::to(request).await.expect(204);
    }

    /// Answers all that is asked of an LLC but the documents.
    pub async fn answer_everything(&self) -> Value {
        let answers = json!({
            "full_name": "Maria Reyes", "business_name": "Reyes Bakery", "phone": "(555) 234-5678", "entity_type": "llc",
            "ein": "12-3456789", "urgency": "this-month", "services_needed": ["bookkeeping", "payroll"],
        });
        self.post("onboarding/submit-profile", &answers)
            .await
            .expect(200)
    }

    /// Uploads every document that is still asked for.
    pub async fn send_required_documents(&self) {
        let list = self.get("onboarding/documents").await.expect(200);
        for document in list["required"]
            .as_array()
            .expect("no list of required documents")
        {
            if document["received"] == false {
                self.upload(
                    &Sample::pdf("A document that was asked for"),
                    document["category"].as_str().expect("no category"),
                )
                .await;
            }
        }
    }

    /// Goes the whole way to "in review".
    pub async fn submit(&self) -> Value {
        self.answer_everything().await;
        self.send_required_documents().await;
        self.post("onboarding/submit-profile", &json!({ "complete": true }))
            .await
            .expect(200)
    }
}
