//! The description of the API: what it lists, where it is served, and that real answers keep to it.

use jsonschema::Validator;
use omega_tests::files::Sample;
use omega_tests::openapi::{Api, root};
use omega_tests::{Answer, PASSWORD, System, unique_address};
use reqwest::Method;
use serde_json::{Value, json};

#[track_caller]
fn assert_described(api: &Api, method: &str, endpoint: &str, answer: &Answer) {
    let media_type = answer.header("content-type").unwrap();
    assert_valid(
        &api.answer_schema(method, endpoint, answer.status, media_type),
        &answer.json(),
        &format!("{method} {endpoint} {}", answer.status),
    );
}

#[track_caller]
fn assert_valid(schema: &Value, value: &Value, what: &str) {
    let validator: Validator = jsonschema::options()
        .should_validate_formats(true)
        .build(schema)
        .unwrap();
    let errors: Vec<_> = validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(
        errors.is_empty(),
        "{what} is not as described: {errors:?}\n{value:#}"
    );
}

/// The same schema without room for fields that it does not name: what is sent must be described.
fn closed(schema: &Value) -> Value {
    match schema {
        Value::Object(object) => {
            let mut closed: serde_json::Map<_, _> = object
                .iter()
                .map(|(name, value)| (name.clone(), self::closed(value)))
                .collect();
            if object.contains_key("properties")
                && object.get("type").is_some_and(|kind| kind == "object")
            {
                closed.insert("additionalProperties".to_owned(), false.into());
            }
            closed.into()
        }
        Value::Array(list) => list.iter().map(closed).collect(),
        other => other.clone(),
    }
}

#[test]
fn the_list_of_operations() {
    let mut lines = Vec::new();
    for operation in Api::all().iter().flat_map(Api::operations) {
        let description = &operation.description;
        let mut answers: Vec<_> = description["responses"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect();
        answers.sort();
        let parameters: Vec<_> = description["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|parameter| parameter["name"].as_str().unwrap().to_owned())
            .collect();
        let token = if operation.needs_a_token() {
            "with a token"
        } else {
            "open to all"
        };
        let name = description["operationId"].as_str().unwrap();
        lines.push(format!(
            "{} {} {name}({}) {token}: {}",
            operation.method,
            operation.endpoint,
            parameters.join(", "),
            answers.join(" ")
        ));
    }
    lines.sort();
    insta::assert_json_snapshot!(lines, @r#"
    [
      "GET account/activity listActivity(limit, cursor) with a token: 200 400 401 404 500 502 503 504",
      "GET account/closure getClosure() with a token: 200 401 404 500 502 503 504",
      "GET account/export exportAccount() with a token: 200 401 404 429 500 502 503 504",
      "GET clients/client getClient(id) with a token: 200 400 401 403 404 500 502 503 504",
      "GET clients/list listClients(search, status, owner, limit, cursor) with a token: 200 400 401 403 500 502 503 504",
      "GET clients/team listTeam() with a token: 200 401 403 500 502 503 504",
      "GET clients/workflow getWorkflow(client, days) with a token: 200 400 401 403 404 500 502 503 504",
      "GET compliance/calendar readCalendar(key) open to all: 200 400 404 429 500 502 503 504",
      "GET compliance/deadlines listDeadlines(client, from, to, status, limit, cursor) with a token: 200 400 401 403 404 500 502 503 504",
      "GET email/outbox listOutbox(search, status, outcome, template, client, limit, cursor) with a token: 200 400 401 403 500 502 503 504",
      "GET finance/budget getBudget(year) with a token: 200 400 401 403 500 502 503 504",
      "GET finance/changes listFinanceChanges(limit, cursor) with a token: 200 400 401 403 500 502 503 504",
      "GET finance/csv exportExpenses(year) with a token: 200 400 401 403 409 500 502 503 504",
      "GET finance/expenses listExpenses(year, month, category, limit, cursor) with a token: 200 400 401 403 500 502 503 504",
      "GET finance/services listServices(status, limit, cursor) with a token: 200 400 401 403 500 502 503 504",
      "GET forms/document blankForm(form) with a token: 200 400 401 404 500 502 503 504",
      "GET forms/draft openForm(form) with a token: 200 400 401 404 500 502 503 504",
      "GET forms/library listForms(search, category) with a token: 200 400 401 404 500 502 503 504",
      "GET forms/signed listSignedForms(client, sha256, limit, cursor) with a token: 200 400 401 403 404 500 502 503 504",
      "GET onboarding/chat listMessages(limit, cursor) with a token: 200 400 401 404 500 502 503 504",
      "GET onboarding/documents listDocuments(category, content_sha256, limit, cursor) with a token: 200 400 401 404 500 502 503 504",
      "GET onboarding/home getHome() with a token: 200 401 404 500 502 503 504",
      "GET onboarding/profile getProfile() with a token: 200 401 404 500 502 503 504",
      "GET onboarding/requests listRequests(waiting, limit, cursor) with a token: 200 400 401 404 500 502 503 504",
      "GET ops/center getCenter() with a token: 200 401 403 500 502 503 504",
      "GET ops/domain getMailDomain() with a token: 200 401 403 500 502 503 504",
      "GET ops/secrets listSecrets() with a token: 200 401 403 500 502 503 504",
      "GET ops/status getStatus() open to all: 200 401 429 500 502 503 504",
      "POST account/closure changeClosure() with a token: 200 201 400 401 404 408 409 413 415 422 429 500 502 503 504",
      "POST clients/bulk changeClients() with a token: 200 400 401 403 408 413 415 422 500 502 503 504",
      "POST clients/move moveClient() with a token: 200 400 401 403 404 408 409 413 415 422 500 502 503 504",
      "POST clients/note addNote() with a token: 200 400 401 403 404 408 409 413 415 422 500 502 503 504",
      "POST clients/reply writeToClient() with a token: 200 400 401 403 404 408 409 413 415 422 500 502 503 504",
      "POST clients/requests makeRequests() with a token: 200 400 401 403 404 408 409 413 415 422 500 502 503 504",
      "POST clients/review-document reviewDocument() with a token: 200 400 401 403 404 408 413 415 422 500 502 503 504",
      "POST clients/settle-request settleRequest() with a token: 200 400 401 403 404 408 409 413 415 422 500 502 503 504",
      "POST compliance/calendar changeCalendarAddress() with a token: 200 400 401 404 408 413 415 422 500 502 503 504",
      "POST compliance/facts saveComplianceFacts() with a token: 200 400 401 403 404 408 413 415 422 500 502 503 504",
      "POST compliance/record recordDeadline() with a token: 200 400 401 403 404 408 413 415 422 500 502 503 504",
      "POST email/events receiveMailEvent(svix-id, svix-timestamp, svix-signature) open to all: 200 400 403 408 413 415 422 500 502 503 504",
      "POST email/outbox changeOutbox() with a token: 200 400 401 403 404 408 409 413 415 422 500 502 503 504",
      "POST finance/approval decideService() with a token: 200 400 401 403 404 408 409 413 415 422 500 502 503 504",
      "POST finance/budget setBudget() with a token: 200 400 401 403 408 413 415 422 500 502 503 504",
      "POST finance/csv importExpenses() with a token: 200 400 401 403 408 413 415 422 500 502 503 504",
      "POST finance/expenses logExpense() with a token: 200 400 401 403 404 408 409 413 415 422 500 502 503 504",
      "POST finance/receipt attachReceipt() with a token: 200 400 401 403 404 408 409 413 415 422 500 502 503 504",
      "POST finance/services saveService() with a token: 200 400 401 403 404 408 409 413 415 422 500 502 503 504",
      "POST forms/document signForm() with a token: 200 201 400 401 404 408 409 413 415 422 429 500 502 503 504",
      "POST forms/draft saveDraft() with a token: 200 400 401 404 408 409 413 415 422 500 502 503 504",
      "POST onboarding/chat sendMessage() with a token: 200 400 401 404 408 409 413 415 422 429 500 502 503 504",
      "POST onboarding/register-document registerDocument() with a token: 200 201 400 401 404 408 413 415 422 429 500 502 503 504",
      "POST onboarding/remove-document removeDocument() with a token: 200 400 401 404 408 409 413 415 422 500 502 503 504",
      "POST onboarding/requests answerRequest() with a token: 200 400 401 404 408 409 413 415 422 500 502 503 504",
      "POST onboarding/signup signUp() open to all: 201 400 403 408 409 413 415 422 429 500 502 503 504",
      "POST onboarding/submit-profile submitProfile() with a token: 200 400 401 404 408 409 413 415 422 500 502 503 504",
      "POST onboarding/update-document updateDocument() with a token: 200 400 401 404 408 409 413 415 422 500 502 503 504",
      "POST ops/secrets logRotation() with a token: 200 201 400 401 403 408 409 413 415 422 500 502 503 504",
      "POST site/contact sendContactRequest() open to all: 201 303 400 408 413 415 422 429 500 502 503 504"
    ]
    "#);
}

#[test]
fn the_document_is_openapi_3_1_and_names_its_way_in() {
    for Api(document) in Api::all() {
        assert_eq!(document["openapi"], "3.1.0");
        assert_eq!(
            document["components"]["securitySchemes"]["bearer"],
            json!({ "type": "http", "scheme": "bearer", "bearerFormat": "JWT" })
        );
        // No reference leads nowhere.
        let text = document.to_string();
        for reference in text
            .split("\"$ref\":\"#")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap())
        {
            assert!(document.pointer(reference).is_some(), "{reference}");
        }
    }
}

#[tokio::test]
async fn the_document_is_served_beside_its_endpoints() {
    let system = System::connect().await;
    let answer = Answer::to(
        system
            .http
            .get(system.worker_url("onboarding/openapi.json")),
    )
    .await;
    let served = answer.expect(200);
    assert!(
        answer
            .header("content-type")
            .unwrap()
            .starts_with("application/json")
    );
    assert_eq!(served, Api::of("onboarding").0);
}

#[tokio::test]
async fn every_answer_is_as_described() {
    let system = System::connect().await;
    let api = Api(closed(&Api::of("onboarding").0));
    let body =
        json!({ "email": unique_address(), "password": PASSWORD, "full_name": "Maria Reyes" });
    for (body, status) in [(&body, 201), (&body, 409), (&json!({}), 422)] {
        let answer = system.post("onboarding/signup", body).await;
        assert_eq!(answer.status, status);
        assert_described(&api, "post", "onboarding/signup", &answer);
    }

    let client = system.sign_up().await;
    let check = |method, endpoint, status, answer: Answer| {
        assert_eq!(answer.status, status, "{endpoint}: {}", answer.text());
        assert_described(&api, method, endpoint, &answer);
    };
    check(
        "get",
        "onboarding/profile",
        200,
        client.get("onboarding/profile").await,
    );
    check(
        "get",
        "onboarding/documents",
        200,
        client.get("onboarding/documents").await,
    );
    check(
        "get",
        "onboarding/chat",
        200,
        client.get("onboarding/chat").await,
    );

    check(
        "get",
        "onboarding/home",
        200,
        client.get("onboarding/home").await,
    );

    let everything = json!({
        "full_name": "Maria Reyes", "business_name": "Reyes Bakery", "phone": "(555) 234-5678", "entity_type": "llc",
        "ein": "12-3456789", "urgency": "this-month", "services_needed": ["bookkeeping"],
    });
    let submit = |body: Value| {
        let client = &client;
        async move { client.post("onboarding/submit-profile", &body).await }
    };
    check(
        "post",
        "onboarding/submit-profile",
        200,
        submit(everything).await,
    );
    check(
        "post",
        "onboarding/submit-profile",
        409,
        submit(json!({ "complete": true })).await,
    );
    check(
        "post",
        "onboarding/submit-profile",
        409,
        submit(json!({ "urgency": "exploring", "updated_at": "2026-01-01T00:00:00Z" })).await,
    );
    check(
        "post",
        "onboarding/submit-profile",
        422,
        submit(json!({ "ein": "1" })).await,
    );

    let sample = Sample::pdf("x");
    let path = client.new_path("pdf");
    client
        .put(&path, sample.media_type, &sample.bytes)
        .await
        .expect(200);
    check(
        "post",
        "onboarding/register-document",
        201,
        client.register("A", "other", &path).await,
    );
    check(
        "post",
        "onboarding/register-document",
        200,
        client.register("A", "other", &path).await,
    );
    check(
        "post",
        "onboarding/register-document",
        422,
        client.register("A", "other", "nowhere").await,
    );
    let document = client.get("onboarding/documents").await.expect(200)["documents"][0].clone();
    for (endpoint, body) in [
        (
            "onboarding/update-document",
            json!({ "id": document["id"], "document_name": "B" }),
        ),
        (
            "onboarding/remove-document",
            json!({ "id": document["id"] }),
        ),
    ] {
        check("post", endpoint, 200, client.post(endpoint, &body).await);
        check(
            "post",
            endpoint,
            422,
            client.post(endpoint, &json!({})).await,
        );
    }
    client.send_required_documents().await;
    check(
        "get",
        "onboarding/documents",
        200,
        client.get("onboarding/documents?limit=1").await,
    );
    check(
        "get",
        "onboarding/documents",
        400,
        client.get("onboarding/documents?limit=x").await,
    );
    check(
        "post",
        "onboarding/submit-profile",
        200,
        submit(json!({ "complete": true })).await,
    );
    for endpoint in ["onboarding/profile", "onboarding/home"] {
        check("get", endpoint, 200, client.get(endpoint).await);
    }

    check(
        "post",
        "onboarding/chat",
        200,
        client
            .post(
                "onboarding/chat",
                &json!({ "message": "What happens next?" }),
            )
            .await,
    );
    check(
        "get",
        "onboarding/chat",
        200,
        client.get("onboarding/chat?limit=1").await,
    );
    check(
        "get",
        "onboarding/chat",
        400,
        client.get("onboarding/chat?cursor=x").await,
    );
}

#[tokio::test]
async fn every_answer_of_the_account_is_as_described() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let api = Api(closed(&Api::of("account").0));
    let ask = json!({ "action": "ask", "reason": "We stop trading." });
    let withdraw = json!({ "action": "withdraw" });
    for (body, status) in [
        (&withdraw, 404),
        (&ask, 201),
        (&ask, 200),
        (&withdraw, 200),
        (&json!({}), 422),
    ] {
        let answer = client.post("account/closure", body).await;
        assert_eq!(answer.status, status, "{}", answer.text());
        assert_described(&api, "post", "account/closure", &answer);
    }
    for (endpoint, query, status) in [
        ("account/closure", "", 200),
        ("account/activity", "?limit=1", 200),
        ("account/activity", "?limit=x", 400),
        ("account/export", "", 200),
    ] {
        let answer = client.get(&format!("{endpoint}{query}")).await;
        assert_eq!(answer.status, status, "{}", answer.text());
        assert_described(&api, "get", endpoint, &answer);
    }
}

/// Every field that a request may hold is in the document, and no other is taken.
#[tokio::test]
async fn requests_take_the_fields_that_are_described() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let staff = system.owner().await;
    let every_post = Api::all().into_iter().flat_map(|api| {
        let operations = api.operations().into_iter();
        let posts = operations
            .filter(|operation| operation.method == Method::POST && !operation.is_a_webhook());
        posts
            .map(|operation| (api.0.clone(), operation))
            .collect::<Vec<_>>()
    });
    for (api, operation) in every_post {
        let schema = &operation.description["requestBody"]["content"]["application/json"]["schema"];
        let name = schema["$ref"]
            .as_str()
            .unwrap()
            .trim_start_matches("#/components/schemas/");
        let schema = &api["components"]["schemas"][name];
        assert_eq!(schema["additionalProperties"], false, "{name}");
        // Of a value of a wrong type for every field, and one field that there is none, the endpoint
        // names each as wrong, and the last alone as unknown.
        let mut body: serde_json::Map<_, _> = schema["properties"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(field, schema)| match schema["type"].as_str() {
                Some("object") => (field.clone(), json!([])),
                _ => (field.clone(), json!({})),
            })
            .collect();
        body.insert("no_such_field".to_owned(), json!({}));
        let is_for_staff = operation.description["tags"] == json!(["staff"]);
        let caller = if is_for_staff { &staff } else { &client };
        let answer = caller
            .post(&operation.endpoint, &Value::Object(body.clone()))
            .await;
        let mut refused = answer.refused_fields(422);
        let mut sent: Vec<_> = body.keys().cloned().collect();
        refused.sort();
        sent.sort();
        assert_eq!(refused, sent, "{}", operation.endpoint);
        let errors = answer.json()["errors"].clone();
        let unknown: Vec<_> = errors
            .as_array()
            .unwrap()
            .iter()
            .filter(|error| error["detail"] == "This field is not known here.")
            .map(|error| &error["field"])
            .collect();
        assert_eq!(unknown, ["no_such_field"], "{}", operation.endpoint);
    }
}

/// The list of endpoints is the list of folders; a Worker that the document forgets is a mistake.
#[test]
fn every_worker_of_a_service_is_described() {
    for service in [
        "account",
        "clients",
        "compliance",
        "finance",
        "forms",
        "onboarding",
    ] {
        let folders = std::fs::read_dir(root().join("crates").join(service)).unwrap();
        let mut workers: Vec<_> = folders
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.path().join("wrangler.toml").is_file())
            .map(|entry| format!("{service}/{}", entry.file_name().to_string_lossy()))
            .collect();
        let mut described: Vec<_> = Api::of(service)
            .operations()
            .into_iter()
            .map(|operation| operation.endpoint)
            .collect();
        workers.sort();
        described.sort();
        described.dedup();
        assert_eq!(described, workers);
    }
}
