//! Who is let in: every endpoint that needs a token, and Supabase behind it.

use omega_tests::beside::AllBeside;
use omega_tests::counter::Counter;
use omega_tests::files::Sample;
use omega_tests::openapi::{Operation, operations, operations_with_a_token};
use omega_tests::{Answer, Client, PASSWORD, System, tokens, unique_address};
use reqwest::Method;
use serde_json::{Value, json};

/// A request that is fine but for whose token it carries.
fn request(system: &System, operation: &Operation) -> reqwest::RequestBuilder {
    request_at(system, operation, &operation.endpoint)
}

fn request_at(system: &System, operation: &Operation, address: &str) -> reqwest::RequestBuilder {
    let request = system.worker(operation.method.clone(), address);
    if operation.method == Method::POST {
        request.json(&json!({ "message": "Hello", "urgency": "exploring" }))
    } else {
        request
    }
}

fn assert_refused(answer: &Answer, challenge: &str, what: &str) {
    assert_eq!(answer.status, 401, "{what}: {}", answer.text());
    answer.problem(401);
    assert_eq!(answer.header("www-authenticate"), Some(challenge), "{what}");
}

#[tokio::test]
async fn every_endpoint_but_signup_needs_a_token() {
    let system = System::connect().await;
    let operations = operations_with_a_token();
    let mut names: Vec<_> = operations
        .iter()
        .map(|operation| format!("{} {}", operation.method, operation.endpoint))
        .collect();
    names.sort();
    // The list is derived from the OpenAPI documents; here it is read once by a person.
    insta::assert_json_snapshot!(names, @r#"
    [
      "GET account/activity",
      "GET account/closure",
      "GET account/export",
      "GET clients/client",
      "GET clients/list",
      "GET clients/team",
      "GET clients/workflow",
      "GET compliance/deadlines",
      "GET email/outbox",
      "GET finance/budget",
      "GET finance/changes",
      "GET finance/csv",
      "GET finance/expenses",
      "GET finance/services",
      "GET forms/document",
      "GET forms/draft",
      "GET forms/library",
      "GET forms/signed",
      "GET onboarding/chat",
      "GET onboarding/documents",
      "GET onboarding/home",
      "GET onboarding/profile",
      "GET onboarding/requests",
      "GET ops/center",
      "GET ops/domain",
      "GET ops/secrets",
      "POST account/closure",
      "POST clients/bulk",
      "POST clients/move",
      "POST clients/note",
      "POST clients/reply",
      "POST clients/requests",
      "POST clients/review-document",
      "POST clients/settle-request",
      "POST compliance/calendar",
      "POST compliance/facts",
      "POST compliance/record",
      "POST email/outbox",
      "POST finance/approval",
      "POST finance/budget",
      "POST finance/csv",
      "POST finance/expenses",
      "POST finance/receipt",
      "POST finance/services",
      "POST forms/document",
      "POST forms/draft",
      "POST onboarding/chat",
      "POST onboarding/register-document",
      "POST onboarding/remove-document",
      "POST onboarding/requests",
      "POST onboarding/submit-profile",
      "POST onboarding/update-document",
      "POST ops/secrets"
    ]
    "#);
    for operation in &operations {
        let name = format!("{} {}", operation.method, operation.endpoint);
        assert_refused(
            &Answer::to(request(&system, operation)).await,
            "Bearer",
            &name,
        );
        for header in ["Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Token x"] {
            let answer =
                Answer::to(request(&system, operation).header("authorization", header)).await;
            assert_refused(&answer, "Bearer", &format!("{name} with {header:?}"));
        }
    }
}

/// Every token of the list at every operation of every document that looks at one.
async fn assert_all_refused(system: &System, bad: &[tokens::Bad]) -> usize {
    let mut refused = 0;
    for operation in operations().into_iter().filter(Operation::reads_a_token) {
        for bad in bad {
            // Where limits count addresses, each is another one's.
            let answer = Answer::to(
                request(&system.from_elsewhere(), &operation)
                    .header("authorization", format!("Bearer {}", bad.token)),
            )
            .await;
            let what = format!(
                "{} {} with a token {}",
                operation.method, operation.endpoint, bad.what
            );
            assert_refused(&answer, r#"Bearer error="invalid_token""#, &what);
            refused += 1;
        }
    }
    refused
}

#[tokio::test]
async fn no_endpoint_believes_a_bad_token() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let bad = tokens::bad(&client).await;
    assert!(bad.len() > 60, "{}", bad.len());
    let refused = assert_all_refused(&system, &bad).await;
    println!("{} tokens, refused {refused} times", bad.len());
    // The same made well is believed, so it was not the making.
    let good = Client {
        token: tokens::good(&client),
        ..client.clone()
    };
    assert_eq!(
        good.get("onboarding/profile").await.expect(200)["profile"]["id"],
        client.id.to_string()
    );
    // And none of it was stored.
    let stored: i64 = system
        .database()
        .await
        .value(
            "select count(*) from public.messages where client_id = $1",
            &[&client.id],
        )
        .await;
    assert_eq!(stored, 0);
}

/// A bad token costs the services behind the Workers nothing, but for a look at the key set when it names a key that
/// nobody knows, at most every 30 s in each Worker.
#[tokio::test]
async fn a_bad_token_is_refused_without_asking_anybody() {
    let system = System::connect().await;
    let supabase = Counter::to(&system.addresses.supabase).await;
    // Whatever else a Worker could ask is met at the same line, so that it is counted too.
    let settings = [
        "SUPABASE_URL",
        "RESEND_BASE_URL",
        "DNS_OVER_HTTPS_URL",
        "OPENAI_BASE_URL",
    ]
    .map(|name| (name, supabase.url.as_str()));
    let workers = AllBeside::start(&settings).await;
    let beside = workers.system(&system);
    let mut client = tokens::issued_at(&system.sign_up().await, &supabase.url);
    client.system = beside.clone();
    // Each Worker has its keys from now on, and it is seen that the line counts.
    for operation in operations().into_iter().filter(Operation::reads_a_token) {
        Answer::to(
            request(&beside.from_elsewhere(), &operation)
                .header("authorization", format!("Bearer {}", client.token)),
        )
        .await;
    }
    let warm = supabase.take();
    assert!(
        warm.iter().any(|request| request.contains("/rest/v1/")),
        "{warm:?}"
    );
    let of_keys = |request: &String| request.ends_with("/auth/v1/.well-known/jwks.json");
    assert!(warm.iter().any(of_keys), "{warm:?}");

    let bad: Vec<_> = tokens::bad(&client).await;
    supabase.take();
    let began = std::time::Instant::now();
    let refused = assert_all_refused(&beside, &bad).await;
    assert!(refused > 1000, "{refused}");
    let (keys, others): (Vec<_>, Vec<_>) = supabase.take().into_iter().partition(of_keys);
    assert_eq!(others, Vec::<String>::new());
    let workers = operations().len();
    let looks = 1 + usize::try_from(began.elapsed().as_secs() / 30).unwrap();
    assert!(
        keys.len() <= workers * looks,
        "{} looks at the key set in {:?}",
        keys.len(),
        began.elapsed()
    );
}

/// No header is so long in production: Cloudflare takes 128 KB of them. Whatever takes it first refuses it.
#[tokio::test]
async fn a_token_of_a_megabyte_opens_nothing() {
    let system = System::connect().await;
    for operation in operations_with_a_token() {
        let sent = request(&system, &operation)
            .header("authorization", format!("Bearer {}", "A".repeat(1 << 20)))
            .send()
            .await;
        // The connection may be closed in the middle of it.
        if let Ok(answer) = sent {
            assert!(
                [400, 401, 413, 431].contains(&answer.status().as_u16()),
                "{}: {}",
                operation.endpoint,
                answer.status()
            );
        }
    }
    system
        .sign_up()
        .await
        .get("onboarding/profile")
        .await
        .expect(200);
}

/// A token is believed until it expires, as nobody is asked about it; what it is believed for is gone with the account.
#[tokio::test]
async fn a_token_of_an_account_that_is_gone_opens_an_empty_room() {
    let system = System::connect().await;
    let first = client_with_everything(&system).await;
    let client = &first.client;
    let remove = system.service(
        Method::DELETE,
        &format!("/auth/v1/admin/users/{}", client.id),
    );
    Answer::to(remove).await.expect(200);
    for operation in operations_with_a_token() {
        let answer = Answer::to(
            request_at(
                &system.from_elsewhere(),
                &operation,
                &operation.address_for(client),
            )
            .header("authorization", format!("Bearer {}", client.token)),
        )
        .await;
        let what = format!("{} {}", operation.method, operation.endpoint);
        assert!(
            [200, 403, 404, 409, 422].contains(&answer.status),
            "{what}: {} {}",
            answer.status,
            answer.text()
        );
        first.assert_unseen(&answer, &what);
    }
    for table in ["clients", "client_documents", "messages", "activity"] {
        let rows = Answer::to(client.supabase(Method::GET, &format!("/rest/v1/{table}"))).await;
        assert_eq!(rows.expect(200), json!([]), "{table}");
    }
    let refresh = json!({ "refresh_token": client.refresh_token });
    let answer = Answer::to(
        system
            .anonymous(Method::POST, "/auth/v1/token?grant_type=refresh_token")
            .json(&refresh),
    )
    .await;
    assert_eq!(answer.status, 400, "{}", answer.text());
}

/// Everything of a client that could be seen: what identifies it anywhere.
struct Owned {
    client: Client,
    document: Value,
    marks: Vec<String>,
}

async fn client_with_everything(system: &System) -> Owned {
    let client = system
        .sign_up_as(&unique_address(), "Wilhelmina Featherstone")
        .await;
    client.answer_everything().await;
    let document = client
        .upload(&Sample::pdf("Private to Wilhelmina"), "tax-return")
        .await;
    client
        .post(
            "onboarding/chat",
            &json!({ "message": "marmalade-zeppelin" }),
        )
        .await
        .expect(200);
    let marks = vec![
        client.id.to_string(),
        client.email.clone(),
        "Featherstone".to_owned(),
        "Reyes Bakery".to_owned(),
        "3456789".to_owned(),
        "marmalade".to_owned(),
        "Private to Wilhelmina".to_owned(),
        document["id"].as_str().unwrap().to_owned(),
    ];
    Owned {
        client,
        document,
        marks,
    }
}

impl Owned {
    /// What somebody could ask of Supabase directly to see something of this client.
    fn requests(
        &self,
        request: impl Fn(Method, &str) -> reqwest::RequestBuilder,
    ) -> Vec<(String, reqwest::RequestBuilder)> {
        let path = self.document["storage_path"].as_str().unwrap();
        let folder = self.client.id;
        let mut list = Vec::new();
        for table in ["clients", "client_documents", "messages", "email_outbox"] {
            list.push((
                table.to_owned(),
                request(Method::GET, &format!("/rest/v1/{table}?select=*")),
            ));
        }
        let embedded =
            format!("/rest/v1/clients?id=eq.{folder}&select=*,client_documents(*),messages(*)");
        list.push(("embedded".to_owned(), request(Method::GET, &embedded)));
        list.push((
            "submit_profile".to_owned(),
            request(Method::POST, "/rest/v1/rpc/submit_profile").json(&json!({ "changes": {} })),
        ));
        list.push((
            "claim_emails".to_owned(),
            request(Method::POST, "/rest/v1/rpc/claim_emails").json(&json!({ "batch_size": 100 })),
        ));
        list.push((
            "object".to_owned(),
            request(
                Method::GET,
                &format!("/storage/v1/object/client-documents/{path}"),
            ),
        ));
        list.push((
            "authenticated".to_owned(),
            request(
                Method::GET,
                &format!("/storage/v1/object/authenticated/client-documents/{path}"),
            ),
        ));
        list.push((
            "public".to_owned(),
            request(
                Method::GET,
                &format!("/storage/v1/object/public/client-documents/{path}"),
            ),
        ));
        let sign = request(
            Method::POST,
            &format!("/storage/v1/object/sign/client-documents/{path}"),
        )
        .json(&json!({ "expiresIn": 60 }));
        list.push(("signed address".to_owned(), sign));
        let files = request(Method::POST, "/storage/v1/object/list/client-documents")
            .json(&json!({ "prefix": format!("{folder}/"), "limit": 100, "offset": 0 }));
        list.push(("list".to_owned(), files));
        list.push((
            "users".to_owned(),
            request(Method::GET, "/auth/v1/admin/users"),
        ));
        list.push((
            "one user".to_owned(),
            request(Method::GET, &format!("/auth/v1/admin/users/{folder}")),
        ));
        list
    }

    fn assert_unseen(&self, answer: &Answer, what: &str) {
        let text = answer.text();
        for mark in &self.marks {
            // A refusal may repeat the path that was asked for.
            let repeats_the_question = answer.status >= 400 && *mark == self.client.id.to_string();
            assert!(
                !text.contains(mark.as_str()) || repeats_the_question,
                "{what} shows {mark}: {} {text}",
                answer.status
            );
        }
        if what.starts_with("signed address") {
            assert_ne!(answer.status, 200, "{what}: {text}");
        }
    }
}

#[tokio::test]
async fn a_second_client_gets_nothing_of_the_firsts() {
    let system = System::connect().await;
    let first = client_with_everything(&system).await;
    let second = system.sign_up_as(&unique_address(), "Omar Haddad").await;
    for (what, request) in first.requests(|method, path| second.supabase(method, path)) {
        first.assert_unseen(&Answer::to(request).await, &what);
    }
    let id = first.client.id;
    for endpoint in [
        "onboarding/profile",
        "onboarding/documents",
        "onboarding/chat",
    ] {
        for query in [
            String::new(),
            format!("?client_id={id}"),
            format!("?id={id}"),
            format!("?id=eq.{id}"),
        ] {
            let answer = second.get(&format!("{endpoint}{query}")).await;
            first.assert_unseen(&answer, &format!("{endpoint}{query}"));
        }
    }
    for body in [
        json!({ "id": id }),
        json!({ "client_id": id, "urgency": "exploring" }),
    ] {
        first.assert_unseen(
            &second.post("onboarding/submit-profile", &body).await,
            "submit-profile",
        );
    }
    let path = first.document["storage_path"].as_str().unwrap();
    let registered = second.register("Mine", "other", path).await;
    assert_eq!(registered.refused_fields(422), ["storage_path"]);
    first.assert_unseen(&registered, "register-document");
    // The first one has lost nothing by it.
    assert!(first.client.stored(path).await);
    assert_eq!(
        first.client.get("onboarding/documents").await.expect(200)["documents"][0]["id"],
        first.document["id"]
    );
}

#[tokio::test]
async fn an_anonymous_caller_gets_nothing() {
    let system = System::connect().await;
    let first = client_with_everything(&system).await;
    for (what, request) in first.requests(|method, path| system.anonymous(method, path)) {
        let answer = Answer::to(request).await;
        first.assert_unseen(&answer, &what);
    }
    // Without any key, not even a table's name.
    for (what, request) in first.requests(|method, path| {
        system
            .http
            .request(method, format!("{}{path}", system.addresses.supabase))
    }) {
        let answer = Answer::to(request).await;
        first.assert_unseen(&answer, &what);
        assert!(
            answer.status >= 400,
            "{what} without a key: {} {}",
            answer.status,
            answer.text()
        );
    }
    for operation in operations_with_a_token() {
        first.assert_unseen(
            &Answer::to(request(&system, &operation)).await,
            &operation.endpoint,
        );
    }
}

#[tokio::test]
async fn a_bad_token_gets_nothing_of_supabase_either() {
    let system = System::connect().await;
    let first = client_with_everything(&system).await;
    let mut let_in = Vec::new();
    for bad in tokens::bad(&first.client)
        .await
        .into_iter()
        .filter(|bad| bad.everywhere)
    {
        for (what, request) in
            first.requests(|method, path| system.bearing(&bad.token, method, path))
        {
            let answer = Answer::to(request).await;
            let what = format!("{what} with a token {}", bad.what);
            if answer.status < 400 {
                let_in.push(format!("{what}: {}", answer.status));
            } else {
                first.assert_unseen(&answer, &what);
            }
        }
    }
    assert!(let_in.is_empty(), "{let_in:#?}");
}

#[tokio::test]
async fn a_token_of_a_client_who_signed_out_ends_with_its_hour_and_can_not_be_refreshed() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let out = Answer::to(client.supabase(Method::POST, "/auth/v1/logout?scope=global")).await;
    assert_eq!(out.status, 204);
    let refresh = json!({ "refresh_token": client.refresh_token });
    let answer = Answer::to(
        system
            .anonymous(Method::POST, "/auth/v1/token?grant_type=refresh_token")
            .json(&refresh),
    )
    .await;
    assert_eq!(answer.status, 400, "{}", answer.text());
    let claims = tokens::Token::read(&client.token).claims;
    let life = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert!(life <= 3600, "{life}");
}

/// A ban keeps from signing in and from a new token; the token that is out lives on, for an hour at most.
#[tokio::test]
async fn a_banned_client_gets_no_other_token_and_keeps_this_one_for_its_hour() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let ban = async |duration: &str| {
        let request = system.service(Method::PUT, &format!("/auth/v1/admin/users/{}", client.id));
        Answer::to(request.json(&json!({ "ban_duration": duration }))).await
    };
    assert_eq!(ban("for ever").await.status, 400);
    assert!(ban("24h").await.expect(200)["banned_until"].is_string());
    let asks = [
        (
            "refresh_token",
            json!({ "refresh_token": client.refresh_token }),
        ),
        (
            "password",
            json!({ "email": client.email, "password": PASSWORD }),
        ),
    ];
    for (grant, ask) in &asks {
        let path = format!("/auth/v1/token?grant_type={grant}");
        let answer = Answer::to(system.anonymous(Method::POST, &path).json(ask)).await;
        assert_eq!(answer.status, 400, "{grant}: {}", answer.text());
        assert!(
            answer.text().contains("user_banned"),
            "{grant}: {}",
            answer.text()
        );
    }
    client.get("onboarding/profile").await.expect(200);

    ban("none").await.expect(200);
    client.sign_in().await;
}
