//! `/bucket`: reading, making, changing, emptying and deleting buckets, under their own policies.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::{Error, Result};
use super::{Actor, Storage, begin, body, decode};
use crate::http::{Answer, json};

const BUCKET: &str = "jsonb_build_object(
  'id', b.id, 'name', b.name, 'owner', coalesce(b.owner::text, ''), 'public', b.public,
  'file_size_limit', b.file_size_limit, 'allowed_mime_types', b.allowed_mime_types,
  'created_at', b.created_at, 'updated_at', b.updated_at, 'type', b.type)";

/// Absent fields stay as they are; `null` lifts a limit.
#[derive(Deserialize)]
struct Fields {
    id: Option<String>,
    name: Option<String>,
    public: Option<bool>,
    #[serde(default, deserialize_with = "given")]
    file_size_limit: Option<Value>,
    #[serde(default, deserialize_with = "given")]
    allowed_mime_types: Option<Value>,
}

/// Tells a field that is null from one that is not there.
fn given<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl Fields {
    fn size_limit(&self) -> Result<Option<i64>> {
        match &self.file_size_limit {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Number(number)) => number
                .as_i64()
                .filter(|bytes| *bytes >= 0)
                .map(Some)
                .ok_or_else(invalid_size),
            Some(Value::String(text)) => parse_size(text).map(Some).ok_or_else(invalid_size),
            Some(_) => Err(invalid_size()),
        }
    }

    fn mime_types(&self) -> Result<Option<Vec<String>>> {
        match &self.allowed_mime_types {
            None | Some(Value::Null) => Ok(None),
            Some(value) => {
                let types: Vec<String> = serde_json::from_value(value.clone())
                    .map_err(|_| Error::invalid("body/allowed_mime_types must be array"))?;
                match types.iter().find(|kind| !kind.contains('/')) {
                    Some(kind) => Err(Error::invalid_mime_type(kind)),
                    None => Ok(Some(types)),
                }
            }
        }
    }
}

fn invalid_size() -> Error {
    Error::invalid("Invalid file size format, hint: use 20GB / 20MB / 30KB / 3B")
}

/// `20MB` and the like, in powers of ten as storage-api counts.
fn parse_size(text: &str) -> Option<i64> {
    let at = text.find(|c: char| !c.is_ascii_digit())?;
    let number: i64 = text[..at].parse().ok()?;
    let unit = match text[at..].to_ascii_uppercase().as_str() {
        "GB" => 1_000_000_000,
        "MB" => 1_000_000,
        "KB" => 1_000,
        "B" => 1,
        _ => return None,
    };
    number.checked_mul(unit)
}

fn check_name(name: &str) -> Result<()> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_!.*'() &$=@;:+,?-".contains(c);
    if name.is_empty() || name.len() > 100 || name.trim() != name || !name.chars().all(allowed) {
        return Err(Error::invalid_bucket_name());
    }
    Ok(())
}

impl Storage {
    /// `path` is what follows `bucket`.
    pub(super) async fn bucket_request(
        &self,
        request: Request<Body>,
        path: &str,
        actor: &Actor,
    ) -> Result<Answer> {
        let path = path.trim_matches('/');
        match (request.method().clone(), path.split_once('/')) {
            (Method::GET, None) if path.is_empty() => self.list_buckets(actor).await,
            (Method::POST, None) if path.is_empty() => self.create_bucket(request, actor).await,
            (Method::GET, None) => {
                let bucket = self.get_bucket(&decode(path)?, actor).await?;
                Ok(json(StatusCode::OK, &bucket))
            }
            (Method::PUT, None) => self.update_bucket(request, &decode(path)?, actor).await,
            (Method::DELETE, None) => self.delete_bucket(&decode(path)?, actor).await,
            (Method::POST, Some((id, "empty"))) => self.empty_bucket(&decode(id)?, actor).await,
            _ => Err(Error::no_route()),
        }
    }

    async fn list_buckets(&self, actor: &Actor) -> Result<Answer> {
        let mut connection = self.connection().await?;
        let transaction = begin(&mut connection, actor).await?;
        let sql = format!(
            "select coalesce(jsonb_agg({BUCKET} order by b.name), '[]') from storage.buckets as b"
        );
        let row = transaction.query_one(&sql, &[]).await?;
        transaction.commit().await?;
        Ok(json(StatusCode::OK, &row.get::<_, Value>(0)))
    }

    async fn get_bucket(&self, id: &str, actor: &Actor) -> Result<Value> {
        let mut connection = self.connection().await?;
        let transaction = begin(&mut connection, actor).await?;
        let sql = format!("select {BUCKET} from storage.buckets as b where b.id = $1");
        let row = transaction.query_opt(&sql, &[&id]).await?;
        transaction.commit().await?;
        row.map(|row| row.get(0)).ok_or_else(Error::no_bucket)
    }

    async fn create_bucket(&self, request: Request<Body>, actor: &Actor) -> Result<Answer> {
        let fields: Fields = body(request).await?;
        let name = fields
            .name
            .clone()
            .ok_or_else(|| Error::invalid("body must have required property 'name'"))?;
        check_name(&name)?;
        let id = fields.id.clone().unwrap_or_else(|| name.clone());
        let mut connection = self.connection().await?;
        let transaction = begin(&mut connection, actor).await?;
        transaction
            .execute(
                "insert into storage.buckets
                   (id, name, owner, owner_id, public, file_size_limit, allowed_mime_types)
                 values ($1, $2, $3, $4, $5, $6, $7)",
                &[
                    &id,
                    &name,
                    &actor.owner_uuid(),
                    &actor.owner,
                    &fields.public.unwrap_or(false),
                    &fields.size_limit()?,
                    &fields.mime_types()?,
                ],
            )
            .await?;
        transaction.commit().await?;
        Ok(json(StatusCode::OK, &json!({ "name": name })))
    }

    async fn update_bucket(
        &self,
        request: Request<Body>,
        id: &str,
        actor: &Actor,
    ) -> Result<Answer> {
        let fields: Fields = body(request).await?;
        let mut connection = self.connection().await?;
        let transaction = begin(&mut connection, actor).await?;
        let changed = transaction
            .execute(
                "update storage.buckets set
                   public = coalesce($2, public),
                   file_size_limit = case when $3 then $4 else file_size_limit end,
                   allowed_mime_types = case when $5 then $6 else allowed_mime_types end,
                   updated_at = now()
                 where id = $1",
                &[
                    &id,
                    &fields.public,
                    &fields.file_size_limit.is_some(),
                    &fields.size_limit()?,
                    &fields.allowed_mime_types.is_some(),
                    &fields.mime_types()?,
                ],
            )
            .await?;
        if changed == 0 {
            return Err(Error::no_bucket());
        }
        transaction.commit().await?;
        Ok(json(
            StatusCode::OK,
            &json!({ "message": "Successfully updated" }),
        ))
    }

    async fn delete_bucket(&self, id: &str, actor: &Actor) -> Result<Answer> {
        let mut connection = self.connection().await?;
        let transaction = begin(&mut connection, actor).await?;
        let deleted = transaction
            .execute("delete from storage.buckets where id = $1", &[&id])
            .await;
        match deleted {
            Ok(0) => return Err(Error::no_bucket()),
            Ok(_) => {}
            // The rows of its objects still refer to it, whoever may see them.
            Err(error)
                if error.code()
                    == Some(&tokio_postgres::error::SqlState::FOREIGN_KEY_VIOLATION) =>
            {
                return Err(Error::bucket_not_empty());
            }
            Err(error) => return Err(error.into()),
        }
        transaction.commit().await?;
        Ok(json(
            StatusCode::OK,
            &json!({ "message": "Successfully deleted" }),
        ))
    }

    async fn empty_bucket(&self, id: &str, actor: &Actor) -> Result<Answer> {
        self.get_bucket(id, actor).await?;
        let mut connection = self.connection().await?;
        let transaction = begin(&mut connection, actor).await?;
        let rows = transaction
            .query(
                "delete from storage.objects where bucket_id = $1 returning version",
                &[&id],
            )
            .await?;
        transaction.commit().await?;
        for row in rows {
            let version = row.get::<_, Option<String>>(0);
            if let Some(version) = version.and_then(|version| version.parse().ok()) {
                self.files.remove(version).await;
            }
        }
        Ok(json(
            StatusCode::OK,
            &json!({ "message": "Successfully emptied" }),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!(parse_size("20MB"), Some(20_000_000));
        assert_eq!(parse_size("3b"), Some(3));
        assert_eq!(parse_size("20"), None);
        assert_eq!(parse_size("MB"), None);
    }
}
