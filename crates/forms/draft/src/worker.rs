use omega_common::edge::{
    Body, Exchange, Json, Query, Request, Response, Routes, User, now, serve,
};
use omega_common::problem::Problem;
use omega_common::rest;
use serde_json::json;
use worker::{Context, Env, event};

use crate::{
    DraftChange, DraftRow, OpenForm, PROFILE_COLUMNS, ProfileRow, SavedDraft, day_of, refusal,
    wanted_form,
};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).get(open).post(change),
    )
    .await
}

async fn open(user: User, exchange: Exchange, mut query: Query) -> Result<Json<OpenForm>, Problem> {
    let form = wanted_form(query.take("form").as_deref())?;
    query.finish()?;
    let database = exchange.database(&user);
    let profile = database
        .from("clients")
        .select(PROFILE_COLUMNS)
        .eq("id", user.id.to_string());
    let profile =
        rest::Query::from(profile).parameter("form_drafts.form_id", format!("eq.{}", form.id));
    let row: ProfileRow = database.one(profile).await?;
    Ok(Json(OpenForm::of(form, row, day_of(&now())?)))
}

async fn change(
    user: User,
    exchange: Exchange,
    Body(fields): Body,
) -> Result<Json<SavedDraft>, Problem> {
    let database = exchange.database(&user);
    match DraftChange::read(fields)? {
        DraftChange::Save {
            form,
            answers,
            version,
        } => {
            let parameters = json!({ "form_id": form.id, "answers": answers, "version": version });
            let call = database.rpc("save_form_draft", &parameters);
            let row: DraftRow = database.one_or(call, refusal).await?;
            Ok(Json(SavedDraft::of(form, row, day_of(&now())?)))
        }
        DraftChange::Remove(form) => {
            let removal = database
                .from("form_drafts")
                .eq("client_id", user.id.to_string())
                .eq("form_id", form.id)
                .delete();
            database.run(removal).await?;
            Ok(Json(SavedDraft {
                updated_at: None,
                remaining: Vec::new(),
            }))
        }
    }
}
