//! From the `fetch` event to a handler and back.

use futures_util::future::LocalBoxFuture;
use web_sys::Request;
use worker::{Context, Date, Env, Method};

use super::answer::{self, IntoResponse, Response};
use super::exchange::{Exchange, FromExchange, Head};
use super::log;
use crate::problem::Problem;

/// An async function whose arguments are extractors, taken in order: put [`super::User`] first.
pub trait Handler<Arguments> {
    fn call(self, exchange: Exchange) -> LocalBoxFuture<'static, Result<Response, Problem>>;
}

macro_rules! handler {
    ($($argument:ident),*) => {
        impl<F, Fut, R, $($argument),*> Handler<($($argument,)*)> for F
        where
            F: FnOnce($($argument),*) -> Fut + 'static,
            Fut: Future<Output = Result<R, Problem>>,
            R: IntoResponse,
            $($argument: FromExchange + 'static,)*
        {
            #[allow(non_snake_case)]
            fn call(self, exchange: Exchange) -> LocalBoxFuture<'static, Result<Response, Problem>> {
                Box::pin(async move {
                    $(let $argument = $argument::from_exchange(&exchange).await?;)*
                    self($($argument),*).await?.into_response()
                })
            }
        }
    };
}

handler!(A);
handler!(A, B);
handler!(A, B, C);
handler!(A, B, C, D);

type BoxedHandler = Box<dyn FnOnce(Exchange) -> LocalBoxFuture<'static, Result<Response, Problem>>>;

/// The methods that an endpoint answers, and at which path.
pub struct Routes {
    path: String,
    handlers: Vec<(Method, BoxedHandler)>,
}

impl Routes {
    /// `package` is the Worker's `CARGO_PKG_NAME`, `<service>-<endpoint>`. Cloudflare matches a route
    /// against the whole URL, so one that takes a query ends in `*` and lets longer paths through too;
    /// they are not ours to answer.
    pub fn new(package: &str) -> Self {
        Self {
            path: format!("/functions/v1/{}", package.replacen('-', "/", 1)),
            handlers: Vec::new(),
        }
    }

    #[must_use]
    pub fn get<Arguments>(self, handler: impl Handler<Arguments> + 'static) -> Self {
        self.with(Method::Get, handler)
    }

    #[must_use]
    pub fn post<Arguments>(self, handler: impl Handler<Arguments> + 'static) -> Self {
        self.with(Method::Post, handler)
    }

    fn with<Arguments>(
        mut self,
        method: Method,
        handler: impl Handler<Arguments> + 'static,
    ) -> Self {
        self.handlers
            .push((method, Box::new(|exchange| handler.call(exchange))));
        self
    }

    fn allowed(&self) -> String {
        self.handlers
            .iter()
            .map(|(method, _)| method.as_ref())
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// Answers a request with one of `routes`; every error becomes problem+json here, every request one log line.
///
/// # Errors
/// When the runtime can't even make a response.
pub async fn serve(
    request: Request,
    env: Env,
    context: Context,
    routes: Routes,
) -> worker::Result<Response> {
    console_error_panic_hook::set_once();
    let started = Date::now().as_millis();
    let head = Head::of(&request);
    let request_id = request_id(head.cf_ray.as_ref());
    let (method, path, origin) = (
        head.method.clone(),
        head.path().to_owned(),
        head.origin.clone(),
    );
    let is_ours = path == routes.path;

    let mut allowed_origin = None;
    let mut read_only = false;
    let result = match Exchange::new(request, head, env, context, request_id.clone()) {
        Err(problem) => Err(problem),
        Ok(exchange) => {
            let allowed = &exchange.settings().allowed_origins;
            allowed_origin = origin.filter(|origin| allowed.contains(origin));
            read_only = exchange.settings().read_only;
            match method.as_str() {
                _ if !is_ours => Err(Problem::not_found("There is nothing at this address.")),
                "OPTIONS" => Ok(answer::preflight(routes.allowed())),
                method => route(method, exchange, routes).await,
            }
        }
    };

    let (level, cause) = match &result {
        Err(problem) if problem.status >= 500 => ("error", problem.cause.clone()),
        Err(problem) => ("info", problem.cause.clone()),
        Ok(_) => ("info", None),
    };
    let response = match result {
        Ok(response) => response,
        Err(problem) => answer::refuse(&problem, &request_id)?,
    };
    log(
        level,
        serde_json::json!({
            "request_id": request_id,
            "method": method,
            "path": path,
            "status": response.status(),
            "duration_ms": Date::now().as_millis().saturating_sub(started),
            "cause": cause,
        }),
    );
    Ok(answer::finish(
        response,
        request_id,
        allowed_origin,
        read_only,
    ))
}

async fn route(method: &str, exchange: Exchange, routes: Routes) -> Result<Response, Problem> {
    let allowed = routes.allowed();
    match routes
        .handlers
        .into_iter()
        .find(|(known, _)| known.as_ref() == method)
    {
        Some((_, handler)) => {
            if method != Method::Get.as_ref() {
                exchange.settings().allow_writing()?;
            }
            handler(exchange).await
        }
        None => Err(Problem::method_not_allowed(&allowed)),
    }
}

/// Cloudflare's own id of the request where there is one, so that our log and theirs meet.
fn request_id(cf_ray: Option<&String>) -> String {
    let is_plain =
        |id: &&String| id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    cf_ray.filter(is_plain).cloned().unwrap_or_else(|| {
        let mut bytes = [0u8; 8];
        match getrandom::fill(&mut bytes) {
            Ok(()) => format!("{:016x}", u64::from_be_bytes(bytes)),
            Err(_) => "unknown".to_owned(),
        }
    })
}
