use omega_common::mail::{MailOutcome, MailStatus, MailTemplate};
use omega_common::problem::ProblemDocument;
use utoipa::OpenApi;
use uuid::Uuid;

use crate::{Done, Outbox, OutboxAction};

/// What is to be done with what.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its description is used")]
struct OutboxChange {
    /// Of the mail; for `resume` of the stop, `stop.id` of a mail and `mail_stop.id` of a client’s file.
    id: Uuid,
    action: OutboxAction,
}

#[derive(OpenApi)]
#[openapi(paths(list, change))]
struct Api;

/// The mails that were sent or are owed, for staff: to whom, which one and how it went, not what it says.
#[utoipa::path(
    get,
    path = "/",
    operation_id = "listOutbox",
    tag = "staff",
    security(("bearer" = [])),
    params(
        ("search" = Option<String>, Query, description = "Words that the recipient or what names the client holds, all of them.", max_length = 200, format = "plain-text-or-empty"),
        ("status" = Option<MailStatus>, Query, description = "Only mails in this status."),
        ("outcome" = Option<MailOutcome>, Query, description = "Only mails of which this became."),
        ("template" = Option<MailTemplate>, Query, description = "Only mails about this."),
        ("client" = Option<Uuid>, Query, description = "Only mails to this client."),
        ("limit" = Option<u32>, Query, description = "Mails a page.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before.", format = "cursor"),
    ),
    responses(
        (status = 200, description = "A page of mails.", body = Outbox),
        (status = 400, description = "A parameter is not valid.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn list() {}

/// Has a mail that was not sent sent now or cancelled, or has mail go to an address again after a bounce or a complaint had
/// stopped it. Done again it is the same as once.
#[utoipa::path(
    post,
    path = "/",
    operation_id = "changeOutbox",
    tag = "staff",
    security(("bearer" = [])),
    request_body = OutboxChange,
    responses(
        (status = 200, description = "It is done.", body = Done),
        (status = 404, description = "There is no such mail or stop.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "The mail is being sent, was sent or cancelled, or no mail goes to its address.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[allow(dead_code, reason = "only its description is used")]
fn change() {}

pub fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
