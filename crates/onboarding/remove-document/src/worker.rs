use omega_common::documents::refusal;
use omega_common::edge::{
    Body, Deadline, Exchange, Json, Request, Response, Routes, User, log, serve,
};
use omega_common::files::BUCKET;
use omega_common::problem::Problem;
use omega_common::storage::{self, ObjectPath};
use uuid::Uuid;
use worker::{Context, Env, event};

use crate::{Removal, RemovedDocument, read};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).post(remove_document),
    )
    .await
}

async fn remove_document(
    user: User,
    exchange: Exchange,
    Body(fields): Body,
) -> Result<Json<Removal>, Problem> {
    let id = read(fields)?;
    // The row goes first: the policies of Storage let a client remove only what is no document. With the row
    // the document is gone, so what becomes of the file is no reason to refuse.
    let database = exchange.database(&user);
    let call = database.rpc("remove_document", &serde_json::json!({ "document_id": id }));
    let removed: RemovedDocument = database.one_or(call, refusal).await?;
    if let Some(path) = removed.storage_path {
        remove_file(&exchange, &user, id, &path).await;
    }
    Ok(Json(Removal { removed: true, id }))
}

/// Removes the file as the user. One that stays behind is nobody's document: no list shows it, and its owner
/// alone can read it.
async fn remove_file(exchange: &Exchange, user: &User, document: Uuid, path: &str) {
    let outcome = match ObjectPath::parse(path, user.id) {
        Ok(path) => {
            let base = &exchange.settings().supabase_url;
            let request = storage::remove(base, BUCKET, &path, user.credentials(exchange));
            exchange.send(request, Deadline::Service).await
        }
        Err(detail) => Err(Problem::internal(detail)),
    };
    let cause = match outcome {
        Ok((200..300 | 404, _)) => return,
        Ok((status, _)) => format!("Storage answered {status} to removing an object"),
        Err(problem) => problem.cause.unwrap_or_default(),
    };
    log(
        "warn",
        serde_json::json!({ "request_id": exchange.request_id(), "document": document, "cause": cause }),
    );
}
