//! Listing, removing, moving and copying.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::error::{Error, Result};
use super::upload::{NewObject, now};
use super::{Actor, OBJECT, Storage, Target, begin, body, check_key};
use crate::http::{Answer, header, json};

const DEFAULT_PAGE: i64 = 100;
const LARGEST_PAGE: i64 = 1500;
const MOST_REMOVED: usize = 1000;

#[derive(Deserialize)]
struct Listing {
    #[serde(default)]
    prefix: String,
    limit: Option<i64>,
    offset: Option<i64>,
    #[serde(rename = "sortBy")]
    sort_by: Option<SortBy>,
    search: Option<String>,
}

#[derive(Deserialize)]
struct SortBy {
    column: Option<String>,
    order: Option<String>,
}

#[derive(Deserialize)]
struct Removal {
    prefixes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Transfer {
    bucket_id: String,
    source_key: String,
    destination_bucket: Option<String>,
    destination_key: String,
}

impl Transfer {
    fn targets(self) -> Result<(Target, Target)> {
        check_key(&self.destination_key)?;
        let destination = Target {
            bucket: self
                .destination_bucket
                .unwrap_or_else(|| self.bucket_id.clone()),
            name: self.destination_key,
        };
        let source = Target {
            bucket: self.bucket_id,
            name: self.source_key,
        };
        Ok((source, destination))
    }
}

impl Storage {
    /// One level of a folder: its files as rows, the folders in it as rows without an id.
    pub(super) async fn list(
        &self,
        request: Request<Body>,
        bucket: &str,
        actor: &Actor,
    ) -> Result<Answer> {
        let asked: Listing = body(request).await?;
        let mut prefix = asked.prefix;
        if !prefix.is_empty() && !prefix.ends_with('/') {
            prefix.push('/');
        }
        let start = format!("{prefix}{}", asked.search.unwrap_or_default());
        let limit = asked.limit.unwrap_or(DEFAULT_PAGE);
        let offset = asked.offset.unwrap_or(0);
        if limit < 1 || offset < 0 {
            return Err(Error::invalid(
                "body/limit must be >= 1 and body/offset must be >= 0",
            ));
        }
        let (column, order) = match &asked.sort_by {
            None => ("name", "asc"),
            Some(sort) => (
                sort.column.as_deref().unwrap_or("name"),
                sort.order.as_deref().unwrap_or("asc"),
            ),
        };
        // Folders have no dates: they come first, by name.
        let key = match column {
            "name" => "null::timestamptz",
            "updated_at" => "updated_at",
            "created_at" => "created_at",
            "last_accessed_at" => "last_accessed_at",
            _ => {
                return Err(Error::invalid(
                    "body/sortBy/column must be equal to one of the allowed values",
                ));
            }
        };
        let order = if order.eq_ignore_ascii_case("desc") {
            "desc"
        } else {
            "asc"
        };
        let folders_first = if column == "name" {
            "true"
        } else {
            "id is null"
        };
        let sql = format!(
            "with found as (
               select o.*, substr(o.name, char_length($2) + 1) as rest
               from storage.objects as o
               where o.bucket_id = $1 and starts_with(lower(o.name), lower($3))),
             level as (
               select rest as name, id, updated_at, created_at, last_accessed_at, metadata
               from found where position('/' in rest) = 0
               union all
               select split_part(rest, '/', 1), null, null, null, null, null
               from found where position('/' in rest) > 0
               group by split_part(rest, '/', 1)),
             page as (
               select level.*, row_number() over (
                 order by {folders_first} desc, {key} {order}, lower(name) collate \"C\" {order},
                   name collate \"C\" {order}) as place
               from level order by place limit $4 offset $5)
             select coalesce(jsonb_agg(to_jsonb(page) - 'place' order by place), '[]') from page"
        );
        let mut connection = self.connection().await?;
        let transaction = begin(&mut connection, actor).await?;
        let row = transaction
            .query_one(
                &sql,
                &[&bucket, &prefix, &start, &limit.min(LARGEST_PAGE), &offset],
            )
            .await?;
        transaction.commit().await?;
        Ok(json(StatusCode::OK, &row.get::<_, Value>(0)))
    }

    /// Removes what the policies let go; the rest is passed over in silence.
    pub(super) async fn remove_many(
        &self,
        request: Request<Body>,
        bucket: &str,
        actor: &Actor,
    ) -> Result<Answer> {
        let Removal { prefixes } = body(request).await?;
        if prefixes.is_empty() || prefixes.len() > MOST_REMOVED {
            return Err(Error::invalid("body/prefixes must have 1 to 1000 items"));
        }
        let rows = self.delete_rows(bucket, &prefixes, actor).await?;
        Ok(json(StatusCode::OK, &Value::Array(rows)))
    }

    pub(super) async fn remove_one(&self, target: Target, actor: &Actor) -> Result<Answer> {
        let rows = self
            .delete_rows(&target.bucket, std::slice::from_ref(&target.name), actor)
            .await?;
        if rows.is_empty() {
            let service = Actor::key(crate::keys::Role::Service);
            self.find(&target, &service).await?;
            return Err(Error::denied("Access denied"));
        }
        Ok(json(
            StatusCode::OK,
            &json!({ "message": "Successfully deleted" }),
        ))
    }

    /// The rows go first, then their bytes, so that no row is ever without its bytes.
    async fn delete_rows(
        &self,
        bucket: &str,
        names: &[String],
        actor: &Actor,
    ) -> Result<Vec<Value>> {
        let mut connection = self.connection().await?;
        let transaction = begin(&mut connection, actor).await?;
        let sql = format!(
            "delete from storage.objects as o where o.bucket_id = $1 and o.name = any($2)
             returning {OBJECT}"
        );
        let rows = transaction.query(&sql, &[&bucket, &names]).await?;
        transaction.commit().await?;
        let rows: Vec<Value> = rows.iter().map(|row| row.get(0)).collect();
        for row in &rows {
            if let Some(version) = version_of(row) {
                self.files.remove(version).await;
            }
        }
        Ok(rows)
    }

    /// Bytes are not named by their key, so a move is a change of the row.
    pub(super) async fn move_object(
        &self,
        request: Request<Body>,
        actor: &Actor,
    ) -> Result<Answer> {
        let (source, destination) = body::<Transfer>(request).await?.targets()?;
        let mut connection = self.connection().await?;
        let transaction = begin(&mut connection, actor).await?;
        let row = transaction
            .query_opt(
                "select id from storage.objects where bucket_id = $1 and name = $2",
                &[&source.bucket, &source.name],
            )
            .await?
            .ok_or_else(Error::no_key)?;
        let id: Uuid = row.get(0);
        let moved = transaction
            .execute(
                "update storage.objects
                 set bucket_id = $3, name = $4, owner = $5, owner_id = $6
                 where bucket_id = $1 and name = $2",
                &[
                    &source.bucket,
                    &source.name,
                    &destination.bucket,
                    &destination.name,
                    &actor.owner_uuid(),
                    &actor.owner,
                ],
            )
            .await?;
        if moved == 0 {
            return Err(Error::denied("Access denied"));
        }
        transaction.commit().await?;
        Ok(json(
            StatusCode::OK,
            &json!({ "message": "Successfully moved", "Id": id, "Key": destination.name }),
        ))
    }

    pub(super) async fn copy_object(
        &self,
        request: Request<Body>,
        actor: &Actor,
    ) -> Result<Answer> {
        let upsert = header(request.headers(), "x-upsert") == Some("true");
        let (source, destination) = body::<Transfer>(request).await?.targets()?;
        let origin = self.find(&source, actor).await?;
        self.bucket(&destination.bucket).await?;
        let from = version_of(&origin).ok_or_else(Error::no_key)?;
        let mut metadata = origin["metadata"].clone();
        metadata["lastModified"] = json!(now());
        let mut object = NewObject {
            target: &destination,
            actor,
            upsert,
            metadata,
            user_metadata: Some(origin["user_metadata"].clone()).filter(|value| !value.is_null()),
            version: "1".into(),
        };
        self.may_write(&object).await?;
        let version = self.files.copy(from).await?;
        object.version = version.to_string();
        let id = self.write_row(object, version).await?;
        let service = Actor::key(crate::keys::Role::Service);
        let mut copy = self.find(&destination, &service).await?;
        copy["Id"] = json!(id);
        copy["Key"] = json!(format!("{}/{}", destination.bucket, destination.name));
        Ok(json(StatusCode::OK, &copy))
    }
}

fn version_of(row: &Value) -> Option<Uuid> {
    row["version"].as_str()?.parse().ok()
}
