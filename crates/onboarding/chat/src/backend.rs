//! What the assistant's backends need of workerd: HTTP, the Workers AI binding, a clock.

use std::rc::Rc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use omega_assistant::{
    Ai, Answer, Assistant, ByteStream, Error, Http, Input, Knowledge, Post, Settings, Timer,
};
use omega_common::edge::{Deadline, Exchange, send};
use omega_common::problem::Problem;
use omega_common::upstream::UpstreamRequest;
use worker::Delay;

/// Which assistant the Worker's settings ask for.
pub fn settings(exchange: &Exchange) -> Result<Settings, Problem> {
    Settings::from_values(|name| exchange.variable(name))
        .map_err(|error| Problem::internal(error.to_string()))
}

/// That assistant.
pub fn assistant(exchange: &Exchange) -> Result<Box<dyn Assistant>, Problem> {
    let ai = exchange
        .env()
        .ai("AI")
        .ok()
        .map(|binding| Rc::new(WorkersAiBinding(Rc::new(binding))) as Rc<dyn Ai>);
    settings(exchange)?
        .assistant(Knowledge::shared(), Rc::new(Fetch), ai, Rc::new(Clock))
        .map_err(|error| Problem::internal(error.to_string()))
}

struct Fetch;

impl Http for Fetch {
    fn post(&self, request: Post) -> LocalBoxFuture<'static, Result<Answer, Error>> {
        Box::pin(async move {
            let mut outgoing = UpstreamRequest::new("POST", request.url);
            for (name, value) in request.headers {
                outgoing = outgoing.header(name, value);
            }
            outgoing.body = Some(request.body);
            let response =
                send(outgoing, Deadline::Model)
                    .await
                    .map_err(|problem| match problem.status {
                        504 => Error::Deadline,
                        _ => Error::Unreachable(problem.cause.unwrap_or_default()),
                    })?;
            let retry_after = response
                .header("retry-after")
                .and_then(|seconds| seconds.parse().ok())
                .map(Duration::from_secs);
            let status = response.status();
            let body = match response.stream() {
                Ok(stream) => bytes(stream),
                Err(_) => futures_util::stream::empty().boxed_local(),
            };
            Ok(Answer {
                status,
                retry_after,
                body,
            })
        })
    }
}

struct WorkersAiBinding(Rc<worker::Ai>);

impl Ai for WorkersAiBinding {
    fn run(&self, model: &str, input: Input) -> LocalBoxFuture<'static, Result<ByteStream, Error>> {
        let (binding, model) = (self.0.clone(), model.to_owned());
        Box::pin(async move {
            let stream = binding
                .run_bytes(&model, input)
                .await
                .map_err(|error| Error::Unreachable(error.to_string()))?;
            Ok(bytes(stream))
        })
    }
}

fn bytes(stream: worker::ByteStream) -> ByteStream {
    stream
        .map(|chunk| chunk.map_err(|_| Error::Interrupted))
        .boxed_local()
}

struct Clock;

impl Timer for Clock {
    fn sleep(&self, time: Duration) -> LocalBoxFuture<'static, ()> {
        Box::pin(Delay::from(time))
    }
}
