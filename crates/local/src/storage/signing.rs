//! URLs that carry their permission: a token that names one object, one use and an end.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::{Error, Result};
use super::upload::NewObject;
use super::{Actor, Storage, Target, begin, body, check_key};
use crate::http::{Answer, header, json, query};
use crate::keys::Role;
use crate::tokens::{self, Claims, Refused};

const DOWNLOAD: &str = "storage:download";
const UPLOAD: &str = "storage:upload";
/// How long a place for an upload is kept, as on hosted projects.
const UPLOAD_SECONDS: i64 = 2 * 3600;
const LONGEST: i64 = 10 * 365 * 24 * 3600;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignOne {
    expires_in: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignMany {
    expires_in: i64,
    paths: Vec<String>,
}

impl Storage {
    pub(super) async fn sign_one(
        &self,
        request: Request<Body>,
        target: Target,
        actor: &Actor,
    ) -> Result<Answer> {
        let asked: SignOne = body(request).await?;
        check_key(&target.name)?;
        self.find(&target, actor).await?;
        let url = self.download_url(&target, asked.expires_in)?;
        Ok(json(StatusCode::OK, &json!({ "signedURL": url })))
    }

    pub(super) async fn sign_many(
        &self,
        request: Request<Body>,
        bucket: &str,
        actor: &Actor,
    ) -> Result<Answer> {
        let asked: SignMany = body(request).await?;
        let mut connection = self.connection().await?;
        let transaction = begin(&mut connection, actor).await?;
        let rows = transaction
            .query(
                "select name from storage.objects where bucket_id = $1 and name = any($2)",
                &[&bucket, &asked.paths],
            )
            .await?;
        transaction.commit().await?;
        let found: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
        let mut answers = Vec::new();
        for path in &asked.paths {
            let target = Target {
                bucket: bucket.to_owned(),
                name: path.clone(),
            };
            answers.push(if found.contains(&path.as_str()) {
                let url = self.download_url(&target, asked.expires_in)?;
                json!({ "error": null, "path": path, "signedURL": url })
            } else {
                let error = "Either the object does not exist or you do not have access to it";
                json!({ "error": error, "path": path, "signedURL": null })
            });
        }
        Ok(json(StatusCode::OK, &Value::Array(answers)))
    }

    /// A place for one upload, given to whoever could upload now.
    pub(super) async fn sign_upload(
        &self,
        request: Request<Body>,
        target: Target,
        actor: &Actor,
    ) -> Result<Answer> {
        check_key(&target.name)?;
        self.bucket(&target.bucket).await?;
        let upsert = header(request.headers(), "x-upsert") == Some("true");
        self.may_write(&NewObject {
            target: &target,
            actor,
            upsert,
            metadata: json!({}),
            user_metadata: None,
            version: "1".into(),
        })
        .await?;
        let claims = json!({ "owner": actor.owner, "upsert": upsert });
        let token = self.token(&target, UPLOAD, claims, UPLOAD_SECONDS)?;
        let url = format!(
            "/object/upload/sign/{}/{}?token={token}",
            target.bucket, target.name
        );
        Ok(json(StatusCode::OK, &json!({ "url": url, "token": token })))
    }

    pub(super) async fn upload_signed(
        &self,
        request: Request<Body>,
        target: Target,
    ) -> Result<Answer> {
        let claims = self.verify(request.uri().query(), &target, UPLOAD)?;
        let upsert = claims.get("upsert") == Some(&json!(true));
        let mut actor = Actor::key(Role::Service);
        actor.owner = claims
            .get("owner")
            .and_then(Value::as_str)
            .map(str::to_owned);
        self.receive(request, target, actor, upsert).await
    }

    /// Gives the second at which the token ends.
    pub(super) fn verify_download(&self, text: Option<&str>, target: &Target) -> Result<i64> {
        let claims = self.verify(text, target, DOWNLOAD)?;
        Ok(claims.get("exp").and_then(Value::as_i64).unwrap_or(0))
    }

    fn download_url(&self, target: &Target, seconds: i64) -> Result<String> {
        if !(1..=LONGEST).contains(&seconds) {
            return Err(Error::invalid("body/expiresIn must be >= 1"));
        }
        let token = self.token(target, DOWNLOAD, json!({}), seconds)?;
        Ok(format!(
            "/object/sign/{}/{}?token={token}",
            target.bucket, target.name
        ))
    }

    fn token(&self, target: &Target, scope: &str, claims: Value, seconds: i64) -> Result<String> {
        let mut claims = claims;
        let now = tokens::now();
        claims["url"] = json!(format!("{}/{}", target.bucket, target.name));
        claims["scope"] = json!(scope);
        claims["iat"] = json!(now);
        claims["exp"] = json!(now + seconds);
        tokens::sign_hs256(&claims, self.keys.storage_secret().as_bytes()).map_err(Error::internal)
    }

    fn verify(&self, text: Option<&str>, target: &Target, scope: &str) -> Result<Claims> {
        let token = query(text, "token")
            .ok_or_else(|| Error::invalid("querystring must have required property 'token'"))?;
        let claims = tokens::verify_hs256(&token, self.keys.storage_secret().as_bytes()).map_err(
            |refused| {
                Error::invalid_token(match refused {
                    Refused::Expired => "\"exp\" claim timestamp check failed",
                    Refused::Signature => "signature verification failed",
                    Refused::Malformed => "Invalid Compact JWS",
                })
            },
        )?;
        let is = |name: &str, value: &str| claims.get(name).and_then(Value::as_str) == Some(value);
        if !is("scope", scope) || !is("url", &format!("{}/{}", target.bucket, target.name)) {
            return Err(Error::invalid_signature(
                "The token was made for another object or another use",
            ));
        }
        Ok(claims)
    }
}
