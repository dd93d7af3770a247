//! One download at a time of one thing: whoever comes meanwhile waits, and finds it in the cache.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::OwnedMutexGuard;

/// Locks by name; those that nobody holds or waits for are forgotten.
#[derive(Debug, Default)]
pub(crate) struct Flights(Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>);

impl Flights {
    /// Waits until nobody else holds the name.
    pub(crate) async fn board(&self, name: &str) -> OwnedMutexGuard<()> {
        let lock = {
            let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            match flights.get(name).and_then(Weak::upgrade) {
                Some(lock) => lock,
                None => {
                    flights.retain(|_, lock| lock.strong_count() > 0);
                    let lock = Arc::default();
                    flights.insert(name.to_owned(), Arc::downgrade(&lock));
                    lock
                }
            }
        };
        lock.lock_owned().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_at_a_time_and_nothing_is_kept() {
        let flights = Arc::new(Flights::default());
        let first = flights.board("a").await;
        let other = flights.board("b").await;
        let mut second = Box::pin(flights.board("a"));
        assert!(futures::poll!(&mut second).is_pending());
        drop(first);
        drop(second.await);
        drop(other);
        let _third = flights.board("c").await;
        assert_eq!(flights.0.lock().unwrap().len(), 1);
    }
}
