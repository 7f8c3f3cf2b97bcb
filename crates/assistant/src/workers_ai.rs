//! A chat model behind the Workers AI binding.

use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use serde::Serialize;

use crate::{
    Assistant, Error, Reply,
    conversation::Question,
    knowledge::Knowledge,
    prompt::{self, Message},
    remote::{self, ByteStream, Limits, Timer},
};

/// Of the model's reply; a token is a little less than a word.
const MAX_TOKENS: u32 = 800;

/// The input of a text generation model. A struct, not a JSON value: the binding's serializer
/// makes plain objects of structs and `Map`s of maps, and the binding takes plain objects only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Input {
    pub messages: Vec<Message>,
    pub stream: bool,
    pub max_tokens: u32,
}

/// The binding: `worker::Ai::run_bytes` in a Worker.
pub trait Ai {
    fn run(&self, model: &str, input: Input) -> LocalBoxFuture<'static, Result<ByteStream, Error>>;
}

pub struct WorkersAi {
    model: String,
    knowledge: &'static Knowledge,
    ai: Rc<dyn Ai>,
    timer: Rc<dyn Timer>,
    limits: Limits,
}

impl WorkersAi {
    pub fn new(
        model: String,
        knowledge: &'static Knowledge,
        ai: Rc<dyn Ai>,
        timer: Rc<dyn Timer>,
        limits: Limits,
    ) -> Self {
        Self {
            model,
            knowledge,
            ai,
            timer,
            limits,
        }
    }
}

impl Assistant for WorkersAi {
    fn model(&self) -> Option<&str> {
        Some(&self.model)
    }

    fn reply(&self, question: Question) -> Reply {
        let prompt = prompt::build(self.knowledge, &question);
        let input = Input {
            messages: prompt.messages,
            stream: true,
            max_tokens: MAX_TOKENS,
        };
        let open = self.ai.run(&self.model, input);
        remote::reply(open, Rc::clone(&self.timer), self.limits, prompt.sources)
    }
}
