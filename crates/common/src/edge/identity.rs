//! Who calls: the one place where an access token is checked.

use std::cell::RefCell;
use std::collections::HashMap;

use uuid::Uuid;

use super::exchange::{Exchange, FromExchange};
use super::{keys, now_seconds};
use crate::api_keys::Credentials;
use crate::problem::Problem;
use crate::tokens::{Identity, StaffRole, TokenError, UnverifiedToken};

/// A signed-in user whose token was verified.
pub struct User {
    pub id: Uuid,
    is_staff: bool,
    staff_role: StaffRole,
    took_second_step: bool,
    access_token: String,
}

/// A member of the firm's staff who has taken the second step of signing in. One who is not staff any more stays it
/// until their token expires.
pub struct Staff(pub User);

/// As [`Staff`], with a role that may do more than read.
pub struct ChangingStaff(pub User);

/// As [`ChangingStaff`], with the role of an owner.
pub struct OwnerStaff(pub User);

impl User {
    /// Whether this is staff as [`Staff`] is.
    pub fn acts_as_staff(&self) -> bool {
        self.is_staff && self.took_second_step
    }

    /// The credentials that let an upstream call run as this user, under row level security.
    pub fn credentials<'a>(&'a self, exchange: &'a Exchange) -> Credentials<'a> {
        Credentials::User {
            anon_key: &exchange.settings().anon_key,
            access_token: &self.access_token,
        }
    }
}

/// How many verified tokens an isolate remembers until they expire.
const REMEMBERED_TOKENS: usize = 512;

thread_local! {
    static VERIFIED: RefCell<HashMap<String, Identity>> = RefCell::default();
}

impl FromExchange for User {
    async fn from_exchange(exchange: &Exchange) -> Result<Self, Problem> {
        let header = exchange
            .authorization()
            .ok_or_else(|| Problem::unauthorized(false))?;
        let Some(token) = bearer(header) else {
            return Err(Problem::unauthorized(false));
        };
        match verified(exchange, token).await? {
            Ok(identity) => Ok(Self {
                id: identity.user_id,
                is_staff: identity.is_staff,
                staff_role: identity.staff_role,
                took_second_step: identity.took_second_step,
                access_token: token.to_owned(),
            }),
            Err(error) => Err(Problem::unauthorized(true).because(error.to_string())),
        }
    }
}

impl FromExchange for Staff {
    async fn from_exchange(exchange: &Exchange) -> Result<Self, Problem> {
        let user = User::from_exchange(exchange).await?;
        if user.acts_as_staff() {
            Ok(Self(user))
        } else if user.is_staff {
            Err(Problem::second_step_needed(
                "This is for our team, with two-step sign-in: sign in with your second step, or set one up first.",
            ))
        } else {
            Err(Problem::forbidden(
                "This is for our team. Sign in with an account of the team to see it.",
            ))
        }
    }
}

impl FromExchange for ChangingStaff {
    async fn from_exchange(exchange: &Exchange) -> Result<Self, Problem> {
        let Staff(user) = Staff::from_exchange(exchange).await?;
        if user.staff_role.may_change() {
            Ok(Self(user))
        } else {
            Err(Problem::forbidden(
                "Your role is read-only: you see everything and change nothing. An owner of the firm can give you another role.",
            ))
        }
    }
}

impl FromExchange for OwnerStaff {
    async fn from_exchange(exchange: &Exchange) -> Result<Self, Problem> {
        let ChangingStaff(user) = ChangingStaff::from_exchange(exchange).await?;
        if user.staff_role.may_approve() {
            Ok(Self(user))
        } else {
            Err(Problem::forbidden(
                "An owner of the firm decides this. Ask one of them.",
            ))
        }
    }
}

/// Nobody in particular, or a user. A token that is sent must be valid all the same: a page with a stale
/// one is to renew it, not to be shown less.
impl FromExchange for Option<User> {
    async fn from_exchange(exchange: &Exchange) -> Result<Self, Problem> {
        match exchange.authorization() {
            None => Ok(None),
            Some(_) => User::from_exchange(exchange).await.map(Some),
        }
    }
}

/// The token of an `Authorization` header (RFC 6750, section 2.1; the scheme's case does not count).
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim())
        .filter(|token| !token.is_empty())
}

async fn verified(
    exchange: &Exchange,
    token: &str,
) -> Result<Result<Identity, TokenError>, Problem> {
    let now = now_seconds();
    let remembered = VERIFIED.with_borrow(|tokens| tokens.get(token).cloned());
    if let Some(identity) = remembered {
        return Ok(if now < identity.expires_at {
            Ok(identity)
        } else {
            Err(TokenError::Time)
        });
    }
    let settings = exchange.settings();
    let unverified = match UnverifiedToken::parse(token) {
        Ok(unverified) => unverified,
        Err(error) => return Ok(Err(error)),
    };
    // Claims cost nothing to check, a signature does: what is stale or foreign never gets that far.
    let identity = match unverified.identity(now, &settings.issuer) {
        Ok(identity) => identity,
        Err(error) => return Ok(Err(error)),
    };
    let signature = match &settings.jwt_secret {
        Some(secret) => unverified.verify_hs256(secret.as_bytes()),
        None => keys::verify(exchange, &unverified).await?,
    };
    if let Err(error) = signature {
        return Ok(Err(error));
    }
    VERIFIED.with_borrow_mut(|tokens| {
        if tokens.len() >= REMEMBERED_TOKENS {
            tokens.retain(|_, identity| now < identity.expires_at);
        }
        if tokens.len() >= REMEMBERED_TOKENS {
            tokens.clear();
        }
        tokens.insert(token.to_owned(), identity.clone());
    });
    Ok(Ok(identity))
}
