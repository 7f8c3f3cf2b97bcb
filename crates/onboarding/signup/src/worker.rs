use std::time::Duration;

use omega_common::api_keys::{Credentials, is_new_style};
use omega_common::auth::{self, read_sign_up};
use omega_common::edge::{Body, Created, Deadline, Exchange, Request, Response, Routes, serve};
use omega_common::problem::Problem;
use worker::{Context, Date, Delay, Env, event};

use crate::{EVEN_ANSWER, SignUp, SignedUp};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).post(sign_up),
    )
    .await
}

async fn sign_up(exchange: Exchange, Body(fields): Body) -> Result<Created<SignedUp>, Problem> {
    let came = Date::now().as_millis();
    let address = exchange.client_address();
    exchange
        .rate_limit("SIGN_UP_LIMITER", address.clone().unwrap_or_default())
        .await?;
    let sign_up = SignUp::read(fields)?;
    exchange
        .require_person(sign_up.turnstile_token.as_deref())
        .await?;

    let mut answer = call_auth(&exchange, &sign_up, address.as_deref()).await?;
    // Of two sign-ups for one address at the same moment Auth fails the later one with a 500; asked
    // again, it finds the account.
    if answer.0 == 500 {
        answer = call_auth(&exchange, &sign_up, address.as_deref()).await?;
    }
    let account = read_sign_up(answer.0, &answer.1)?;
    exchange.send_mail_now();
    if account.session.is_none() {
        let took = Duration::from_millis(Date::now().as_millis().saturating_sub(came));
        Delay::from(EVEN_ANSWER.saturating_sub(took)).await;
    }
    Ok(Created(account.into()))
}

async fn call_auth(
    exchange: &Exchange,
    sign_up: &SignUp,
    address: Option<&str>,
) -> Result<(u16, Vec<u8>), Problem> {
    let settings = exchange.settings();
    // Auth's own limits count the caller only when a secret key vouches for the address.
    let secret = exchange
        .variable("SUPABASE_SERVICE_ROLE_KEY")
        .filter(|key| is_new_style(key));
    let (key, forwarded_for) = match &secret {
        Some(secret) => (secret, address),
        None => (&settings.anon_key, None),
    };
    let request = auth::sign_up(
        &settings.supabase_url,
        Credentials::Key(key),
        forwarded_for,
        &format!("{}/confirm", exchange.required_variable("SITE_URL")?),
        &sign_up.auth_body(),
    );
    exchange.send(request, Deadline::Service).await
}
