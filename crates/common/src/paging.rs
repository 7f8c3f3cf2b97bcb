//! Keyset paging, newest first: a cursor names the last row of a page by its time and id.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::DateTime;
use uuid::Uuid;

use crate::problem::Problem;
use crate::rest::Query;

pub const DEFAULT_LIMIT: usize = 20;
pub const MAX_LIMIT: usize = 100;

/// The last row of the page before. Opaque to callers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// RFC 3339, as PostgREST gave it.
    time: String,
    id: Uuid,
}

impl Cursor {
    pub fn encode(time: &str, id: Uuid) -> String {
        URL_SAFE_NO_PAD.encode(format!("{time} {id}"))
    }

    /// # Errors
    /// 400 for what no page of ours handed out.
    pub fn decode(cursor: &str) -> Result<Self, Problem> {
        let refused = || {
            Problem::bad_request("This page marker is not valid. Start again from the first page.")
        };
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| refused())?;
        let text = String::from_utf8(bytes).map_err(|_| refused())?;
        let (time, id) = text.split_once(' ').ok_or_else(refused)?;
        DateTime::parse_from_rfc3339(time).map_err(|_| refused())?;
        Ok(Self {
            time: time.to_owned(),
            id: id.parse().map_err(|_| refused())?,
        })
    }

    /// The time and the id of the row, for a function that pages by itself.
    pub fn key(&self) -> (&str, Uuid) {
        (&self.time, self.id)
    }

    /// The rows after this one in the order of [`newest_first`], for PostgREST's `or`.
    pub fn filter(&self, time_column: &str) -> String {
        let Self { time, id } = self;
        format!(r#"({time_column}.lt."{time}",and({time_column}.eq."{time}",id.lt.{id}))"#)
    }
}

/// The order of every listing, for PostgREST's `order`.
fn newest_first(time_column: &str) -> String {
    format!("{time_column}.desc,id.desc")
}

/// Rows a page asks for; [`Page::of`] needs one more than it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    pub limit: usize,
    pub cursor: Option<Cursor>,
}

impl PageRequest {
    /// Reads the query parameters `limit` and `cursor`.
    ///
    /// # Errors
    /// 400 for a limit out of 1 to [`MAX_LIMIT`] or a bad cursor.
    pub fn parse(limit: Option<&str>, cursor: Option<&str>) -> Result<Self, Problem> {
        let limit = match limit {
            None => DEFAULT_LIMIT,
            Some(text) => text
                .parse()
                .ok()
                .filter(|limit| (1..=MAX_LIMIT).contains(limit))
                .ok_or_else(|| {
                    Problem::bad_request(format!("limit must be a number from 1 to {MAX_LIMIT}."))
                })?,
        };
        Ok(Self {
            limit,
            cursor: cursor.map(Cursor::decode).transpose()?,
        })
    }

    /// Adds order, filter and limit to a query; `embedded` names the list inside it that is paged, if it
    /// is not the query itself. One row more than shown tells whether a next page exists.
    pub fn apply(
        &self,
        query: impl Into<Query>,
        embedded: Option<&str>,
        time_column: &str,
    ) -> Query {
        let name = |parameter: &str| match embedded {
            Some(list) => format!("{list}.{parameter}"),
            None => parameter.to_owned(),
        };
        let query = query
            .into()
            .parameter(name("order"), newest_first(time_column))
            .parameter(name("limit"), (self.limit + 1).to_string());
        match &self.cursor {
            // The index can begin at a time; with the alternative alone it is read from its start, page after page.
            Some(cursor) => query
                .parameter(name(time_column), format!("lte.{}", cursor.time))
                .parameter(name("or"), cursor.filter(time_column)),
            None => query,
        }
    }

    /// Cuts `rows` to the page; the cursor is `Some` when more rows follow.
    pub fn cut<T>(&self, rows: &mut Vec<T>, key: impl Fn(&T) -> (&str, Uuid)) -> Option<String> {
        let more = rows.len() > self.limit;
        rows.truncate(self.limit);
        rows.last().filter(|_| more).map(|row| {
            let (time, id) = key(row);
            Cursor::encode(time, id)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: &str = "2026-11-23T03:44:05.123456+00:00";

    #[test]
    fn cursor_survives_the_round_trip() {
        let id = Uuid::from_u128(7);
        let cursor = Cursor::decode(&Cursor::encode(TIME, id)).unwrap();
        assert_eq!(
            cursor,
            Cursor {
                time: TIME.to_owned(),
                id
            }
        );
    }

    #[test]
    fn a_later_page_begins_where_the_index_finds_it() {
        let id = Uuid::from_u128(7);
        let page = PageRequest::parse(None, Some(&Cursor::encode(TIME, id))).unwrap();
        let table = crate::rest::Rest::new("http://localhost").from("clients");
        let query = page.apply(
            table.select("page:messages(id)"),
            Some("page"),
            "created_at",
        );
        let request =
            crate::rest::request(query, crate::api_keys::Credentials::Key("sb_publishable_x"));
        let url = request.unwrap().url;
        assert!(
            url.contains("&page.created_at=lte.2026-11-23T03%3A44%3A05.123456%2B00%3A00&page.or="),
            "{url}"
        );
    }

    #[test]
    fn cursor_can_carry_no_filter_of_its_own() {
        for text in [
            "x",
            &format!("{TIME}) x"),
            &format!("{TIME},id.gt.0 {}", Uuid::nil()),
            "2026 1",
        ] {
            assert!(
                Cursor::decode(&URL_SAFE_NO_PAD.encode(text)).is_err(),
                "{text}"
            );
        }
    }

    #[test]
    fn limit_is_bounded() {
        assert_eq!(PageRequest::parse(None, None).unwrap().limit, DEFAULT_LIMIT);
        for bad in ["0", "101", "-1", "ten", ""] {
            assert!(PageRequest::parse(Some(bad), None).is_err(), "{bad}");
        }
    }

    #[test]
    fn cursor_is_given_only_when_more_follows() {
        let page = PageRequest {
            limit: 2,
            cursor: None,
        };
        let row = |n: u128| (TIME.to_owned(), Uuid::from_u128(n));
        let mut rows = vec![row(3), row(2), row(1)];
        let next = page.cut(&mut rows, |row| (&row.0, row.1)).unwrap();
        assert_eq!(Cursor::decode(&next).unwrap().id, Uuid::from_u128(2));
        let mut rows = vec![row(2), row(1)];
        assert_eq!(page.cut(&mut rows, |row| (&row.0, row.1)), None);
    }
}
