//! DNS over HTTPS in the JSON form that Cloudflare and Google serve alike.
//! Source: Cloudflare, "DNS over HTTPS, Using JSON".

use serde::Deserialize;

use crate::problem::Problem;
use crate::upstream::UpstreamRequest;

pub const DEFAULT_URL: &str = "https://cloudflare-dns.com/dns-query";

/// Kinds of records that are asked for, with their numbers (RFC 1035, section 3.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordType {
    Mx,
    Txt,
}

impl RecordType {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mx => "MX",
            Self::Txt => "TXT",
        }
    }

    const fn number(self) -> u16 {
        match self {
            Self::Mx => 15,
            Self::Txt => 16,
        }
    }
}

/// Asks for the records of one type at `name`.
pub fn query(base_url: &str, name: &str, kind: RecordType) -> UpstreamRequest {
    let parameters = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("name", name)
        .append_pair("type", kind.as_str())
        .finish();
    UpstreamRequest::new("GET", format!("{base_url}?{parameters}"))
        .header("accept", "application/dns-json")
}

#[derive(Deserialize)]
struct Answer {
    /// A response code (RFC 1035, section 4.1.1).
    #[serde(rename = "Status")]
    status: u16,
    #[serde(rename = "Answer", default)]
    records: Vec<Record>,
}

#[derive(Deserialize)]
struct Record {
    #[serde(rename = "type")]
    kind: u16,
    data: String,
}

/// Name error: there is no such name.
const NXDOMAIN: u16 = 3;

/// The records that an answer to [`query`] holds, each as text: a TXT record's strings joined, an MX
/// record as `<preference> <host>`. No record is an empty list.
///
/// # Errors
/// 503 when the resolver has no answer, 502 when its answer is no DNS JSON.
pub fn records(kind: RecordType, status: u16, body: &[u8]) -> Result<Vec<String>, Problem> {
    if status != 200 {
        return Err(Problem::unavailable(format!(
            "the resolver answered {status}"
        )));
    }
    let answer: Answer = serde_json::from_slice(body)
        .map_err(|_| Problem::bad_gateway("the resolver's answer is no DNS JSON"))?;
    if answer.status != 0 && answer.status != NXDOMAIN {
        return Err(Problem::unavailable(format!(
            "the resolver's response code is {}",
            answer.status
        )));
    }
    // Records of other types stand for the aliases on the way.
    Ok(answer
        .records
        .into_iter()
        .filter(|record| record.kind == kind.number())
        .map(|record| match kind {
            RecordType::Txt => joined(&record.data),
            RecordType::Mx => record.data.trim_end_matches('.').to_lowercase(),
        })
        .collect())
}

/// The strings of a TXT record, each of at most 255 bytes and in quotes, as the one text they are
/// (RFC 7208, section 3.3). Some resolvers leave the quotes off.
fn joined(data: &str) -> String {
    let data = data.trim();
    if !data.starts_with('"') {
        return data.to_owned();
    }
    let mut text = String::with_capacity(data.len());
    let mut inside = false;
    let mut characters = data.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => inside = !inside,
            '\\' if inside => text.extend(characters.next()),
            other if inside => text.push(other),
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: RecordType, body: &str) -> Result<Vec<String>, Problem> {
        records(kind, 200, body.as_bytes())
    }

    #[test]
    fn a_question_goes_out_with_its_name_escaped() {
        let request = query(DEFAULT_URL, "resend._domainkey.omegaos.co", RecordType::Txt);
        assert_eq!(
            request.url,
            "https://cloudflare-dns.com/dns-query?name=resend._domainkey.omegaos.co&type=TXT"
        );
        assert_eq!(
            request.headers,
            [("accept".to_owned(), "application/dns-json".to_owned())]
        );
    }

    #[test]
    fn long_texts_are_joined_and_aliases_left_out() {
        let body = r#"{"Status":0,"Answer":[
            {"name":"a","type":5,"TTL":1,"data":"b."},
            {"name":"b","type":16,"TTL":1,"data":"\"p=abc\" \"def\""},
            {"name":"b","type":16,"TTL":1,"data":"bare text"}]}"#;
        assert_eq!(
            read(RecordType::Txt, body).unwrap(),
            ["p=abcdef", "bare text"]
        );
    }

    #[test]
    fn mail_servers_are_compared_without_case_and_dot() {
        let body = r#"{"Status":0,"Answer":[{"name":"a","type":15,"TTL":1,"data":"10 Mail.Example.com."}]}"#;
        assert_eq!(read(RecordType::Mx, body).unwrap(), ["10 mail.example.com"]);
    }

    #[test]
    fn no_such_name_is_an_answer_and_a_failed_lookup_is_none() {
        assert_eq!(
            read(RecordType::Txt, r#"{"Status":3}"#).unwrap(),
            Vec::<String>::new()
        );
        assert_eq!(
            read(RecordType::Txt, r#"{"Status":2}"#).unwrap_err().status,
            503
        );
        assert_eq!(read(RecordType::Txt, "<html>").unwrap_err().status, 502);
        assert_eq!(
            records(RecordType::Txt, 400, b"{}").unwrap_err().status,
            503
        );
    }
}
