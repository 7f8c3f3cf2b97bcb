//! What our team asks of a client: a file or an answer, until a day.

use chrono::{DateTime, Days, NaiveDate};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::documents::DocumentCategory;
use crate::fields::Fields;
use crate::text::{paragraphs, plain_text};

/// Longest description in characters; `client_requests_description_is_in_bounds` has the same bound.
pub const MAX_DESCRIPTION_CHARACTERS: usize = 1000;

/// Longest answer in characters; `client_requests_answer_is_in_bounds` has the same bound.
pub const MAX_ANSWER_CHARACTERS: usize = 4000;

/// Requests that are made at once.
pub const MAX_AT_ONCE: usize = 20;

crate::string_enum! {
    /// What is wanted.
    Wanted {
        File = "file", "A file";
        Answer = "answer", "An answer";
    }
}

crate::string_enum! {
    /// Where a request stands.
    RequestStatus {
        Open = "open", "Waits on the client";
        Answered = "answered", "Answered";
        Returned = "returned", "Sent back";
        Accepted = "accepted", "Done";
        Withdrawn = "withdrawn", "Withdrawn";
    }
}

crate::string_enum! {
    /// What our team says of a request.
    RequestVerdict {
        Accepted = "accepted", "Accept";
        Returned = "returned", "Send back";
        Withdrawn = "withdrawn", "Withdraw";
    }
}

impl RequestStatus {
    /// What our team may say of a request that stands so; `private.settle_request` in the database is tested against it.
    pub const fn verdicts(self) -> &'static [RequestVerdict] {
        use RequestVerdict::{Accepted, Returned, Withdrawn};
        match self {
            Self::Open | Self::Returned => &[Withdrawn],
            Self::Answered => &[Accepted, Returned, Withdrawn],
            Self::Accepted => &[Returned],
            Self::Withdrawn => &[],
        }
    }

    /// Those that wait on the client.
    pub const WAITING: [Self; 2] = [Self::Open, Self::Returned];
}

/// The document that answers a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct AnswerDocument {
    pub id: Uuid,
    pub document_name: String,
}

/// A request as its client sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct ClientRequest {
    pub id: Uuid,
    #[cfg_attr(
        not(target_arch = "wasm32"),
        schema(example = "Bank statement of December")
    )]
    pub title: String,
    pub description: Option<String>,
    pub wanted: Wanted,
    /// What a wanted file is; null where it may be anything.
    pub document_category: Option<DocumentCategory>,
    /// The day until which it is wanted, `YYYY-MM-DD`.
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "2027-01-15"))]
    pub due_on: String,
    pub status: RequestStatus,
    pub answer: Option<String>,
    /// Null where no file was sent, or it is gone.
    pub document: Option<AnswerDocument>,
    /// Why it was sent back.
    pub reason: Option<String>,
    /// RFC 3339.
    pub made_at: String,
    /// RFC 3339; null until it was answered.
    pub answered_at: Option<String>,
}

/// The columns of [`ClientRequest`], for PostgREST's `select`.
pub const REQUEST_COLUMNS: &str = "id,title,description,wanted,document_category,due_on,status,answer,\
document:client_documents(id,document_name),reason,made_at,answered_at";

/// A request as the database gives it to our team.
#[derive(Clone, Debug, Deserialize)]
pub struct FiledRequestRow {
    #[serde(flatten)]
    request: ClientRequest,
    settled_at: Option<String>,
    made_by: Option<String>,
    settled_by: Option<String>,
}

/// A request as our team sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct FiledRequest {
    #[serde(flatten)]
    pub request: ClientRequest,
    /// RFC 3339; null until our team has said something of it.
    pub settled_at: Option<String>,
    /// The address of who made it; null for an account that is gone.
    pub made_by: Option<String>,
    /// The address of who settled it.
    pub settled_by: Option<String>,
    /// What can be said of it now.
    pub verdicts: Vec<RequestVerdict>,
}

impl From<FiledRequestRow> for FiledRequest {
    fn from(row: FiledRequestRow) -> Self {
        Self {
            verdicts: row.request.status.verdicts().to_vec(),
            request: row.request,
            settled_at: row.settled_at,
            made_by: row.made_by,
            settled_by: row.settled_by,
        }
    }
}

/// One thing to ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewRequest {
    pub title: String,
    pub description: Option<String>,
    pub wanted: Wanted,
    pub document_category: Option<DocumentCategory>,
    /// `YYYY-MM-DD`.
    pub due_on: String,
}

impl NewRequest {
    /// Reads one of a list. `today` is that of UTC; firms live west of it, so that the day before it may be theirs.
    pub fn read(fields: &mut Fields, today: NaiveDate) -> Option<Self> {
        let title = fields.required("title", plain_text);
        let description = fields.optional("description", |text| {
            paragraphs(text, MAX_DESCRIPTION_CHARACTERS)
        });
        let wanted = fields.required("wanted", str::parse::<Wanted>);
        let document_category =
            fields.nullable("document_category", str::parse::<DocumentCategory>);
        if wanted == Some(Wanted::Answer) && document_category.is_some() {
            fields.refuse("document_category", "This goes with a file only.");
        }
        let due_on = fields.required("due_on", |text| due_day(text, today));
        Some(Self {
            title: title?,
            description,
            wanted: wanted?,
            document_category,
            due_on: due_on?,
        })
    }
}

/// Reads a day until which something is wanted.
///
/// # Errors
/// A sentence for our team.
pub fn due_day(text: &str, today: NaiveDate) -> Result<String, String> {
    let day = NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d")
        .map_err(|_| "Send a day as YYYY-MM-DD.".to_owned())?;
    if day < today - Days::new(1) {
        return Err("Choose a day that is not past.".to_owned());
    }
    if day > today + Days::new(2 * 366) {
        return Err("Choose a day within two years.".to_owned());
    }
    Ok(day.to_string())
}

/// The day of a time in RFC 3339, in UTC.
pub fn day_of(time: &str) -> NaiveDate {
    DateTime::parse_from_rfc3339(time).map_or(NaiveDate::MIN, |time| time.to_utc().date_naive())
}

/// A day `YYYY-MM-DD` in words: `January 15, 2027`.
pub fn day_in_words(day: &str) -> String {
    NaiveDate::parse_from_str(day, "%Y-%m-%d").map_or_else(
        |_| day.to_owned(),
        |day| day.format("%B %-d, %Y").to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn today() -> NaiveDate {
        day_of("2026-11-23T23:30:00+00:00")
    }

    fn read(item: &Value) -> Result<Vec<NewRequest>, Vec<String>> {
        let body = json!({ "items": [item] }).to_string();
        let mut fields = Fields::parse(body.as_bytes()).unwrap();
        let list = fields.objects("items", MAX_AT_ONCE, |one| NewRequest::read(one, today()));
        match fields.finish() {
            Ok(()) => Ok(list.unwrap()),
            Err(problem) => Err(problem
                .errors
                .into_iter()
                .map(|error| error.field)
                .collect()),
        }
    }

    #[test]
    fn a_request_is_a_title_a_day_and_what_is_wanted() {
        let read = read(&json!({
            "title": " Bank statement ", "description": "All pages,\nplease.", "wanted": "file",
            "document_category": "bank-statement", "due_on": "2026-12-15",
        }))
        .unwrap();
        assert_eq!(
            json!(read[0]),
            json!({
                "title": "Bank statement", "description": "All pages,\nplease.", "wanted": "file",
                "document_category": "bank-statement", "due_on": "2026-12-15",
            })
        );
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (change, field) in [
            (json!({ "title": "" }), "items.0.title"),
            (
                json!({ "description": "x".repeat(1001) }),
                "items.0.description",
            ),
            (json!({ "wanted": "money" }), "items.0.wanted"),
            (
                json!({ "document_category": "w9" }),
                "items.0.document_category",
            ),
            (json!({ "due_on": "2026-11-21" }), "items.0.due_on"),
            (json!({ "due_on": "2026-02-30" }), "items.0.due_on"),
            (json!({ "due_on": "2036-02-03" }), "items.0.due_on"),
            (json!({ "due_on": null }), "items.0.due_on"),
            (json!({ "client_id": "x" }), "items.0.client_id"),
        ] {
            let mut item = json!({ "title": "x", "wanted": "answer", "due_on": "2026-11-22" });
            assert!(read(&item).is_ok());
            item.as_object_mut()
                .unwrap()
                .extend(change.as_object().unwrap().clone());
            assert_eq!(read(&item), Err(vec![field.to_owned()]), "{item}");
        }
    }

    #[test]
    fn nothing_is_accepted_that_was_not_answered_and_nothing_withdrawn_comes_back() {
        for status in RequestStatus::ALL {
            let accepts = status.verdicts().contains(&RequestVerdict::Accepted);
            assert_eq!(accepts, *status == RequestStatus::Answered, "{status}");
        }
        assert!(RequestStatus::Withdrawn.verdicts().is_empty());
    }

    #[test]
    fn a_day_is_told_in_words() {
        assert_eq!(day_in_words("2027-01-05"), "January 5, 2027");
        assert_eq!(day_in_words("soon"), "soon");
    }
}
