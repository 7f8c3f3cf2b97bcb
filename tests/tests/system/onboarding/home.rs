//! GET /functions/v1/onboarding/home

use omega_tests::files::Sample;
use omega_tests::{Answer, Client, System};
use reqwest::Method;
use serde_json::{Value, json};

const ENDPOINT: &str = "onboarding/home";

async fn home(client: &Client) -> Value {
    client.get(ENDPOINT).await.expect(200)
}

fn ids(home: &Value, list: &str) -> Vec<String> {
    home[list]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_new_client_finds_the_four_questions_and_the_way_ahead() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    insta::assert_json_snapshot!(home(&client).await, {
        ".tasks[].since" => "[time]", ".timeline[].at" => "[time]",
    }, @r#"
    {
      "profile": {
        "first_name": "Maria",
        "business_name": null,
        "receipt_number": null
      },
      "status": "pending",
      "mail_notice": null,
      "tasks": [
        {
          "id": "question-account",
          "kind": "question",
          "title": "Tell us who you are",
          "detail": "Enter a phone number.",
          "href": "/onboarding?step=account",
          "since": "[time]",
          "due_on": null
        },
        {
          "id": "question-business",
          "kind": "question",
          "title": "Tell us about your business",
          "detail": "Enter the name of your business. Choose the legal form of your business. Enter the EIN of your business.",
          "href": "/onboarding?step=business",
          "since": "[time]",
          "due_on": null
        },
        {
          "id": "question-services",
          "kind": "question",
          "title": "Choose what we should do for you",
          "detail": "One service is enough to begin with.",
          "href": "/onboarding?step=services",
          "since": "[time]",
          "due_on": null
        },
        {
          "id": "question-timeline",
          "kind": "question",
          "title": "Say when you want to start",
          "detail": "Now, this month, or later.",
          "href": "/onboarding?step=timeline",
          "since": "[time]",
          "due_on": null
        }
      ],
      "timeline": [
        {
          "id": "account",
          "title": "You opened your account",
          "state": "done",
          "at": "[time]",
          "detail": ""
        },
        {
          "id": "answers",
          "title": "You tell us about your business",
          "state": "current",
          "at": "[time]",
          "detail": "0 of 4 parts answered."
        },
        {
          "id": "documents",
          "title": "You upload your documents",
          "state": "upcoming",
          "at": "[time]",
          "detail": "Which ones we need depends on the legal form of your business."
        },
        {
          "id": "submitted",
          "title": "You check and submit",
          "state": "upcoming",
          "at": "[time]",
          "detail": "You get a receipt by mail."
        },
        {
          "id": "review",
          "title": "We read your answers and documents",
          "state": "upcoming",
          "at": "[time]",
          "detail": "If something is missing or unclear, we write to you."
        },
        {
          "id": "active",
          "title": "Your account is active",
          "state": "upcoming",
          "at": "[time]",
          "detail": "We begin our work for you."
        }
      ],
      "documents": {
        "received": 0,
        "required": 0,
        "missing": []
      },
      "messages": [],
      "next": {
        "title": "Tell us about your business",
        "detail": "There are six short steps. Each is saved as you go, so you can stop and come back."
      }
    }
    "#);
}

#[tokio::test]
async fn tasks_clear_themselves_when_they_are_done() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client.answer_everything().await;
    assert_eq!(
        ids(&home(&client).await, "tasks"),
        [
            "document-articles-of-incorporation",
            "document-ein-letter",
            "document-bank-statement"
        ]
    );
    client
        .upload(&Sample::pdf("EIN letter"), "ein-letter")
        .await;
    let with_one = home(&client).await;
    assert_eq!(
        ids(&with_one, "tasks"),
        [
            "document-articles-of-incorporation",
            "document-bank-statement"
        ]
    );
    assert_eq!(
        (
            &with_one["documents"]["received"],
            &with_one["documents"]["required"]
        ),
        (&json!(1), &json!(3))
    );
    client.send_required_documents().await;
    assert_eq!(ids(&home(&client).await, "tasks"), ["submit"]);
    client
        .post("onboarding/submit-profile", &json!({ "complete": true }))
        .await
        .expect(200);
    let submitted = home(&client).await;
    assert_eq!(submitted["tasks"], json!([]));
    assert_eq!(submitted["status"], "in-review");
    assert_eq!(submitted["timeline"][4]["state"], "current");
    assert!(
        submitted["profile"]["receipt_number"]
            .as_str()
            .unwrap()
            .starts_with("OM-")
    );
}

#[tokio::test]
async fn a_message_of_the_firm_waits_until_it_is_answered() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client.submit().await;
    let write = |content: &'static str| {
        let row = json!({ "client_id": client.id, "author": "staff", "content": content });
        let request = system.service(Method::POST, "/rest/v1/messages").json(&row);
        async move { Answer::to(request).await.expect(201) }
    };
    write("In which state is the bakery registered?").await;
    let asked = home(&client).await;
    assert_eq!(asked["tasks"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&asked["tasks"][0]["kind"], &asked["tasks"][0]["detail"]),
        (
            &json!("message"),
            &json!("In which state is the bakery registered?")
        )
    );
    assert_eq!(asked["messages"][0]["author"], "staff");

    // Whatever the assistant says to it, the client has answered.
    client
        .post("onboarding/chat", &json!({ "message": "In Florida." }))
        .await
        .expect(200);
    let answered = home(&client).await;
    assert_eq!(answered["tasks"], json!([]));
    assert_eq!(answered["messages"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn staff_who_open_an_onboarding_again_bring_it_back_to_the_list() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client.submit().await;
    let before = home(&client).await;
    let database = system.database().await;
    database
        .rows(
            "update public.clients set onboarding_status = 'in_progress' where id = $1",
            &[&client.id],
        )
        .await;
    let opened = home(&client).await;
    assert_eq!(ids(&opened, "tasks"), ["submit"]);
    let at = |value: &Value| {
        time::OffsetDateTime::parse(
            value.as_str().unwrap(),
            &time::format_description::well_known::Rfc3339,
        )
        .unwrap()
    };
    assert!(at(&opened["tasks"][0]["since"]) > at(&before["timeline"][3]["at"]));
    assert_eq!(
        opened["profile"]["receipt_number"],
        before["profile"]["receipt_number"]
    );
}

#[tokio::test]
async fn it_is_the_callers_own() {
    let system = System::connect().await;
    let (maria, omar) = (system.sign_up().await, system.sign_up().await);
    maria.submit().await;
    assert_eq!(home(&omar).await["status"], "pending");
    assert_eq!(home(&omar).await["messages"], json!([]));
    Answer::to(system.worker(Method::GET, ENDPOINT))
        .await
        .problem(401);
    maria.post(ENDPOINT, &json!({})).await.problem(405);
}
