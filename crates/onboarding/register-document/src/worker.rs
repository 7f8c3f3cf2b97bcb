use omega_common::documents::{DOCUMENT_COLUMNS, Document};
use omega_common::edge::{
    Body, Created, Exchange, IntoResponse, Json, Request, Response, Routes, User, serve,
};
use omega_common::files::{BUCKET, no_such_file};
use omega_common::problem::Problem;
use omega_common::rest;
use omega_common::storage::ObjectPath;
use worker::{Context, Env, event};

use crate::Registration;

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
    let (kind, size) = exchange
        .inspect(&user, BUCKET, &registration.storage_path)
        .await?;

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
