use omega_common::edge::{
    Body, Created, Deadline, Exchange, IntoResponse, Json, Pdf, Query, Request, Response, Routes,
    User, serve,
};
use omega_common::files::{BUCKET, FileKind};
use omega_common::problem::Problem;
use omega_common::storage;
use omega_forms::SignedForm;
use serde_json::json;
use worker::{Context, Env, event};

use crate::{Outcome, Sender, Signature, SigningContext, refusal, unprinted, wanted_form};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).get(blank).post(sign),
    )
    .await
}

async fn blank(_user: User, _exchange: Exchange, mut query: Query) -> Result<Pdf, Problem> {
    let form = wanted_form(query.take("form").as_deref())?;
    query.finish()?;
    Ok(Pdf {
        name: form.id,
        bytes: omega_forms_pdf::blank(form).map_err(unprinted)?,
    })
}

async fn sign(user: User, exchange: Exchange, Body(fields): Body) -> Result<Response, Problem> {
    exchange
        .rate_limit("SIGNATURE_LIMITER", user.id.to_string())
        .await?;
    let signature = Signature::read(fields)?;
    let database = exchange.database(&user);
    let context = database.rpc("signing_context", &json!({ "signature_id": signature.id }));
    let context: SigningContext = database.one(context).await?;
    let sender = Sender {
        ip_address: exchange
            .client_address()
            .unwrap_or_else(|| "unknown".to_owned()),
        user_agent: exchange
            .header("user-agent")
            .unwrap_or_else(|| "unknown".to_owned()),
    };
    let file = match signature.complete(user.id, context, &sender)? {
        Outcome::Kept(signed) => return Json(*signed).into_response(),
        Outcome::New(file) => *file,
    };

    // First the object, as the user, then its rows: what has no row is swept.
    let upload = storage::upload(
        &exchange.settings().supabase_url,
        BUCKET,
        &file.path,
        FileKind::Pdf.media_type(),
        file.bytes,
        user.credentials(&exchange),
    );
    let (status, _) = exchange.send(upload, Deadline::Service).await?;
    match status {
        200..300 => {}
        500.. => return Err(Problem::unavailable(format!("Storage answered {status}"))),
        _ => {
            return Err(Problem::bad_gateway(format!(
                "Storage answered {status} to a signed form"
            )));
        }
    }
    // Nobody may vouch for their own evidence, so the rows are the service key's to write.
    let secret_key = exchange.required_variable("SUPABASE_SERVICE_ROLE_KEY")?;
    let service = exchange.service_database(&secret_key);
    let call = service.rpc("sign_form", &file.parameters);
    let signed: SignedForm = service.one_or(call, refusal).await?;
    Created(signed).into_response()
}
