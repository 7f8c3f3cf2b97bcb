//! The assistant that needs no model. It finds the section of the firm's own pages that answers, or
//! reads the client's own state, and says it in their words. What neither holds it does not know.

use futures_util::stream;
use omega_common::{
    documents::RequiredDocument,
    messages::{Author, Source},
    onboarding::{Step, StepId},
};

use crate::{
    Assistant, Event, Reply,
    conversation::{ClientState, Question, Turn},
    knowledge::{Hit, Knowledge, Page, Section},
    text,
};

/// Documents explained one by one in an answer; more would be a wall of text.
const MAX_EXPLAINED: usize = 4;

pub struct BuiltIn {
    knowledge: &'static Knowledge,
}

impl BuiltIn {
    pub fn new(knowledge: &'static Knowledge) -> Self {
        Self { knowledge }
    }
}

impl Assistant for BuiltIn {
    fn model(&self) -> Option<&str> {
        None
    }

    fn reply(&self, question: Question) -> Reply {
        let draft = answer(self.knowledge, &question);
        let events = text::pieces(&draft.text)
            .into_iter()
            .map(Event::Delta)
            .chain([Event::Sources(draft.sources)])
            .map(Ok);
        Box::pin(stream::iter(events.collect::<Vec<_>>()))
    }
}

/// A reply as it is put together.
#[derive(Debug, Default)]
struct Draft {
    text: String,
    sources: Vec<Source>,
}

impl Draft {
    fn say(mut self, sentence: &str) -> Self {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push(' ');
        }
        self.text.push_str(sentence);
        self
    }

    fn paragraph(mut self, text: &str) -> Self {
        if !self.text.is_empty() {
            self.text.push_str("\n\n");
        }
        self.text.push_str(text);
        self
    }

    fn list(mut self, entries: impl IntoIterator<Item = String>) -> Self {
        for entry in entries {
            self.text.push_str("\n- ");
            self.text.push_str(&entry);
        }
        self
    }

    fn source(mut self, page: &Page) -> Self {
        let source = page.source();
        if !self.sources.contains(&source) {
            self.sources.push(source);
        }
        self
    }

    /// A section in its own words, and its page as the source.
    fn quote(self, page: &Page, section: &Section) -> Self {
        self.paragraph(&section.text).source(page)
    }
}

/// What a message is about.
#[derive(Debug)]
enum Topic<'k> {
    Greeting,
    Thanks,
    /// Another client's data, or a way around the rules.
    Forbidden,
    /// The client's own data that the assistant does not hold.
    OwnSecrets,
    /// What the assistant is and can do.
    Assistant,
    Missing,
    /// Whether one document has come.
    Received(&'k Page),
    Status,
    Next,
    Page(Hit<'k>),
    Unknown,
}

fn answer(knowledge: &Knowledge, question: &Question) -> Draft {
    let client = &question.client;
    let message = Message::new(&question.message);
    if message.is_follow_up()
        && let Some(previous) = previous_question(&question.history)
    {
        let topic = understand(knowledge, &Message::new(previous));
        return follow_up(knowledge, question, &message, topic);
    }
    let topic = match addition(knowledge, question, &message) {
        Some(hit) => Topic::Page(hit),
        None => understand(knowledge, &message),
    };
    match topic {
        Topic::Greeting => greet(client),
        Topic::Thanks => Draft::default().say("You are welcome."),
        Topic::Forbidden => cant(
            knowledge,
            "security/who-can-see",
            "What the assistant can see",
        ),
        Topic::OwnSecrets => cant(knowledge, "help/assistant", "What the assistant can't do"),
        Topic::Assistant => about_assistant(knowledge),
        Topic::Missing => missing(knowledge, client),
        Topic::Received(page) => received(client, page),
        Topic::Status => status(knowledge, client),
        Topic::Next => next(knowledge, client),
        Topic::Page(hit) => page(client, hit),
        Topic::Unknown => unknown(knowledge),
    }
}

/// The sections that help with a question; for the backends that leave the wording to a model.
pub(crate) fn relevant<'k>(
    knowledge: &'k Knowledge,
    question: &Question,
    limit: usize,
) -> Vec<Hit<'k>> {
    let message = Message::new(&question.message);
    let mut about = question.message.clone();
    if (message.is_follow_up() || message.is_addition())
        && let Some(previous) = previous_question(&question.history)
    {
        about = format!("{previous} {about}");
    }
    let opening = |id: String| {
        let page = knowledge.page(&id)?;
        Some(Hit {
            page,
            section: page.opening()?,
            score: 0.0,
            confidence: 1.0,
        })
    };
    let mut hits = match understand(knowledge, &Message::new(&about)) {
        Topic::Missing => question
            .client
            .missing()
            .filter_map(|document| opening(format!("documents/{}", document.category)))
            .collect(),
        Topic::Status | Topic::Next => status_section(knowledge, &question.client)
            .into_iter()
            .collect(),
        Topic::Forbidden => opening("security/who-can-see".to_owned())
            .into_iter()
            .collect(),
        Topic::OwnSecrets | Topic::Assistant | Topic::Greeting => {
            opening("help/assistant".to_owned()).into_iter().collect()
        }
        _ => knowledge.search(&about, limit),
    };
    hits.truncate(limit);
    hits
}

/// The last thing the client asked that stands on its own.
fn previous_question(history: &[Turn]) -> Option<&str> {
    history
        .iter()
        .rev()
        .filter(|turn| turn.author == Author::Client)
        .map(|turn| turn.content.as_str())
        .find(|content| {
            let message = Message::new(content);
            !message.is_follow_up() && !message.is_small_talk()
        })
}

/// "And for an S corp?": the earlier question again, about something else.
fn addition<'k>(
    knowledge: &'k Knowledge,
    question: &Question,
    message: &Message<'_>,
) -> Option<Hit<'k>> {
    if !message.is_addition() {
        return None;
    }
    let previous = previous_question(&question.history)?;
    knowledge.search_about(
        &format!("{previous} {}", question.message),
        &question.message,
    )
}

fn understand<'k>(knowledge: &'k Knowledge, message: &Message<'_>) -> Topic<'k> {
    if message.is_forbidden() {
        return Topic::Forbidden;
    }
    if message.asks_own_secrets() {
        return Topic::OwnSecrets;
    }
    if message.is_small_talk() {
        return if message.has_any(&["thanks", "thank you", "thx", "cheers"]) {
            Topic::Thanks
        } else {
            Topic::Greeting
        };
    }
    if message.asks_about_assistant() {
        return Topic::Assistant;
    }
    if message.asks_receipt() {
        return match knowledge
            .search(&message.without(RECEIPT), 8)
            .into_iter()
            .find(|hit| hit.page.id.starts_with("documents/"))
        {
            Some(hit) => Topic::Received(hit.page),
            None => Topic::Missing,
        };
    }
    if message.asks_missing() {
        return Topic::Missing;
    }
    if message.asks_status() {
        return Topic::Status;
    }
    if message.asks_next() {
        return Topic::Next;
    }
    match knowledge.search(message.text, 1).first() {
        Some(hit) => Topic::Page(*hit),
        None => Topic::Unknown,
    }
}

// ---------------------------------------------------------------------------------------------
// Reading a message

/// A message in its words, and what they tell of its purpose. The tests are narrow on purpose: what
/// they do not catch goes to the search.
struct Message<'a> {
    text: &'a str,
    words: Vec<String>,
    /// The words with a space before and after each, to look for phrases.
    padded: String,
}

const SMALL_TALK: &[&str] = &[
    "hi",
    "hello",
    "hey",
    "good",
    "morning",
    "afternoon",
    "evening",
    "day",
    "there",
    "thanks",
    "thank",
    "you",
    "thx",
    "cheers",
    "so",
    "much",
    "very",
    "a",
    "lot",
    "for",
    "your",
    "the",
    "help",
    "ok",
    "okay",
    "great",
    "perfect",
    "bye",
    "goodbye",
    "nice",
    "how",
    "are",
    "greetings",
    "and",
    "all",
    "that",
    "was",
    "is",
    "it",
    "got",
    "cool",
    "awesome",
    "dear",
    "assistant",
    "can",
    "could",
    "me",
    "i",
    "need",
    "please",
];

/// A message of these alone says nothing without what came before.
const FOLLOW_UP: &[&str] = &[
    "why",
    "where",
    "when",
    "how",
    "what",
    "which",
    "about",
    "that",
    "this",
    "it",
    "them",
    "those",
    "these",
    "do",
    "does",
    "did",
    "you",
    "i",
    "is",
    "are",
    "the",
    "a",
    "need",
    "needed",
    "for",
    "can",
    "find",
    "get",
    "and",
    "so",
    "but",
    "to",
    "explain",
    "more",
    "tell",
    "me",
    "please",
    "ok",
    "really",
    "long",
    "much",
    "one",
    "ones",
    "mean",
    "meant",
    "again",
    "there",
    "would",
    "should",
    "must",
    "have",
    "want",
    "your",
    "ask",
    "asking",
    "they",
    "then",
    "not",
    "come",
    "of",
    "all",
    "be",
    "in",
    "on",
    "with",
    "detail",
    "details",
    "say",
    "elaborate",
    "go",
    "exactly",
];

const POINTING: &[&str] = &[
    "why",
    "where",
    "when",
    "how",
    "more",
    "that",
    "this",
    "it",
    "them",
    "those",
    "these",
    "they",
    "explain",
    "mean",
    "meant",
    "details",
    "elaborate",
];

const OTHERS: &[&str] = &[
    "other client",
    "other clients",
    "another client",
    "another clients",
    "different client",
    "other customer",
    "other customers",
    "another customer",
    "other user",
    "other users",
    "another user",
    "all clients",
    "all the clients",
    "all your clients",
    "every client",
    "all customers",
    "all users",
    "client list",
    "list of clients",
    "list clients",
    "list the clients",
    "list your clients",
    "someone else",
    "somebody else",
    "other people",
    "another person",
    "other business",
    "other businesses",
    "another business",
    "other company",
    "other companies",
    "another company",
    "client id",
    "user id",
    "client number",
    "competitor",
    "competitors",
    "my neighbor",
    "my friend",
];

const AROUND: &[&str] = &[
    "ignore your",
    "ignore all",
    "ignore previous",
    "ignore the above",
    "ignore the previous",
    "disregard your",
    "disregard previous",
    "disregard all",
    "system prompt",
    "your instructions",
    "your prompt",
    "service key",
    "service role",
    "api key",
    "secret key",
    "pretend to be",
    "pretend you",
    "act as",
    "you are now",
    "admin mode",
    "as an admin",
    "developer mode",
    "select from",
    "drop table",
    "jailbreak",
];

/// What a client's record holds.
const DATA: &[&str] = &[
    "document",
    "documents",
    "file",
    "files",
    "record",
    "records",
    "data",
    "ein",
    "ssn",
    "email",
    "emails",
    "phone",
    "profile",
    "profiles",
    "information",
    "info",
    "statement",
    "statements",
    "return",
    "returns",
    "status",
    "message",
    "messages",
    "details",
    "name",
    "names",
    "address",
    "account",
    "accounts",
    "password",
    "list",
    "list of",
];

const SHOWING: &[&str] = &[
    "show", "list", "see", "read", "open", "give", "tell", "send", "download", "access", "display",
    "print", "reveal", "dump", "fetch", "view", "get", "export", "share",
];

/// Owners that a client speaks of when asking about themselves: "my company's EIN".
const OWN: &[&str] = &[
    "it",
    "what",
    "that",
    "who",
    "let",
    "there",
    "here",
    "where",
    "when",
    "how",
    "irs",
    "business",
    "company",
    "employer",
    "landlord",
    "partner",
    "spouse",
    "wife",
    "husband",
    "owner",
    "year",
    "bank",
    "state",
    "today",
    "contractor",
    "employee",
    "vendor",
    "firm",
    "client",
    "month",
    "she",
    "he",
    "one",
    "accountant",
    "this",
    "llc",
    "corporation",
    "partnership",
    "shareholder",
    "everyone",
    "nobody",
    "quarter",
    "secretary",
    "insurer",
    "omegaos",
];

/// Words that ask whether something has come.
const RECEIPT: &[&str] = &[
    "received", "receive", "arrive", "arrived", "get", "got", "gotten", "have", "upload",
    "uploaded", "through",
];

impl<'a> Message<'a> {
    fn new(text: &'a str) -> Self {
        let words = text::words(text);
        let padded = format!(" {} ", words.join(" "));
        Self {
            text,
            words,
            padded,
        }
    }

    fn has(&self, phrase: &str) -> bool {
        self.padded.contains(&format!(" {phrase} "))
    }

    fn has_any(&self, phrases: &[&str]) -> bool {
        phrases.iter().any(|phrase| self.has(phrase))
    }

    fn only(&self, known: &[&str]) -> bool {
        self.words.iter().all(|word| known.contains(&word.as_str()))
    }

    fn is_small_talk(&self) -> bool {
        !self.words.is_empty() && self.only(SMALL_TALK) && !self.is_pointing_only()
    }

    fn is_pointing_only(&self) -> bool {
        matches!(self.words.as_slice(), [word] if POINTING.contains(&word.as_str()))
    }

    fn is_follow_up(&self) -> bool {
        !self.words.is_empty()
            && self.words.len() <= 9
            && self.only(FOLLOW_UP)
            && self.has_any(POINTING)
    }

    fn is_addition(&self) -> bool {
        self.words.len() <= 8
            && ["and ", "what about ", "how about ", "or ", "same for "]
                .iter()
                .any(|start| self.padded.trim_start().starts_with(start))
    }

    fn is_forbidden(&self) -> bool {
        if self.has_any(AROUND) {
            return true;
        }
        // "Can other clients see my files?" is a question about privacy, and has its own page.
        let own =
            self.has_any(&["my", "mine", "our"]) && !self.has_any(&["my neighbor", "my friend"]);
        if self.has_any(OTHERS) && !own && (self.has_any(DATA) || self.has_any(SHOWING)) {
            return true;
        }
        self.names_an_owner()
    }

    /// "Acme's EIN", "the documents of Jane Smith": a name, and data of a record.
    fn names_an_owner(&self) -> bool {
        let tokens: Vec<&str> = self.text.split_whitespace().collect();
        let bare = |token: &str| {
            token
                .trim_matches(|c: char| !c.is_alphanumeric())
                .to_lowercase()
        };
        let is_data = |token: &&str| DATA.contains(&bare(token).as_str());
        for (index, token) in tokens.iter().enumerate() {
            let Some(owner) = ["'s", "’s"].iter().find_map(|end| token.strip_suffix(end)) else {
                continue;
            };
            let owner = bare(owner);
            if owner.len() > 1
                && !OWN.contains(&owner.as_str())
                && tokens.iter().skip(index + 1).take(3).any(is_data)
            {
                return true;
            }
        }
        // A capital after "of" or "for" is a name, unless it is of the trade.
        self.has_any(SHOWING)
            && tokens.windows(2).enumerate().any(|(index, pair)| {
                let name = pair[1].trim_matches(|c: char| !c.is_alphanumeric());
                matches!(bare(pair[0]).as_str(), "of" | "for" | "from")
                    && name.chars().next().is_some_and(char::is_uppercase)
                    && name.chars().skip(1).any(char::is_lowercase)
                    && !["Form", "Schedule", "Forms", "Articles", "OmegaOS", "LLCs"].contains(&name)
                    && tokens.iter().take(index).any(is_data)
            })
    }

    fn asks_own_secrets(&self) -> bool {
        let mine = [
            "my ein",
            "my ssn",
            "my social security number",
            "my phone",
            "my phone number",
            "my email",
            "my email address",
            "my password",
            "my account number",
            "my bank balance",
            "my balance",
            "my tax id",
            "my address",
            "my routing number",
        ];
        let asks = self.has_any(&[
            "what is",
            "what",
            "show",
            "tell me",
            "remind",
            "give me",
            "read",
            "do you know",
            "look up",
        ]) && !self.has_any(&[
            "why", "where", "how", "lost", "forgot", "change", "when", "if", "need",
        ]);
        let contents = self.has_any(&[
            "summarize",
            "summarise",
            "analyze",
            "analyse",
            "look at",
            "read",
            "inside",
            "say in",
            "what does",
            "what is in",
        ]) && self.has_any(&[
            "my document",
            "my documents",
            "my file",
            "my files",
            "my tax return",
            "my bank statement",
            "my bank statements",
            "my return",
            "my statement",
            "my balance sheet",
        ]) && !self.has_any(&["who", "can anyone", "others"]);
        let sees = self.has_any(&[
            "can you see my",
            "can you read my",
            "can you open my",
            "do you see my",
            "can you access my",
        ]);
        self.has_any(&mine) && asks || contents || sees
    }

    fn asks_about_assistant(&self) -> bool {
        let sure = [
            "what can you do",
            "what can you help",
            "how can you help",
            "who are you",
            "what are you",
            "are you a",
            "are you an",
            "are you human",
            "are you real",
            "am i talking to",
        ];
        self.has_any(&sure) || matches!(self.words.as_slice(), [word] if word == "help")
    }

    fn without(&self, words: &[&str]) -> String {
        let rest: Vec<&str> = self
            .words
            .iter()
            .map(String::as_str)
            .filter(|word| !words.contains(word))
            .collect();
        rest.join(" ")
    }

    fn asks_receipt(&self) -> bool {
        let asks = [
            "did you get",
            "did you receive",
            "have you received",
            "have you got",
            "have you gotten",
            "do you have my",
            "do you already have",
            "you got my",
            "has my",
            "was my",
            "did my",
        ];
        self.has_any(&asks) && self.has_any(RECEIPT) && !self.has_any(&["why"])
    }

    fn asks_missing(&self) -> bool {
        // The list says why of each, so asking for both at once is asking for the list.
        let only_why = self.has("why") && !self.has("and why");
        if only_why || self.has_any(&["where", "how", "dont have", "do not have", "lost"]) {
            return false;
        }
        let sure = [
            "still need",
            "still missing",
            "is missing",
            "are missing",
            "am i missing",
            "missing documents",
            "missing document",
            "still outstanding",
            "left to send",
            "left to upload",
            "left to submit",
            "need from me",
            "want from me",
            "waiting on from me",
            "waiting for from me",
            "still have to send",
            "still have to upload",
            "else do you need",
            "haven t sent",
            "havent sent",
            "not sent",
            "still owe you",
            "forget to send",
            "forget anything",
        ];
        if self.has_any(&sure) {
            return true;
        }
        // "Which documents do I need?" but not "Which documents do I need for payroll?"
        let generic = [
            "what",
            "which",
            "documents",
            "document",
            "files",
            "file",
            "papers",
            "paperwork",
            "forms",
            "do",
            "does",
            "i",
            "need",
            "to",
            "you",
            "send",
            "upload",
            "provide",
            "submit",
            "give",
            "are",
            "is",
            "required",
            "needed",
            "must",
            "should",
            "have",
            "my",
            "me",
            "the",
            "list",
            "of",
            "show",
            "all",
            "hi",
            "hello",
            "please",
            "you",
            "can",
            "tell",
            "necessary",
            "requested",
            "missing",
            "anything",
            "something",
            "still",
            "am",
            "there",
            "asked",
            "for",
            "from",
            "be",
            "uploaded",
            "sent",
            "now",
            "else",
            "more",
            "a",
            "there",
            "any",
            "and",
            "why",
        ];
        self.only(&generic)
            && self.has_any(&[
                "missing",
                "documents",
                "document",
                "files",
                "papers",
                "paperwork",
                "send",
                "upload",
                "provide",
            ])
            && self.has_any(&[
                "missing",
                "need",
                "have to",
                "needed",
                "required",
                "must",
                "should",
                "requested",
                "necessary",
                "asked",
                "list",
            ])
    }

    fn asks_status(&self) -> bool {
        if self.has_any(&["mean", "means"]) {
            return false;
        }
        let sure = [
            "my status",
            "my onboarding status",
            "my application status",
            "my account status",
            "status of my",
            "where am i",
            "where do i stand",
            "how far am i",
            "how far along",
            "my progress",
            "am i approved",
            "am i active",
            "am i done",
            "am i finished",
            "have you reviewed",
            "has it been reviewed",
            "been approved",
            "is my onboarding",
            "is my application",
            "am i in review",
            "how is my onboarding",
            "whats the status",
            "what is the status",
        ];
        self.has_any(&sure)
            || self.only(&["status", "the", "what", "is", "please", "my"]) && self.has("status")
    }

    fn asks_next(&self) -> bool {
        let sure = [
            "what next",
            "my next step",
            "the next step",
            "next steps",
            "what now",
            "do i do now",
            "should i do now",
            "do i do next",
            "should i do next",
            "need to do next",
            "have to do next",
            "must i do next",
            "come next",
            "comes next",
            "happens next",
            "happens now",
            "left to do",
            "still to do",
            "have to do now",
            "need to do now",
        ];
        self.has_any(&sure)
            || self.only(&[
                "what", "do", "i", "need", "to", "have", "should", "is", "left", "must",
            ]) && self.has("do")
                && self.has("i")
                && self.words.len() >= 4
    }

    /// Which part of a subject a follow-up is after, as its headings begin.
    fn aspect(&self) -> Option<&'static str> {
        [
            ("why", "Why"),
            ("where", "Where"),
            ("when", "When"),
            ("how", "How"),
            ("find", "Where"),
        ]
        .into_iter()
        .find_map(|(word, heading)| self.has(word).then_some(heading))
    }
}

// ---------------------------------------------------------------------------------------------
// Answers

fn greet(client: &ClientState) -> Draft {
    let draft = match &client.first_name {
        Some(name) => Draft::default().say(&format!("Hello {name}.")),
        None => Draft::default().say("Hello."),
    };
    let draft = match client.missing().count() {
        0 => draft,
        1 => draft.say("One required document is still to come from you."),
        count => draft.say(&format!(
            "{count} required documents are still to come from you."
        )),
    };
    draft.say("Ask me what is missing, what happens next, or what a document, a step or a service is about.")
}

fn cant(knowledge: &Knowledge, id: &str, heading: &str) -> Draft {
    let draft = Draft::default().say("I can't do that.");
    match knowledge
        .page(id)
        .and_then(|page| Some((page, page.section(heading)?)))
    {
        Some((page, section)) => draft.quote(page, section),
        None => draft,
    }
}

fn about_assistant(knowledge: &Knowledge) -> Draft {
    match knowledge
        .page("help/assistant")
        .and_then(|page| Some((page, page.opening()?)))
    {
        Some((page, section)) => Draft::default().quote(page, section),
        None => unknown(knowledge),
    }
}

fn unknown(knowledge: &Knowledge) -> Draft {
    let draft = Draft::default()
        .say("I don't know that.")
        .say("I can tell you what is still missing, what your status is and what happens next, and explain our services, the steps, the documents and common federal deadlines.");
    match knowledge
        .page("help/reach-a-person")
        .and_then(|page| Some((page, page.opening()?)))
    {
        Some((page, section)) => draft
            .paragraph("To reach a person:")
            .say(&section.text)
            .source(page),
        None => draft,
    }
}

fn missing(knowledge: &Knowledge, client: &ClientState) -> Draft {
    if client.documents.is_empty() {
        let draft = Draft::default().say(
            "Which documents you send depends on the legal form of your business, and you have not told us yet. Choose it in the step Your business.",
        );
        return match knowledge.page("steps/documents") {
            Some(page) => match page.opening() {
                Some(section) => draft.quote(page, section),
                None => draft.source(page),
            },
            None => draft,
        };
    }
    let missing: Vec<_> = client.missing().collect();
    let received = client
        .received()
        .map(|document| document.title.clone())
        .collect::<Vec<_>>();
    let mut draft = match missing.len() {
        0 => Draft::default().say(&format!(
            "All required documents are here: {}.",
            join(&received)
        )),
        1 => Draft::default().say("One required document is still missing:"),
        count => Draft::default().say(&format!("{count} required documents are still missing:")),
    };
    draft = draft.list(
        missing
            .iter()
            .map(|document| format!("{}. {}", document.title, document.why)),
    );
    if !missing.is_empty() && !received.is_empty() {
        draft = draft.paragraph(&format!("Already here: {}.", join(&received)));
    }
    let open: Vec<String> = client
        .steps
        .iter()
        .filter(|step| {
            step.required
                && !step.completed
                && !matches!(step.id, StepId::Documents | StepId::Review)
        })
        .map(|step| step.title.clone())
        .collect();
    if client.is_open() && !open.is_empty() {
        draft = draft.paragraph(&format!(
            "Besides documents, answers are missing in: {}.",
            join(&open)
        ));
    } else if client.is_open() && missing.is_empty() {
        draft = draft.say("All answers are there too, so you can check and submit.");
    }
    match knowledge.page("steps/documents") {
        Some(page) => draft.source(page),
        None => draft,
    }
}

fn received(client: &ClientState, page: &Page) -> Draft {
    let draft = Draft::default().source(page);
    match document_of(client, page) {
        Some(document) if document.received => draft.say(&format!("Yes, we have received this: {}.", document.title)),
        Some(document) => draft.say(&format!("No, this has not come yet: {}.", document.title)).say(&document.why),
        None => draft.say(&format!(
            "This is not one of your required documents: {}. I only see those. The Documents page lists all that you have sent.",
            page.title
        )),
    }
}

fn document_of<'c>(client: &'c ClientState, page: &Page) -> Option<&'c RequiredDocument> {
    let category = page.id.strip_prefix("documents/")?;
    client
        .documents
        .iter()
        .find(|document| document.category.as_str() == category)
}

fn status_section<'k>(knowledge: &'k Knowledge, client: &ClientState) -> Option<Hit<'k>> {
    let page = knowledge.page("help/statuses")?;
    Some(Hit {
        page,
        section: page.section(client.status.title())?,
        score: 0.0,
        confidence: 1.0,
    })
}

fn status(knowledge: &Knowledge, client: &ClientState) -> Draft {
    let mut draft = Draft::default().say(&format!("Your status is: {}.", client.status.title()));
    if let Some(hit) = status_section(knowledge, client) {
        draft = draft.say(&hit.section.text).source(hit.page);
    }
    if client.is_open() && !client.steps.is_empty() {
        let done = client.steps.iter().filter(|step| step.completed).count();
        draft = draft.paragraph(&format!("{done} of {} steps are done.", client.steps.len()));
        if let Some(step) = client.next_step() {
            draft = draft.say(&format!("Next: {}.", step.title));
        }
    }
    draft
}

fn next(knowledge: &Knowledge, client: &ClientState) -> Draft {
    let step = client.next_step().filter(|_| client.is_open());
    let Some(step) = step else {
        let mut draft = status(knowledge, client);
        if let Some(page) = knowledge.page("help/after-submission")
            && let Some(section) = page.opening()
            && client.status == omega_common::clients::OnboardingStatus::InReview
        {
            draft = draft.quote(page, section);
        }
        return draft;
    };
    let mut draft = Draft::default().say(&format!("Next is the step: {}.", step.title));
    draft = match step.id {
        StepId::Documents => {
            let missing: Vec<String> = client
                .missing()
                .map(|document| document.title.clone())
                .collect();
            if missing.is_empty() {
                draft
            } else {
                draft.say("Still missing there:").list(missing)
            }
        }
        StepId::Review => draft.say("All else is there. Check your answers and submit."),
        _ => {
            let fields: Vec<String> = step
                .requirements
                .iter()
                .filter_map(|field| field_title(field))
                .collect();
            if fields.is_empty() {
                draft
            } else {
                draft.say(&format!("Still missing there: {}.", join(&fields)))
            }
        }
    };
    if step.id == StepId::Review
        && let Some(page) = knowledge.page("help/after-submission")
        && let Some(section) = page.opening()
    {
        draft = draft.quote(page, section);
    }
    match step_page(knowledge, step) {
        Some(page) => draft.source(page),
        None => draft,
    }
}

fn step_page<'k>(knowledge: &'k Knowledge, step: &Step) -> Option<&'k Page> {
    knowledge.page(&format!("steps/{}", step.id))
}

fn field_title(field: &str) -> Option<String> {
    let title = match field {
        "full_name" => "your full name",
        "phone" => "your phone number",
        "business_name" => "the name of your business",
        "entity_type" => "the legal form of your business",
        "ein" => "the EIN",
        "services_needed" => "the services you want",
        "urgency" => "how soon you want to start",
        _ => return None,
    };
    Some(title.to_owned())
}

fn page(client: &ClientState, hit: Hit<'_>) -> Draft {
    let draft = Draft::default().quote(hit.page, hit.section);
    match document_of(client, hit.page) {
        Some(document) if document.received => draft.paragraph("We have received yours."),
        Some(_) => draft.paragraph("Yours is still missing."),
        None => draft,
    }
}

fn follow_up(
    knowledge: &Knowledge,
    question: &Question,
    message: &Message<'_>,
    topic: Topic<'_>,
) -> Draft {
    let said = |section: &Section| {
        question
            .history
            .iter()
            .any(|turn| turn.author == Author::Assistant && turn.content.contains(&section.text))
    };
    match topic {
        Topic::Missing => {
            // "Where?" and "Why?" are about the documents just listed.
            let heading = message
                .aspect()
                .filter(|aspect| matches!(*aspect, "Why" | "Where"));
            let pages: Vec<&Page> = question
                .client
                .missing()
                .filter_map(|document| knowledge.page(&format!("documents/{}", document.category)))
                .collect();
            let mut draft = Draft::default();
            for page in pages.into_iter().take(MAX_EXPLAINED) {
                let section = heading
                    .and_then(|heading| page.section(heading))
                    .or(page.opening());
                if let Some(section) = section {
                    draft = draft
                        .paragraph(&format!("{}:", page.title))
                        .say(&section.text)
                        .source(page);
                }
            }
            if draft.text.is_empty() {
                missing(knowledge, &question.client)
            } else {
                draft
            }
        }
        Topic::Page(Hit { page, .. }) | Topic::Received(page) => {
            let of_aspect = message
                .aspect()
                .and_then(|aspect| page.section(aspect))
                .filter(|section| !said(section));
            let section = of_aspect.or_else(|| page.sections.iter().find(|section| !said(section)));
            match section {
                Some(section) => Draft::default().quote(page, section),
                None => Draft::default()
                    .say(&format!("That is all I know about this: {}.", page.title))
                    .say("A person of our team can tell you more; write it here as a message.")
                    .source(page),
            }
        }
        Topic::Next | Topic::Status => {
            let step = question
                .client
                .next_step()
                .filter(|_| question.client.is_open());
            let page = step.and_then(|step| step_page(knowledge, step));
            match page.and_then(|page| {
                Some((
                    page,
                    page.section(message.aspect().unwrap_or("Why"))
                        .or(page.opening())?,
                ))
            }) {
                Some((page, section)) => Draft::default().quote(page, section),
                None => status(knowledge, &question.client),
            }
        }
        Topic::Forbidden => cant(
            knowledge,
            "security/who-can-see",
            "How other clients are kept out",
        ),
        Topic::OwnSecrets => cant(knowledge, "help/assistant", "What the assistant can't do"),
        Topic::Assistant | Topic::Greeting | Topic::Thanks | Topic::Unknown => unknown(knowledge),
    }
}

fn join(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}
