use omega_common::documents::{DOCUMENT_COLUMNS, Document};
use omega_common::edge::{
    Body, Created, Deadline, Exchange, IntoResponse, Json, Request, Response, Routes, User, send,
    serve,
};
use omega_common::files::{DIRECTORY_BYTES, FileKind, SNIFFED_BYTES, check_package, identify};
use omega_common::problem::Problem;
use omega_common::rest;
use omega_common::storage::{self, ObjectPath};
use worker::{Context, Env, event};

use crate::{Registration, no_such_file, refused_file};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).post(register_document),
    )
    .await
}

async fn register_document(
    user: User,
    exchange: Exchange,
    Body(fields): Body,
) -> Result<Response, Problem> {
    exchange
        .rate_limit("REGISTRATION_LIMITER", user.id.to_string())
        .await?;
    let registration = Registration::read(fields, user.id)?;
    if let Some(document) = registered(&exchange, &user, &registration.storage_path).await? {
        return Json(document).into_response();
    }
    let (kind, size) = inspect(&exchange, &user, &registration.storage_path).await?;

    // No client may vouch for their own file, so the row is the service key's to write; the path was
    // checked to be in the folder of the verified user, and read with that user's rights.
    let secret_key = exchange.required_variable("SUPABASE_SERVICE_ROLE_KEY")?;
    let database = exchange.service_database(&secret_key);
    let row = registration.row(user.id, kind, size);
    let insert = database
        .from("client_documents")
        .insert(row.to_string())
        .select(DOCUMENT_COLUMNS);
    let (status, body) = database.answer(insert).await?;
    match status {
        200..300 => Created(rest::read::<Document>(&body)?).into_response(),
        // The same file was registered at the same moment.
        409 => match registered(&exchange, &user, &registration.storage_path).await? {
            Some(document) => Json(document).into_response(),
            None => Err(rest::refusal(status, &body)),
        },
        // It waited so long that it is about to be swept.
        410 => Err(no_such_file()),
        _ => Err(rest::refusal(status, &body)),
    }
}

async fn registered(
    exchange: &Exchange,
    user: &User,
    path: &ObjectPath,
) -> Result<Option<Document>, Problem> {
    let database = exchange.database(user);
    let query = database
        .from("client_documents")
        .select(DOCUMENT_COLUMNS)
        .eq("storage_path", path.as_str());
    Ok(database.list(query).await?.into_iter().next())
}

/// Reads the start of the object as the user. A file that is refused is removed.
async fn inspect(
    exchange: &Exchange,
    user: &User,
    path: &ObjectPath,
) -> Result<(FileKind, u64), Problem> {
    let base = &exchange.settings().supabase_url;
    let object = send(
        storage::read_start(base, path, user.credentials(exchange)),
        Deadline::Service,
    )
    .await?;
    object.refuse_limited()?;
    let status = object.status();
    match status {
        // An object has one; what has none is not to be judged, let alone removed.
        200 | 206 if object.header("etag").is_none() => {
            return Err(Problem::bad_gateway(
                "Storage's answer is no object: it has no ETag",
            ));
        }
        200 | 206 => {}
        400 | 403 | 404 => return Err(no_such_file()),
        // An empty object has no first byte to send (RFC 9110, section 15.5.17).
        416 => {}
        500.. => return Err(Problem::unavailable(format!("Storage answered {status}"))),
        _ => return Err(Problem::bad_gateway(format!("Storage answered {status}"))),
    }
    let declared = object.header("content-type").unwrap_or_default();
    let size = match status {
        416 => Some(0),
        _ => storage::total_size(
            status,
            object.header("content-range").as_deref(),
            object.header("content-length").as_deref(),
        ),
    };
    let size =
        size.ok_or_else(|| Problem::bad_gateway("Storage did not tell the size of an object"))?;
    let start = object.start(SNIFFED_BYTES).await?;
    let mut judged = identify(path.as_str(), &declared, &start, size);
    if let Ok(kind) = judged
        && kind.is_package()
    {
        let request = storage::read_end(base, path, user.credentials(exchange), size);
        let object = send(request, Deadline::Service).await?;
        match object.status() {
            200 | 206 => {}
            status => return Err(Problem::unavailable(format!("Storage answered {status}"))),
        }
        let end = object.start(DIRECTORY_BYTES).await?;
        judged = check_package(&end, size).map(|()| kind);
    }
    match judged {
        Ok(kind) => Ok((kind, size)),
        Err(detail) => {
            let (status, _) = exchange
                .send(
                    storage::remove(base, path, user.credentials(exchange)),
                    Deadline::Service,
                )
                .await?;
            match status {
                200..300 | 400 | 404 => Err(refused_file(detail)),
                _ => Err(Problem::unavailable(format!(
                    "Storage answered {status} to removing an object"
                ))),
            }
        }
    }
}
