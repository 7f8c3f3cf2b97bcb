use omega_common::edge::{Exchange, Json, Query, Request, Response, Routes, User, serve};
use omega_common::problem::Problem;
use worker::{Context, Env, event};

use crate::{DraftRow, FormLibrary, Wanted};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).get(list),
    )
    .await
}

async fn list(
    user: User,
    exchange: Exchange,
    mut query: Query,
) -> Result<Json<FormLibrary>, Problem> {
    let wanted = Wanted::read(
        query.take("search").as_deref(),
        query.take("category").as_deref(),
    )?;
    query.finish()?;
    let database = exchange.database(&user);
    let drafts = database
        .from("form_drafts")
        .select("form_id,updated_at")
        .eq("client_id", user.id.to_string());
    let drafts: Vec<DraftRow> = database.list(drafts).await?;
    Ok(Json(wanted.find(&drafts)))
}
