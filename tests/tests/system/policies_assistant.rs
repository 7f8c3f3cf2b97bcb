//! Who may send and answer messages, past the Workers: `send_message` and the link from a reply to its message.

use omega_tests::{Answer, Caller, Denied, System};
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

const SEND: &str = "select from public.send_message('Hello', $1)";
const REPLY: &str = "insert into public.messages (client_id, author, content, reply_to) values ($1, 'assistant', 'Hello.', $2)";

#[tokio::test]
async fn clients_send_messages_of_their_own_and_nobody_else_does() {
    let system = System::connect().await;
    let mut database = system.database().await;
    let client = system.sign_up().await;
    let id = Uuid::new_v4();
    let sent = database.run_as(client.caller(), SEND, &[&id]).await;
    assert_eq!(sent, Ok(1));
    let row = database.row("public.messages", id).await;
    assert_eq!(row["client_id"], json!(client.id));
    assert_eq!(
        (&row["author"], &row["content"]),
        (&json!("client"), &json!("Hello"))
    );
    let again = database.run_as(client.caller(), SEND, &[&id]).await;
    assert_eq!(again, Ok(1));
    assert_eq!(database.row("public.messages", id).await, row);

    for caller in [Caller::Anonymous, Caller::Service] {
        let refused = database.run_as(caller, SEND, &[&Uuid::new_v4()]).await;
        assert!(
            refused.is_err_and(|denied| denied.is_privilege()),
            "{caller:?}"
        );
    }
    let path = "/rest/v1/rpc/send_message";
    let body = json!({ "content": "Hello" });
    let anonymous = Answer::to(system.anonymous(Method::POST, path).json(&body)).await;
    assert_eq!(anonymous.status, 401, "{}", anonymous.text());
    let direct = Answer::to(client.supabase(Method::POST, path).json(&body)).await;
    assert_eq!(direct.expect(200)[0]["client_id"], json!(client.id));
}

/// Another's message is neither shown nor changed by sending with its id.
#[tokio::test]
async fn a_message_is_not_to_be_had_by_its_id() {
    let system = System::connect().await;
    let mut database = system.database().await;
    let (maria, omar) = (system.sign_up().await, system.sign_up().await);
    let id = Uuid::new_v4();
    database.run_as(maria.caller(), SEND, &[&id]).await.unwrap();
    let before = database.row("public.messages", id).await;
    let refused = database.run_as(omar.caller(), SEND, &[&id]).await;
    assert!(matches!(refused, Err(Denied { code, .. }) if code == "PT409"));
    assert_eq!(database.row("public.messages", id).await, before);
}

#[tokio::test]
async fn a_message_has_one_reply_which_belongs_to_the_same_client() {
    let system = System::connect().await;
    let mut database = system.database().await;
    let (maria, omar) = (system.sign_up().await, system.sign_up().await);
    let id = Uuid::new_v4();
    database.run_as(maria.caller(), SEND, &[&id]).await.unwrap();

    let foreign = database
        .run_as(Caller::Service, REPLY, &[&omar.id, &id])
        .await;
    assert!(matches!(foreign, Err(Denied { code, .. }) if code == "23503"));
    let by_client = database
        .run_as(maria.caller(), REPLY, &[&maria.id, &id])
        .await;
    assert!(by_client.is_err_and(|denied| denied.is_privilege()));
    let first = database
        .run_as(Caller::Service, REPLY, &[&maria.id, &id])
        .await;
    assert_eq!(first, Ok(1));
    let second = database
        .run_as(Caller::Service, REPLY, &[&maria.id, &id])
        .await;
    assert!(matches!(second, Err(Denied { code, .. }) if code == "23505"));
    let by_staff = REPLY.replace("'assistant'", "'staff'");
    let refused = database
        .run_as(Caller::Service, &by_staff, &[&maria.id, &id])
        .await;
    assert!(matches!(refused, Err(Denied { code, .. }) if code == "23514"));
}
