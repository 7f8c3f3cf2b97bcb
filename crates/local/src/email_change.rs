//! A change of a user's address, which the old and the new mailbox both confirm, as on a hosted project with its default
//! settings. The Auth service asks the old one alone, so who has confirmed is kept here; it does the rest.

use axum::http::StatusCode;
use serde_json::json;
use uuid::Uuid;

use crate::admin::{Refusal, looks_like_address};
use crate::auth::{Auth, MAIL_EXPIRY, SignedIn, code, too_soon, wait};

/// What GoTrue says after the first of the two links.
pub(crate) const ONE_CONFIRMED: &str =
    "Confirmation link accepted. Please proceed to confirm link sent to the other email";

/// A change that somebody has asked for.
pub(crate) struct Change {
    user: Uuid,
    from: String,
    to: String,
}

/// What a link or code of a mail has brought about.
#[derive(PartialEq, Eq)]
pub(crate) enum Confirmed {
    /// One mailbox has confirmed; the other must still.
    One,
    /// Both have, and the service may change the address.
    Both,
    /// The token is none of ours, or too old; the service says so.
    Nothing,
}

impl Change {
    /// The change of the caller's own address to another, in lower case.
    pub async fn asked(auth: &Auth, caller: &SignedIn, to: String) -> Result<Self, Refusal> {
        if !looks_like_address(&to) {
            return Err(Refusal::invalid(
                "Unable to validate email address: invalid format",
            ));
        }
        let client = auth.pool.get().await?;
        let taken = client
            .query_opt("select from auth.users where email = $1", &[&to])
            .await?;
        if taken.is_some() {
            return Err(taken_address());
        }
        let change = Self {
            user: caller.user,
            from: caller.email.clone(),
            to,
        };
        change.check_pause(auth).await?;
        Ok(change)
    }

    /// The change a user of the address `from` has asked for and not finished.
    pub async fn pending(auth: &Auth, from: &str) -> Result<Option<Self>, Refusal> {
        let client = auth.pool.get().await?;
        let row = client
            .query_opt(
                "select id, email_change from auth.users where email = $1 and email_change <> ''",
                &[&from],
            )
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let change = Self {
            user: row.get(0),
            from: from.to_owned(),
            to: row.get(1),
        };
        change.check_pause(auth).await?;
        Ok(Some(change))
    }

    async fn check_pause(&self, auth: &Auth) -> Result<(), Refusal> {
        let client = auth.pool.get().await?;
        let row = client
            .query_one(
                "select floor(extract(epoch from now() - email_change_sent_at))::bigint
                 from auth.users where id = $1",
                &[&self.user],
            )
            .await?;
        match wait(row.get(0)) {
            wait if wait > 0 => Err(too_soon(wait)),
            _ => Ok(()),
        }
    }

    /// Writes to both mailboxes. Confirmations of earlier mails no longer count.
    pub async fn send(&self, auth: &Auth, redirect: Option<&str>) -> Result<(), Refusal> {
        let (old_code, old_hash) = code(&self.from)?;
        let (new_code, new_hash) = code(&self.to)?;
        let client = auth.pool.get().await?;
        client
            .execute(
                "update auth.users set email_change = $2, email_change_token_current = $3,
                   email_change_token_new = $4, email_change_sent_at = now(),
                   email_change_confirm_status = 0
                 where id = $1",
                &[&self.user, &self.to, &old_hash, &new_hash],
            )
            .await?;
        for (to, token, token_hash) in [
            (&self.from, old_code, old_hash),
            (&self.to, new_code, new_hash),
        ] {
            let mail = json!({
                "type": "email_change",
                "to": to,
                "token": token,
                "token_hash": token_hash,
                "email": self.from,
                "new_email": self.to,
            });
            auth.send_mail(&mail, redirect).await?;
        }
        Ok(())
    }
}

/// Notes that a mailbox has confirmed. `hash` is what is kept of the code it got.
pub(crate) async fn confirm(auth: &Auth, hash: &str) -> Result<Confirmed, Refusal> {
    if hash.is_empty() {
        return Ok(Confirmed::Nothing);
    }
    let mut client = auth.pool.get().await?;
    let transaction = client.transaction().await?;
    let row = transaction
        .query_opt(
            "select id, email_change_confirm_status = 0, exists (
               select from auth.users as other where other.email = u.email_change)
             from auth.users as u
             where $1 in (email_change_token_current, email_change_token_new)
               and email_change <> '' and email_change_sent_at > now() - make_interval(secs => $2)
             for update",
            &[&hash, &(MAIL_EXPIRY as f64)],
        )
        .await?;
    let Some(row) = row else {
        return Ok(Confirmed::Nothing);
    };
    let user: Uuid = row.get(0);
    if row.get(2) {
        return Err(taken_address());
    }
    let first: bool = row.get(1);
    // The service takes the token of the old address alone, as the last one.
    let sql = if first {
        "update auth.users set email_change_confirm_status = 1,
           email_change_token_current = nullif(email_change_token_current, $2),
           email_change_token_new = nullif(email_change_token_new, $2)
         where id = $1"
    } else {
        "update auth.users set email_change_confirm_status = 0,
           email_change_token_current = $2, email_change_token_new = null
         where id = $1"
    };
    transaction.execute(sql, &[&user, &hash]).await?;
    transaction.commit().await?;
    Ok(if first {
        Confirmed::One
    } else {
        Confirmed::Both
    })
}

fn taken_address() -> Refusal {
    Refusal::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "email_exists",
        "A user with this email address has already been registered",
    )
}
