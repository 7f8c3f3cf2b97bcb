//! Any endpoint that speaks OpenAI's `/chat/completions` with `stream: true`.

use std::rc::Rc;

use serde::Serialize;

use crate::{
    Assistant, Error, Reply,
    conversation::Question,
    knowledge::Knowledge,
    prompt::{self, Message},
    remote::{self, Http, Limits, Post, Timer},
    settings::OpenAiSettings,
};

pub struct OpenAi {
    settings: OpenAiSettings,
    knowledge: &'static Knowledge,
    http: Rc<dyn Http>,
    timer: Rc<dyn Timer>,
    limits: Limits,
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: &'a [Message],
    stream: bool,
}

impl OpenAi {
    pub fn new(
        settings: OpenAiSettings,
        knowledge: &'static Knowledge,
        http: Rc<dyn Http>,
        timer: Rc<dyn Timer>,
        limits: Limits,
    ) -> Self {
        Self {
            settings,
            knowledge,
            http,
            timer,
            limits,
        }
    }

    /// Of the optional fields none is sent: which name the token limit has, and whether a
    /// temperature is allowed, differs between servers. The reply's length is limited on reading.
    fn request(&self, messages: &[Message]) -> Result<Post, Error> {
        let body = Body {
            model: &self.settings.model,
            messages,
            stream: true,
        };
        let mut headers = vec![
            ("content-type", "application/json".to_owned()),
            ("accept", "text/event-stream".to_owned()),
        ];
        if let Some(key) = &self.settings.api_key {
            headers.push(("authorization", format!("Bearer {}", key.expose())));
        }
        Ok(Post {
            url: format!("{}/chat/completions", self.settings.base_url),
            headers,
            body: serde_json::to_vec(&body)
                .map_err(|_| Error::Protocol("the request can't be written"))?,
        })
    }
}

impl Assistant for OpenAi {
    fn model(&self) -> Option<&str> {
        Some(&self.settings.model)
    }

    fn reply(&self, question: Question) -> Reply {
        let prompt = prompt::build(self.knowledge, &question);
        let request = self.request(&prompt.messages);
        let http = Rc::clone(&self.http);
        let open = async move {
            let answer = http.post(request?).await?;
            if !(200..300).contains(&answer.status) {
                return Err(Error::from_status(answer.status, answer.retry_after));
            }
            Ok(answer.body)
        };
        remote::reply(open, Rc::clone(&self.timer), self.limits, prompt.sources)
    }
}
