//! The assistant of the client portal.
//!
//! One trait, three backends: [`BuiltIn`] answers from the firm's own pages and the client's own
//! state and needs no key; [`OpenAi`] and [`WorkersAi`] ask a model and give it those pages and the
//! least of that state. Which one answers is a matter of [`Settings`]. I/O and time come from the
//! caller, so the same code runs in a Worker and in a native test.
//!
//! ```
//! use futures_util::StreamExt;
//! use omega_assistant::{Assistant, BuiltIn, ClientState, Event, Knowledge, Question};
//! use omega_common::clients::OnboardingStatus;
//!
//! # futures_executor::block_on(async {
//! let assistant = BuiltIn::new(Knowledge::shared());
//! let question = Question {
//!     message: "Why do you need my EIN letter?".to_owned(),
//!     history: Vec::new(),
//!     // From a row of `clients`: `ClientState::from(&row)`.
//!     client: ClientState {
//!         first_name: Some("Maria".to_owned()),
//!         status: OnboardingStatus::InProgress,
//!         steps: Vec::new(),
//!         documents: Vec::new(),
//!     },
//! };
//! let mut reply = assistant.reply(question);
//! let mut text = String::new();
//! while let Some(event) = reply.next().await {
//!     match event? {
//!         Event::Delta(words) => text.push_str(&words),
//!         Event::Sources(sources) => assert_eq!(sources[0].title, "EIN letter from the IRS"),
//!     }
//! }
//! assert!(text.starts_with("It proves the number"));
//! # Ok::<(), omega_assistant::Error>(())
//! # }).unwrap();
//! ```

mod built_in;
mod conversation;
mod error;
mod knowledge;
mod openai;
mod page;
mod prompt;
#[cfg(test)]
mod properties;
mod remote;
mod scrub;
mod settings;
mod sse;
mod suggestions;
mod text;
mod workers_ai;

use futures_util::stream::LocalBoxStream;
use omega_common::messages::Source;

pub use built_in::BuiltIn;
pub use conversation::{ClientState, Question, Turn};
pub use error::Error;
pub use knowledge::{Hit, Knowledge, Page, Section};
pub use openai::OpenAi;
pub use prompt::Message;
pub use remote::{Answer, ByteStream, Http, Limits, Post, Timer};
pub use scrub::scrub;
pub use settings::{ApiKey, OpenAiSettings, Settings, SettingsError};
pub use suggestions::suggestions;
pub use workers_ai::{Ai, Input, WorkersAi};

/// A part of a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The next words. Joined, the deltas are the reply.
    Delta(String),
    /// What the reply rests on; once, and last.
    Sources(Vec<Source>),
}

/// A reply as it comes. After an error nothing follows. It borrows nothing, so it can go on when
/// the browser has left.
pub type Reply = LocalBoxStream<'static, Result<Event, Error>>;

/// Answers one message of a client.
pub trait Assistant {
    /// The outside model that answers; `None` for the built-in assistant. Stored with the reply.
    fn model(&self) -> Option<&str>;

    fn reply(&self, question: Question) -> Reply;
}
