use omega_common::edge::{
    Body, CalendarText, Exchange, Json, Query, Request, Response, Routes, User, now, serve,
};
use omega_common::problem::Problem;
use omega_common::rest;
use omega_deadlines::business::{refusal, today};
use serde_json::json;
use worker::{Context, Env, event};

use crate::{CalendarAction, CalendarAddress, Feed, is_secret, read_action};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).get(feed).post(change),
    )
    .await
}

/// Calendars sign in nowhere: the secret in the address is what lets them in. The log line has no query in it.
async fn feed(exchange: Exchange, mut query: Query) -> Result<CalendarText, Problem> {
    let key = query
        .take("key")
        .ok_or_else(|| Problem::bad_request("The address lacks the key of a calendar."))?;
    query.finish()?;
    exchange
        .rate_limit(
            "CALENDAR_LIMITER",
            exchange.client_address().unwrap_or_default(),
        )
        .await?;
    let gone = || Problem::not_found("There is no calendar at this address, or not any more.");
    if !is_secret(&key) {
        return Err(gone());
    }
    let database = exchange.public_database();
    let (status, body) = database
        .rows(database.rpc("calendar_feed", &json!({ "secret": key })))
        .await?;
    if status >= 300 {
        return Err(refusal(status, &body));
    }
    let feed: Feed = rest::read::<Option<Feed>>(&body)?.ok_or_else(gone)?;
    let now = now();
    let calendar = feed.calendar(&now, today(&now)?, &exchange.required_variable("SITE_URL")?)?;
    Ok(CalendarText(calendar))
}

async fn change(
    user: User,
    exchange: Exchange,
    Body(fields): Body,
) -> Result<Json<CalendarAddress>, Problem> {
    let action = read_action(fields)?;
    let database = exchange.database(&user);
    let function = match action {
        CalendarAction::Make => "make_calendar_feed",
        CalendarAction::Remove => "remove_calendar_feed",
    };
    let (status, body) = database.rows(database.rpc(function, &json!({}))).await?;
    if status >= 300 {
        return Err(refusal(status, &body));
    }
    let secret: Option<String> = match action {
        CalendarAction::Make => Some(rest::read(&body)?),
        CalendarAction::Remove => None,
    };
    let site_url = exchange.required_variable("SITE_URL")?;
    Ok(Json(CalendarAddress::of(&site_url, secret.as_deref())))
}
