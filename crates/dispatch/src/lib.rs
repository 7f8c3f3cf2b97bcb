//! The whole system on one origin, for `wrangler dev`: `/functions/v1/<service>/<endpoint>` goes to the
//! Worker of that endpoint, all else to the site's files. In production Cloudflare's routes do this.

#[cfg(target_arch = "wasm32")]
mod worker;

/// The service binding of a path: `/functions/v1/onboarding/submit-profile` → `ONBOARDING_SUBMIT_PROFILE`.
/// `None` for a path that is no endpoint's.
pub fn binding(path: &str) -> Option<String> {
    let (service, endpoint) = path.strip_prefix("/functions/v1/")?.split_once('/')?;
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    (is_name(service) && is_name(endpoint)).then(|| {
        format!("{service}_{endpoint}")
            .replace('-', "_")
            .to_uppercase()
    })
}

/// The site's Content-Security-Policy with the hosted project's origin replaced by the one in use.
pub fn local_policy(policy: &str, supabase_url: &str) -> String {
    let is_hosted =
        |source: &str| source.starts_with("https://") && source.ends_with(".supabase.co");
    let directive = |directive: &str| {
        let sources = directive.split(' ').map(|source| {
            if is_hosted(source) {
                supabase_url
            } else {
                source
            }
        });
        sources.collect::<Vec<_>>().join(" ")
    };
    policy
        .split(';')
        .map(directive)
        .collect::<Vec<_>>()
        .join(";")
}

/// Cloudflare Turnstile's widget, for pages that draw it themselves ("Embed the widget: Explicit rendering").
pub const TURNSTILE_SCRIPT: &str =
    "https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit";

/// The pages whose forms hold the widget, where it is in use.
pub const TURNSTILE_PAGES: [&str; 2] = ["/contact", "/sign-up"];

/// The Content-Security-Policy of a page that holds the widget: its origin may run code and be framed (Cloudflare
/// Turnstile, "Content Security Policy"), and its code is not written for Trusted Types.
pub fn turnstile_policy(policy: &str, script: &str) -> String {
    let host = script.find("://").map_or(0, |at| at + 3);
    let end = script[host..]
        .find('/')
        .map_or(script.len(), |at| host + at);
    let origin = &script[..end];
    let directives = policy
        .split(';')
        .map(str::trim)
        .filter(|directive| !directive.contains("trusted-types"))
        .map(|directive| match directive.starts_with("script-src ") {
            true => format!("{directive} {origin}"),
            false => directive.to_owned(),
        })
        .chain([format!("frame-src {origin}")]);
    directives.collect::<Vec<_>>().join("; ")
}

/// Whether an `Accept-Encoding` names gzip (RFC 9110, section 12.5.3).
pub fn takes_gzip(accepted: &str) -> bool {
    accepted.split(',').any(|coding| {
        coding
            .split(';')
            .next()
            .is_some_and(|name| name.trim() == "gzip")
    })
}

/// Whether a file of this type gets smaller by compression.
pub fn is_text(content_type: &str) -> bool {
    [
        "text/",
        "application/json",
        "application/javascript",
        "image/svg+xml",
    ]
    .iter()
    .any(|kind| content_type.starts_with(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_compressed_for_who_takes_it() {
        assert!(takes_gzip("br;q=1.0, gzip;q=0.8") && !takes_gzip("br, identity"));
        assert!(is_text("text/css; charset=utf-8") && !is_text("font/woff2"));
    }

    #[test]
    fn paths_name_their_binding() {
        assert_eq!(
            binding("/functions/v1/onboarding/submit-profile").as_deref(),
            Some("ONBOARDING_SUBMIT_PROFILE")
        );
        for other in [
            "/functions/v1/onboarding",
            "/functions/v1/onboarding/",
            "/functions/v1/a/b/c",
            "/functions/v1/a/openapi.json",
            "/",
        ] {
            assert_eq!(binding(other), None, "{other}");
        }
    }

    #[test]
    fn the_widget_is_let_in_and_nothing_else() {
        let policy = "default-src 'none'; script-src 'self'; require-trusted-types-for 'script'; trusted-types omega";
        assert_eq!(
            turnstile_policy(policy, TURNSTILE_SCRIPT),
            "default-src 'none'; script-src 'self' https://challenges.cloudflare.com; frame-src https://challenges.cloudflare.com"
        );
    }

    #[test]
    fn policy_allows_the_project_in_use_alone() {
        let policy =
            "default-src 'none'; connect-src 'self' https://abc.supabase.co; img-src 'self'";
        assert_eq!(
            local_policy(policy, "http://127.0.0.1:54321"),
            "default-src 'none'; connect-src 'self' http://127.0.0.1:54321; img-src 'self'"
        );
    }
}
