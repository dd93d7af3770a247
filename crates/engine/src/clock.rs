//! The only place of the engine that reads the wall clock.

use jiff::Timestamp;
use tokio::time::{Instant, sleep_until};

/// The time as Kubernetes writes it: RFC 3339, whole seconds.
pub(crate) fn now() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The time.
pub(crate) fn timestamp() -> Timestamp {
    Timestamp::now()
}

/// Sleeps until `due`; for ever if nothing is due.
pub(crate) async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}
