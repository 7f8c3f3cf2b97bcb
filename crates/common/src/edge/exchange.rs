//! One request on its way to an answer, and what handlers take from it.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::rc::Rc;

use js_sys::futures::JsFuture;
use web_sys::{Headers, Request};
use worker::{Context, Env};

use super::settings::{Settings, optional, required};
use super::{runtime, runtime_fault, upstream};
use crate::fields::Fields;
use crate::problem::Problem;
use crate::turnstile;

/// How a browser declares a form that it sends by itself.
const FORM: &str = "application/x-www-form-urlencoded";

/// Largest body in bytes.
const MAX_BODY_BYTES: u32 = 64 * 1024;

/// Within which a body must have come in whole.
const BODY_WITHIN_MILLISECONDS: u32 = 10_000;

/// A request, the Worker's environment and what was found out so far. Cheap to clone.
#[derive(Clone)]
pub struct Exchange(Rc<Inner>);

struct Inner {
    request: Request,
    head: Head,
    headers: OnceCell<Headers>,
    env: Env,
    context: Context,
    settings: Rc<Settings>,
    request_id: String,
}

/// What every request is looked at for.
pub(super) struct Head {
    /// As it was sent: `worker::Method` takes every method that it does not know for GET.
    pub method: String,
    url: String,
    pub cf_ray: Option<String>,
    pub origin: Option<String>,
    pub authorization: Option<String>,
}

impl Head {
    pub fn of(request: &Request) -> Self {
        let head = runtime::head(request);
        let mut lines = head.splitn(5, '\n');
        let mut line = || lines.next().unwrap_or_default();
        let (method, url) = (line().to_owned(), line().to_owned());
        let mut header = || {
            Some(line())
                .filter(|value| *value != "\0")
                .map(str::to_owned)
        };
        Self {
            method,
            url,
            cf_ray: header(),
            origin: header(),
            authorization: header(),
        }
    }

    /// Origin, path and query. The runtime serializes URLs (URL, section 4.5), so the path begins at the first slash
    /// after the host.
    fn parts(&self) -> (&str, &str, &str) {
        let host = self.url.find("://").map_or(0, |at| at + 3);
        let path = self.url[host..]
            .find('/')
            .map_or(self.url.len(), |at| host + at);
        let (origin, rest) = self.url.split_at(path);
        let rest = rest.split('#').next().unwrap_or_default();
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        (origin, path, query)
    }

    pub fn path(&self) -> &str {
        self.parts().1
    }
}

/// What can be taken from an exchange before a handler's body runs.
#[allow(async_fn_in_trait)]
pub trait FromExchange: Sized {
    /// # Errors
    /// The refusal that the caller gets instead of the handler's answer.
    async fn from_exchange(exchange: &Exchange) -> Result<Self, Problem>;
}

impl FromExchange for Exchange {
    async fn from_exchange(exchange: &Exchange) -> Result<Self, Problem> {
        Ok(exchange.clone())
    }
}

impl Exchange {
    pub(super) fn new(
        request: Request,
        head: Head,
        env: Env,
        context: Context,
        request_id: String,
    ) -> Result<Self, Problem> {
        let settings = Settings::of(&env)?;
        Ok(Self(Rc::new(Inner {
            request,
            head,
            headers: OnceCell::new(),
            env,
            context,
            settings,
            request_id,
        })))
    }

    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub fn env(&self) -> &Env {
        &self.0.env
    }

    pub fn request_id(&self) -> &str {
        &self.0.request_id
    }

    /// A request header, where it is there and is text.
    pub fn header(&self, name: &str) -> Option<String> {
        let headers = self.0.headers.get_or_init(|| self.0.request.headers());
        headers.get(name).ok().flatten()
    }

    pub(super) fn authorization(&self) -> Option<&str> {
        self.0.head.authorization.as_deref()
    }

    /// A variable or secret that may be unset.
    pub fn variable(&self, name: &str) -> Option<String> {
        optional(&self.0.env, name)
    }

    /// A variable or secret that must be set.
    ///
    /// # Errors
    /// 500 with a cause that names it.
    pub fn required_variable(&self, name: &str) -> Result<String, Problem> {
        required(&self.0.env, name)
    }

    /// The caller's address as Cloudflare tells it; a header that the caller sends is overwritten there.
    pub fn client_address(&self) -> Option<String> {
        self.header("cf-connecting-ip")
    }

    /// Goes on with `future` after the answer, and if the caller leaves.
    pub fn wait_until(&self, future: impl Future<Output = ()> + 'static) {
        self.0.context.wait_until(future);
    }

    /// Counts one use of `key` against the rate-limiting binding `binding`. The window is a minute.
    ///
    /// # Errors
    /// 429 with `Retry-After` when the limit is reached.
    pub async fn rate_limit(&self, binding: &str, key: String) -> Result<(), Problem> {
        let limiter = self.0.env.rate_limiter(binding).map_err(runtime_fault)?;
        let outcome = limiter.limit(key).await.map_err(runtime_fault)?;
        if outcome.success {
            Ok(())
        } else {
            Err(Problem::too_many_requests(60))
        }
    }

    /// Where Turnstile is in use, `token` must prove that a person sent this. It counts once, so this comes after all
    /// that the sender may have to mend.
    ///
    /// # Errors
    /// 422 without a proof; 503 and 504 when Turnstile does not answer.
    pub async fn require_person(&self, token: Option<&str>) -> Result<(), Problem> {
        if self.variable("TURNSTILE_SITE_KEY").is_none() {
            return Ok(());
        }
        let secret = self.required_variable("TURNSTILE_SECRET_KEY")?;
        let token = token.ok_or_else(turnstile::unproven)?;
        let url = self.variable("TURNSTILE_VERIFY_URL");
        let request = turnstile::verify(
            url.as_deref().unwrap_or(turnstile::DEFAULT_VERIFY_URL),
            &secret,
            token,
            self.client_address().as_deref(),
        );
        let (status, body) = self.send(request, upstream::Deadline::Service).await?;
        turnstile::read(status, &body)
    }

    /// Sends a request to another service and takes its whole answer.
    ///
    /// # Errors
    /// 503 or 504 when there is no answer.
    pub async fn send(
        &self,
        request: crate::upstream::UpstreamRequest,
        deadline: upstream::Deadline,
    ) -> Result<(u16, Vec<u8>), Problem> {
        upstream::answer(request, deadline).await
    }

    /// Whether the body is a form that a browser sent by itself.
    pub fn is_form(&self) -> bool {
        self.declares(FORM)
    }

    /// Whether a form was sent from a page of ours. Forms go to any origin unasked, and a browser always says
    /// from where (Fetch, section 3.2); what is no browser says nothing.
    pub fn is_from_own_page(&self) -> bool {
        self.0.head.origin.as_ref().is_none_or(|origin| {
            origin == self.0.head.parts().0 || self.settings().allowed_origins.contains(origin)
        })
    }

    fn declares(&self, media_type: &str) -> bool {
        let content_type = self.header("content-type").unwrap_or_default();
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case(media_type)
    }

    async fn read_body(&self) -> Result<Vec<u8>, Problem> {
        let read = runtime::body(&self.0.request, MAX_BODY_BYTES, BODY_WITHIN_MILLISECONDS);
        let body = JsFuture::from(read)
            .await
            .map_err(|_| Problem::bad_request("The request broke off."))?;
        if body.is_null() {
            return Err(Problem::too_large(MAX_BODY_BYTES as usize));
        }
        if body.is_string() {
            return Err(Problem::request_timeout());
        }
        Ok(runtime::bytes(body))
    }
}

/// A JSON body as it was sent, for a signature over it.
pub struct RawBody(pub Vec<u8>);

impl FromExchange for RawBody {
    async fn from_exchange(exchange: &Exchange) -> Result<Self, Problem> {
        if !exchange.declares("application/json") {
            return Err(Problem::unsupported_media_type());
        }
        Ok(Self(exchange.read_body().await?))
    }
}

/// The fields of a JSON body.
pub struct Body(pub Fields);

impl FromExchange for Body {
    async fn from_exchange(exchange: &Exchange) -> Result<Self, Problem> {
        if !exchange.declares("application/json") {
            return Err(Problem::unsupported_media_type());
        }
        Ok(Self(Fields::parse(&exchange.read_body().await?)?))
    }
}

/// The fields of a form that a browser sent by itself, without a script.
pub struct FormBody(pub Fields);

impl FromExchange for FormBody {
    async fn from_exchange(exchange: &Exchange) -> Result<Self, Problem> {
        if !exchange.declares(FORM) {
            return Err(Problem::unsupported_media_type());
        }
        Ok(Self(Fields::parse_form(&exchange.read_body().await?)))
    }
}

impl From<Body> for Fields {
    fn from(body: Body) -> Self {
        body.0
    }
}

impl From<FormBody> for Fields {
    fn from(body: FormBody) -> Self {
        body.0
    }
}

/// The query parameters.
pub struct Query(HashMap<String, String>);

impl FromExchange for Query {
    async fn from_exchange(exchange: &Exchange) -> Result<Self, Problem> {
        let (_, _, query) = exchange.0.head.parts();
        Ok(Self(
            url::form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
        ))
    }
}

impl Query {
    pub fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    /// # Errors
    /// 400 when parameters are left that nobody took.
    pub fn finish(self) -> Result<(), Problem> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(_) => Err(Problem::bad_request(
                "The address holds a parameter that is not known here.",
            )),
        }
    }
}
