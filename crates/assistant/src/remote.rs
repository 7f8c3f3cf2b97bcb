//! What the two backends that ask an outside model share: reading its stream against the clock.

use std::{
    collections::VecDeque,
    future::{self, Future},
    pin::pin,
    rc::Rc,
    time::Duration,
};

use futures_util::{
    StreamExt,
    future::{Either, LocalBoxFuture, select},
    stream::{self, LocalBoxStream},
};
use omega_common::messages::{MAX_MESSAGE_CHARACTERS, Source};
use serde_json::Value;

use crate::{Error, Event, Reply, sse::EventParser};

/// Bytes of an answer's body, cut anywhere.
pub type ByteStream = LocalBoxStream<'static, Result<Vec<u8>, Error>>;

/// A request to an HTTP endpoint. It holds the key, so it has no `Debug`.
pub struct Post {
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

/// The head of an answer, and its body still to be read.
pub struct Answer {
    pub status: u16,
    /// The `Retry-After` header, if it is a number of seconds.
    pub retry_after: Option<Duration>,
    pub body: ByteStream,
}

/// Sends HTTP requests: `worker::Fetch` in a Worker, reqwest in a native test. A failure to
/// connect is `Error::Unreachable`; a status of any kind is an `Answer`. Dropping the body must
/// end the request.
pub trait Http {
    fn post(&self, request: Post) -> LocalBoxFuture<'static, Result<Answer, Error>>;
}

/// Waits. There is no clock of its own on wasm32, so the caller brings one.
pub trait Timer {
    fn sleep(&self, time: Duration) -> LocalBoxFuture<'static, ()>;
}

/// How long an outside model may take, and how much it may say.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Until the first words.
    pub first_words: Duration,
    /// Until the end.
    pub whole: Duration,
    /// Characters of the reply; what would be longer is cut with an ellipsis.
    pub characters: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            first_words: Duration::from_secs(20),
            whole: Duration::from_secs(60),
            // With the ellipsis it must still fit into a stored message.
            characters: MAX_MESSAGE_CHARACTERS - 1,
        }
    }
}

/// Streams the reply that `open` leads to, then names the sources.
pub(crate) fn reply(
    open: impl Future<Output = Result<ByteStream, Error>> + 'static,
    timer: Rc<dyn Timer>,
    limits: Limits,
    sources: Vec<Source>,
) -> Reply {
    let reading = Reading {
        stage: Stage::Opening(Box::pin(open)),
        decoder: Decoder::default(),
        ready: VecDeque::new(),
        written: 0,
        first_words: Some(timer.sleep(limits.first_words)),
        whole: timer.sleep(limits.whole),
        limits,
        sources,
    };
    Box::pin(stream::unfold(reading, |mut reading| async {
        let event = reading.next().await?;
        if event.is_err() {
            reading.stage = Stage::Done;
            reading.ready.clear();
        }
        Some((event, reading))
    }))
}

enum Stage {
    Opening(LocalBoxFuture<'static, Result<ByteStream, Error>>),
    Body(ByteStream),
    Sources,
    Done,
}

struct Reading {
    stage: Stage,
    decoder: Decoder,
    ready: VecDeque<String>,
    written: usize,
    first_words: Option<LocalBoxFuture<'static, ()>>,
    whole: LocalBoxFuture<'static, ()>,
    limits: Limits,
    sources: Vec<Source>,
}

impl Reading {
    async fn next(&mut self) -> Option<Result<Event, Error>> {
        loop {
            if let Some(text) = self.ready.pop_front() {
                return Some(Ok(Event::Delta(self.measure(text))));
            }
            let received = match &mut self.stage {
                Stage::Opening(open) => {
                    match within(&mut self.whole, &mut self.first_words, open).await {
                        Ok(Ok(body)) => {
                            self.stage = Stage::Body(body);
                            continue;
                        }
                        Ok(Err(error)) | Err(error) => return Some(Err(error)),
                    }
                }
                Stage::Body(body) => {
                    within(&mut self.whole, &mut self.first_words, body.next()).await
                }
                Stage::Sources => {
                    self.stage = Stage::Done;
                    return Some(Ok(Event::Sources(std::mem::take(&mut self.sources))));
                }
                Stage::Done => return None,
            };
            let decoded = match received {
                Ok(Some(Ok(bytes))) => self.decoder.push(&bytes),
                Ok(Some(Err(error))) | Err(error) => Err(error),
                Ok(None) => self.decoder.finish().map(|()| Vec::new()),
            };
            match decoded {
                Ok(texts) => self.ready.extend(texts),
                Err(error) => return Some(Err(error)),
            }
            if !self.ready.is_empty() {
                self.first_words = None;
            }
            if self.decoder.complete {
                if !self.decoder.said_anything {
                    return Some(Err(Error::Protocol("the reply is empty")));
                }
                self.stage = Stage::Sources;
            }
        }
    }

    /// Counts what is said, and ends the reply where it grows too long. Leaving the body stage
    /// drops the stream, which tells the other side to stop.
    fn measure(&mut self, text: String) -> String {
        let room = self.limits.characters.saturating_sub(self.written);
        match text.char_indices().nth(room) {
            None => {
                self.written += text.chars().count();
                text
            }
            Some((end, _)) => {
                self.ready.clear();
                self.stage = Stage::Sources;
                format!("{}…", &text[..end])
            }
        }
    }
}

/// Awaits `work` unless a deadline comes first.
async fn within<T>(
    whole: &mut LocalBoxFuture<'static, ()>,
    first_words: &mut Option<LocalBoxFuture<'static, ()>>,
    work: impl Future<Output = T> + Unpin,
) -> Result<T, Error> {
    let first_words = pin!(async {
        match first_words {
            Some(first_words) => first_words.await,
            None => future::pending().await,
        }
    });
    let deadline = select(whole, first_words);
    // What has arrived counts even if the time is up as well, so the work is asked first.
    match select(work, deadline).await {
        Either::Left((done, _)) => Ok(done),
        Either::Right(_) => Err(Error::Deadline),
    }
}

/// Reads the words out of a model's event stream, in either of the two forms in use:
/// `{"choices":[{"delta":{"content":"…"}}]}` (OpenAI and those compatible with it, newer Workers AI
/// models) and `{"response":"…"}` (Workers AI).
#[derive(Default)]
pub(crate) struct Decoder {
    parser: EventParser,
    /// The end was announced, by `[DONE]`.
    pub complete: bool,
    /// A reason for the end was given; some servers send no `[DONE]` after it.
    finished: bool,
    pub said_anything: bool,
}

impl Decoder {
    /// Takes the next bytes and gives the words in them.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<String>, Error> {
        let mut texts = Vec::new();
        for data in self.parser.push(bytes)? {
            if self.complete || data.is_empty() {
                continue;
            }
            if data.trim() == "[DONE]" {
                self.complete = true;
                continue;
            }
            let event: Value =
                serde_json::from_str(&data).map_err(|_| Error::Protocol("an event is not JSON"))?;
            if event.get("error").is_some_and(|error| !error.is_null()) {
                return Err(Error::Protocol("the model reported an error in its stream"));
            }
            let choice = &event["choices"][0];
            self.finished |= choice["finish_reason"].is_string();
            let text = words(&choice["delta"]["content"]).or_else(|| words(&event["response"]));
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                self.said_anything |= !text.trim().is_empty();
                texts.push(text);
            }
        }
        Ok(texts)
    }

    /// The stream has ended: as it should, or too early?
    pub fn finish(&mut self) -> Result<(), Error> {
        if self.finished {
            self.complete = true;
        }
        if self.complete {
            Ok(())
        } else {
            Err(Error::Interrupted)
        }
    }
}

/// Workers AI sends a token that is a number as a JSON number
/// (<https://github.com/cloudflare/ai/pull/302>).
fn words(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPENAI: &str = "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"Déjà \"}}]}\n\n: ping\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"vu 🙂\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":7}}]}\n\ndata: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: {\"choices\":[],\"usage\":{\"total_tokens\":9}}\n\ndata: [DONE]\n\n";
    const WORKERS_AI: &str = "data: {\"response\":\"Déjà \",\"p\":\"abc\"}\n\ndata: {\"response\":\"vu 🙂\"}\n\ndata: {\"response\":7}\n\ndata: {\"response\":\"\",\"usage\":{\"total_tokens\":9}}\n\ndata: [DONE]\n\n";

    fn read(chunks: &[&[u8]]) -> Result<String, Error> {
        let mut decoder = Decoder::default();
        let mut text = String::new();
        for chunk in chunks {
            text.extend(decoder.push(chunk)?);
        }
        decoder.finish().map(|()| text)
    }

    #[test]
    fn both_forms_read_the_same_at_every_split() {
        for stream in [OPENAI, WORKERS_AI] {
            let bytes = stream.as_bytes();
            for at in 0..=bytes.len() {
                assert_eq!(
                    read(&[&bytes[..at], &bytes[at..]]).as_deref(),
                    Ok("Déjà vu 🙂7"),
                    "split at {at}"
                );
            }
            assert_eq!(
                read(&bytes.chunks(1).collect::<Vec<_>>()).as_deref(),
                Ok("Déjà vu 🙂7")
            );
        }
    }

    #[test]
    fn a_stream_cut_at_any_byte_before_its_end_is_an_error() {
        // The line end of the last event may be lacking: the event itself is then not complete.
        for cut in 0..WORKERS_AI.len() {
            assert_eq!(
                read(&[&WORKERS_AI.as_bytes()[..cut]]),
                Err(Error::Interrupted),
                "cut at {cut}"
            );
        }
        let finish = OPENAI.find("data: {\"choices\":[],").unwrap();
        for cut in 0..finish {
            assert_eq!(
                read(&[&OPENAI.as_bytes()[..cut]]),
                Err(Error::Interrupted),
                "cut at {cut}"
            );
        }
        // After a reason for the end was given, nothing of the reply can be lacking.
        assert!(read(&[&OPENAI.as_bytes()[..finish]]).is_ok());
    }

    #[test]
    fn errors_and_nonsense_in_the_stream_are_errors() {
        for stream in [
            "data: {\"error\":{\"message\":\"secret\",\"code\":500}}\n\n",
            "data: {\"choices\n\n",
            "data: <html>\n\n",
        ] {
            assert!(
                matches!(read(&[stream.as_bytes()]), Err(Error::Protocol(_))),
                "{stream}"
            );
        }
        assert_eq!(
            read(&[b"{\"error\":{\"message\":\"not a stream\"}}"]),
            Err(Error::Interrupted)
        );
    }
}
