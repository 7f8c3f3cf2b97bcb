use omega_common::edge::{
    Deadline, Exchange, Json, Request, Response, Routes, Service, log, serve,
};
use omega_common::files::{BUCKET, RECEIPTS_BUCKET};
use omega_common::problem::Problem;
use omega_common::storage;
use worker::{Context, Env, ScheduleContext, ScheduledEvent, event};

use crate::{BATCH, Swept, SweptRows, goes_on};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).post(now),
    )
    .await
}

#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    console_error_panic_hook::set_once();
    let outcome = match Service::new(&env) {
        Ok(service) => sweep(&service).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(swept) => log(
            "info",
            serde_json::json!({"cron": "upkeep/sweep", "files": swept.files, "mails": swept.mails}),
        ),
        Err(problem) => log(
            "error",
            serde_json::json!({"cron": "upkeep/sweep", "cause": problem.to_string()}),
        ),
    }
}

/// Reached through a service binding only: the Worker has no route.
async fn now(exchange: Exchange) -> Result<Json<Swept>, Problem> {
    sweep(&Service::new(exchange.env())?).await.map(Json)
}

async fn sweep(service: &Service) -> Result<Swept, Problem> {
    let database = service.database();
    let mut swept = Swept::default();
    for (orphans, bucket) in [
        ("orphan_files", BUCKET),
        ("orphan_receipts", RECEIPTS_BUCKET),
    ] {
        swept.files += sweep_files(service, orphans, bucket).await?;
    }
    let rows: SweptRows = database
        .one(database.rpc("sweep_rows", &serde_json::json!({})))
        .await?;
    swept.mails = rows.mails;
    Ok(swept)
}

/// Removes the files of a bucket that the function `orphans` of the database names, and tells how many.
async fn sweep_files(service: &Service, orphans: &str, bucket: &str) -> Result<usize, Problem> {
    let database = service.database();
    let (mut files, mut batches) = (0, 0);
    loop {
        let call = database.rpc(orphans, &serde_json::json!({ "batch_size": BATCH }));
        let paths: Vec<String> = database.list(call).await?;
        if paths.is_empty() {
            return Ok(files);
        }
        let request = storage::remove_many(
            service.supabase_url(),
            bucket,
            &paths,
            service.credentials(),
        );
        let (status, body) = service.send(request, Deadline::Service).await?;
        let removed = storage::removed(status, &body)?;
        files += removed;
        batches += 1;
        if !goes_on(paths.len(), removed, batches) {
            return Ok(files);
        }
    }
}
