//! What a hosted project has before its first migration.

use anyhow::{Context, Result};
use tokio_postgres::Client;

/// Roles, schemas, extensions; before Auth makes its tables.
pub(crate) async fn roles(superuser: &Client) -> Result<()> {
    superuser
        .batch_execute(include_str!("sql/roles.sql"))
        .await
        .context("sql/roles.sql")
}

/// Helpers in `auth`, all of `storage`; after Auth has made its tables.
pub(crate) async fn schemas(superuser: &Client) -> Result<()> {
    superuser
        .batch_execute(include_str!("sql/schemas.sql"))
        .await
        .context("sql/schemas.sql")
}
