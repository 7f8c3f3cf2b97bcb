use omega_common::edge::{Exchange, Json, Request, Response, Routes, User, serve};
use omega_common::home::{self, Home, HomeRow};
use omega_common::problem::Problem;
use worker::{Context, Env, event};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).get(home),
    )
    .await
}

async fn home(user: User, exchange: Exchange) -> Result<Json<Home>, Problem> {
    let database = exchange.database(&user);
    let row: HomeRow = database
        .one(home::query(database.from("clients"), user.id))
        .await?;
    Ok(Json(Home::of(&row)))
}
