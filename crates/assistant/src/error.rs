use std::time::Duration;

/// Why there is no reply, or no more of it. The texts are for the log: they hold no part of the
/// conversation, and nothing that the other side wrote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("the model did not answer in time")]
    Deadline,
    #[error("the model could not be reached: {0}")]
    Unreachable(String),
    /// It answered that it is overloaded or down.
    #[error("the model is unavailable (status {status})")]
    Unavailable {
        status: u16,
        retry_after: Option<Duration>,
    },
    /// It refused the request, so the fault is in our settings or our request.
    #[error("the model refused the request (status {0})")]
    Refused(u16),
    #[error("the model's answer can't be read: {0}")]
    Protocol(&'static str),
    #[error("the model's answer broke off")]
    Interrupted,
}

impl Error {
    /// From the status of an answer that is not a success.
    pub fn from_status(status: u16, retry_after: Option<Duration>) -> Self {
        match status {
            408 | 425 | 429 | 500..=599 => Self::Unavailable {
                status,
                retry_after,
            },
            _ => Self::Refused(status),
        }
    }

    /// The HTTP status under which our own caller hears of it.
    pub fn status(&self) -> u16 {
        match self {
            Self::Deadline => 504,
            Self::Unreachable(_) | Self::Unavailable { .. } => 503,
            Self::Refused(_) | Self::Protocol(_) | Self::Interrupted => 502,
        }
    }

    /// When it makes sense to ask again.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}
