use omega_common::clients::{CLIENT_COLUMNS, ClientRow};
use omega_common::edge::{Exchange, Json, Request, Response, Routes, User, serve};
use omega_common::onboarding::ProfileDocument;
use omega_common::problem::Problem;
use worker::{Context, Env, event};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).get(profile),
    )
    .await
}

async fn profile(user: User, exchange: Exchange) -> Result<Json<ProfileDocument>, Problem> {
    let database = exchange.database(&user);
    let query = database
        .from("clients")
        .select(CLIENT_COLUMNS)
        .eq("id", user.id.to_string());
    let row: ClientRow = database.one(query).await?;
    Ok(Json(row.into()))
}
