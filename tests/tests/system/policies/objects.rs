//! What is written must be the caller's own and no more than is theirs to say: fields by the Workers, paths by Storage.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use omega_tests::openapi::Api;
use serde_json::Map;

use super::*;

/// Every column of every table, sent along to every endpoint that takes JSON: what an endpoint does not describe it refuses
/// by name, so nothing is assigned that was not meant to be.
#[tokio::test]
async fn no_endpoint_takes_a_column_that_it_does_not_describe() {
    let world = World::new().await;
    // An owner may all that staff may.
    let owner = world.system.owner().await;
    let columns: Vec<String> = world
        .database
        .values(
            "select distinct column_name::text from information_schema.columns
             where table_schema in ('public', 'private') or (table_schema = 'auth' and table_name = 'users')",
            &[],
        )
        .await;
    assert!(columns.len() > 40);
    let before = world.database.row("public.clients", world.maria.id).await;
    for api in Api::all() {
        let operations = api.operations().into_iter();
        for operation in operations.filter(|operation| !operation.is_a_webhook()) {
            let schema =
                &operation.description["requestBody"]["content"]["application/json"]["schema"];
            let Some(name) = schema["$ref"].as_str() else {
                continue;
            };
            let name = name.trim_start_matches("#/components/schemas/");
            let described = api.0["components"]["schemas"][name]["properties"]
                .as_object()
                .unwrap();
            let undescribed: Vec<_> = columns
                .iter()
                .filter(|column| !described.contains_key(*column))
                .collect();
            let caller = if operation.description["tags"] == json!(["staff"]) {
                &owner
            } else {
                &world.maria
            };
            // As many as an endpoint names at once.
            for some in undescribed.chunks(10) {
                let body: Map<_, _> = some
                    .iter()
                    .map(|column| ((*column).clone(), json!(world.omar.id)))
                    .collect();
                let elsewhere = world.system.from_elsewhere();
                let request = caller
                    .worker(Method::POST, &operation.endpoint)
                    .header("cf-connecting-ip", elsewhere.caller_address);
                let answer = Answer::to(request.json(&body)).await;
                let refused: BTreeSet<_> = answer.refused_fields(422).into_iter().collect();
                let taken: Vec<_> = some
                    .iter()
                    .filter(|field| !refused.contains(**field))
                    .collect();
                assert!(taken.is_empty(), "{} takes {taken:?}", operation.endpoint);
            }
        }
    }
    assert_eq!(
        world.database.row("public.clients", world.maria.id).await,
        before
    );
}

/// From each status to each other, by the Worker and by PostgREST; in SQL it is `no_client_moves_their_own_status`.
#[tokio::test]
async fn no_status_is_jumped_to_by_any_way() {
    let world = World::new().await;
    let id = world.maria.id;
    let statuses = ["pending", "in_progress", "in-review", "active", "archived"];
    for from in statuses {
        let set = "update public.clients set onboarding_status = $2 where id = $1";
        world.database.rows(set, &[&id, &from]).await;
        let before = world.database.row("public.clients", id).await;
        for to in statuses {
            let fields = json!({ "onboarding_status": to });
            let worker = world.maria.post("onboarding/submit-profile", &fields).await;
            assert_eq!(worker.refused_fields(422), ["onboarding_status"]);
            let path = format!("/rest/v1/clients?id=eq.{id}");
            let patch = world.maria.supabase(Method::PATCH, &path).json(&fields);
            assert_eq!(Answer::to(patch).await.status, 403, "{from} to {to}");
            let put = json!({ "id": id, "onboarding_status": to });
            for (method, prefer) in [
                (Method::POST, "resolution=merge-duplicates"),
                (Method::PUT, "return=minimal"),
            ] {
                let request = world
                    .maria
                    .supabase(method, &path)
                    .header("prefer", prefer)
                    .json(&put);
                assert_eq!(Answer::to(request).await.status, 403, "{from} to {to}");
            }
            let call = world
                .maria
                .supabase(Method::POST, "/rest/v1/rpc/submit_profile")
                .json(&json!({ "changes": fields }));
            assert_eq!(Answer::to(call).await.status, 422, "{from} to {to}");
        }
        // Submitting what is not complete moves nothing, and what was submitted stays where it is.
        let submitted = world
            .maria
            .post("onboarding/submit-profile", &json!({ "complete": true }))
            .await;
        assert!(
            [200, 409].contains(&submitted.status),
            "{from}: {}",
            submitted.text()
        );
        assert_eq!(world.database.row("public.clients", id).await, before);
    }
}

#[tokio::test]
async fn update_document_changes_nothing_but_name_and_category_of_ones_own() {
    let world = World::new().await;
    let document = world.maria.upload(&Sample::pdf("Mine"), "other").await;
    let id: Uuid = document["id"].as_str().unwrap().parse().unwrap();
    let before = world.database.row("public.client_documents", id).await;
    let changes: Map<_, _> = before
        .as_object()
        .unwrap()
        .keys()
        .filter(|column| !["document_name", "document_category"].contains(&column.as_str()))
        .map(|column| (column.clone(), json!(world.omar.id)))
        .collect();
    let body = json!({ "document_id": id, "changes": changes });
    for client in [&world.maria, &world.omar, &world.staff] {
        let call = client.supabase(Method::POST, "/rest/v1/rpc/update_document");
        Answer::to(call.json(&body)).await;
    }
    let mut after = world.database.row("public.client_documents", id).await;
    after["updated_at"] = before["updated_at"].clone();
    assert_eq!(after, before);
}

/// The ways in which a file comes into Storage under a name of the caller's choice.
const WAYS: [&str; 7] = [
    "PUT",
    "POST",
    "POST with upsert",
    "TUS",
    "TUS with upsert",
    "signed upload",
    "move and copy",
];

fn encoded(path: &str) -> String {
    url::form_urlencoded::byte_serialize(path.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}

/// Tries to put `bytes` at `path`, as it is spelled; answers with the last status.
async fn put_at(client: &Client, way: &str, path: &str, bytes: &[u8]) -> u16 {
    let object = format!("/storage/v1/object/client-documents/{}", encoded(path));
    let typed = |request: reqwest::RequestBuilder| {
        request
            .header("content-type", "application/pdf")
            .body(bytes.to_vec())
    };
    match way {
        "PUT" => {
            Answer::to(typed(client.supabase(Method::PUT, &object)))
                .await
                .status
        }
        "POST" => {
            Answer::to(typed(client.supabase(Method::POST, &object)))
                .await
                .status
        }
        "POST with upsert" => {
            let request = client
                .supabase(Method::POST, &object)
                .header("x-upsert", "true");
            Answer::to(typed(request)).await.status
        }
        "TUS" | "TUS with upsert" => {
            let upsert = if way == "TUS" { "false" } else { "true" };
            let begun = begin_upload(client, path, bytes.len(), upsert).await;
            match begun.header("location") {
                Some(location) => {
                    let location = path_of(location);
                    Answer::to(send_part(client, &location, upsert, bytes))
                        .await
                        .status
                }
                None => begun.status,
            }
        }
        "signed upload" => {
            let sign = format!(
                "/storage/v1/object/upload/sign/client-documents/{}",
                encoded(path)
            );
            let sign = client
                .supabase(Method::POST, &sign)
                .header("x-upsert", "true")
                .json(&json!({}));
            let signed = Answer::to(sign).await;
            if signed.status != 200 {
                return signed.status;
            }
            let url = format!("/storage/v1{}", signed.json()["url"].as_str().unwrap());
            Answer::to(typed(client.system.anonymous(Method::PUT, &url)))
                .await
                .status
        }
        _ => {
            let own = client.new_path("pdf");
            client.put(&own, "application/pdf", bytes).await.expect(200);
            let body =
                json!({ "bucketId": "client-documents", "sourceKey": own, "destinationKey": path });
            let mut status = 0;
            for verb in ["copy", "move"] {
                let request = client.supabase(Method::POST, &format!("/storage/v1/object/{verb}"));
                status = Answer::to(request.header("x-upsert", "true").json(&body))
                    .await
                    .status;
                if status == 200 {
                    break;
                }
            }
            status
        }
    }
}

async fn begin_upload(client: &Client, path: &str, length: usize, upsert: &str) -> Answer {
    let metadata = [
        ("bucketName", "client-documents"),
        ("objectName", path),
        ("contentType", "application/pdf"),
    ]
    .map(|(name, value)| format!("{name} {}", STANDARD.encode(value)))
    .join(",");
    let request = client
        .supabase(Method::POST, "/storage/v1/upload/resumable")
        .header("tus-resumable", "1.0.0")
        .header("upload-length", length)
        .header("upload-metadata", metadata)
        .header("x-upsert", upsert);
    Answer::to(request).await
}

fn path_of(location: &str) -> String {
    let at = location.find("/storage/").expect("a location elsewhere");
    location[at..].to_owned()
}

fn send_part(
    client: &Client,
    location: &str,
    upsert: &str,
    bytes: &[u8],
) -> reqwest::RequestBuilder {
    client
        .supabase(Method::PATCH, location)
        .header("tus-resumable", "1.0.0")
        .header("upload-offset", 0)
        .header("content-type", "application/offset+octet-stream")
        .header("x-upsert", upsert)
        .body(bytes.to_vec())
}

/// What a client's files may be called is one rule, for Storage as for the Workers: a path that means another folder to
/// whoever resolves it is never made.
#[tokio::test]
async fn no_name_of_a_file_leads_out_of_the_own_folder() {
    let world = World::new().await;
    let (own, other) = (world.maria.id, world.omar.id);
    let bytes = Sample::pdf("x").bytes;
    let names = [
        format!("{other}/a.pdf"),
        format!("../{other}/a.pdf"),
        format!("{own}/../{other}/a.pdf"),
        format!("{own}/x/../../{other}/a.pdf"),
        format!("{own}/%2e%2e/{other}/a.pdf"),
        format!("{own}%2F..%2F{other}%2Fa.pdf"),
        format!("{own}\\..\\{other}\\a.pdf"),
        format!("{own}/.."),
        format!("{own}/."),
        format!("{own}/./a.pdf"),
        format!("{own}//a.pdf"),
        format!("{own}/.hidden.pdf"),
        format!("{own}/"),
        own.to_string(),
        format!("/{own}/a.pdf"),
        format!("//{other}/a.pdf"),
        format!("./{own}/a.pdf"),
        format!(" {own}/a.pdf"),
        format!("{own} /a.pdf"),
        format!("{own}/a b.pdf"),
        format!("{own}/a\0.pdf"),
        format!("{own}/a\r\nb.pdf"),
        format!("{own}/\u{202e}fdp.exe"),
        format!("{own}/<script>.pdf"),
        format!("{own}/a.pdf?x=1"),
        format!("{own}/{}.pdf", "a".repeat(400)),
        format!("{}/a.pdf", own.to_string().to_uppercase()),
        format!("{own}x/a.pdf"),
        format!("{}/a.pdf", own.simple()),
        "a.pdf".to_owned(),
        String::new(),
    ];
    let mut taken = Vec::new();
    for name in &names {
        for way in WAYS {
            let status = put_at(&world.maria, way, name, &bytes).await;
            if status < 400 {
                taken.push(format!("{way} at {name:?}: {status}"));
            } else {
                assert!(status < 500, "{way} at {name:?}: {status}");
            }
        }
    }
    assert!(taken.is_empty(), "{taken:#?}");
    // Whatever was answered: nothing stands anywhere but under plain names in the own folder.
    let odd: Vec<String> = world
        .database
        .values(
            "select name from storage.objects where owner_id = $1::text
               and name !~ ('^' || $1::text || '/[0-9a-f-]{36}\\.pdf$')",
            &[&own.to_string()],
        )
        .await;
    assert_eq!(odd, Vec::<String>::new());
    let of_other: i64 = world
        .database
        .value(
            "select count(*) from storage.objects where starts_with(name, $1)",
            &[&other.to_string()],
        )
        .await;
    assert_eq!(of_other, 0);
    // It is the names: a plain one is taken.
    for way in ["POST", "TUS", "move and copy"] {
        let status = put_at(&world.maria, way, &world.maria.new_path("pdf"), &bytes).await;
        assert!(status < 300, "{way}: {status}");
    }
}

/// Over the file of another client, and over one's own that is a document.
#[tokio::test]
async fn no_upload_goes_over_a_file_that_is_there() {
    let world = World::new().await;
    let original = Sample::pdf("Original").bytes;
    let document = world.maria.upload(&Sample::pdf("Original"), "other").await;
    let registered = document["storage_path"].as_str().unwrap().to_owned();
    let foreign = world.omar.new_path("pdf");
    world
        .omar
        .put(&foreign, "application/pdf", &original)
        .await
        .expect(200);
    let waiting = world.maria.new_path("pdf");
    world
        .maria
        .put(&waiting, "application/pdf", &original)
        .await
        .expect(200);
    for path in [&registered, &foreign, &waiting] {
        for way in WAYS {
            let status = put_at(&world.maria, way, path, &Sample::pdf("Replaced").bytes).await;
            assert!((400..500).contains(&status), "{way} over {path}: {status}");
            let held = Answer::to(world.system.service(Method::GET, &object(path))).await;
            assert_eq!(held.body, original, "{way} over {path}");
        }
    }
}

/// Its address is no key: an upload that has begun goes on, is looked at and ended by who began it.
#[tokio::test]
async fn an_upload_that_has_begun_belongs_to_who_began_it() {
    let world = World::new().await;
    let bytes = Sample::pdf("x").bytes;
    let path = world.maria.new_path("pdf");
    let begun = begin_upload(&world.maria, &path, bytes.len(), "false").await;
    assert_eq!(begun.status, 201, "{}", begun.text());
    let location = path_of(begun.header("location").unwrap());
    for (who, client) in [
        ("another", &world.omar),
        ("staff", &world.staff),
        ("staff by password alone", &world.staff_by_password_alone),
    ] {
        for method in [Method::PATCH, Method::HEAD, Method::DELETE] {
            let request = if method == Method::PATCH {
                send_part(client, &location, "false", &bytes)
            } else {
                client
                    .supabase(method.clone(), &location)
                    .header("tus-resumable", "1.0.0")
            };
            let status = Answer::to(request).await.status;
            // What one learns by HEAD is how much is there, which needs the address.
            if method != Method::HEAD {
                assert!((400..500).contains(&status), "{who} {method}: {status}");
            }
        }
    }
    assert!(!world.maria.stored(&path).await);
    let sent = Answer::to(send_part(&world.maria, &location, "false", &bytes)).await;
    assert_eq!(sent.status, 204, "{}", sent.text());
    assert!(world.maria.stored(&path).await);
}

/// Registering is by the Worker alone, and of a path that is spelled as one's own.
#[tokio::test]
async fn no_other_path_is_registered() {
    let world = World::new().await;
    let foreign = world.omar.new_path("pdf");
    world
        .omar
        .put(&foreign, "application/pdf", &Sample::pdf("x").bytes)
        .await
        .expect(200);
    let own = world.maria.id;
    for path in [
        foreign.clone(),
        format!("{own}/../{foreign}"),
        format!("{own}/..%2f{foreign}"),
        format!("{own}/%2e%2e/{foreign}"),
        format!("{own}/..\\{foreign}"),
        format!("/{foreign}"),
        format!("{own}/{foreign}"),
        format!("{own}/../../client-documents/{foreign}"),
        format!("{foreign}\0{own}/"),
    ] {
        let answer = world.maria.register("Mine.pdf", "other", &path).await;
        assert_eq!(answer.refused_fields(422), ["storage_path"], "{path}");
    }
    assert!(world.omar.stored(&foreign).await);
    let documents: i64 = world
        .database
        .value(
            "select count(*) from public.client_documents where client_id in ($1, $2)",
            &[&own, &world.omar.id],
        )
        .await;
    assert_eq!(documents, 0);
}
