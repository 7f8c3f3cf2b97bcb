//! Starts child processes, keeps what they print, and ends them in order.
//!
//! - Each child leads a process group of its own, so Ctrl-C in a terminal reaches only us and we
//!   decide the order in which children stop.
//! - On Linux a child is signalled when we die, however we die. macOS has nothing like it: after
//!   `kill -9` of the parent, children there live on until someone ends them.
//! - What a child prints goes to a log file; its last lines are kept to explain a death.
//!
//! ```no_run
//! # use std::time::Duration;
//! # async fn run() -> Result<(), omega_supervise::Error> {
//! use omega_supervise::{Spec, Supervisor};
//! let mut children = Supervisor::default();
//! let db = children.spawn(Spec::new("postgres", "postgres").arg("-D").arg("data"))?;
//! db.wait_tcp(([127, 0, 0, 1], 5432).into(), Duration::from_secs(20)).await?;
//! let first = children.first_exit().await;
//! eprintln!("{first}");
//! children.stop_all().await;
//! # Ok(())
//! # }
//! ```

mod child;
mod output;
mod port;
mod ready;
mod spawner;

use std::process::ExitStatus;

pub use child::{Child, Spec, Supervisor};
pub use nix::sys::signal::Signal;
pub use output::Stream;
pub use port::{check_port, free_port};

/// A child that has ended, with what it said last.
#[derive(Clone, Debug)]
pub struct Exit {
    pub name: String,
    pub status: ExitStatus,
    pub last_lines: Vec<String>,
}

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ended ({})", self.name, self.status)?;
        if self.last_lines.is_empty() {
            return write!(f, " without a word");
        }
        write!(f, "; its last lines:")?;
        for line in &self.last_lines {
            write!(f, "\n  {line}")?;
        }
        Ok(())
    }
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{name} could not be started: {program}: {source}")]
    Start {
        name: String,
        program: String,
        source: std::io::Error,
    },
    #[error("the log file {path} could not be opened: {source}")]
    Log {
        path: String,
        source: std::io::Error,
    },
    #[error("{0}")]
    Exited(Exit),
    #[error("{name} did not answer at {target} within {seconds} s{tail}")]
    NotReady {
        name: String,
        target: String,
        seconds: u64,
        tail: String,
    },
    #[error(
        "port {port}, which {what} needs, is already in use: end what listens there or choose another port"
    )]
    PortTaken { port: u16, what: String },
    #[error("{what} cannot listen on {address}: {source}")]
    Port {
        what: String,
        address: String,
        source: std::io::Error,
    },
}
