//! The one thread that forks.
//!
//! Linux sends the parent-death signal when the *thread* that forked ends, not its process, and a
//! runtime's threads come and go. So children are forked by a thread that never ends.

use std::io;
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};

use tokio::process::{Child, Command};
use tokio::runtime::Handle;

struct Job {
    command: Command,
    runtime: Handle,
    answer: Sender<io::Result<Child>>,
}

static JOBS: OnceLock<Sender<Job>> = OnceLock::new();

fn jobs() -> &'static Sender<Job> {
    JOBS.get_or_init(|| {
        let (sender, receiver) = channel::<Job>();
        // If the thread cannot be made, `spawn` finds the channel closed and says so.
        let _ = std::thread::Builder::new()
            .name("spawner".into())
            .spawn(move || {
                for mut job in receiver {
                    let _context = job.runtime.enter();
                    let _ = job.answer.send(job.command.spawn());
                }
            });
        sender
    })
}

pub(crate) fn spawn(command: Command) -> io::Result<Child> {
    let gone = || io::Error::other("the thread that starts processes is gone");
    let (answer, result) = channel();
    let job = Job {
        command,
        runtime: Handle::current(),
        answer,
    };
    jobs().send(job).map_err(|_| gone())?;
    result.recv().map_err(|_| gone())?
}
