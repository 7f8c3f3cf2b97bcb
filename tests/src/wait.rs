use std::time::{Duration, Instant};

/// How long a test waits for what happens in the background. Far more than it takes; a test that
/// passes never waits so long.
pub const LONG: Duration = Duration::from_secs(30);

/// Looks again and again until `look` finds something.
///
/// # Panics
/// When `what` did not happen within [`LONG`].
pub async fn eventually<T>(what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    eventually_within(LONG, what, look).await
}

/// As [`eventually`], with a deadline of its own.
///
/// # Panics
/// When `what` did not happen in time.
pub async fn eventually_within<T>(
    deadline: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> Option<T>,
) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(
            started.elapsed() < deadline,
            "waited {deadline:?} in vain for {what}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
