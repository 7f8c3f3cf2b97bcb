//! Everything a Worker asks fails, in each way and at each call in turn, for every operation of the OpenAPI
//! documents. The Workers are a set of their own behind a [`FaultyLine`]; data is looked at and prepared past it.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures_util::{FutureExt, StreamExt, stream};
use omega_tests::beside::AllBeside;
use omega_tests::faults::{Calls, Fault, FaultyLine};
use omega_tests::files::Sample;
use omega_tests::openapi::{Api, Operation, root};
use omega_tests::{Answer, Client, Database, System, eventually, unique_address};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use uuid::Uuid;

/// What the Workers of an endpoint ask; mail is a matter of its own.
const ASKED: [&str; 4] = ["/rest/", "/auth/", "/storage/", "/model/"];

/// The key set belongs to nobody's request: it is read once and kept.
const KEY_SET: &str = "/auth/v1/.well-known/jwks.json";

/// Longer than any deadline: what takes so long would never end.
const HANGS: Duration = Duration::from_secs(60);

/// A valid request, and by which words what it brings about is told from everything else.
struct Case {
    request: RequestBuilder,
    words: Vec<String>,
    /// Where its calls go.
    at: Vec<&'static str>,
}

impl Case {
    fn of(client: &Client, request: RequestBuilder) -> Self {
        Self {
            request,
            words: vec![
                client.id.to_string(),
                client.email.clone(),
                client.token.clone(),
            ],
            at: ASKED.to_vec(),
        }
    }

    fn calls(&self) -> Calls {
        Calls {
            saying: if self.at == ["/dns"] {
                Vec::new()
            } else {
                self.words.clone()
            },
            at: self.at.clone(),
        }
    }

    /// # Panics
    /// When the body can't be sent twice.
    async fn send(&self) -> (Answer, Duration) {
        let started = Instant::now();
        let answer = Answer::to(self.request.try_clone().expect("a body that is known"));
        let answer = tokio::time::timeout(HANGS, answer)
            .await
            .expect("no end of the answer");
        (answer, started.elapsed())
    }
}

/// A system whose Workers ask through a faulty line.
struct Faulty {
    system: System,
    through: System,
    line: FaultyLine,
    _workers: AllBeside,
    _model: Model,
}

impl Faulty {
    async fn start() -> Self {
        let system = System::connect().await;
        let model = Model::start().await;
        let names = super::ops::right_name_server().await;
        let name_server = names.trim_end_matches("/dns-query");
        let beside = [
            ("/mail", system.addresses.inbox.as_str()),
            ("/model", model.url.as_str()),
            ("/dns", name_server),
        ];
        let line = FaultyLine::start(&system.addresses.supabase, &beside).await;
        let url = |folder: &str| format!("{}{folder}", line.url);
        let issuer = format!("{}/auth/v1", system.addresses.supabase);
        let workers = AllBeside::start(&[
            ("SUPABASE_URL", &line.url),
            ("SUPABASE_JWT_ISSUER", &issuer),
            ("RESEND_BASE_URL", &url("/mail")),
            ("DNS_OVER_HTTPS_URL", &url("/dns/dns-query")),
            ("ASSISTANT_BACKEND", "openai"),
            ("OPENAI_BASE_URL", &url("/model/v1")),
            ("OPENAI_MODEL", "example-model-2"),
        ])
        .await;
        let mut through = system.clone();
        through.addresses.site.clone_from(&workers.site);
        Self {
            system,
            through,
            line,
            _workers: workers,
            _model: model,
        }
    }

    /// A client whose requests go to the Workers behind the faulty line.
    fn behind(&self, client: &Client) -> Client {
        Client {
            system: self.through.clone(),
            ..client.clone()
        }
    }

    async fn client(&self) -> Client {
        self.behind(&self.system.sign_up().await)
    }

    async fn staff(&self) -> Client {
        self.behind(&self.system.staff().await)
    }

    /// The table of valid requests; every operation needs one.
    async fn case(&self, operation: &Operation) -> Case {
        let endpoint = operation.endpoint.as_str();
        let get = |client: &Client| Case::of(client, client.worker(Method::GET, endpoint));
        let post = |client: &Client, body: Value| {
            Case::of(client, client.worker(Method::POST, endpoint).json(&body))
        };
        match (operation.method.as_str(), endpoint) {
            (
                "GET",
                "account/activity"
                | "account/closure"
                | "account/export"
                | "compliance/deadlines"
                | "forms/library"
                | "forms/signed"
                | "onboarding/chat"
                | "onboarding/documents"
                | "onboarding/home"
                | "onboarding/profile"
                | "onboarding/requests",
            ) => get(&self.client().await),
            (
                "GET",
                "clients/list" | "clients/team" | "clients/workflow" | "email/outbox"
                | "finance/budget" | "finance/changes" | "finance/csv" | "finance/expenses"
                | "finance/services" | "ops/center" | "ops/secrets",
            ) => get(&self.staff().await),
            ("POST", "email/events") => {
                let message = super::email_events::new_message();
                let told = super::email_events::told("email.bounced", &message, &unique_address());
                Case {
                    request: super::email_events::signed(&self.through, &message, &told),
                    words: vec![message],
                    at: ASKED.to_vec(),
                }
            }
            ("POST", "email/outbox") => {
                let client = self.system.sign_up().await;
                let stop = super::email_events::stop(&client).await;
                let body = json!({ "id": stop["id"], "action": "resume" });
                self.by_staff_on(&client, endpoint, &body).await
            }
            ("POST", "finance/services") => {
                let id = Uuid::new_v4();
                let body = super::finance::paid_service(id, "26.00");
                let mut case = post(&self.staff().await, body);
                case.words.push(id.to_string());
                case
            }
            ("POST", "finance/approval") => {
                let id = Uuid::new_v4();
                let owner = self.system.owner().await;
                let wish = super::finance::paid_service(id, "26.00");
                let service = owner.post("finance/services", &wish).await.expect(200);
                let body =
                    json!({ "id": id, "verdict": "approved", "updated_at": service["updated_at"] });
                let mut case = post(&self.behind(&owner), body);
                case.words.push(id.to_string());
                case
            }
            ("POST", "finance/expenses") => {
                let id = Uuid::new_v4();
                let mut case = post(&self.staff().await, super::finance::expense(id, "12.50"));
                case.words.push(id.to_string());
                case
            }
            ("POST", "finance/receipt") => {
                let staff = self.staff().await;
                let id = Uuid::new_v4();
                let entry = super::finance::expense(id, "12.50");
                self.system
                    .staff()
                    .await
                    .post("finance/expenses", &entry)
                    .await
                    .expect(200);
                let path = super::finance::put_receipt(&staff).await;
                let body = json!({ "expense_id": id, "storage_path": path });
                let mut case = post(&staff, body);
                case.words.push(id.to_string());
                case
            }
            ("POST", "finance/csv") => {
                let vendor = word();
                let csv =
                    format!("date,amount,category,vendor\n2001-05-04,12.50,office,{vendor}\n");
                let body = json!({ "csv": csv, "import": true });
                let mut case = post(&self.staff().await, body);
                case.words.push(vendor);
                case
            }
            ("POST", "finance/budget") => {
                // Each has a month of its own: set to what it is, it would be no change.
                let any = Uuid::new_v4().as_u128();
                let body = json!({
                    "year": (2050 + any % 150).to_string(), "month": (any % 12 + 1).to_string(), "category": "rent",
                    "amount": (any % 100_000_000 + 1).to_string(),
                });
                post(&self.staff().await, body)
            }
            ("GET", "forms/draft" | "forms/document") => {
                let client = self.client().await;
                let address = operation.address_for(&client);
                Case::of(&client, client.worker(Method::GET, &address))
            }
            ("POST", "forms/draft") => post(
                &self.client().await,
                json!({ "form": "mileage-log", "answers": { "driver": "Maria" } }),
            ),
            ("POST", "forms/document") => {
                let client = self.system.sign_up().await;
                client.answer_everything().await;
                post(&self.behind(&client), super::forms::w9(Uuid::new_v4()))
            }
            ("GET", "clients/client") => {
                let staff = self.staff().await;
                Case::of(
                    &staff,
                    staff.worker(Method::GET, &operation.address_for(&staff)),
                )
            }
            ("POST", "clients/review-document") => {
                let (client, id) = self.with_document().await;
                let body =
                    json!({ "id": id, "verdict": "returned", "reason": "It is too dark to read." });
                self.by_staff_on(&client, endpoint, &body).await
            }
            ("POST", "clients/move") => {
                let client = self.client().await;
                let body = json!({ "id": client.id, "status": "archived", "reason": "They stop trading." });
                self.by_staff_on(&client, endpoint, &body).await
            }
            ("POST", "clients/requests") => {
                let client = self.client().await;
                let body = super::clients::wish(&client, &[super::clients::statement()]);
                self.by_staff_on(&client, endpoint, &body).await
            }
            ("POST", "clients/settle-request") => {
                let (client, id) = self.with_request().await;
                let body = json!({ "id": id, "verdict": "withdrawn" });
                self.by_staff_on(&client, endpoint, &body).await
            }
            ("POST", "clients/note" | "clients/reply") => {
                let client = self.client().await;
                let body = json!({ "id": Uuid::new_v4(), "client_id": client.id, "content": "We begin on Monday." });
                self.by_staff_on(&client, endpoint, &body).await
            }
            ("POST", "clients/bulk") => {
                let client = self.client().await;
                let body = json!({
                    "ids": [client.id], "action": "ask", "template": "monthly-books", "request_id": Uuid::new_v4(),
                });
                self.by_staff_on(&client, endpoint, &body).await
            }
            ("POST", "onboarding/requests") => {
                let (client, id) = self.with_request().await;
                post(&client, json!({ "id": id, "answer": "There is none." }))
            }
            ("GET", "compliance/calendar") => {
                let key = self.with_calendar().await.1;
                let address = format!("{endpoint}?key={key}");
                Case {
                    request: self.through.from_elsewhere().worker(Method::GET, &address),
                    words: vec![key],
                    at: ASKED.to_vec(),
                }
            }
            ("POST", "compliance/calendar") => {
                post(&self.with_calendar().await.0, json!({ "action": "remove" }))
            }
            ("POST", "compliance/facts") => post(
                &self.client().await,
                json!({ "fiscal_year_end": "12", "payroll": "none", "states": ["TX"] }),
            ),
            ("POST", "compliance/record") => {
                let client = self.system.sign_up().await;
                client.answer_everything().await;
                let facts = json!({ "fiscal_year_end": "12", "payroll": "quarterly" });
                client.post("compliance/facts", &facts).await.expect(200);
                let body = json!({ "rule": "form-941", "period": "2026-q1", "status": "done" });
                post(&self.behind(&client), body)
            }
            ("GET", "ops/domain") => Case {
                at: vec!["/dns"],
                ..get(&self.staff().await)
            },
            ("POST", "account/closure") => post(
                &self.client().await,
                json!({ "action": "ask", "reason": "We stop trading." }),
            ),
            ("POST", "onboarding/chat") => {
                let client = self.client().await;
                let word = word();
                let body =
                    json!({ "id": Uuid::new_v4(), "message": format!("What is a W-9, {word}?") });
                let mut case = post(&client, body);
                case.words.push(word);
                case
            }
            ("POST", "onboarding/register-document") => {
                let client = self.client().await;
                let sample = Sample::pdf("A letter");
                let path = client.new_path(sample.extension);
                client
                    .put(&path, sample.media_type, &sample.bytes)
                    .await
                    .expect(200);
                let body = json!({ "document_name": "Letter.pdf", "document_category": "ein-letter", "storage_path": path });
                post(&client, body)
            }
            ("POST", "onboarding/update-document") => {
                let (client, id) = self.with_document().await;
                post(
                    &client,
                    json!({ "id": id, "document_name": "Another name.pdf" }),
                )
            }
            ("POST", "onboarding/remove-document") => {
                let (client, id) = self.with_document().await;
                post(&client, json!({ "id": id }))
            }
            ("POST", "onboarding/signup") => {
                let email = unique_address();
                let body = json!({ "email": email, "password": omega_tests::PASSWORD, "full_name": "Maria Reyes" });
                self.of_anybody(endpoint, &email, |request| request.json(&body))
            }
            ("POST", "onboarding/submit-profile") => {
                let client = self.system.sign_up().await;
                client.answer_everything().await;
                client.send_required_documents().await;
                post(&self.behind(&client), json!({ "complete": true }))
            }
            ("POST", "ops/secrets") => post(
                &self.staff().await,
                json!({ "id": Uuid::new_v4(), "name": "RESEND_API_KEY", "rotated_at": "2020-01-01T00:00:00Z" }),
            ),
            ("POST", "site/contact") => {
                let email = unique_address();
                let body = json!({ "name": "Maria Reyes", "email": email, "message": "Do you work in Vermont?" });
                self.of_anybody(endpoint, &email, |request| request.json(&body))
            }
            (method, _) => panic!(
                "{method} {endpoint} has no valid request here: add one, so that its faults are tried"
            ),
        }
    }

    fn of_anybody(
        &self,
        endpoint: &str,
        email: &str,
        with_body: impl Fn(RequestBuilder) -> RequestBuilder,
    ) -> Case {
        let request = self.through.from_elsewhere().worker(Method::POST, endpoint);
        Case {
            request: with_body(request),
            words: vec![email.to_owned()],
            at: ASKED.to_vec(),
        }
    }

    /// What staff do to a client: it shows in what is the client's.
    async fn by_staff_on(&self, client: &Client, endpoint: &str, body: &Value) -> Case {
        let staff = self.staff().await;
        let request = staff.worker(Method::POST, endpoint).json(body);
        let mut case = Case::of(&staff, request);
        case.words.push(client.id.to_string());
        case
    }

    async fn with_request(&self) -> (Client, Value) {
        let client = self.system.sign_up().await;
        let staff = self.system.staff().await;
        let made = super::clients::ask(&staff, &client, &[super::clients::statement()]).await;
        (self.behind(&client), made[0]["id"].clone())
    }

    /// A client whose calendar has a secret address, and the secret.
    async fn with_calendar(&self) -> (Client, String) {
        let client = self.system.sign_up().await;
        let body = json!({ "action": "make" });
        let made = client.post("compliance/calendar", &body).await.expect(200);
        let url = made["url"].as_str().unwrap();
        let key = url.split_once("key=").unwrap().1.to_owned();
        (self.behind(&client), key)
    }

    async fn with_document(&self) -> (Client, Value) {
        let client = self.system.sign_up().await;
        let document = client.upload(&Sample::pdf("A letter"), "ein-letter").await;
        (self.behind(&client), document["id"].clone())
    }
}

/// Letters alone, so that nothing takes it for a number to be hidden.
fn word() -> String {
    Uuid::new_v4()
        .simple()
        .to_string()
        .chars()
        .map(|c| match c.to_digit(16) {
            Some(digit) => char::from(b'a' + u8::try_from(digit).unwrap()),
            None => c,
        })
        .collect()
}

/// npm `aimock`, as a model's endpoint.
struct Model {
    child: Child,
    url: String,
}

impl Model {
    async fn start() -> Self {
        let fixtures =
            std::env::temp_dir().join(format!("omega-model-{}.json", Uuid::new_v4().simple()));
        let words = json!({ "fixtures": [{ "match": { "userMessage": "W-9" }, "response": { "content": "A W-9 tells your number to who pays you." } }] });
        std::fs::write(&fixtures, words.to_string()).unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let child = Command::new(root().join("node_modules/.bin/node"))
            .arg(root().join("node_modules/@copilotkit/aimock/dist/cli.js"))
            .args([
                "--port",
                &port.to_string(),
                "--log-level",
                "silent",
                "--fixtures",
            ])
            .arg(&fixtures)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let model = Self {
            child,
            url: format!("http://127.0.0.1:{port}"),
        };
        eventually("the model to listen", async || {
            tokio::net::TcpStream::connect(("127.0.0.1", port))
                .await
                .ok()
        })
        .await;
        model
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How many rows of each table belong to somebody: what a request brought about, whole or half.
type Footprint = BTreeMap<String, i64>;

async fn footprint(database: &Database, case: &Case) -> Footprint {
    let tables: Vec<String> = database
        .values(
            "select format('%I.%I', schemaname, tablename) from pg_tables
             where schemaname in ('public', 'private') or (schemaname, tablename) in (('auth', 'users'), ('storage', 'objects'))",
            &[],
        )
        .await;
    let counts: Vec<_> = tables
        .iter()
        .map(|table| format!("select '{table}' as name, count(*) as n from {table} as t where to_jsonb(t)::text like any ($1)"))
        .collect();
    let words: Vec<String> = case.words.iter().map(|word| format!("%{word}%")).collect();
    let all = format!(
        "select jsonb_object_agg(name, n) from ({}) as counts",
        counts.join(" union all ")
    );
    let counts: Value = database.value(&all, &[&words]).await;
    serde_json::from_value(counts).unwrap()
}

/// Tables in which a failed try may leave something, and why that is right.
fn may_differ(endpoint: &str) -> &'static [&'static str] {
    match endpoint {
        // Each time that it is asked for is told.
        "account/export" => &["public.activity", "public.access_log"],
        // Each try stores a file; one that no row names is swept.
        "forms/document" => &["storage.objects", "public.access_log"],
        // The row goes first; the file that stays is swept.
        "onboarding/remove-document" => &["storage.objects", "public.access_log"],
        // The log tells of every access, of one whose answer was lost too.
        _ => &["public.access_log"],
    }
}

/// Tables that may be ahead of the rest until the request is sent again.
fn may_be_half(endpoint: &str) -> &'static [&'static str] {
    match endpoint {
        // The message is kept, as its sender is told, though no answer came.
        "onboarding/chat" => &["public.messages"],
        _ => &[],
    }
}

fn without(footprint: &Footprint, tables: &[&str]) -> Footprint {
    let mut rest = footprint.clone();
    rest.retain(|table, _| !tables.contains(&table.as_str()));
    rest
}

/// Which refusals a fault may become.
fn refusals(fault: Fault) -> &'static [u16] {
    match fault {
        Fault::Slow => &[],
        Fault::Unreached | Fault::Reset | Fault::Error => &[503],
        Fault::Hung | Fault::HungBody => &[504],
        Fault::Truncated | Fault::Garbage => &[502],
        // The caller called too often, or we did.
        Fault::TooMany => &[429, 503],
    }
}

/// How long the Worker waits for what it asks at this address (`Deadline`), and what a busy machine adds.
fn deadline(call: &str) -> Duration {
    let seconds = match call {
        _ if call.contains("/rest/") => 5,
        _ if call.contains("/model/") => 20,
        _ => 10,
    };
    Duration::from_secs(seconds + 10)
}

/// An answer that is right although a call failed, or is the refusal of that fault.
fn assert_right(answer: &Answer, fault: Fault) {
    if answer.status < 300 {
        match answer.header("content-type") {
            Some(kind) if kind.starts_with("text/calendar") => {
                let text = answer.text();
                assert!(text.ends_with("END:VCALENDAR\r\n"), "it breaks off: {text}");
            }
            _ => drop(answer.json()),
        }
        return;
    }
    assert!(
        refusals(fault).contains(&answer.status),
        "{fault:?}: {} {}",
        answer.status,
        answer.text()
    );
    answer.problem(answer.status);
    let retry_after = answer.header("retry-after");
    match fault {
        Fault::TooMany => assert_eq!(retry_after, Some("7"), "Retry-After was not kept"),
        _ if answer.status != 502 => assert!(retry_after.is_some(), "no Retry-After"),
        _ => {}
    }
}

/// What a request does without a fault.
struct Usual {
    before: Footprint,
    after: Footprint,
    calls: Vec<String>,
}

async fn usual(faulty: &Faulty, operation: &Operation) -> Usual {
    let database = faulty.system.database().await;
    let case = faulty.case(operation).await;
    let before = footprint(&database, &case).await;
    let watch = faulty.line.watch(case.calls());
    let (answer, _) = case.send().await;
    assert!(
        answer.status < 300,
        "{} {}: {} {}",
        operation.method,
        operation.endpoint,
        answer.status,
        answer.text()
    );
    let calls = watch.seen();
    let after = footprint(&database, &case).await;
    Usual {
        before,
        after,
        calls,
    }
}

async fn bears(faulty: &Faulty, operation: &Operation, usual: &Usual, nth: usize, fault: Fault) {
    let database = faulty.system.database().await;
    let endpoint = operation.endpoint.as_str();
    let case = faulty.case(operation).await;
    let (answer, took) = {
        let watch = faulty.line.inject(case.calls(), nth, fault);
        let sent = case.send().await;
        let seen = watch.seen();
        assert!(seen.len() > nth, "the call was not made: {seen:?}");
        sent
    };
    assert_right(&answer, fault);
    assert!(took < deadline(&usual.calls[nth]), "took {took:?}");

    let apart = may_differ(endpoint);
    let (before, after) = (without(&usual.before, apart), without(&usual.after, apart));
    let now = without(&footprint(&database, &case).await, apart);
    if answer.status < 300 {
        assert_eq!(now, after, "a success that did not do all");
    } else {
        let half = may_be_half(endpoint);
        assert!(
            [&before, &after]
                .iter()
                .any(|&whole| without(&now, half) == without(whole, half)),
            "half-written: {now:?} is neither {before:?} nor {after:?}"
        );
    }

    let (again, _) = case.send().await;
    // The account may be there already, and says so.
    let exists = endpoint == "onboarding/signup" && again.status == 409;
    assert!(
        again.status < 300 || exists,
        "sent again: {} {}",
        again.status,
        again.text()
    );
    let now = without(&footprint(&database, &case).await, apart);
    assert_eq!(now, after, "sent again, it did not do what it does");
}

/// Every operation but those whose faults are told elsewhere.
fn operations() -> Vec<Operation> {
    let all = Api::all()
        .iter()
        .flat_map(Api::operations)
        .collect::<Vec<_>>();
    // Faults are what it tells of: see ops/status.
    all.into_iter()
        .filter(|operation| operation.endpoint != "ops/status")
        .collect()
}

/// Operations that ask nobody.
const ALONE: [&str; 2] = ["GET forms/document", "GET ops/center"];

fn asks_nobody(operation: &Operation) -> bool {
    ALONE.contains(&&*format!("{} {}", operation.method, operation.endpoint))
}

/// The failures of many cases, all at once.
async fn all_hold<'a>(
    at_once: usize,
    cases: Vec<(String, futures_util::future::BoxFuture<'a, ()>)>,
) {
    let count = cases.len();
    let failed: Vec<String> = stream::iter(cases)
        .map(|(name, case)| async move {
            let outcome = AssertUnwindSafe(case).catch_unwind().await;
            outcome.err().map(|panic| {
                let said = panic
                    .downcast_ref::<String>()
                    .map(String::as_str)
                    .or_else(|| panic.downcast_ref::<&str>().copied())
                    .unwrap_or_default();
                format!("{name}: {said}")
            })
        })
        .buffer_unordered(at_once)
        .filter_map(async |failed| failed)
        .collect()
        .await;
    assert!(
        failed.is_empty(),
        "{} of {count} failed:\n{}",
        failed.len(),
        failed.join("\n")
    );
}

/// The key set is asked for by the first request with a token, before anything else.
async fn bears_without_key_set(faulty: &Faulty) {
    let client = faulty.client().await;
    // The last one lets the Worker know it.
    let faults = Fault::ALL
        .into_iter()
        .filter(|fault| *fault != Fault::Slow)
        .chain([Fault::Slow]);
    let cases = faults.map(|fault| {
        let client = client.clone();
        let case = async move {
            let calls = Calls {
                saying: Vec::new(),
                at: vec![KEY_SET],
            };
            let watch = faulty.line.inject(calls, 0, fault);
            let answer = client.get("onboarding/profile").await;
            assert_eq!(watch.seen().len(), 1);
            assert_right(&answer, fault);
            assert_eq!(answer.status < 300, fault == Fault::Slow);
        };
        (format!("{fault:?} at the key set"), case.boxed())
    });
    all_hold(1, cases.collect()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_fails_the_answer_is_a_problem_nothing_is_half_written_and_a_retry_succeeds() {
    let faulty = Faulty::start().await;
    let key_set = AssertUnwindSafe(bears_without_key_set(&faulty))
        .catch_unwind()
        .await;

    let operations = operations();
    let mut usuals = Vec::new();
    for operation in &operations {
        let usual = usual(&faulty, operation).await;
        assert_eq!(
            usual.calls.is_empty(),
            asks_nobody(operation),
            "{}",
            operation.endpoint
        );
        usuals.push(usual);
    }
    let mut cases: Vec<(String, futures_util::future::BoxFuture<'_, ()>)> = Vec::new();
    let faulty = &faulty;
    for (operation, usual) in operations.iter().zip(&usuals) {
        for (nth, call) in usual.calls.iter().enumerate() {
            for fault in Fault::ALL {
                let name = format!(
                    "{} {} {fault:?} at {nth}, {call}",
                    operation.method, operation.endpoint
                );
                cases.push((name, bears(faulty, operation, usual, nth, fault).boxed()));
            }
        }
    }
    println!("{} operations, {} faults", operations.len(), cases.len());
    all_hold(8, cases).await;
    assert!(key_set.is_ok(), "faults at the key set, told above");

    // Nothing listens at all.
    let mut prepared = Vec::new();
    for operation in operations
        .iter()
        .filter(|operation| !asks_nobody(operation))
    {
        prepared.push((operation, faulty.case(operation).await));
    }
    faulty.line.refuse().await;
    for (operation, case) in &prepared {
        let (answer, _) = case.send().await;
        if operation.endpoint == "ops/domain" {
            assert_eq!(answer.expect(200)["state"], "unknown");
        } else {
            answer.problem(503);
        }
    }
    faulty.line.mend().await;
    for (operation, case) in &prepared {
        let (answer, _) = case.send().await;
        assert!(
            answer.status < 300,
            "{}: {} {}",
            operation.endpoint,
            answer.status,
            answer.text()
        );
    }
}

/// A stream has begun with 200 when the model fails; the refusal is its last event.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_whose_model_fails_ends_with_a_problem_and_the_message_is_answered_when_sent_again()
 {
    let faulty = &Faulty::start().await;
    let cases = Fault::ALL.into_iter().map(|fault| {
        let case = async move {
            let client = faulty.client().await;
            let word = word();
            let body =
                json!({ "id": Uuid::new_v4(), "message": format!("What is a W-9, {word}?") });
            let ask = || {
                client
                    .worker(Method::POST, "onboarding/chat")
                    .header("accept", "text/event-stream")
                    .json(&body)
            };
            let calls = Calls {
                saying: vec![word],
                at: vec!["/model/"],
            };
            let watch = faulty.line.inject(calls, 0, fault);
            let answer = Answer::to(ask()).await;
            assert_eq!(watch.seen().len(), 1);
            assert_eq!(answer.status, 200);
            let text = answer.text();
            let last = text.trim_end().rsplit("\n\n").next().unwrap_or_default();
            let (name, data) = last.split_once('\n').expect("no event");
            let data: Value = serde_json::from_str(data.trim_start_matches("data: ")).unwrap();
            if name == "event: error" {
                let status = data["status"]
                    .as_u64()
                    .and_then(|status| u16::try_from(status).ok())
                    .unwrap_or_default();
                assert!(refusals(fault).contains(&status), "{data}");
            } else {
                assert_eq!((name, fault), ("event: done", Fault::Slow));
            }
            drop(watch);
            let again = Answer::to(ask()).await.text();
            assert!(again.contains("event: done"), "{again}");
            let database = faulty.system.database().await;
            let count: i64 = database
                .value(
                    "select count(*) from public.messages where client_id = $1",
                    &[&client.id],
                )
                .await;
            assert_eq!(count, 2);
        };
        (format!("{fault:?}"), case.boxed())
    });
    all_hold(9, cases.collect()).await;
}

/// Each call that a mail needs: the claim, Resend itself, and the note that it was sent.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_goes_out_once_whichever_call_fails_on_its_way() {
    let faulty = &Faulty::start().await;
    let database = faulty.system.database().await;
    let run = async || {
        let url = format!(
            "{}/cdn-cgi/handler/scheduled",
            faulty.through.addresses.site
        );
        let _ = faulty.system.http.get(url).send().await;
    };
    for at in [
        "/rest/v1/rpc/claim_emails",
        "/mail/emails",
        "/rest/v1/rpc/settle_sent_email",
    ] {
        for fault in Fault::ALL {
            let what = format!("{fault:?} at {at}");
            // Another sender of the running system may be quicker than the faulty one; then it is tried anew.
            let mut recipient = unique_address();
            for _ in 0..20 {
                recipient = unique_address();
                let saying = if at == "/mail/emails" {
                    vec![recipient.clone()]
                } else {
                    Vec::new()
                };
                let watch = faulty.line.inject(
                    Calls {
                        saying,
                        at: vec![at],
                    },
                    0,
                    fault,
                );
                database
                    .rows(
                        "insert into public.email_outbox (template, recipient, next_attempt_at) values ('welcome', $1, '2000-01-01Z')",
                        &[&recipient],
                    )
                    .await;
                run().await;
                if !watch.seen().is_empty() {
                    break;
                }
            }
            eventually(
                &format!("the mail to be settled after {what}"),
                async || {
                    let due = "update public.email_outbox set next_attempt_at = '2000-01-01Z'
                           where recipient = $1 and status in ('queued', 'sending') returning id";
                    let open = database.rows(due, &[&recipient]).await.len();
                    if open > 0 {
                        run().await;
                    }
                    (open == 0).then_some(())
                },
            )
            .await;
            let status: String = database
                .value(
                    "select status from public.email_outbox where recipient = $1",
                    &[&recipient],
                )
                .await;
            assert_eq!(status, "sent", "{what}");
            assert_eq!(faulty.system.mails(&recipient).await.len(), 1, "{what}");
        }
    }
}
