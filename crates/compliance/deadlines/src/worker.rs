use omega_common::edge::{Exchange, Json, Query, Request, Response, Routes, User, now, serve};
use omega_common::problem::Problem;
use omega_deadlines::business::today;
use worker::{Context, Env, event};

use crate::{DeadlineList, MatchedRow, Parameters, Wanted, refusal_of};

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
) -> Result<Json<DeadlineList>, Problem> {
    let is_staff = user.acts_as_staff();
    let given = Parameters {
        client: query.take("client"),
        from: query.take("from"),
        to: query.take("to"),
        status: query.take("status"),
        limit: query.take("limit"),
        cursor: query.take("cursor"),
    };
    query.finish()?;
    let wanted = Wanted::parse(&given, is_staff, today(&now())?)?;
    let database = exchange.database(&user);
    if is_staff && wanted.client().is_none() {
        let call = database.rpc("list_deadlines", &wanted.over_all());
        let rows: Vec<MatchedRow> = database.list(call).await?;
        return wanted.list_all(rows).map(Json);
    }
    let call = database.rpc("compliance_file", &wanted.of_client());
    Ok(Json(wanted.list(database.one_or(call, refusal_of).await?)))
}
