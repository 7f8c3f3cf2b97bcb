//! Waiting until a child answers; its death ends the wait at once.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use crate::{Child, Error};

const PAUSE: Duration = Duration::from_millis(25);
/// One attempt may not use up the whole deadline: a server that accepts and never answers while it
/// starts is asked again.
const ATTEMPT: Duration = Duration::from_secs(2);

impl Child {
    /// Waits until something accepts connections at `address`.
    pub async fn wait_tcp(&self, address: SocketAddr, within: Duration) -> Result<(), Error> {
        self.wait_until(&address.to_string(), within, async || {
            TcpStream::connect(address).await.is_ok()
        })
        .await
    }

    /// Waits until `GET path` gives a status that `accept` takes.
    pub async fn wait_http(
        &self,
        address: SocketAddr,
        path: &str,
        within: Duration,
        accept: impl Fn(u16) -> bool,
    ) -> Result<(), Error> {
        self.wait_until(&format!("http://{address}{path}"), within, async || {
            http_status(address, path).await.is_some_and(&accept)
        })
        .await
    }

    /// Waits until `answers` says yes. `target` names what was asked, for the error.
    pub async fn wait_until(
        &self,
        target: &str,
        within: Duration,
        answers: impl AsyncFn() -> bool,
    ) -> Result<(), Error> {
        let poll = async {
            while !timeout(ATTEMPT, answers()).await.unwrap_or(false) {
                sleep(PAUSE).await;
            }
        };
        let deadline = Instant::now() + within;
        tokio::select! {
            biased;
            exit = self.exited() => Err(Error::Exited(exit)),
            () = poll => Ok(()),
            () = tokio::time::sleep_until(deadline) => Err(Error::NotReady {
                name: self.name().to_owned(),
                target: target.to_owned(),
                seconds: within.as_secs(),
                tail: self.last_lines().iter().map(|line| format!("\n  {line}")).collect(),
            }),
        }
    }
}

/// The status of `GET path`, asked in the few bytes that takes.
async fn http_status(address: SocketAddr, path: &str) -> Option<u16> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut head = [0; "HTTP/1.1 200".len()];
    stream.read_exact(&mut head).await.ok()?;
    let text = std::str::from_utf8(&head).ok()?;
    text.strip_prefix("HTTP/1.")?.get(2..)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Spec, free_port};
    use tokio::net::TcpListener;

    fn sh(script: &str) -> Child {
        Spec::new("server", "/bin/sh")
            .arg("-c")
            .arg(script)
            .spawn()
            .unwrap()
    }

    #[tokio::test]
    async fn a_death_ends_the_wait_at_once() {
        let child = sh("echo cannot bind >&2; exit 1");
        let started = Instant::now();
        let address = ([127, 0, 0, 1], free_port().unwrap()).into();
        let error = child
            .wait_tcp(address, Duration::from_secs(30))
            .await
            .unwrap_err();
        assert!(matches!(error, Error::Exited(_)));
        assert!(error.to_string().contains("cannot bind"));
        assert!(started.elapsed() < Duration::from_secs(5));
    }

    #[tokio::test]
    async fn silence_ends_at_the_deadline() {
        let child = sh("echo still thinking; sleep 30");
        let address = ([127, 0, 0, 1], free_port().unwrap()).into();
        let error = child
            .wait_tcp(address, Duration::from_millis(400))
            .await
            .unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("server did not answer at"), "{text}");
        assert!(text.ends_with("still thinking"), "{text}");
        child.stop().await;
    }

    #[tokio::test]
    async fn http_waits_for_the_status_asked_for() {
        let child = sh("sleep 30");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            for status in ["503 Service Unavailable", "200 OK"] {
                let (mut stream, _) = listener.accept().await.unwrap();
                let _ = stream.read(&mut [0; 512]).await.unwrap();
                let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        child
            .wait_http(address, "/", Duration::from_secs(10), |status| {
                status == 200
            })
            .await
            .unwrap();
        child.stop().await;
    }
}
