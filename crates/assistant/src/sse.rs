//! A push parser for server-sent events: bytes in as they come, whole events out.
//! <https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream>

use crate::Error;

/// No honest event comes near this; without a limit a broken peer could fill the memory.
const MAX_EVENT_BYTES: usize = 256 * 1024;

/// Collects `data` of events. Types, ids and comments carry nothing for us.
#[derive(Debug, Default)]
pub struct EventParser {
    /// Bytes of a line that has not ended. Decoded only when whole, so that a character split
    /// between two chunks is not damaged.
    line: Vec<u8>,
    data: Option<String>,
    /// A `\r` came last: a `\n` right after it belongs to the same line end.
    after_carriage_return: bool,
    first_line_seen: bool,
}

impl EventParser {
    /// Takes the next bytes, whatever they are cut from, and gives the data of each event that
    /// they complete.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<String>, Error> {
        let mut events = Vec::new();
        for &byte in bytes {
            let joins = std::mem::take(&mut self.after_carriage_return) && byte == b'\n';
            match byte {
                b'\n' if joins => {}
                b'\n' => self.end_line(&mut events)?,
                b'\r' => {
                    self.end_line(&mut events)?;
                    self.after_carriage_return = true;
                }
                _ if self.line.len() >= MAX_EVENT_BYTES => {
                    return Err(Error::Protocol("an event is too large"));
                }
                _ => self.line.push(byte),
            }
        }
        Ok(events)
    }

    fn end_line(&mut self, events: &mut Vec<String>) -> Result<(), Error> {
        let line = std::mem::take(&mut self.line);
        let line =
            std::str::from_utf8(&line).map_err(|_| Error::Protocol("the stream is not UTF-8"))?;
        let line = if std::mem::replace(&mut self.first_line_seen, true) {
            line
        } else {
            line.strip_prefix('\u{feff}').unwrap_or(line)
        };
        if line.is_empty() {
            events.extend(self.data.take());
            return Ok(());
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        if field == "data" {
            let value = value.strip_prefix(' ').unwrap_or(value);
            match &mut self.data {
                Some(data) if data.len() + value.len() > MAX_EVENT_BYTES => {
                    return Err(Error::Protocol("an event is too large"));
                }
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => self.data = Some(value.to_owned()),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = "\u{feff}: hello\nevent: x\ndata: {\"a\":\"Dé 你🙂\"}\r\n\r\nid: 3\rdata:two\rdata:  lines\r\rdata\n\nretry: 10\n\ndata: [DONE]\n\ndata: cut";
    const EVENTS: [&str; 4] = ["{\"a\":\"Dé 你🙂\"}", "two\n lines", "", "[DONE]"];

    fn parse(chunks: &[&[u8]]) -> Vec<String> {
        let mut parser = EventParser::default();
        chunks
            .iter()
            .flat_map(|chunk| parser.push(chunk).unwrap())
            .collect()
    }

    #[test]
    fn every_split_in_two_and_in_three_gives_the_same_events() {
        let bytes = STREAM.as_bytes();
        for first in 0..=bytes.len() {
            for second in first..=bytes.len() {
                assert_eq!(
                    parse(&[&bytes[..first], &bytes[first..second], &bytes[second..]]),
                    EVENTS,
                    "split at {first} and {second}"
                );
            }
        }
    }

    #[test]
    fn one_byte_at_a_time_gives_the_same_events() {
        let chunks: Vec<&[u8]> = STREAM.as_bytes().chunks(1).collect();
        assert_eq!(parse(&chunks), EVENTS);
    }

    #[test]
    fn refuses_what_is_not_text_and_what_has_no_end() {
        assert!(matches!(
            EventParser::default().push(b"data: \xff\xfe\n\n"),
            Err(Error::Protocol(_))
        ));
        let endless = vec![b'x'; MAX_EVENT_BYTES + 1];
        assert!(matches!(
            EventParser::default().push(&endless),
            Err(Error::Protocol(_))
        ));
        let mut parser = EventParser::default();
        let line = [
            b"data: ".as_slice(),
            &vec![b'x'; MAX_EVENT_BYTES / 2],
            b"\n",
        ]
        .concat();
        assert!((0..3).any(|_| parser.push(&line).is_err()));
    }
}
