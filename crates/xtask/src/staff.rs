//! `cargo xtask staff`: who of the accounts is staff of the firm. Staff is what `app_metadata.role` says, which
//! the secret key alone can set, by Auth's admin API.

use anyhow::{Context, Result, bail, ensure};
use clap::Subcommand;
use omega_common::api_keys::Credentials;
use omega_common::tokens::{STAFF, StaffRole};
use reqwest::{Client, Method, RequestBuilder};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::stack::{Addresses, default_data};
use crate::workspace::read;

#[derive(Subcommand)]
pub enum Command {
    /// Make an account staff, or give a member of staff another role
    Add {
        email: String,
        /// owner, staff or read-only: who is read-only sees everything and changes nothing
        #[arg(long, default_value_t = StaffRole::Staff)]
        role: StaffRole,
    },
    /// Make a member of staff an ordinary account again
    Remove { email: String },
    /// Print the addresses and roles of all staff
    List,
    /// Print the code that the authenticator app of a local account shows now
    Code { email: String },
}

/// Accounts that are asked for at once; GoTrue gives no more than a thousand.
const PAGE: usize = 200;

pub async fn run(command: Command) -> Result<()> {
    if let Command::Code { email } = command {
        println!("{}", present_code(&local()?, &email).await?);
        return Ok(());
    }
    let admin = Admin::connect()?;
    match command {
        Command::Code { .. } => {}
        Command::Add { email, role } => {
            admin.set_role(&email, Some(role)).await?;
            println!(
                "{email} is staff now, with the role {role}, from the next sign-in on. Staff need two-step sign-in: it is set up at /account."
            );
        }
        Command::Remove { email } => {
            admin.set_role(&email, None).await?;
            println!(
                "{email} is not staff any more. A page that is open may act as staff until its token expires, an hour at most."
            );
        }
        Command::List => {
            let staff = admin.staff().await?;
            if staff.is_empty() {
                println!("Nobody is staff yet: `cargo xtask staff add EMAIL`.");
            }
            for (email, role) in staff {
                println!("{email} ({role})");
            }
        }
    }
    Ok(())
}

/// The system that `cargo xtask dev` runs, or the one that `OMEGA_DEV_JSON` names.
fn local() -> Result<Addresses> {
    let file = std::env::var_os("OMEGA_DEV_JSON")
        .map_or_else(|| default_data().join("dev.json"), Into::into);
    let text = read(&file).context(
        "no project is named: run `cargo xtask dev`, or set SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY",
    )?;
    Ok(serde_json::from_str(&text)?)
}

/// The code that an account's authenticator app shows now. Its secret is in the local database; a hosted Auth keeps it
/// to itself.
pub async fn present_code(addresses: &Addresses, email: &str) -> Result<String> {
    let url = addresses
        .database_url
        .as_deref()
        .context("only the local project tells the secrets of apps")?;
    let (database, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
        .await
        .context("the database does not answer: run `cargo xtask dev`")?;
    let connection = tokio::spawn(connection);
    let row = database
        .query_opt(
            "select secret from auth.mfa_factors as factor join auth.users as account on account.id = factor.user_id
             where account.email = $1 and factor.factor_type = 'totp' and factor.status = 'verified'
             order by factor.created_at limit 1",
            &[&email.trim().to_lowercase()],
        )
        .await?;
    connection.abort();
    let secret: String = row
        .with_context(|| format!("{email} has not set up two-step sign-in"))?
        .get(0);
    omega_local::present_code(&secret).context("the app's secret is none")
}

/// Auth's admin API.
pub struct Admin {
    http: Client,
    supabase: String,
    secret_key: String,
}

#[derive(Deserialize)]
struct Page {
    users: Vec<User>,
}

#[derive(Deserialize)]
struct User {
    id: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    app_metadata: Value,
}

impl User {
    fn is_staff(&self) -> bool {
        self.app_metadata["role"] == STAFF
    }
}

impl Admin {
    /// The project that `SUPABASE_URL` names, or the one that `cargo xtask dev` runs.
    fn connect() -> Result<Self> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        if let Some(supabase) = variable("SUPABASE_URL") {
            let secret_key = variable("SUPABASE_SERVICE_ROLE_KEY")
                .context("SUPABASE_URL is set, so SUPABASE_SERVICE_ROLE_KEY must be set too")?;
            return Ok(Self::new(supabase.trim_end_matches('/'), &secret_key));
        }
        Ok(Self::of(&local()?))
    }

    pub fn of(addresses: &Addresses) -> Self {
        Self::new(&addresses.supabase, &addresses.service_role_key)
    }

    fn new(supabase: &str, secret_key: &str) -> Self {
        Self {
            http: Client::new(),
            supabase: supabase.to_owned(),
            secret_key: secret_key.to_owned(),
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.supabase(method, &format!("auth/v1/admin/{path}"))
    }

    fn supabase(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self
            .http
            .request(method, format!("{}/{path}", self.supabase));
        Credentials::Key(&self.secret_key)
            .headers()
            .into_iter()
            .fold(request, |request, (name, value)| {
                request.header(name, value)
            })
    }

    /// Makes an account staff with a role, or no staff at all; what else stands in `app_metadata` stays.
    pub async fn set_role(&self, email: &str, role: Option<StaffRole>) -> Result<()> {
        let email = email.trim().to_lowercase();
        let users = self.users(|user| user.email == email).await?;
        let [user] = users.as_slice() else {
            bail!("there is no account with the address {email}: sign up with it first");
        };
        if role.is_none() && !user.is_staff() {
            bail!("{email} is not staff");
        }
        let body = json!({ "app_metadata": { "role": role.map(|_| STAFF), "staff_role": role } });
        let request = self.request(Method::PUT, &format!("users/{}", user.id));
        let response = request
            .json(&body)
            .send()
            .await
            .context("Auth does not answer")?;
        ensure!(
            response.status().is_success(),
            "Auth answered {}",
            response.status()
        );
        Ok(())
    }

    /// Has a mail to `address` come to an end, as a webhook of Resend would tell it.
    pub async fn tell_of_mail(&self, address: &str, outcome: &str, detail: &str) -> Result<()> {
        let id = uuid::Uuid::new_v4();
        let body = json!({
            "event_id": format!("demo-{id}"), "message_id": format!("demo-{id}"), "outcome": outcome, "recipient": address,
            "occurred_at": chrono::Utc::now().to_rfc3339(), "detail": detail,
        });
        let response = self
            .supabase(Method::POST, "rest/v1/rpc/record_mail_event")
            .json(&body)
            .send()
            .await
            .context("PostgREST does not answer")?;
        ensure!(
            response.status().is_success(),
            "PostgREST answered {}",
            response.status()
        );
        Ok(())
    }

    async fn staff(&self) -> Result<Vec<(String, StaffRole)>> {
        let mut staff: Vec<_> = self
            .users(User::is_staff)
            .await?
            .into_iter()
            .map(|user| (user.email, StaffRole::of(&user.app_metadata["staff_role"])))
            .collect();
        staff.sort();
        Ok(staff)
    }

    /// Auth can't search, so every account is looked at.
    async fn users(&self, is_wanted: impl Fn(&User) -> bool) -> Result<Vec<User>> {
        let mut wanted = Vec::new();
        for page in 1.. {
            let request = self.request(Method::GET, &format!("users?page={page}&per_page={PAGE}"));
            let response = request.send().await.context("Auth does not answer")?;
            ensure!(
                response.status().is_success(),
                "Auth answered {}: is the secret key right?",
                response.status()
            );
            let users = response.json::<Page>().await?.users;
            let is_last = users.len() < PAGE;
            wanted.extend(users.into_iter().filter(|user| is_wanted(user)));
            if is_last {
                break;
            }
        }
        Ok(wanted)
    }
}
