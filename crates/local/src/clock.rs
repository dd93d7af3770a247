//! The time controllers decide by.

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// Where controllers read the time, and what drives their timers.
///
/// Timers always run on tokio's clock, so a test under `tokio::time::pause` drives them; [`Clock::following_tokio`]
/// makes timestamps move along with it.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    origin: Option<(Timestamp, Instant)>,
}

impl Clock {
    /// The system's wall clock.
    pub fn system() -> Self {
        Self { origin: None }
    }

    /// A clock that shows `start` now and then moves as tokio's clock does. Must be called inside a runtime.
    pub fn following_tokio(start: Timestamp) -> Self {
        Self { origin: Some((start, Instant::now())) }
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        match self.origin {
            None => Timestamp::now(),
            Some((start, since)) => {
                let elapsed = SignedDuration::try_from(since.elapsed()).unwrap_or(SignedDuration::MAX);
                start.checked_add(elapsed).unwrap_or(Timestamp::MAX)
            }
        }
    }

    /// The moment of tokio's clock at which this clock will show `time`; now, if that has passed.
    pub fn instant(&self, time: Timestamp) -> Instant {
        let wait = time.duration_since(self.now());
        Instant::now() + wait.try_into().unwrap_or_default()
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}
