//! What leaves for an outside model, what comes back, and what happens when nothing does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::{cell::RefCell, future, rc::Rc, time::Duration};

use futures_executor::block_on;
use futures_util::{FutureExt, StreamExt, future::LocalBoxFuture, stream};
use omega_assistant::{
    Ai, Answer, ApiKey, Assistant, ByteStream, Error, Http, Input, Knowledge, Limits, OpenAi,
    OpenAiSettings, Post, Settings, SettingsError, Timer, WorkersAi,
};
use omega_common::{
    clients::{ClientRow, EntityType},
    messages::{
        Author::{self, Assistant as Bot, Client, Staff},
        MAX_MESSAGE_CHARACTERS,
    },
};
use support::{maria, question, read, row};

/// A timer that never rings.
struct Never;

impl Timer for Never {
    fn sleep(&self, _: Duration) -> LocalBoxFuture<'static, ()> {
        future::pending().boxed_local()
    }
}

/// A timer that rings at once for waits up to a length.
struct RingsFor(Duration);

impl Timer for RingsFor {
    fn sleep(&self, time: Duration) -> LocalBoxFuture<'static, ()> {
        if time <= self.0 {
            future::ready(()).boxed_local()
        } else {
            future::pending().boxed_local()
        }
    }
}

type Body = Box<dyn Fn() -> ByteStream>;

/// Keeps what is sent and answers with a given stream.
struct Recorder {
    status: u16,
    body: Body,
    sent: Rc<RefCell<Vec<String>>>,
}

impl Http for Recorder {
    fn post(&self, request: Post) -> LocalBoxFuture<'static, Result<Answer, Error>> {
        let headers: Vec<_> = request
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        let body = String::from_utf8(request.body).unwrap();
        self.sent
            .borrow_mut()
            .push(format!("{}\n{}\n{body}", request.url, headers.join("\n")));
        let answer = Answer {
            status: self.status,
            retry_after: Some(Duration::from_secs(7)),
            body: (self.body)(),
        };
        future::ready(Ok(answer)).boxed_local()
    }
}

impl Ai for Recorder {
    fn run(&self, model: &str, input: Input) -> LocalBoxFuture<'static, Result<ByteStream, Error>> {
        self.sent.borrow_mut().push(format!(
            "{model}\n{}",
            serde_json::to_string(&input).unwrap()
        ));
        future::ready(Ok((self.body)())).boxed_local()
    }
}

fn bytes(text: &'static str) -> Body {
    Box::new(move || {
        stream::iter(
            text.as_bytes()
                .chunks(3)
                .map(|chunk| Ok(chunk.to_vec()))
                .collect::<Vec<_>>(),
        )
        .boxed_local()
    })
}

const GOOD: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"Déjà \"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"vu.\"}}]}\n\ndata: [DONE]\n\n";

fn openai(
    status: u16,
    body: Body,
    timer: impl Timer + 'static,
    limits: Limits,
) -> (OpenAi, Rc<RefCell<Vec<String>>>) {
    let sent = Rc::default();
    let http = Recorder {
        status,
        body,
        sent: Rc::clone(&sent),
    };
    let settings = OpenAiSettings {
        base_url: "https://models.example/v1".to_owned(),
        model: "small".to_owned(),
        api_key: Some(ApiKey::new("sk-test")),
    };
    (
        OpenAi::new(
            settings,
            Knowledge::shared(),
            Rc::new(http),
            Rc::new(timer),
            limits,
        ),
        sent,
    )
}

/// What a client might write, by mistake, into a message.
const PERSONAL: &[&str] = &[
    "98-7654321",
    "987654321",
    "123-45-6789",
    "(305) 555-0123",
    "+1 305 555 0199",
    "maria@reyes-bakery.example",
    "4111 1111 1111 1111",
];

#[test]
fn no_personal_data_leaves() {
    let message = format!(
        "What do I still need to send? My data: {}. Thanks, Maria",
        PERSONAL.join("; ")
    );
    let history: Vec<(Author, String)> = PERSONAL
        .iter()
        .flat_map(|personal| {
            [
                (Client, format!("my number is {personal} ok?")),
                (Bot, format!("You wrote {personal}.")),
                (
                    Staff,
                    "Call Peter at extension 12, he knows the Reyes Bakery case".to_owned(),
                ),
            ]
        })
        .collect();
    let history: Vec<(Author, &str)> = history
        .iter()
        .map(|(author, content)| (*author, content.as_str()))
        .collect();

    let (backend, openai_sent) = openai(200, bytes(GOOD), Never, Limits::default());
    block_on(read(&backend, question(maria(), &history, &message))).unwrap();
    let workers_sent = Rc::default();
    let ai = Recorder {
        status: 200,
        body: bytes(GOOD),
        sent: Rc::clone(&workers_sent),
    };
    let backend = WorkersAi::new(
        "@cf/test".to_owned(),
        Knowledge::shared(),
        Rc::new(ai),
        Rc::new(Never),
        Limits::default(),
    );
    block_on(read(&backend, question(maria(), &history, &message))).unwrap();

    for sent in [openai_sent, workers_sent] {
        let sent = sent.borrow().concat();
        for personal in PERSONAL {
            assert!(!sent.contains(personal), "{personal} left:\n{sent}");
        }
        // Of the client's row: first name, status and missing documents, and nothing else.
        let row = row();
        for kept in [
            row.email.unwrap(),
            row.phone.unwrap(),
            row.ein.unwrap(),
            row.id.to_string(),
            "Reyes".to_owned(),
            "Bakery".to_owned(),
        ] {
            assert!(!sent.contains(&kept), "{kept} left:\n{sent}");
        }
        // Staff write of anything, so their words stay.
        assert!(!sent.contains("Peter"));
        for told in [
            "First name: Maria",
            "Onboarding status: In progress",
            "EIN letter from the IRS, Tax return, Bank statement",
        ] {
            assert!(sent.contains(told), "{told} is lacking:\n{sent}");
        }
        assert!(sent.contains("[number removed]") && sent.contains("[email removed]"));
    }
}

#[test]
fn the_request_is_what_such_servers_take() {
    let (backend, sent) = openai(200, bytes(GOOD), Never, Limits::default());
    let history = [(Client, "What is a W-9?"), (Bot, "A form.")];
    let said = block_on(read(&backend, question(maria(), &history, "Why?"))).unwrap();
    assert_eq!(said.deltas, ["Déjà ", "vu."]);
    assert_eq!(
        said.titles()[0],
        "Form W-9",
        "the follow-up is searched with the turn before"
    );
    let sent = sent.borrow().concat();
    let mut parts = sent.splitn(5, '\n');
    assert_eq!(
        parts.next(),
        Some("https://models.example/v1/chat/completions")
    );
    assert_eq!(parts.next(), Some("content-type: application/json"));
    assert_eq!(parts.next(), Some("accept: text/event-stream"));
    assert_eq!(parts.next(), Some("authorization: Bearer sk-test"));
    let body: serde_json::Value = serde_json::from_str(parts.next().unwrap()).unwrap();
    assert_eq!(body["model"], "small");
    assert_eq!(body["stream"], true);
    let roles: Vec<_> = body["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["role"].as_str().unwrap())
        .collect();
    assert_eq!(roles, ["system", "user", "assistant", "user"]);
    assert_eq!(body["messages"][3]["content"], "Why?");
    assert!(
        body["messages"][0]["content"]
            .as_str()
            .unwrap()
            .contains("You need one from each contractor")
    );
    assert_eq!(backend.model(), Some("small"));
}

#[test]
fn the_conversation_that_goes_along_is_bounded() {
    let (backend, sent) = openai(200, bytes(GOOD), Never, Limits::default());
    let long = "x ".repeat(50_000);
    let history = vec![(Client, long.as_str()); 50];
    block_on(read(&backend, question(maria(), &history, &long))).unwrap();
    assert!(
        sent.borrow().concat().len() < 20_000,
        "{}",
        sent.borrow().concat().len()
    );
}

#[test]
fn a_client_who_is_new_is_told_of_as_such() {
    let (backend, sent) = openai(200, bytes(GOOD), Never, Limits::default());
    let client = omega_assistant::ClientState::from(&ClientRow {
        full_name: Some("maria@reyes.example".to_owned()),
        ..row()
    });
    block_on(read(&backend, question(client, &[], "hello"))).unwrap();
    let sent = sent.borrow().concat();
    assert!(
        !sent.contains("First name") && !sent.contains("Required documents not received"),
        "{sent}"
    );
    let done = ClientRow {
        entity_type: Some(EntityType::Llc),
        received_categories: omega_common::documents::required_categories(EntityType::Llc).to_vec(),
        ..row()
    };
    let (backend, sent) = openai(200, bytes(GOOD), Never, Limits::default());
    block_on(read(&backend, question((&done).into(), &[], "hello"))).unwrap();
    assert!(
        sent.borrow()
            .concat()
            .contains("All required documents are received")
    );
}

#[test]
fn workers_ai_gets_plain_input_and_its_stream_is_read() {
    let sent = Rc::default();
    let body = bytes(
        "data: {\"response\":\"Send \"}\n\ndata: {\"response\":3}\n\ndata: {\"response\":\" files.\"}\n\ndata: {\"response\":\"\",\"usage\":{}}\n\ndata: [DONE]\n\n",
    );
    let ai = Recorder {
        status: 200,
        body,
        sent: Rc::clone(&sent),
    };
    let backend = WorkersAi::new(
        "@cf/meta/llama".to_owned(),
        Knowledge::shared(),
        Rc::new(ai),
        Rc::new(Never),
        Limits::default(),
    );
    let said = block_on(read(&backend, question(maria(), &[], "What is a W-9?"))).unwrap();
    assert_eq!(said.text, "Send 3 files.");
    let sent = sent.borrow().concat();
    let (model, input) = sent.split_once('\n').unwrap();
    assert_eq!(model, "@cf/meta/llama");
    let input: serde_json::Value = serde_json::from_str(input).unwrap();
    assert_eq!(input["stream"], true);
    assert!(input["max_tokens"].as_u64().unwrap() > 0);
}

#[test]
fn a_reply_without_end_is_cut() {
    let endless: Body = Box::new(|| {
        stream::repeat_with(|| {
            Ok(
                b"data: {\"choices\":[{\"delta\":{\"content\":\"\xc3\xa9 and on \"}}]}\n\n"
                    .to_vec(),
            )
        })
        .boxed_local()
    });
    let (backend, _) = openai(200, endless, Never, Limits::default());
    let said = block_on(read(&backend, question(maria(), &[], "What is a W-9?"))).unwrap();
    assert_eq!(said.text.chars().count(), MAX_MESSAGE_CHARACTERS);
    assert!(said.text.ends_with('…'));
    assert!(!said.sources.is_empty());
}

fn failure(status: u16, body: Body, timer: impl Timer + 'static) -> Error {
    let (backend, _) = openai(status, body, timer, Limits::default());
    block_on(read(&backend, question(maria(), &[], "What is a W-9?"))).unwrap_err()
}

#[test]
fn failures_have_their_status() {
    let retry_after = Some(Duration::from_secs(7));
    for (status, error, ours) in [
        (
            429,
            Error::Unavailable {
                status: 429,
                retry_after,
            },
            503,
        ),
        (
            500,
            Error::Unavailable {
                status: 500,
                retry_after,
            },
            503,
        ),
        (401, Error::Refused(401), 502),
        (404, Error::Refused(404), 502),
        (302, Error::Refused(302), 502),
    ] {
        let got = failure(status, bytes(""), Never);
        assert_eq!(got, error);
        assert_eq!(got.status(), ours);
        assert_eq!(
            got.retry_after(),
            if ours == 503 { retry_after } else { None }
        );
    }
    assert_eq!(failure(200, bytes(""), Never), Error::Interrupted);
    assert_eq!(
        failure(
            200,
            bytes("data: {\"choices\":[{\"delta\":{\"content\":\"Cut \"}}]}\n\n"),
            Never
        ),
        Error::Interrupted
    );
    assert_eq!(
        failure(200, bytes("data: [DONE]\n\n"), Never),
        Error::Protocol("the reply is empty")
    );
    assert_eq!(failure(200, bytes("<html>"), Never).status(), 502);
    assert_eq!(Error::Deadline.status(), 504);
    assert_eq!(Error::Unreachable("refused".to_owned()).status(), 503);
}

#[test]
fn words_that_came_before_a_failure_are_given_first() {
    let (backend, _) = openai(
        200,
        bytes("data: {\"choices\":[{\"delta\":{\"content\":\"Half \"}}]}\n\ndata: {\"choices\":"),
        Never,
        Limits::default(),
    );
    let events: Vec<_> = block_on(
        backend
            .reply(question(maria(), &[], "What is a W-9?"))
            .collect(),
    );
    assert_eq!(
        events,
        [
            Ok(omega_assistant::Event::Delta("Half ".to_owned())),
            Err(Error::Interrupted)
        ]
    );
}

#[test]
fn deadlines_hold_before_the_first_words_and_to_the_end() {
    let silent = || -> Body { Box::new(|| stream::pending().boxed_local()) };
    let stops = || -> Body {
        Box::new(|| {
            stream::iter([Ok(
                b"data: {\"choices\":[{\"delta\":{\"content\":\"Half \"}}]}\n\n".to_vec(),
            )])
            .chain(stream::pending())
            .boxed_local()
        })
    };
    let limits = Limits::default();
    assert_eq!(
        failure(200, silent(), RingsFor(limits.first_words)),
        Error::Deadline
    );
    assert_eq!(
        failure(200, stops(), RingsFor(limits.whole)),
        Error::Deadline
    );
    // Once words have come, only the whole counts.
    let (backend, _) = openai(200, stops(), RingsFor(limits.first_words), limits);
    let mut reply = backend.reply(question(maria(), &[], "What is a W-9?"));
    assert!(matches!(block_on(reply.next()), Some(Ok(_))));
    assert!(reply.next().now_or_never().is_none(), "still waiting");
}

#[test]
fn settings_make_the_assistant_they_name() {
    let http = || -> Rc<dyn Http> {
        Rc::new(Recorder {
            status: 200,
            body: bytes(GOOD),
            sent: Rc::default(),
        })
    };
    let built_in = Settings::BuiltIn
        .assistant(Knowledge::shared(), http(), None, Rc::new(Never))
        .unwrap();
    assert_eq!(built_in.model(), None);
    let settings = Settings::WorkersAi {
        model: "@cf/test".to_owned(),
    };
    let refused = settings
        .clone()
        .assistant(Knowledge::shared(), http(), None, Rc::new(Never))
        .err();
    assert_eq!(refused, Some(SettingsError::NoBinding));
    let ai: Rc<dyn Ai> = Rc::new(Recorder {
        status: 200,
        body: bytes(GOOD),
        sent: Rc::default(),
    });
    let workers_ai = settings
        .assistant(Knowledge::shared(), http(), Some(ai), Rc::new(Never))
        .unwrap();
    assert_eq!(workers_ai.model(), Some("@cf/test"));
}
