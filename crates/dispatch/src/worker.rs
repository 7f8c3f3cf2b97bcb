use worker::js_sys::Reflect;
use worker::{Context, Env, Request, Response, ScheduleContext, ScheduledEvent, event};

use crate::{
    TURNSTILE_PAGES, TURNSTILE_SCRIPT, binding, is_text, local_policy, takes_gzip, turnstile_policy,
};

/// When `upkeep/sweep` runs; its wrangler.toml says the same.
const NIGHTLY: &str = "17 3 * * *";

const POLICY: &str = "content-security-policy";

#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> worker::Result<Response> {
    console_error_panic_hook::set_once();
    let path = request.path();
    if let Some(endpoint) = binding(&path).and_then(|name| env.service(&name).ok()) {
        return endpoint.fetch_request(request).await;
    }
    let supabase_url = env.var("SUPABASE_URL")?.to_string();
    let turnstile = turnstile(&env);
    if path == "/config.json" {
        return Response::from_json(&serde_json::json!({
            "supabase_url": supabase_url,
            "supabase_key": env.var("SUPABASE_ANON_KEY")?.to_string(),
            "turnstile": turnstile.map(|(key, script)| serde_json::json!({ "site_key": key, "script": script })),
        }));
    }
    let takes_gzip = takes_gzip(&client_encodings(&request));
    let response = env.assets("ASSETS")?.fetch_request(request).await?;
    let headers = worker::Headers::new();
    for (name, value) in response.headers() {
        headers.append(&name, &value)?;
    }
    if let Some(policy) = headers.get(POLICY)? {
        let mut policy = local_policy(&policy, &supabase_url);
        if let Some((_, script)) = &turnstile
            && TURNSTILE_PAGES.contains(&path.as_str())
        {
            policy = turnstile_policy(&policy, script);
        }
        headers.set(POLICY, &policy)?;
    }
    // As Cloudflare does on the way to the browser; the runtime compresses what is marked so.
    if takes_gzip && is_text(&headers.get("content-type")?.unwrap_or_default()) {
        headers.set("content-encoding", "gzip")?;
        headers.delete("content-length")?;
    }
    Ok(response.with_headers(headers))
}

/// The key of Turnstile's widget and where its code is, where it is in use.
fn turnstile(env: &Env) -> Option<(String, String)> {
    let value = |name: &str| {
        let value = env.var(name).ok()?.to_string();
        (!value.is_empty()).then_some(value)
    };
    let script = value("TURNSTILE_SCRIPT_URL").unwrap_or_else(|| TURNSTILE_SCRIPT.to_owned());
    Some((value("TURNSTILE_SITE_KEY")?, script))
}

/// The encodings that the caller takes: on the way to a Worker the header itself becomes the runtime's own
/// (Cloudflare's `cf.clientAcceptEncoding`).
fn client_encodings(request: &Request) -> String {
    Reflect::get(request.inner(), &"cf".into())
        .and_then(|cf| Reflect::get(&cf, &"clientAcceptEncoding".into()))
        .ok()
        .and_then(|encodings| encodings.as_string())
        .unwrap_or_default()
}

/// `wrangler dev` runs the cron of its first Worker only, on `/cdn-cgi/handler/scheduled`; it is passed on, to the
/// nightly sweep when its cron is named (`?cron=17+3+*+*+*`), else to the mail.
#[event(scheduled)]
async fn scheduled(event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    let (binding, path) = if event.cron() == NIGHTLY {
        ("UPKEEP_SWEEP", "upkeep/sweep")
    } else {
        ("EMAIL_DELIVER", "email/deliver")
    };
    let Ok(worker) = env.service(binding) else {
        return;
    };
    let mut init = worker::RequestInit::new();
    init.with_method(worker::Method::Post);
    let url = format!("https://dispatch/functions/v1/{path}");
    if let Err(error) = worker.fetch(url, Some(init)).await {
        worker::console_error!("{error}");
    }
}
