use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How the line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Good,
    /// What comes from the site passes in small pieces with pauses between them.
    Slow,
    /// Connections end, and no new one is taken.
    Cut,
}

/// Bytes of a piece on a slow line, and the pause after it: a short answer then takes longer than a busy browser needs to show its
/// beginning.
const PIECE: usize = 48;
const PAUSE: Duration = Duration::from_millis(200);

/// The line between a browser and the site, which a test can make slow, cut and mend.
pub struct Line {
    /// Where the site is met by this line.
    pub site: String,
    state: Arc<watch::Sender<State>>,
    listening: tokio::task::JoinHandle<()>,
}

impl Line {
    /// A good line to `site`, an address without a path.
    ///
    /// # Panics
    /// When there is no port for it.
    pub async fn to(site: &str) -> Self {
        let target: SocketAddr = site
            .trim_start_matches("http://")
            .parse()
            .expect("the site of a test is http at an address and port");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let own = listener.local_addr().expect("an address");
        let state = Arc::new(watch::Sender::new(State::Good));
        let listening = tokio::spawn(listen(listener, target, Arc::clone(&state)));
        Self {
            site: format!("http://{own}"),
            state,
            listening,
        }
    }

    pub fn slow(&self) {
        self.state.send_replace(State::Slow);
    }

    pub fn cut(&self) {
        self.state.send_replace(State::Cut);
    }

    pub fn mend(&self) {
        self.state.send_replace(State::Good);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn listen(listener: TcpListener, target: SocketAddr, state: Arc<watch::Sender<State>>) {
    let mut connections = JoinSet::new();
    while let Ok((browser, _)) = listener.accept().await {
        if *state.borrow() != State::Cut {
            connections.spawn(connect(browser, target, state.subscribe()));
        }
    }
}

/// Ends, whichever way, with the connection.
async fn connect(browser: TcpStream, target: SocketAddr, mut state: watch::Receiver<State>) {
    let Ok(site) = TcpStream::connect(target).await else {
        return;
    };
    let pace = state.clone();
    let (mut from_browser, mut to_browser) = browser.into_split();
    let (mut from_site, mut to_site) = site.into_split();
    tokio::select! {
        _ = tokio::io::copy(&mut from_browser, &mut to_site) => {}
        _ = paced(&mut from_site, &mut to_browser, &pace) => {}
        _ = state.wait_for(|state| *state == State::Cut) => {}
    }
}

async fn paced(
    from: &mut (impl AsyncReadExt + Unpin),
    to: &mut (impl AsyncWriteExt + Unpin),
    state: &watch::Receiver<State>,
) -> io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = from.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        let mut rest = &buffer[..read];
        while !rest.is_empty() {
            let slow = *state.borrow() == State::Slow;
            let (piece, later) = rest.split_at(if slow {
                PIECE.min(rest.len())
            } else {
                rest.len()
            });
            to.write_all(piece).await?;
            if slow {
                tokio::time::sleep(PAUSE).await;
            }
            rest = later;
        }
    }
}
