use omega_common::closures::{CLOSURE_COLUMNS, Closure};
use omega_common::edge::{
    Body, Created, Exchange, IntoResponse, Json, Request, Response, Routes, User, serve,
};
use omega_common::problem::Problem;
use worker::{Context, Env, event};

use crate::{Asked, ClosureDocument, Wish, refusal};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME"))
            .get(closure)
            .post(change),
    )
    .await
}

async fn closure(user: User, exchange: Exchange) -> Result<Json<ClosureDocument>, Problem> {
    let database = exchange.database(&user);
    // Staff see everybody's requests, so whose it is has to be said.
    let newest = database
        .from("account_closures")
        .select(CLOSURE_COLUMNS)
        .eq("client_id", user.id.to_string())
        .order("requested_at.desc,id.desc")
        .limit(1);
    let newest: Vec<Closure> = database.list(newest).await?;
    Ok(Json(ClosureDocument {
        closure: newest.into_iter().next(),
    }))
}

async fn change(user: User, exchange: Exchange, Body(fields): Body) -> Result<Response, Problem> {
    let database = exchange.database(&user);
    let call = match Wish::read(fields)? {
        Wish::Ask { reason } => {
            database.rpc("ask_for_closure", &serde_json::json!({ "reason": reason }))
        }
        Wish::Withdraw => {
            let call = database
                .rpc("withdraw_closure", &serde_json::json!({}))
                .select(CLOSURE_COLUMNS);
            return Json(ClosureDocument {
                closure: Some(database.one_or(call, refusal).await?),
            })
            .into_response();
        }
    };
    let asked: Asked = database.one_or(call, refusal).await?;
    let document = ClosureDocument {
        closure: Some(asked.closure),
    };
    if !asked.made {
        return Json(document).into_response();
    }
    exchange.send_mail_now();
    Created(document).into_response()
}
