//! Row level security and grants: each table, each verb, each caller, in SQL and over PostgREST; and
//! the files in Storage.

mod access_log;
mod account;
mod matrix;
mod objects;

use omega_tests::files::Sample;
use omega_tests::{Answer, Caller, Client, Database, Denied, System};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Anonymous,
    Owner,
    Other,
    StaffByPasswordAlone,
    Staff,
    /// Beside [`EVERYBODY`]: they read what staff read and write nothing.
    ReadOnlyStaff,
    Service,
}

const EVERYBODY: [Who; 6] = [
    Who::Anonymous,
    Who::Owner,
    Who::Other,
    Who::StaffByPasswordAlone,
    Who::Staff,
    Who::Service,
];

impl Who {
    /// As tests/policy-matrix.toml names them.
    fn name(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Owner => "owner",
            Self::Other => "other client",
            Self::StaffByPasswordAlone => "staff by password alone",
            Self::Staff => "staff",
            Self::ReadOnlyStaff => "read-only staff",
            Self::Service => "service key",
        }
    }
}

/// What comes of a statement. A write that a policy filters is no error, it reaches no row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Reaches(usize),
    Refused,
}

use Outcome::{Reaches, Refused};

struct World {
    system: System,
    database: Database,
    maria: Client,
    omar: Client,
    /// Has no app yet, so that nothing is owed either.
    staff_by_password_alone: Client,
    staff: Client,
    read_only_staff: Client,
}

impl World {
    async fn new() -> Self {
        let system = System::connect().await;
        let (maria, omar, staff) = (
            system.sign_up().await,
            system.sign_up().await,
            system.staff().await,
        );
        let staff_by_password_alone = system.staff_by_password_alone().await;
        let read_only_staff = system.read_only_staff().await;
        Self {
            read_only_staff,
            staff_by_password_alone,
            database: system.database().await,
            system,
            maria,
            omar,
            staff,
        }
    }

    fn caller(&self, who: Who) -> Caller {
        match who {
            Who::Anonymous => Caller::Anonymous,
            Who::Owner => self.maria.caller(),
            Who::Other => self.omar.caller(),
            Who::StaffByPasswordAlone => {
                Caller::StaffByPasswordAlone(self.staff_by_password_alone.id)
            }
            Who::Staff => Caller::Staff(self.staff.id),
            Who::ReadOnlyStaff => Caller::ReadOnlyStaff(self.read_only_staff.id),
            Who::Service => Caller::Service,
        }
    }

    fn request(&self, who: Who, method: Method, path: &str) -> reqwest::RequestBuilder {
        match who {
            Who::Anonymous => self.system.anonymous(method, path),
            Who::Owner => self.maria.supabase(method, path),
            Who::Other => self.omar.supabase(method, path),
            Who::StaffByPasswordAlone => self.staff_by_password_alone.supabase(method, path),
            Who::Staff => self.staff.supabase(method, path),
            Who::ReadOnlyStaff => self.read_only_staff.supabase(method, path),
            Who::Service => self.system.service(method, path),
        }
    }

    async fn by_sql(&mut self, who: Who, sql: &str) -> Outcome {
        match self.database.run_as(self.caller(who), sql, &[]).await {
            Ok(reached) => Reaches(reached.try_into().unwrap()),
            Err(denied) => {
                assert!(
                    denied.is_privilege(),
                    "{who:?} {sql}: refused for another reason: {denied:?}"
                );
                Refused
            }
        }
    }

    async fn by_rest(&self, who: Who, method: Method, path: &str, body: &str) -> Outcome {
        let request = self
            .request(who, method, path)
            .header("prefer", "return=representation")
            .header("content-type", "application/json");
        let answer = Answer::to(request.body(body.to_owned())).await;
        match answer.status {
            200 | 201 => Reaches(answer.json().as_array().unwrap().len()),
            // PostgREST tells one who is not signed in to do so.
            401 | 403 => {
                assert_eq!(
                    answer.json()["code"],
                    "42501",
                    "{who:?} {path}: refused for another reason: {}",
                    answer.text()
                );
                Refused
            }
            _ => panic!("{who:?} {path}: {} {}", answer.status, answer.text()),
        }
    }
}

/// Rows come with the account and go with it.
#[tokio::test]
async fn only_the_service_key_makes_or_removes_a_client_row() {
    let mut world = World::new().await;
    for who in [Who::Anonymous, Who::Owner, Who::Other, Who::Staff] {
        let own = world.maria.id;
        assert_eq!(
            world
                .by_sql(
                    who,
                    &format!("delete from public.clients where id = '{own}'")
                )
                .await,
            Refused,
            "{who:?}"
        );
        assert_eq!(
            world
                .by_rest(
                    who,
                    Method::DELETE,
                    &format!("/rest/v1/clients?id=eq.{own}"),
                    ""
                )
                .await,
            Refused,
            "{who:?}"
        );
    }
    assert_eq!(
        world.database.row("public.clients", world.maria.id).await["id"],
        json!(world.maria.id)
    );

    let account = world.database.account().await;
    let remove = format!("delete from public.clients where id = '{account}'");
    assert_eq!(world.by_sql(Who::Service, &remove).await, Reaches(1));
    for caller in [
        Caller::Anonymous,
        Caller::Client(account),
        world.omar.caller(),
        Caller::Staff(world.staff.id),
    ] {
        let refused = world
            .database
            .run_as(
                caller,
                "insert into public.clients (id) values ($1)",
                &[&account],
            )
            .await;
        assert!(
            refused.is_err_and(|denied| denied.is_privilege()),
            "{caller:?}"
        );
    }
    let row = json!({ "id": account }).to_string();
    assert_eq!(
        world
            .by_rest(Who::Other, Method::POST, "/rest/v1/clients", &row)
            .await,
        Refused
    );
    assert_eq!(
        world
            .by_rest(Who::Anonymous, Method::POST, "/rest/v1/clients", &row)
            .await,
        Refused
    );
    assert_eq!(
        world
            .by_rest(
                Who::Service,
                Method::POST,
                "/rest/v1/clients?select=id",
                &row
            )
            .await,
        Reaches(1)
    );
}

/// Staff is who the secret key says is staff; a client can't say so themselves.
#[tokio::test]
async fn a_client_who_calls_themselves_staff_is_none() {
    let world = World::new().await;
    let claim = json!({ "data": { "role": "staff", "app_metadata": { "role": "staff" } }, "app_metadata": { "role": "staff" } });
    Answer::to(
        world
            .maria
            .supabase(Method::PUT, "/auth/v1/user")
            .json(&claim),
    )
    .await;
    let maria = world.maria.sign_in().await;
    let seen = Answer::to(maria.supabase(Method::GET, "/rest/v1/email_outbox")).await;
    assert_eq!(seen.expect(200), json!([]));
}

/// Columns that no client may write, whichever way.
#[tokio::test]
async fn clients_can_not_write_columns_that_are_not_theirs() {
    let mut world = World::new().await;
    let before = world.database.row("public.clients", world.maria.id).await;
    let other = world.omar.id;
    for (column, value) in [
        ("id", json!(other)),
        ("email", json!("someone@example.com")),
        ("onboarding_status", json!("in_progress")),
        ("onboarding_status", json!("in-review")),
        ("onboarding_status", json!("active")),
        ("onboarding_status", json!("archived")),
        ("submitted_at", json!("2026-01-01T00:00:00Z")),
        ("created_at", json!("2020-01-01T00:00:00Z")),
        ("updated_at", json!("2020-01-01T00:00:00Z")),
        ("receipt_number", json!("OM-7K2M9QXA")),
        ("answers_changed_at", json!("{}")),
        ("status_changed_at", json!("2020-01-01T00:00:00Z")),
    ] {
        let sql = format!(
            "update public.clients set {column} = '{}' where id = '{}'",
            value.as_str().unwrap(),
            world.maria.id
        );
        assert_eq!(world.by_sql(Who::Owner, &sql).await, Refused, "{column}");
        let path = format!("/rest/v1/clients?id=eq.{}", world.maria.id);
        let body = json!({ column: value, "business_name": "Beside it" }).to_string();
        assert_eq!(
            world.by_rest(Who::Owner, Method::PATCH, &path, &body).await,
            Refused,
            "{column}"
        );
    }
    for (column, value) in [
        ("reply_to", json!(Uuid::new_v4())),
        ("created_at", json!("2020-01-01T00:00:00Z")),
        ("model", json!("x")),
        ("sources", json!([])),
    ] {
        let body = json!({ "content": "Hello", column: value }).to_string();
        assert_eq!(
            world
                .by_rest(Who::Owner, Method::POST, "/rest/v1/messages", &body)
                .await,
            Refused,
            "{column}"
        );
    }
    assert_eq!(
        world.database.row("public.clients", world.maria.id).await,
        before
    );
}

#[tokio::test]
async fn an_update_without_a_filter_reaches_the_callers_own_row_alone() {
    let mut world = World::new().await;
    let before = world.database.row("public.clients", world.omar.id).await;
    assert_eq!(
        world
            .by_sql(
                Who::Owner,
                "update public.clients set urgency = 'exploring'"
            )
            .await,
        Reaches(1)
    );
    assert_eq!(
        world
            .by_rest(
                Who::Owner,
                Method::PATCH,
                "/rest/v1/clients",
                r#"{"urgency": "immediate"}"#
            )
            .await,
        Reaches(1)
    );
    assert_eq!(
        world.database.row("public.clients", world.omar.id).await,
        before
    );
    for table in ["clients", "client_documents", "messages", "email_outbox"] {
        let rows = Answer::to(
            world
                .maria
                .supabase(Method::GET, &format!("/rest/v1/{table}")),
        )
        .await
        .expect(200);
        let owner = if table == "clients" {
            "id"
        } else {
            "client_id"
        };
        assert!(
            rows.as_array()
                .unwrap()
                .iter()
                .all(|row| row[owner] == json!(world.maria.id)),
            "{table}: {rows}"
        );
    }
}

/// The database knows the rules of input too, for whoever comes past the Workers.
#[tokio::test]
async fn what_the_workers_would_refuse_the_database_refuses() {
    let mut world = World::new().await;
    let id = world.maria.id;
    for (assignment, constraint) in [
        ("full_name = ' Maria'", "clients_full_name_is_plain_text"),
        ("full_name = ''", "clients_full_name_is_plain_text"),
        (
            "full_name = repeat('x', 201)",
            "clients_full_name_is_plain_text",
        ),
        (
            "business_name = E'a\\nb'",
            "clients_business_name_is_plain_text",
        ),
        (
            "business_name = E'Zoe\\u0308'",
            "clients_business_name_is_plain_text",
        ),
        ("phone = '5552345678'", "clients_phone_is_e164"),
        ("entity_type = 'gmbh'", "clients_entity_type_is_known"),
        ("ein = '123456789'", "clients_ein_is_valid"),
        ("ein = '00-1234567'", "clients_ein_is_valid"),
        ("urgency = 'later'", "clients_urgency_is_known"),
        (
            "services_needed = array['gardening']",
            "clients_services_needed_are_known",
        ),
        (
            "services_needed = array['payroll', null]",
            "clients_services_needed_are_known",
        ),
    ] {
        let refused = world
            .database
            .run_as(
                Caller::Client(id),
                &format!("update public.clients set {assignment} where id = '{id}'"),
                &[],
            )
            .await;
        assert_eq!(
            refused.unwrap_err().constraint.as_deref(),
            Some(constraint),
            "{assignment}"
        );
    }
    let insert = |columns: &str, values: &str| {
        format!(
            "insert into public.client_documents (client_id, document_name, content_type{columns}) values ('{id}', 'A', 'application/pdf'{values})"
        )
    };
    for (columns, values, constraint) in [
        (
            ", document_category, storage_path, byte_size",
            format!(", 'passport', '{id}/a.pdf', 9"),
            "client_documents_document_category_is_known",
        ),
        (
            ", document_category, storage_path, byte_size",
            format!(", 'other', '{}/a.pdf', 9", world.omar.id),
            "client_documents_storage_path_is_in_own_folder",
        ),
        (
            ", document_category, storage_path, byte_size",
            format!(", 'other', '{id}/a.pdf', 0"),
            "client_documents_byte_size_is_in_bounds",
        ),
        (
            ", document_category, storage_path, byte_size",
            format!(", 'other', '{id}/a.pdf', 26214401"),
            "client_documents_byte_size_is_in_bounds",
        ),
    ] {
        let refused = world
            .database
            .run_as(Caller::Service, &insert(columns, &values), &[])
            .await;
        assert_eq!(refused.unwrap_err().constraint.as_deref(), Some(constraint));
    }
}

#[tokio::test]
async fn locked_fields_stay_locked_past_the_workers_too() {
    let world = World::new().await;
    world.maria.submit().await;
    let before = world.database.row("public.clients", world.maria.id).await;
    let path = format!("/rest/v1/clients?id=eq.{}", world.maria.id);
    for field in ["full_name", "business_name", "ein", "entity_type"] {
        let answer = Answer::to(
            world
                .maria
                .supabase(Method::PATCH, &path)
                .json(&json!({ field: null })),
        )
        .await;
        assert_eq!(
            (answer.status, &answer.json()["hint"]),
            (409, &json!("locked")),
            "{field}"
        );
    }
    assert_eq!(
        world.database.row("public.clients", world.maria.id).await,
        before
    );
}

/// PostgREST exposes `public` alone, whatever schema a caller names.
#[tokio::test]
async fn private_functions_and_tables_can_not_be_reached() {
    let mut world = World::new().await;
    for function in [
        "submit_onboarding",
        "create_client",
        "missing_requirements",
        "is_staff",
        "is_ein",
        "start_onboarding",
    ] {
        for who in EVERYBODY {
            let answer = Answer::to(
                world
                    .request(who, Method::POST, &format!("/rest/v1/rpc/{function}"))
                    .json(&json!({})),
            )
            .await;
            assert_eq!(answer.status, 404, "{who:?} {function}: {}", answer.text());
            let named = world
                .request(who, Method::POST, &format!("/rest/v1/rpc/{function}"))
                .header("content-profile", "private");
            let answer = Answer::to(named.json(&json!({}))).await;
            assert_eq!(
                (answer.status, &answer.json()["code"]),
                (406, &json!("PGRST106")),
                "{who:?} {function}"
            );
        }
    }
    for schema in ["private", "auth", "storage", "pg_catalog"] {
        let answer = Answer::to(
            world
                .request(Who::Service, Method::GET, "/rest/v1/users")
                .header("accept-profile", schema),
        )
        .await;
        assert_eq!(answer.status, 406, "{schema}");
    }
    // In SQL, which no caller speaks, roles have no more than they need.
    for caller in [Caller::Anonymous, world.maria.caller(), Caller::Service] {
        for sql in [
            "select * from private.onboarding_requirements",
            "select * from private.onboarding_moves",
            "select private.missing_requirements(c) from public.clients as c",
        ] {
            let refused = world.database.query_as(caller, sql, &[]).await.map(|_| ());
            assert!(
                refused.is_err_and(|denied| denied.is_privilege()),
                "{caller:?} {sql}"
            );
        }
    }
    let refused = world
        .database
        .query_as(Caller::Anonymous, "select private.submit_onboarding()", &[])
        .await
        .map(|_| ());
    assert!(refused.is_err_and(|denied| denied.is_privilege()));
}

#[tokio::test]
async fn submit_profile_works_on_the_callers_own_row_and_for_clients_alone() {
    let world = World::new().await;
    let call = |who| world.request(who, Method::POST, "/rest/v1/rpc/submit_profile");
    let changes = json!({ "changes": { "urgency": "exploring" } });
    let saved = Answer::to(call(Who::Owner).json(&changes))
        .await
        .expect(200);
    assert_eq!(
        (saved.as_array().unwrap().len(), &saved[0]["id"]),
        (1, &json!(world.maria.id))
    );
    assert_eq!(
        Answer::to(call(Who::Anonymous).json(&changes)).await.json()["code"],
        "42501"
    );
    let before = world.database.row("public.clients", world.maria.id).await;
    for bad in [
        json!({ "id": world.omar.id }),
        json!({ "onboarding_status": "active" }),
        json!({ "submitted_at": "2026-01-01T00:00:00Z" }),
        json!({ "email": "someone@example.com" }),
        json!({ "colour": "red" }),
    ] {
        let answer = Answer::to(call(Who::Owner).json(&json!({ "changes": bad }))).await;
        assert_eq!(answer.status, 422, "{bad}: {}", answer.text());
    }
    assert_eq!(
        world.database.row("public.clients", world.maria.id).await,
        before
    );
}

/// pending → in_progress → in-review is the database's to move, the rest staff's.
#[tokio::test]
async fn no_client_moves_their_own_status() {
    let mut world = World::new().await;
    let id = world.maria.id;
    for status in ["pending", "in_progress", "in-review", "active", "archived"] {
        world
            .database
            .rows(
                "update public.clients set onboarding_status = $2 where id = $1",
                &[&id, &status],
            )
            .await;
        for wished in ["pending", "in_progress", "in-review", "active", "archived"] {
            let sql = format!(
                "update public.clients set onboarding_status = '{wished}' where id = '{id}'"
            );
            assert_eq!(world.by_sql(Who::Owner, &sql).await, Refused);
        }
        // What may be written does not move it either, but for the first answer.
        world
            .by_sql(
                Who::Owner,
                &format!(
                    "update public.clients set phone = '+1555{:07}' where id = '{id}'",
                    status.len() * 1_234_567 % 10_000_000
                ),
            )
            .await;
        let now: String = world
            .database
            .value(
                "select onboarding_status from public.clients where id = $1",
                &[&id],
            )
            .await;
        assert_eq!(
            now,
            if status == "pending" {
                "in_progress"
            } else {
                status
            }
        );
    }
}

fn object(path: &str) -> String {
    format!("/storage/v1/object/client-documents/{path}")
}

#[tokio::test]
async fn files_are_put_into_the_own_folder_alone() {
    let world = World::new().await;
    let bytes = Sample::pdf("x").bytes;
    for (who, expected) in EVERYBODY
        .into_iter()
        .zip([false, true, false, false, false, true])
    {
        let path = world.maria.new_path("pdf");
        let put = world
            .request(who, Method::POST, &object(&path))
            .header("content-type", "application/pdf")
            .body(bytes.clone());
        let answer = Answer::to(put).await;
        assert_eq!(answer.status == 200, expected, "{who:?}: {}", answer.text());
        assert_eq!(world.maria.stored(&path).await, expected, "{who:?}");
    }
    // Neither a folder that only begins like the own one nor none at all is the own.
    for path in [
        format!("{}x/a.pdf", world.maria.id),
        "a.pdf".to_owned(),
        format!("x/{}/a.pdf", world.maria.id),
    ] {
        let answer = world.maria.put(&path, "application/pdf", &bytes).await;
        assert!(
            (400..500).contains(&answer.status),
            "{path}: {}",
            answer.text()
        );
        assert!(!world.maria.stored(&path).await, "{path}");
    }
    for bucket in ["client-documents-2", "avatars"] {
        let put = world.maria.supabase(
            Method::POST,
            &format!("/storage/v1/object/{bucket}/{}/a.pdf", world.maria.id),
        );
        assert_ne!(
            Answer::to(
                put.header("content-type", "application/pdf")
                    .body(bytes.clone())
            )
            .await
            .status,
            200,
            "{bucket}"
        );
    }
}

#[tokio::test]
async fn files_are_read_listed_and_signed_for_by_their_client_alone() {
    let world = World::new().await;
    let sample = Sample::pdf("Private to Maria");
    let path = world.maria.new_path("pdf");
    world
        .maria
        .put(&path, "application/pdf", &sample.bytes)
        .await
        .expect(200);
    for (who, expected) in EVERYBODY
        .into_iter()
        .zip([false, true, false, false, false, true])
    {
        for url in [
            object(&path),
            format!("/storage/v1/object/authenticated/client-documents/{path}"),
        ] {
            let answer = Answer::to(world.request(who, Method::GET, &url)).await;
            assert_eq!(
                (answer.status == 200, answer.body == sample.bytes),
                (expected, expected),
                "{who:?} {url}"
            );
        }
        let info = Answer::to(world.request(
            who,
            Method::GET,
            &format!("/storage/v1/object/info/client-documents/{path}"),
        ))
        .await;
        assert_eq!(
            info.status == 200,
            expected,
            "{who:?} info: {}",
            info.text()
        );
        let sign = world.request(
            who,
            Method::POST,
            &format!("/storage/v1/object/sign/client-documents/{path}"),
        );
        assert_eq!(
            Answer::to(sign.json(&json!({ "expiresIn": 60 })))
                .await
                .status
                == 200,
            expected,
            "{who:?} sign"
        );
        let list = world.request(
            who,
            Method::POST,
            "/storage/v1/object/list/client-documents",
        );
        let listed =
            Answer::to(list.json(
                &json!({ "prefix": format!("{}/", world.maria.id), "limit": 100, "offset": 0 }),
            ))
            .await;
        let names = listed.text();
        assert_eq!(
            names.contains(path.split('/').next_back().unwrap()),
            expected,
            "{who:?} list: {names}"
        );
    }
    // The bucket is private: there is no public address of it.
    let public = Answer::to(world.system.http.get(format!(
        "{}/storage/v1/object/public/client-documents/{path}",
        world.system.addresses.supabase
    )))
    .await;
    assert!((400..500).contains(&public.status) && public.body != sample.bytes);
}

#[tokio::test]
async fn files_are_changed_by_nobody_but_the_service_key() {
    let world = World::new().await;
    let sample = Sample::pdf("Original");
    let other = Sample::pdf("Replaced").bytes;
    for (who, may) in EVERYBODY
        .into_iter()
        .zip([false, false, false, false, false, true])
    {
        let path = world.maria.new_path("pdf");
        world
            .maria
            .put(&path, "application/pdf", &sample.bytes)
            .await
            .expect(200);
        let replace = world
            .request(who, Method::PUT, &object(&path))
            .header("content-type", "application/pdf")
            .body(other.clone());
        let answer = Answer::to(replace).await;
        assert_eq!(answer.status == 200, may, "{who:?}: {}", answer.text());
        let held = Answer::to(world.system.service(Method::GET, &object(&path)))
            .await
            .body;
        assert_eq!(held == sample.bytes, !may, "{who:?}");
        // Into a folder of one's own, or out of it.
        for destination in [world.omar.new_path("pdf"), world.maria.new_path("pdf")] {
            if !may {
                let body = json!({ "bucketId": "client-documents", "sourceKey": path, "destinationKey": destination });
                let moved = Answer::to(
                    world
                        .request(who, Method::POST, "/storage/v1/object/move")
                        .json(&body),
                )
                .await;
                assert_ne!(moved.status, 200, "{who:?} move: {}", moved.text());
                assert!(
                    world.maria.stored(&path).await && !world.maria.stored(&destination).await,
                    "{who:?}"
                );
            }
        }
    }
    let path = world.maria.new_path("pdf");
    world
        .maria
        .put(&path, "application/pdf", &sample.bytes)
        .await
        .expect(200);
    let stolen = world.omar.new_path("pdf");
    let body =
        json!({ "bucketId": "client-documents", "sourceKey": path, "destinationKey": stolen });
    let copied = Answer::to(
        world
            .omar
            .supabase(Method::POST, "/storage/v1/object/copy")
            .json(&body),
    )
    .await;
    assert_ne!(copied.status, 200, "{}", copied.text());
    assert!(!world.omar.stored(&stolen).await);
}

#[tokio::test]
async fn files_that_are_no_documents_are_removed_by_their_client_or_the_service_key() {
    let world = World::new().await;
    for (who, may) in EVERYBODY
        .into_iter()
        .zip([false, true, false, false, false, true])
    {
        let path = world.maria.new_path("pdf");
        world
            .maria
            .put(&path, "application/pdf", &Sample::pdf("x").bytes)
            .await
            .expect(200);
        let many = world
            .request(who, Method::DELETE, "/storage/v1/object/client-documents")
            .json(&json!({ "prefixes": [path] }));
        Answer::to(many).await;
        if !may {
            Answer::to(world.request(who, Method::DELETE, &object(&path))).await;
        }
        assert_eq!(world.maria.stored(&path).await, !may, "{who:?}");
    }
    // Registered, it is the firm's too.
    let document = world.maria.upload(&Sample::pdf("Kept"), "other").await;
    let path = document["storage_path"].as_str().unwrap();
    Answer::to(world.maria.supabase(Method::DELETE, &object(path))).await;
    assert!(world.maria.stored(path).await);
}

/// The same policies as the roles meet them in the database, where Storage itself asks.
#[tokio::test]
async fn rows_of_storage_follow_the_same_policies() {
    let mut world = World::new().await;
    let path = world.maria.new_path("pdf");
    world
        .maria
        .put(&path, "application/pdf", &Sample::pdf("x").bytes)
        .await
        .expect(200);
    let find = format!(
        "select from storage.objects where bucket_id = 'client-documents' and name = '{path}'"
    );
    let rename = format!(
        "update storage.objects set metadata = '{{}}' where bucket_id = 'client-documents' and name = '{path}'"
    );
    for (who, seen, changed) in [
        (Who::Anonymous, 0, 0),
        (Who::Owner, 1, 0),
        (Who::Other, 0, 0),
        (Who::StaffByPasswordAlone, 0, 0),
        (Who::Staff, 0, 0),
        (Who::Service, 1, 1),
    ] {
        assert_eq!(world.by_sql(who, &find).await, Reaches(seen), "{who:?}");
        assert_eq!(
            world.by_sql(who, &rename).await,
            Reaches(changed),
            "{who:?}"
        );
    }
    for (who, expected) in
        EVERYBODY
            .into_iter()
            .zip([Refused, Reaches(1), Refused, Refused, Refused, Reaches(1)])
    {
        let insert = format!(
            "insert into storage.objects (bucket_id, name) values ('client-documents', '{}')",
            world.maria.new_path("pdf")
        );
        assert_eq!(world.by_sql(who, &insert).await, expected, "{who:?}");
    }
    // Buckets are not for clients to make, change or see.
    for who in [Who::Anonymous, Who::Owner, Who::Staff] {
        let made = world
            .request(who, Method::POST, "/storage/v1/bucket")
            .json(&json!({ "name": "mine", "id": "mine", "public": true }));
        assert!(
            (400..500).contains(&Answer::to(made).await.status),
            "{who:?}"
        );
        let opened = world
            .request(who, Method::PUT, "/storage/v1/bucket/client-documents")
            .json(&json!({ "id": "client-documents", "public": true }));
        assert!(
            (400..500).contains(&Answer::to(opened).await.status),
            "{who:?}"
        );
    }
    let public: bool = world
        .database
        .value(
            "select public from storage.buckets where id = 'client-documents'",
            &[],
        )
        .await;
    assert!(!public);
}

/// Guards the checks above: a refusal that is none would pass unseen.
#[tokio::test]
async fn a_missing_grant_is_told_apart_from_other_failures() {
    let system = System::connect().await;
    let mut database = system.database().await;
    let denied: Denied = database
        .run_as(Caller::Anonymous, "select from public.clients", &[])
        .await
        .unwrap_err();
    assert!(denied.is_privilege());
    let broken = database
        .run_as(
            Caller::Service,
            "update public.clients set onboarding_status = 'x' where false or id is not null",
            &[],
        )
        .await;
    assert!(!broken.unwrap_err().is_privilege());
}
