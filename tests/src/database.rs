use serde_json::{Value, json};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{NoTls, Row};
use uuid::Uuid;

/// Who a statement runs as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// The public key alone.
    Anonymous,
    Client(Uuid),
    /// A signed-in member of the firm.
    Staff(Uuid),
    /// The secret key.
    Service,
}

impl Caller {
    fn role(self) -> &'static str {
        match self {
            Self::Anonymous => "anon",
            Self::Client(_) | Self::Staff(_) => "authenticated",
            Self::Service => "service_role",
        }
    }

    /// The claims as PostgREST hands them to the database.
    fn claims(self) -> Value {
        match self {
            Self::Anonymous => json!({ "role": "anon" }),
            Self::Service => json!({ "role": "service_role" }),
            Self::Client(id) => {
                json!({ "role": "authenticated", "aud": "authenticated", "sub": id, "app_metadata": {} })
            }
            Self::Staff(id) => {
                json!({ "role": "authenticated", "aud": "authenticated", "sub": id, "app_metadata": { "role": "staff" } })
            }
        }
    }
}

/// Why the database refused a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    pub code: String,
    pub message: String,
    pub constraint: Option<String>,
}

impl Denied {
    /// A missing grant, or a row that a policy's check refuses.
    pub fn is_privilege(&self) -> bool {
        self.code == SqlState::INSUFFICIENT_PRIVILEGE.code()
    }
}

/// A connection as the database's owner, from which statements can be run as anybody.
pub struct Database(tokio_postgres::Client);

pub type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

impl Database {
    pub(crate) async fn connect(url: &str) -> Self {
        let (client, connection) = tokio_postgres::connect(url, NoTls)
            .await
            .unwrap_or_else(|error| panic!("the database does not answer ({error}). Start the system with `cargo xtask dev`."));
        tokio::spawn(connection);
        Self(client)
    }

    /// Rows, as the owner.
    pub async fn rows(&self, sql: &str, parameters: Parameters<'_>) -> Vec<Row> {
        self.0
            .query(sql, parameters)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {}", described(&error)))
    }

    /// The first column of the one row, as the owner.
    pub async fn value<T: for<'a> tokio_postgres::types::FromSql<'a>>(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
    ) -> T {
        let rows = self.rows(sql, parameters).await;
        assert_eq!(rows.len(), 1, "{sql}");
        rows[0].get(0)
    }

    /// The first column of every row, as the owner.
    pub async fn values<T: for<'a> tokio_postgres::types::FromSql<'a>>(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
    ) -> Vec<T> {
        self.rows(sql, parameters)
            .await
            .iter()
            .map(|row| row.get(0))
            .collect()
    }

    /// One row as JSON, or `Null`: `row("clients", id)`.
    pub async fn row(&self, table: &str, id: Uuid) -> Value {
        let rows: Vec<Value> = self
            .values(
                &format!("select to_jsonb(t) from {table} as t where id = $1"),
                &[&id],
            )
            .await;
        rows.into_iter().next().unwrap_or_default()
    }

    /// Runs a statement as `caller` and keeps what it did; answers with how many rows it reached.
    ///
    /// # Errors
    /// The refusal.
    pub async fn run_as(
        &mut self,
        caller: Caller,
        sql: &str,
        parameters: Parameters<'_>,
    ) -> Result<u64, Denied> {
        let transaction = self.0.transaction().await.unwrap();
        become_caller(&transaction, caller).await;
        let reached = transaction
            .execute(sql, parameters)
            .await
            .map_err(|error| denied(&error))?;
        // Constraints that wait for the end of the transaction refuse here.
        transaction.commit().await.map_err(|error| denied(&error))?;
        Ok(reached)
    }

    /// What a query gives `caller`.
    ///
    /// # Errors
    /// The refusal.
    pub async fn query_as(
        &mut self,
        caller: Caller,
        sql: &str,
        parameters: Parameters<'_>,
    ) -> Result<Vec<Row>, Denied> {
        let transaction = self.0.transaction().await.unwrap();
        become_caller(&transaction, caller).await;
        transaction
            .query(sql, parameters)
            .await
            .map_err(|error| denied(&error))
    }

    /// A transaction of the owner's, for what needs one.
    pub async fn transaction(&mut self) -> tokio_postgres::Transaction<'_> {
        self.0.transaction().await.unwrap()
    }

    /// An account without a password, made past Auth: enough for what is asked in SQL.
    pub async fn account(&self) -> Uuid {
        let id = Uuid::new_v4();
        let email = crate::unique_address();
        self.rows(
            "insert into auth.users (id, aud, role, email, raw_app_meta_data, raw_user_meta_data)
             values ($1, 'authenticated', 'authenticated', $2, '{}', '{}')",
            &[&id, &email],
        )
        .await;
        id
    }
}

async fn become_caller(transaction: &tokio_postgres::Transaction<'_>, caller: Caller) {
    let claims = caller.claims().to_string();
    transaction
        .execute(
            "select set_config('request.jwt.claims', $1, true)",
            &[&claims],
        )
        .await
        .unwrap();
    transaction
        .batch_execute(&format!("set local role {}", caller.role()))
        .await
        .unwrap();
}

fn denied(error: &tokio_postgres::Error) -> Denied {
    let refusal = error
        .as_db_error()
        .unwrap_or_else(|| panic!("the database did not refuse but fail: {error}"));
    Denied {
        code: refusal.code().code().to_owned(),
        message: refusal.message().to_owned(),
        constraint: refusal.constraint().map(str::to_owned),
    }
}

fn described(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(
        || error.to_string(),
        |refusal| format!("{} {}", refusal.code().code(), refusal.message()),
    )
}
