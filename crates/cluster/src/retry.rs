//! When and how often a request is tried again.

use std::time::Duration;

/// Exponential backoff with full jitter, bounded in tries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often a request is sent at most, counting the first time.
    pub attempts: u32,
    /// Upper bound of the first delay; it doubles with each further one.
    pub base: Duration,
    /// Upper bound of every delay, including the ones the server asks for.
    pub cap: Duration,
}

impl Default for RetryPolicy {
    fn default() -> RetryPolicy {
        RetryPolicy { attempts: 5, base: Duration::from_millis(100), cap: Duration::from_secs(10) }
    }
}
