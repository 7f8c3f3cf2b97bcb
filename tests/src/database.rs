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
    /// A signed-in member of the firm who has not taken the second step.
    StaffByPasswordAlone(Uuid),
    /// A signed-in member of the firm.
    Staff(Uuid),
    /// The same, whose role is read-only.
    ReadOnlyStaff(Uuid),
    /// The secret key.
    Service,
}

impl Caller {
    pub fn role(self) -> &'static str {
        match self {
            Self::Anonymous => "anon",
            Self::Client(_)
            | Self::StaffByPasswordAlone(_)
            | Self::Staff(_)
            | Self::ReadOnlyStaff(_) => "authenticated",
            Self::Service => "service_role",
        }
    }

    /// From here on, until its end or `reset role`, the transaction is this caller's.
    pub async fn become_in(self, transaction: &tokio_postgres::Transaction<'_>) {
        let claims = self.claims().to_string();
        transaction
            .execute(
                "select set_config('request.jwt.claims', $1, true)",
                &[&claims],
            )
            .await
            .unwrap();
        transaction
            .batch_execute(&format!("set local role {}", self.role()))
            .await
            .unwrap();
    }

    /// The claims as PostgREST hands them to the database.
    fn claims(self) -> Value {
        match self {
            Self::Anonymous => json!({ "role": "anon" }),
            Self::Service => json!({ "role": "service_role" }),
            Self::Client(id) => signed_in(id, "aal1", json!({})),
            Self::StaffByPasswordAlone(id) => signed_in(id, "aal1", json!({ "role": "staff" })),
            Self::Staff(id) => signed_in(id, "aal2", json!({ "role": "staff" })),
            Self::ReadOnlyStaff(id) => signed_in(
                id,
                "aal2",
                json!({ "role": "staff", "staff_role": "read-only" }),
            ),
        }
    }
}

fn signed_in(id: Uuid, level: &str, app_metadata: Value) -> Value {
    json!({ "role": "authenticated", "aud": "authenticated", "sub": id, "aal": level, "app_metadata": app_metadata })
}

/// Why the database refused a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    pub code: String,
    pub message: String,
    pub constraint: Option<String>,
}

impl Denied {
    /// # Panics
    /// When the database did not refuse but fail.
    pub fn of(error: &tokio_postgres::Error) -> Self {
        let refusal = error
            .as_db_error()
            .unwrap_or_else(|| panic!("the database did not refuse but fail: {error}"));
        Self {
            code: refusal.code().code().to_owned(),
            message: refusal.message().to_owned(),
            constraint: refusal.constraint().map(str::to_owned),
        }
    }

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
        caller.become_in(&transaction).await;
        let reached = transaction
            .execute(sql, parameters)
            .await
            .map_err(|error| Denied::of(&error))?;
        // Constraints that wait for the end of the transaction refuse here.
        transaction
            .commit()
            .await
            .map_err(|error| Denied::of(&error))?;
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
        caller.become_in(&transaction).await;
        transaction
            .query(sql, parameters)
            .await
            .map_err(|error| Denied::of(&error))
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

fn described(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(
        || error.to_string(),
        |refusal| format!("{} {}", refusal.code().code(), refusal.message()),
    )
}
