//! What a child prints: to its log file, to the ring of last lines, to whoever listens.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt};

use crate::Error;

const KEPT_LINES: usize = 40;
/// A line longer than this is cut into pieces, so that a child cannot fill our memory.
const LONGEST_LINE: usize = 16 * 1024;
/// A log larger than this starts anew with the next run.
const LARGEST_LOG: u64 = 8 * 1024 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    Stdout,
    Stderr,
}

pub(crate) type OnLine = Arc<dyn Fn(Stream, &str) + Send + Sync>;

#[derive(Clone, Default)]
pub(crate) struct Output {
    lines: Arc<Mutex<VecDeque<String>>>,
    log: Option<Arc<Mutex<File>>>,
    on_line: Option<OnLine>,
}

impl Output {
    pub fn new(log: Option<&Path>, on_line: Option<OnLine>) -> Result<Self, Error> {
        let log = log.map(open_log).transpose()?;
        Ok(Self {
            log: log.map(|file| Arc::new(Mutex::new(file))),
            on_line,
            ..Self::default()
        })
    }

    pub fn last_lines(&self) -> Vec<String> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().cloned().collect()
    }

    fn take(&self, stream: Stream, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let line = text.trim_end_matches(['\r', '\n']);
        if let Some(log) = &self.log {
            let mut file = log.lock().unwrap_or_else(PoisonError::into_inner);
            // A full disk must not end the child; its last lines are still kept below.
            let _ = writeln!(file, "{line}");
        }
        {
            let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
            if lines.len() == KEPT_LINES {
                lines.pop_front();
            }
            lines.push_back(line.to_owned());
        }
        if let Some(on_line) = &self.on_line {
            on_line(stream, line);
        }
    }

    /// Reads one of the child's pipes to its end.
    pub async fn read(self, stream: Stream, mut pipe: impl AsyncRead + Unpin) {
        let mut pending = Vec::new();
        let mut buffer = vec![0; 8 * 1024];
        while let Ok(count @ 1..) = pipe.read(&mut buffer).await {
            pending.extend_from_slice(&buffer[..count]);
            let mut start = 0;
            while let Some(length) = pending[start..].iter().position(|byte| *byte == b'\n') {
                self.take(stream, &pending[start..start + length]);
                start += length + 1;
            }
            pending.drain(..start);
            if pending.len() > LONGEST_LINE {
                self.take(stream, &pending);
                pending.clear();
            }
        }
        if !pending.is_empty() {
            self.take(stream, &pending);
        }
    }
}

fn open_log(path: &Path) -> Result<File, Error> {
    let open = || -> std::io::Result<File> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut options = OpenOptions::new();
        options.create(true);
        match std::fs::metadata(path) {
            Ok(found) if found.len() > LARGEST_LOG => options.write(true).truncate(true),
            _ => options.append(true),
        };
        options.open(path)
    };
    open().map_err(|source| Error::Log {
        path: path.display().to_string(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn keeps_the_last_lines_only() {
        let output = Output::default();
        let text: String = (0..100).map(|n| format!("line {n}\n")).collect();
        output
            .clone()
            .read(Stream::Stdout, format!("{text}end").as_bytes())
            .await;
        let lines = output.last_lines();
        assert_eq!(lines.len(), KEPT_LINES);
        assert_eq!(lines[0], "line 61");
        assert_eq!(lines[KEPT_LINES - 1], "end");
    }

    #[tokio::test]
    async fn an_endless_line_is_cut() {
        let output = Output::default();
        let text = vec![b'x'; 100 * 1024];
        output.clone().read(Stream::Stderr, &text[..]).await;
        let lines = output.last_lines();
        assert!(lines.len() > 1);
        assert_eq!(lines.iter().map(String::len).sum::<usize>(), text.len());
    }
}
