//! Who read or changed what is most private: on the record, whichever way, and not to be taken off it.

use super::*;

async fn log(database: &Database, client: Uuid) -> Vec<Value> {
    database
        .values(
            "select to_jsonb(t) - 'id' - 'at' - 'client_id' from public.access_log as t where client_id = $1 order by at, id",
            &[&client],
        )
        .await
}

fn ein(action: &str, actor: &str, id: Option<Uuid>) -> Value {
    json!({ "action": action, "subject": "ein", "actor": actor, "actor_id": id, "document_id": null })
}

impl World {
    async fn call(&self, who: Who, function: &str, body: &Value) -> Answer {
        let path = format!("/rest/v1/rpc/{function}");
        Answer::to(self.request(who, Method::POST, &path).json(body)).await
    }
}

#[tokio::test]
async fn an_ein_is_read_by_staff_and_the_service_key_through_the_record_alone() {
    let world = World::new().await;
    let (maria, staff) = (&world.maria, world.staff.id);
    maria.answer_everything().await;
    let which = json!({ "client_id": maria.id });
    for who in [
        Who::Anonymous,
        Who::Owner,
        Who::Other,
        Who::StaffByPasswordAlone,
    ] {
        let refused = world.call(who, "read_ein", &which).await;
        assert_eq!(
            refused.json()["code"],
            "42501",
            "{who:?}: {}",
            refused.text()
        );
    }
    for who in [Who::Staff, Who::Service] {
        let given = world.call(who, "read_ein", &which).await.expect(200);
        assert_eq!(given, json!("12-3456789"), "{who:?}");
    }
    assert_eq!(
        log(&world.database, maria.id).await,
        [
            ein("added", "client", Some(maria.id)),
            ein("read", "staff", Some(staff)),
            ein("read", "service", None),
        ]
    );
    // There is no way past it.
    let path = format!("/rest/v1/clients?id=eq.{}", maria.id);
    for (who, select, status) in [
        (Who::Staff, "ein", 200),
        (Who::Service, "ein", 403),
        (Who::Service, "*", 403),
        (Who::Service, "full_name", 200),
    ] {
        let request = world.request(who, Method::GET, &format!("{path}&select={select}"));
        let answer = Answer::to(request).await;
        assert_eq!(answer.status, status, "{who:?} {select}: {}", answer.text());
        assert!(!answer.text().contains("3456789"), "{who:?} {select}");
    }
    // The client sees it.
    let seen = maria.get("account/activity").await.expect(200);
    let newest: Vec<_> = seen["activity"]
        .as_array()
        .unwrap()
        .iter()
        .take(2)
        .map(|entry| (entry["title"].clone(), entry["actor"].clone()))
        .collect();
    assert_eq!(
        newest,
        [
            (json!("EIN looked at"), json!("system")),
            (json!("EIN looked at"), json!("staff"))
        ]
    );
    let export = maria.get("account/export").await.expect(200);
    let access = export["access"].as_array().unwrap();
    assert_eq!((access.len(), &access[1]["actor"]), (3, &json!("staff")));
    let nobody = world
        .call(
            Who::Staff,
            "read_ein",
            &json!({ "client_id": Uuid::new_v4() }),
        )
        .await;
    assert_eq!(nobody.status, 404, "{}", nobody.text());
}

/// A reading that fails is none, and one that is given can't be taken back off the record.
#[tokio::test]
async fn what_is_read_is_on_the_record_or_not_read() {
    let mut world = World::new().await;
    world.maria.answer_everything().await;
    let staff = Caller::Staff(world.staff.id);
    let before = log(&world.database, world.maria.id).await;
    let rows = world
        .database
        .query_as(staff, "select public.read_ein($1)", &[&world.maria.id])
        .await
        .unwrap();
    assert_eq!(rows[0].get::<_, String>(0), "12-3456789");
    // In SQL, which no caller of the API speaks, a transaction could be rolled back; over PostgREST the answer follows the commit.
    assert_eq!(log(&world.database, world.maria.id).await, before);
    let get = format!("/rest/v1/rpc/read_ein?client_id={}", world.maria.id);
    let answer = Answer::to(world.request(Who::Staff, Method::GET, &get)).await;
    assert!(
        !answer.text().contains("3456789"),
        "a transaction that can't write gives it: {}",
        answer.text()
    );
    let rolled_back = world
        .request(Who::Staff, Method::POST, "/rest/v1/rpc/read_ein")
        .header("prefer", "tx=rollback")
        .json(&json!({ "client_id": world.maria.id }));
    let answer = Answer::to(rolled_back).await;
    let logged = log(&world.database, world.maria.id).await;
    assert!(
        logged.len() > before.len() || answer.status >= 400,
        "given without a record: {}",
        answer.text()
    );
}

#[tokio::test]
async fn staff_get_at_a_file_once_it_is_on_the_record_that_they_opened_it() {
    let world = World::new().await;
    let sample = Sample::pdf("Private to Maria");
    let document = world.maria.upload(&sample, "other").await;
    let id = &document["id"];
    let path = document["storage_path"].as_str().unwrap();
    let reads = async |client: &Client| {
        let file = Answer::to(client.supabase(Method::GET, &object(path))).await;
        let sign = client.supabase(
            Method::POST,
            &format!("/storage/v1/object/sign/client-documents/{path}"),
        );
        let signed = Answer::to(sign.json(&json!({ "expiresIn": 60 }))).await;
        assert_eq!(file.status == 200, signed.status == 200);
        file.status == 200 && file.body == sample.bytes
    };
    assert!(!reads(&world.staff).await);
    let which = json!({ "document_id": id });
    for who in [
        Who::Anonymous,
        Who::Owner,
        Who::Other,
        Who::StaffByPasswordAlone,
        Who::Service,
    ] {
        let refused = world.call(who, "open_document", &which).await;
        assert_eq!(
            refused.json()["code"],
            "42501",
            "{who:?}: {}",
            refused.text()
        );
    }
    assert!(!reads(&world.staff).await);
    let opened = world
        .call(Who::Staff, "open_document", &which)
        .await
        .expect(200);
    assert_eq!(opened[0]["storage_path"], path);
    assert!(reads(&world.staff).await);
    let log = log(&world.database, world.maria.id).await;
    assert_eq!(
        log.last().unwrap(),
        &json!({ "action": "read", "subject": "document", "actor": "staff", "actor_id": world.staff.id, "document_id": id })
    );
    // Only they, only this file, only for five minutes, only in two steps.
    let colleague = world.system.staff().await;
    assert!(!reads(&colleague).await && !reads(&world.omar).await);
    assert!(!reads(&world.staff.sign_in().await).await);
    let other = world.maria.upload(&Sample::pdf("Another"), "other").await;
    let url = object(other["storage_path"].as_str().unwrap());
    assert_ne!(
        Answer::to(world.staff.supabase(Method::GET, &url))
            .await
            .status,
        200
    );
    world
        .database
        .rows(
            "update public.access_log set at = at - interval '6 minutes' where client_id = $1",
            &[&world.maria.id],
        )
        .await;
    assert!(!reads(&world.staff).await);
    let newest = world
        .maria
        .get("account/activity?limit=2")
        .await
        .expect(200);
    assert_eq!(
        (
            &newest["activity"][1]["title"],
            &newest["activity"][1]["actor"],
            &newest["activity"][1]["detail"]
        ),
        (
            &json!("Document opened"),
            &json!("staff"),
            &document["document_name"]
        )
    );
}

#[tokio::test]
async fn every_change_is_on_the_record_and_stays_there_when_the_account_goes() {
    let world = World::new().await;
    let maria = &world.maria;
    for change in [
        json!({ "ein": "12-3456789" }),
        json!({ "ein": "12-3456788" }),
        json!({ "ein": "12-3456788", "full_name": "Maria R" }),
        json!({ "ein": null }),
    ] {
        maria
            .post("onboarding/submit-profile", &change)
            .await
            .expect(200);
    }
    let document = maria.upload(&Sample::pdf("x"), "other").await;
    let rename = json!({ "id": document["id"], "document_name": "y.pdf" });
    maria
        .post("onboarding/update-document", &rename)
        .await
        .expect(200);
    maria.review(&document).await;
    let of_document = |action: &str, actor: &str, id: Option<Uuid>| json!({ "action": action, "subject": "document", "actor": actor, "actor_id": id, "document_id": document["id"] });
    let mut expected = vec![
        ein("added", "client", Some(maria.id)),
        ein("changed", "client", Some(maria.id)),
        ein("removed", "client", Some(maria.id)),
        of_document("added", "service", None),
        of_document("changed", "client", Some(maria.id)),
        of_document("changed", "service", None),
    ];
    assert_eq!(log(&world.database, maria.id).await, expected);
    let text = serde_json::to_string(&log(&world.database, maria.id).await).unwrap();
    assert!(!text.contains("345678"), "{text}");
    let mut database = world.system.database().await;
    database
        .run_as(
            Caller::Service,
            "delete from public.clients where id = $1",
            &[&maria.id],
        )
        .await
        .unwrap();
    expected.push(of_document("removed", "service", None));
    assert_eq!(log(&database, maria.id).await, expected);
}

/// Whatever way to write there is: by a grant, by a function, by what goes along with a row that is removed.
#[tokio::test]
async fn no_role_takes_anything_off_the_record() {
    let mut world = World::new().await;
    world.maria.answer_everything().await;
    let before = log(&world.database, world.maria.id).await;
    assert!(!before.is_empty());
    for who in EVERYBODY {
        for sql in [
            "insert into public.access_log (client_id, actor, action, subject) values (gen_random_uuid(), 'client', 'read', 'ein')",
            "update public.access_log set at = now()",
            "delete from public.access_log",
            "truncate public.access_log",
            "select private.log_access(gen_random_uuid(), 'read', 'ein')",
        ] {
            assert_eq!(world.by_sql(who, sql).await, Refused, "{who:?} {sql}");
        }
    }
    let remove = world.system.service(
        Method::DELETE,
        &format!("/auth/v1/admin/users/{}", world.maria.id),
    );
    Answer::to(remove).await.expect(200);
    let after = log(&world.database, world.maria.id).await;
    assert_eq!(after[..before.len()], before[..]);
}
