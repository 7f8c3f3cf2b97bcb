use omega_common::documents::{DocumentCategory, sha256_hex};
use omega_common::edge::{Exchange, Json, Query, Request, Response, Routes, User, serve};
use omega_common::paging::PageRequest;
use omega_common::problem::Problem;
use worker::{Context, Env, event};

use crate::{ClientWithDocuments, DocumentList, columns};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    serve(
        request,
        env,
        context,
        Routes::new(env!("CARGO_PKG_NAME")).get(documents),
    )
    .await
}

async fn documents(
    user: User,
    exchange: Exchange,
    mut query: Query,
) -> Result<Json<DocumentList>, Problem> {
    let page = PageRequest::parse(
        query.take("limit").as_deref(),
        query.take("cursor").as_deref(),
    )?;
    let category = query
        .take("category")
        .map(|category| category.parse::<DocumentCategory>())
        .transpose();
    let category = category.map_err(|detail| {
        Problem::bad_request(detail).with_error("category", "This category is not known.")
    })?;
    let content = query.take("content_sha256").as_deref().map(sha256_hex);
    let content = content.transpose().map_err(|detail| {
        Problem::bad_request(detail.clone()).with_error("content_sha256", detail)
    })?;
    query.finish()?;

    let database = exchange.database(&user);
    let mut select = database
        .from("clients")
        .select(columns())
        .eq("id", user.id.to_string());
    if let Some(category) = category {
        select = select.eq("page.document_category", category.as_str());
    }
    if let Some(content) = content {
        select = select.eq("page.content_sha256", content);
    }
    let client: ClientWithDocuments = database
        .one(page.apply(select, Some("page"), "uploaded_at"))
        .await?;
    Ok(Json(DocumentList::of(client, &page)))
}
