use chrono::{DateTime, Utc};
use omega_common::edge::{
    Body, ChangingStaff, Created, Exchange, IntoResponse, Json, Request, Response, Routes, Staff,
    now, serve,
};
use omega_common::problem::Problem;
use omega_common::rest;
use worker::{Context, Env, event};

use crate::{LoggedRotation, NewRotation, ROTATION_COLUMNS, Registered, RotationLog, Secrets};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).get(secrets).post(log),
    )
    .await
}

async fn secrets(Staff(user): Staff, exchange: Exchange) -> Result<Json<Secrets>, Problem> {
    let database = exchange.database(&user);
    let query = database.rpc("secret_rotation_log", &serde_json::json!({}));
    let rotations: RotationLog = database.one(query).await?;
    Ok(Json(Secrets::of(registry()?, rotations, clock()?)?))
}

async fn log(
    ChangingStaff(user): ChangingStaff,
    exchange: Exchange,
    Body(fields): Body,
) -> Result<Response, Problem> {
    let rotation = NewRotation::read(fields, &registry()?, clock()?)?;
    let database = exchange.database(&user);
    let insert = database
        .from("secret_rotations")
        .insert(serde_json::json!(rotation).to_string())
        .select(ROTATION_COLUMNS);
    let (status, body) = database.answer(insert).await?;
    match status {
        200..300 => Created(rest::read::<LoggedRotation>(&body)?).into_response(),
        409 => {
            let query = database
                .from("secret_rotations")
                .select(ROTATION_COLUMNS)
                .eq("id", rotation.id.to_string());
            let logged: LoggedRotation = database.one(query).await?;
            if logged.name == rotation.name {
                Json(logged).into_response()
            } else {
                Err(Problem::conflict(
                    "This id belongs to another rotation. Send a new one.",
                ))
            }
        }
        _ => Err(rest::refusal(status, &body)),
    }
}

fn registry() -> Result<Vec<Registered>, Problem> {
    serde_json::from_str(include_str!("../registry.json"))
        .map_err(|error| Problem::internal(format!("registry.json: {error}")))
}

fn clock() -> Result<DateTime<Utc>, Problem> {
    DateTime::parse_from_rfc3339(&now())
        .map(|time| time.to_utc())
        .map_err(|error| Problem::internal(error.to_string()))
}
