use std::cell::RefCell;

use futures_util::future::join_all;
use omega_common::api_keys::Credentials;
use omega_common::edge::{
    Deadline, Exchange, Json, Request, Response, Routes, User, mail_domain, now, send, serve,
};
use omega_common::problem::Problem;
use omega_common::resend;
use omega_common::rest::{self, Rest};
use omega_common::upstream::UpstreamRequest;
use worker::{Context, Date, Env, event};

use crate::{
    Measured, NoAnswer, Part, PartId, REMEMBERED_FOR, Status, judge, judge_database,
    judge_mail_domain,
};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).get(status),
    )
    .await
}

/// A look that began this long ago, in milliseconds, is over or was broken off: two rounds of probes.
const LONGEST_LOOK: u64 = 10_000;

#[derive(Default)]
struct Memory {
    last: Option<(u64, Status)>,
    /// When a look that is still under way began.
    looking_since: Option<u64>,
}

thread_local! {
    static MEMORY: RefCell<Memory> = RefCell::default();
}

async fn status(caller: Option<User>, exchange: Exchange) -> Result<Json<Status>, Problem> {
    exchange
        .rate_limit(
            "STATUS_LIMITER",
            exchange.client_address().unwrap_or_default(),
        )
        .await?;
    let status = match remembered() {
        Some(status) => status,
        None => look(&exchange).await?,
    };
    Ok(Json(match caller {
        Some(user) if user.acts_as_staff() => status,
        _ => status.for_the_public(),
    }))
}

/// What was found a moment ago; and while somebody is looking, what was found before that, as a promise
/// must not be awaited by another request than the one that made it.
fn remembered() -> Option<Status> {
    let now = Date::now().as_millis();
    MEMORY.with_borrow(|memory| {
        let (at, status) = memory.last.as_ref()?;
        let is_fresh = now.saturating_sub(*at) < REMEMBERED_FOR;
        let is_looked_at = memory
            .looking_since
            .is_some_and(|since| now.saturating_sub(since) < LONGEST_LOOK);
        (is_fresh || is_looked_at).then(|| status.clone())
    })
}

async fn look(exchange: &Exchange) -> Result<Status, Problem> {
    MEMORY.with_borrow_mut(|memory| memory.looking_since = Some(Date::now().as_millis()));
    let parts = measure_all(exchange).await;
    MEMORY.with_borrow_mut(|memory| memory.looking_since = None);
    let status = Status::of(now(), parts?);
    MEMORY.with_borrow_mut(|memory| memory.last = Some((Date::now().as_millis(), status.clone())));
    Ok(status)
}

/// Two rounds: a Worker waits for six answers at once, and a request that queues would look slow
/// (Cloudflare, "Simultaneous open connections").
async fn measure_all(exchange: &Exchange) -> Result<Vec<Part>, Problem> {
    let settings = exchange.settings();
    let (supabase, key) = (&settings.supabase_url, Credentials::Key(&settings.anon_key));
    let site = exchange.required_variable("SITE_URL")?;
    let resend_url = exchange
        .variable("RESEND_BASE_URL")
        .unwrap_or_else(|| resend::DEFAULT_BASE_URL.to_owned());
    let get = |url: String| UpstreamRequest::new("GET", url);
    let query = Rest::new(supabase).rpc("measure_database", &serde_json::json!({}));

    let probes = [
        (PartId::Site, get(format!("{site}/"))),
        (
            PartId::Workers,
            get(format!("{site}/functions/v1/onboarding/profile")),
        ),
        (PartId::Rest, rest::request(query, key)?),
        (
            PartId::Auth,
            get(format!("{supabase}/auth/v1/health")).credentials(key),
        ),
        (
            PartId::Storage,
            get(format!("{supabase}/storage/v1/status")).credentials(key),
        ),
        (PartId::Email, get(format!("{resend_url}/domains"))),
    ];
    let measured = join_all(probes.map(async |(id, request)| (id, measure(request).await))).await;
    let mut parts = Vec::new();
    for (id, measured) in &measured {
        match id {
            PartId::Rest => parts.extend(judge_database(measured)),
            // Without a token a Worker that runs refuses.
            PartId::Workers => parts.push(judge(*id, measured, |status| status == 401)),
            // Without a key Resend refuses, and so shows that it is there. Which status Storage gives to
            // a bare look differs between its versions.
            PartId::Email | PartId::Storage => {
                parts.push(judge(*id, measured, |status| status < 500))
            }
            _ => parts.push(judge(*id, measured, |status| status == 200)),
        }
    }
    let began = Date::now().as_millis();
    let records = mail_domain(exchange).await;
    parts.push(judge_mail_domain(
        &records,
        Date::now().as_millis().saturating_sub(began),
    ));
    Ok(parts)
}

async fn measure(request: UpstreamRequest) -> Measured {
    let began = Date::now().as_millis();
    let answer = async {
        // A limit is an answer too: who counts how often we call is there.
        let response = send(request, Deadline::Probe).await?;
        Ok::<_, Problem>((response.status(), response.bytes().await?))
    }
    .await;
    Measured {
        answer: answer.map_err(|problem| match problem.status {
            504 => NoAnswer::Deadline,
            _ => NoAnswer::Unreachable,
        }),
        latency_ms: Date::now().as_millis().saturating_sub(began),
    }
}
