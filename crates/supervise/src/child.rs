use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::process::Command;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::output::{OnLine, Output};
use crate::{Error, Exit, Stream, spawner};

/// How long a dead child's pipes may stay open (a grandchild may hold them) before we stop reading.
const DRAIN: Duration = Duration::from_millis(300);
const DEFAULT_GRACE: Duration = Duration::from_secs(5);

/// What to start, and how to end it.
pub struct Spec {
    name: String,
    program: OsString,
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    env_remove: Vec<OsString>,
    cwd: Option<PathBuf>,
    log: Option<PathBuf>,
    on_line: Option<OnLine>,
    stop_signal: Signal,
    grace: Duration,
    #[cfg_attr(not(target_os = "linux"), allow(dead_code))]
    death_signal: Signal,
    run_as: Option<(u32, u32)>,
}

impl Spec {
    /// `name` is what reports and log lines call the child.
    pub fn new(name: impl Into<String>, program: impl AsRef<OsStr>) -> Self {
        Self {
            name: name.into(),
            program: program.as_ref().to_owned(),
            args: Vec::new(),
            env: Vec::new(),
            env_remove: Vec::new(),
            cwd: None,
            log: None,
            on_line: None,
            stop_signal: Signal::SIGTERM,
            grace: DEFAULT_GRACE,
            death_signal: Signal::SIGKILL,
            run_as: None,
        }
    }

    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    #[must_use]
    pub fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args
            .extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// Adds to the environment the child inherits.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.env
            .push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    #[must_use]
    pub fn env_remove(mut self, name: impl AsRef<OsStr>) -> Self {
        self.env_remove.push(name.as_ref().to_owned());
        self
    }

    #[must_use]
    pub fn cwd(mut self, folder: impl AsRef<Path>) -> Self {
        self.cwd = Some(folder.as_ref().to_owned());
        self
    }

    /// The file that gets every line the child prints.
    #[must_use]
    pub fn log(mut self, file: impl AsRef<Path>) -> Self {
        self.log = Some(file.as_ref().to_owned());
        self
    }

    /// Called with every line the child prints.
    #[must_use]
    pub fn on_line(mut self, listen: impl Fn(Stream, &str) + Send + Sync + 'static) -> Self {
        self.on_line = Some(Arc::new(listen));
        self
    }

    /// The signal that asks the child to stop (SIGTERM unless told), and how long it may take
    /// (5 s unless told) before its whole group is killed.
    #[must_use]
    pub fn stop_with(mut self, signal: Signal, grace: Duration) -> Self {
        self.stop_signal = signal;
        self.grace = grace;
        self
    }

    /// The signal the child gets when we die without stopping it (SIGKILL unless told; Linux only).
    #[must_use]
    pub fn on_parent_death(mut self, signal: Signal) -> Self {
        self.death_signal = signal;
        self
    }

    /// Runs the child as another user; only root can.
    #[must_use]
    pub fn run_as(mut self, uid: u32, gid: u32) -> Self {
        self.run_as = Some((uid, gid));
        self
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.args)
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        for name in &self.env_remove {
            command.env_remove(name);
        }
        if let Some(folder) = &self.cwd {
            command.current_dir(folder);
        }
        if let Some((uid, gid)) = self.run_as {
            command.uid(uid).gid(gid);
        }
        #[cfg(target_os = "linux")]
        die_with_parent(&mut command, self.death_signal);
        command
    }

    /// Starts the child. Needs a tokio runtime.
    pub fn spawn(self) -> Result<Child, Error> {
        let output = Output::new(self.log.as_deref(), self.on_line.clone())?;
        let start_error = |source| Error::Start {
            name: self.name.clone(),
            program: self.program.to_string_lossy().into_owned(),
            source,
        };
        let mut process = spawner::spawn(self.command()).map_err(start_error)?;
        let pid = process
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .map(Pid::from_raw)
            .ok_or_else(|| start_error(std::io::Error::other("it has no process id")))?;
        let (sender, exited) = watch::channel(None);
        let readers = [
            process
                .stdout
                .take()
                .map(|pipe| tokio::spawn(output.clone().read(Stream::Stdout, pipe))),
            process
                .stderr
                .take()
                .map(|pipe| tokio::spawn(output.clone().read(Stream::Stderr, pipe))),
        ];
        tokio::spawn(async move {
            let status = process.wait().await.unwrap_or_default();
            // Whatever it left behind in its group ends with it.
            let _ = killpg(pid, Signal::SIGKILL);
            for mut reader in readers.into_iter().flatten() {
                if timeout(DRAIN, &mut reader).await.is_err() {
                    reader.abort();
                }
            }
            let _ = sender.send(Some(status));
        });
        Ok(Child {
            name: self.name,
            pid,
            stop_signal: self.stop_signal,
            grace: self.grace,
            output,
            exited,
        })
    }
}

#[cfg(target_os = "linux")]
#[allow(
    unsafe_code,
    reason = "only code between fork and exec can ask for the parent-death signal; it makes two \
              async-signal-safe system calls and allocates nothing"
)]
fn die_with_parent(command: &mut Command, signal: Signal) {
    let parent = nix::unistd::getpid();
    // Runs after the change of user, which would clear the setting.
    unsafe {
        command.pre_exec(move || {
            nix::sys::prctl::set_pdeathsig(signal)?;
            // The parent may have died before the line above.
            if nix::unistd::getppid() != parent {
                return Err(std::io::ErrorKind::BrokenPipe.into());
            }
            Ok(())
        });
    }
}

/// A running (or ended) child. Clones refer to the same process.
#[derive(Clone)]
pub struct Child {
    name: String,
    pid: Pid,
    stop_signal: Signal,
    grace: Duration,
    output: Output,
    exited: watch::Receiver<Option<ExitStatus>>,
}

impl Child {
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn id(&self) -> i32 {
        self.pid.as_raw()
    }

    pub fn is_running(&self) -> bool {
        self.exited.borrow().is_none()
    }

    /// The last lines it printed, oldest first.
    pub fn last_lines(&self) -> Vec<String> {
        self.output.last_lines()
    }

    /// Waits until the child has ended.
    pub async fn exited(&self) -> Exit {
        let mut exited = self.exited.clone();
        let status = match exited.wait_for(Option::is_some).await {
            Ok(status) => status.unwrap_or_default(),
            // The runtime is shutting down and took the task that waits.
            Err(_) => ExitStatus::default(),
        };
        Exit {
            name: self.name.clone(),
            status,
            last_lines: self.last_lines(),
        }
    }

    pub fn signal(&self, signal: Signal) {
        if self.is_running() {
            // It may end between the check and the call; that is as good.
            let _ = nix::sys::signal::kill(self.pid, signal);
        }
    }

    /// Asks the child to stop, waits its grace period, then kills its whole group.
    pub async fn stop(&self) -> Exit {
        self.signal(self.stop_signal);
        match timeout(self.grace, self.exited()).await {
            Ok(exit) => exit,
            Err(_) => {
                if self.is_running() {
                    let _ = killpg(self.pid, Signal::SIGKILL);
                }
                self.exited().await
            }
        }
    }
}

/// Children in the order they were started.
#[derive(Default)]
pub struct Supervisor {
    children: Vec<Child>,
}

impl Supervisor {
    pub fn spawn(&mut self, spec: Spec) -> Result<Child, Error> {
        let child = spec.spawn()?;
        self.children.push(child.clone());
        Ok(child)
    }

    /// Watches and stops a child that was started elsewhere.
    pub fn adopt(&mut self, child: Child) {
        self.children.push(child);
    }

    /// Waits until any child has ended. Never returns while there is none.
    pub async fn first_exit(&self) -> Exit {
        let (sender, mut first) = tokio::sync::mpsc::channel(1);
        let waiting: Vec<_> = self
            .children
            .iter()
            .cloned()
            .map(|child| {
                let sender = sender.clone();
                AbortOnDrop(tokio::spawn(async move {
                    let _ = sender.send(child.exited().await).await;
                }))
            })
            .collect();
        let exit = match first.recv().await {
            Some(exit) => exit,
            None => std::future::pending().await,
        };
        drop(waiting);
        exit
    }

    /// Stops one child and forgets it, for instance to start its successor.
    pub async fn stop(&mut self, name: &str) -> Option<Exit> {
        let at = self.children.iter().position(|child| child.name == name)?;
        let child = self.children.remove(at);
        Some(child.stop().await)
    }

    /// Stops every child, the last started first.
    pub async fn stop_all(&mut self) {
        while let Some(child) = self.children.pop() {
            child.stop().await;
        }
    }
}

struct AbortOnDrop(tokio::task::JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;
    use std::time::Instant;

    fn sh(name: &str, script: &str) -> Spec {
        Spec::new(name, "/bin/sh").arg("-c").arg(script)
    }

    #[tokio::test]
    async fn a_death_is_reported_with_name_status_and_last_words() {
        let mut children = Supervisor::default();
        children.spawn(sh("patient", "sleep 30")).unwrap();
        children
            .spawn(sh("hasty", "echo one; echo two >&2; exit 7"))
            .unwrap();
        let exit = children.first_exit().await;
        assert_eq!(exit.name, "hasty");
        assert_eq!(exit.status.code(), Some(7));
        let mut lines = exit.last_lines.clone();
        lines.sort();
        assert_eq!(lines, ["one", "two"]);
        assert!(exit.to_string().contains("hasty ended (exit status: 7)"));
        children.stop_all().await;
    }

    #[tokio::test]
    async fn stops_with_the_chosen_signal() {
        // Not SIGINT: who runs the tests may ignore it, and a shell can't trap what it was started to ignore.
        let script = "trap 'echo asked; exit 3' USR1; echo up; while :; do sleep 0.05; done";
        let (sender, up) = tokio::sync::oneshot::channel();
        let sender = std::sync::Mutex::new(Some(sender));
        let child = sh("polite", script)
            .stop_with(Signal::SIGUSR1, Duration::from_secs(10))
            .on_line(move |_, line| {
                if line == "up"
                    && let Some(sender) = sender.lock().unwrap().take()
                {
                    sender.send(()).unwrap();
                }
            })
            .spawn()
            .unwrap();
        up.await.unwrap();
        let exit = child.stop().await;
        assert_eq!(exit.status.code(), Some(3));
        assert_eq!(exit.last_lines, ["up", "asked"]);
    }

    #[tokio::test]
    async fn kills_the_group_of_a_child_that_does_not_stop() {
        let child = sh("deaf", "trap '' TERM; sleep 60 & echo $!; wait; sleep 60")
            .stop_with(Signal::SIGTERM, Duration::from_millis(300))
            .spawn()
            .unwrap();
        while child.last_lines().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let grandchild: i32 = child.last_lines()[0].parse().unwrap();
        let started = Instant::now();
        let exit = child.stop().await;
        assert_eq!(exit.status.signal(), Some(9));
        assert!(started.elapsed() < Duration::from_secs(5));
        assert!(is_gone(grandchild).await);
    }

    #[tokio::test]
    async fn what_a_dead_child_left_behind_is_killed() {
        let child = sh("careless", "sleep 60 & echo $!").spawn().unwrap();
        let exit = child.exited().await;
        assert!(is_gone(exit.last_lines[0].parse().unwrap()).await);
    }

    #[tokio::test]
    async fn a_missing_program_gives_a_sentence() {
        let error = Spec::new("ghost", "/nowhere/ghost").spawn().err().unwrap();
        assert!(
            error
                .to_string()
                .starts_with("ghost could not be started: /nowhere/ghost:")
        );
    }

    #[tokio::test]
    async fn stop_forgets_the_child_so_that_a_successor_can_take_its_name() {
        let mut children = Supervisor::default();
        children.spawn(sh("worker", "sleep 30")).unwrap();
        assert!(children.stop("worker").await.is_some());
        assert!(children.stop("worker").await.is_none());
        children.spawn(sh("worker", "exit 0")).unwrap();
        assert!(children.first_exit().await.status.success());
    }

    /// A grandchild ends up as a zombie of whoever adopts it, so that state counts as gone too.
    async fn is_gone(pid: i32) -> bool {
        for _ in 0..100 {
            let state = std::process::Command::new("ps")
                .args(["-o", "stat=", "-p", &pid.to_string()])
                .output()
                .unwrap();
            let state = String::from_utf8_lossy(&state.stdout);
            if state.trim().is_empty() || state.trim().starts_with('Z') {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        false
    }
}
