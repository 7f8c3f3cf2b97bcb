//! PostgREST from a Worker, as somebody.

use serde::de::DeserializeOwned;

use super::{Deadline, Exchange, UpstreamResponse, User, upstream};
use crate::api_keys::Credentials;
use crate::problem::Problem;
use crate::rest::{self, Query, Rest};

/// The database as seen with certain credentials.
pub struct Database<'a> {
    rest: Rest,
    credentials: Credentials<'a>,
}

impl Exchange {
    /// The database as the user, under row level security.
    pub fn database<'a>(&'a self, user: &'a User) -> Database<'a> {
        Database {
            rest: Rest::new(&self.settings().supabase_url),
            credentials: user.credentials(self),
        }
    }

    /// The database as anybody sees it, with the public key alone.
    pub fn public_database(&self) -> Database<'_> {
        let settings = self.settings();
        Database::with_key(&settings.supabase_url, &settings.anon_key)
    }

    /// The database past row level security, for what no user may do themselves.
    pub fn service_database<'a>(&self, secret_key: &'a str) -> Database<'a> {
        Database::with_key(&self.settings().supabase_url, secret_key)
    }
}

impl<'a> Database<'a> {
    pub(super) fn with_key(supabase_url: &str, key: &'a str) -> Self {
        Self {
            rest: Rest::new(supabase_url),
            credentials: Credentials::Key(key),
        }
    }

    pub fn from(&self, table: &str) -> postgrest::Builder {
        self.rest.from(table)
    }

    pub fn rpc(&self, function: &str, parameters: &serde_json::Value) -> postgrest::Builder {
        self.rest.rpc(function, parameters)
    }

    /// The one row of a query.
    ///
    /// # Errors
    /// 404 when there is none, and what [`rest::refusal`] makes of PostgREST's errors.
    pub async fn one<T: DeserializeOwned>(&self, query: impl Into<Query>) -> Result<T, Problem> {
        self.one_or(query, rest::refusal).await
    }

    /// The one row of a query, where an endpoint has words of its own for a refusal, of which it gets status and body.
    ///
    /// # Errors
    /// What `refusal` makes of PostgREST's errors.
    pub async fn one_or<T: DeserializeOwned>(
        &self,
        query: impl Into<Query>,
        refusal: impl FnOnce(u16, &[u8]) -> Problem,
    ) -> Result<T, Problem> {
        let (status, body) = self.answer(query).await?;
        if status >= 300 {
            Err(refusal(status, &body))
        } else {
            rest::read(&body)
        }
    }

    /// The answer to a query for one row, whatever it is.
    ///
    /// # Errors
    /// 503 or 504 when there is no answer.
    pub async fn answer(&self, query: impl Into<Query>) -> Result<(u16, Vec<u8>), Problem> {
        let request = rest::singular(rest::request(query, self.credentials)?);
        upstream::answer(request, Deadline::Database).await
    }

    /// The answer to a query for rows, whatever it is.
    ///
    /// # Errors
    /// 503 or 504 when there is no answer.
    pub async fn rows(&self, query: impl Into<Query>) -> Result<(u16, Vec<u8>), Problem> {
        let request = rest::request(query, self.credentials)?;
        upstream::answer(request, Deadline::Database).await
    }

    /// The rows of a query.
    ///
    /// # Errors
    /// What [`rest::refusal`] makes of PostgREST's errors.
    pub async fn list<T: DeserializeOwned>(
        &self,
        query: impl Into<Query>,
    ) -> Result<Vec<T>, Problem> {
        let body = self.open(query).await?.bytes().await?;
        rest::read(&body)
    }

    /// Runs a query whose rows do not matter.
    ///
    /// # Errors
    /// What [`rest::refusal`] makes of PostgREST's errors.
    pub async fn run(&self, query: impl Into<Query>) -> Result<(), Problem> {
        self.open(query).await?.bytes().await.map(|_| ())
    }

    /// The JSON that a query gives, at most `limit` bytes of it, to be passed on as it is.
    ///
    /// # Errors
    /// What [`rest::refusal`] makes of PostgREST's errors; 502 when it is no JSON or too large.
    pub async fn json(&self, query: impl Into<Query>, limit: u32) -> Result<Vec<u8>, Problem> {
        let body = self.open(query).await?.bytes_up_to(limit).await?;
        rest::read::<serde::de::IgnoredAny>(&body)?;
        Ok(body)
    }

    async fn open(&self, query: impl Into<Query>) -> Result<UpstreamResponse, Problem> {
        let response =
            upstream::send(rest::request(query, self.credentials)?, Deadline::Database).await?;
        response.refuse_limited()?;
        match response.status() {
            200..300 => Ok(response),
            status => Err(rest::refusal(status, &response.bytes().await?)),
        }
    }
}
