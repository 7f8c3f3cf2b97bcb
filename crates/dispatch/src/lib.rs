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

#[cfg(test)]
mod tests {
    use super::*;

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
    fn policy_allows_the_project_in_use_alone() {
        let policy =
            "default-src 'none'; connect-src 'self' https://abc.supabase.co; img-src 'self'";
        assert_eq!(
            local_policy(policy, "http://127.0.0.1:54321"),
            "default-src 'none'; connect-src 'self' http://127.0.0.1:54321; img-src 'self'"
        );
    }
}
