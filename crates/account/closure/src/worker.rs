use omega_common::closures::{CLOSURE_COLUMNS, Closure};
use omega_common::edge::{
    Body, Created, Exchange, IntoResponse, Json, Request, Response, Routes, User, serve,
};
use omega_common::problem::Problem;
use omega_common::rest;
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
            let (status, body) = database.answer(call).await?;
            if status >= 300 {
                return Err(refusal(status, &body));
            }
            return Json(ClosureDocument {
                closure: Some(rest::read(&body)?),
            })
            .into_response();
        }
    };
    let (status, body) = database.answer(call).await?;
    if status >= 300 {
        return Err(refusal(status, &body));
    }
    let asked: Asked = rest::read(&body)?;
    let document = ClosureDocument {
        closure: Some(asked.closure),
    };
    if !asked.made {
        return Json(document).into_response();
    }
    exchange.send_mail_now();
    Created(document).into_response()
}
