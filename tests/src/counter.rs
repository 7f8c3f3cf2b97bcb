//! A line to a service that keeps what was asked of it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Ends with the test.
pub struct Counter {
    /// Where the service is met by this line.
    pub url: String,
    asked: Arc<Mutex<Vec<String>>>,
    listening: tokio::task::JoinHandle<()>,
}

impl Counter {
    /// A line to `service`, an address without a path.
    ///
    /// # Panics
    /// When there is no port for it.
    pub async fn to(service: &str) -> Self {
        let target: SocketAddr = service
            .trim_start_matches("http://")
            .parse()
            .expect("a service of a test is http at an address and port");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let asked = Arc::default();
        let kept = Arc::clone(&asked);
        let listening = tokio::spawn(async move {
            while let Ok((caller, _)) = listener.accept().await {
                tokio::spawn(pass(caller, target, Arc::clone(&kept)));
            }
        });
        Self {
            url,
            asked,
            listening,
        }
    }

    /// Takes what was asked until now: `GET /rest/v1/clients?…` each.
    ///
    /// # Panics
    /// When a thread panicked that held it.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().expect("the list"))
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// Bytes pass as they are; lines of them that begin a request (RFC 9112, section 3) are kept. A body that looks like
/// one would be counted too: the counter may tell too many, never too few.
async fn pass(caller: TcpStream, target: SocketAddr, asked: Arc<Mutex<Vec<String>>>) {
    let Ok(service) = TcpStream::connect(target).await else {
        return;
    };
    let (mut from_caller, mut to_caller) = caller.into_split();
    let (mut from_service, mut to_service) = service.into_split();
    let there = async {
        let (mut buffer, mut line) = (vec![0; 16 * 1024], Vec::new());
        while let Ok(read @ 1..) = from_caller.read(&mut buffer).await {
            for &byte in &buffer[..read] {
                if byte == b'\n' {
                    let text = String::from_utf8_lossy(&line);
                    if let Some(request) = text.trim_end().strip_suffix(" HTTP/1.1") {
                        asked.lock().expect("the list").push(request.to_owned());
                    }
                    line.clear();
                } else {
                    line.push(byte);
                }
            }
            if to_service.write_all(&buffer[..read]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = there => {}
        _ = tokio::io::copy(&mut from_service, &mut to_caller) => {}
    }
}
