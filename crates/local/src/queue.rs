//! A work queue of keys: each is worked on by one worker at a time, and many reasons to look become one look.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::watch::Key;

/// How many dependants make a key rest for a millisecond between looks, so that the cost of looking at an object with
/// thousands of pods does not grow with the square of their number.
const DEPENDANTS_PER_MILLISECOND: usize = 50;

/// Keys an idle queue keeps room for.
const SPARE: usize = 64;

/// Keys to look at, now or later.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct State {
    ready: VecDeque<Key>,
    waiting: HashSet<Key>,
    active: HashSet<Key>,
    /// Asked for while active: to be looked at again.
    dirty: HashSet<Key>,
    later: BinaryHeap<Reverse<(Instant, Key)>>,
    /// The moment that counts for each key in `later`.
    due: HashMap<Key, Instant>,
}

impl Queue {
    /// Looks at `key` as soon as a worker is free.
    pub(crate) fn add(&self, key: Key) {
        self.lock().add(key);
        self.wake.notify_one();
    }

    /// Looks at `key` at `at`, or earlier if that was asked for.
    pub(crate) fn add_at(&self, key: Key, at: Instant) {
        let mut state = self.lock();
        if state.due.get(&key).is_none_or(|due| at < *due) {
            state.due.insert(key.clone(), at);
            state.later.push(Reverse((at, key)));
            drop(state);
            self.wake.notify_one();
        }
    }

    /// Looks at `key` soon, the later the more dependants a look has to go through.
    pub(crate) fn add_settled(&self, key: Key, dependants: usize) {
        match dependants / DEPENDANTS_PER_MILLISECOND {
            0 => self.add(key),
            rest => self.add_at(key, Instant::now() + Duration::from_millis(rest as u64)),
        }
    }

    /// The next key; nobody else gets it until [`Queue::done`].
    pub(crate) async fn next(&self) -> Key {
        loop {
            let next_due = {
                let mut state = self.lock();
                state.promote(Instant::now());
                if let Some(key) = state.ready.pop_front() {
                    state.waiting.remove(&key);
                    state.active.insert(key.clone());
                    if !state.ready.is_empty() {
                        self.wake.notify_one();
                    }
                    return key;
                }
                state.give_back();
                state.later.peek().map(|Reverse((at, _))| *at)
            };
            match next_due {
                Some(at) => {
                    tokio::select! {
                        () = self.wake.notified() => {}
                        () = tokio::time::sleep_until(at) => {}
                    }
                }
                None => self.wake.notified().await,
            }
        }
    }

    /// Gives `key` back.
    pub(crate) fn done(&self, key: &Key) {
        let mut state = self.lock();
        state.active.remove(key);
        if state.dirty.remove(key) {
            state.add(key.clone());
            drop(state);
            self.wake.notify_one();
        }
    }

    // The state is valid after any panic, so a poisoned lock is used as it is.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn add(&mut self, key: Key) {
        if self.active.contains(&key) {
            self.dirty.insert(key);
        } else if self.waiting.insert(key.clone()) {
            self.ready.push_back(key);
        }
    }

    /// Gives back the memory a burst took, once it is worked off.
    fn give_back(&mut self) {
        self.ready.shrink_to(SPARE);
        self.waiting.shrink_to(SPARE);
        self.dirty.shrink_to(SPARE);
        self.due.shrink_to(SPARE);
        self.later.shrink_to(SPARE);
    }

    /// Moves what is due to the ready keys.
    fn promote(&mut self, now: Instant) {
        while self.later.peek().is_some_and(|Reverse((at, _))| *at <= now) {
            // Just seen by `peek`.
            let Some(Reverse((at, key))) = self.later.pop() else { return };
            if self.due.get(&key) == Some(&at) {
                self.due.remove(&key);
                self.add(key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Key {
        Key::cluster(name)
    }

    #[tokio::test(start_paused = true)]
    async fn many_reasons_become_one_look() {
        let queue = Queue::default();
        queue.add(key("a"));
        queue.add(key("a"));
        queue.add(key("b"));
        assert_eq!(queue.next().await, key("a"));
        assert_eq!(queue.next().await, key("b"));
        assert!(queue.lock().ready.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_asked_for_while_active_comes_again_after_done() {
        let queue = Queue::default();
        queue.add(key("a"));
        let active = queue.next().await;
        queue.add(key("a"));
        assert!(queue.lock().ready.is_empty());
        queue.done(&active);
        assert_eq!(queue.next().await, key("a"));
    }

    #[tokio::test(start_paused = true)]
    async fn the_earliest_moment_counts() {
        let queue = Queue::default();
        let start = Instant::now();
        queue.add_at(key("a"), start + Duration::from_secs(30));
        queue.add_at(key("a"), start + Duration::from_secs(5));
        queue.add_at(key("b"), start + Duration::from_secs(10));
        assert_eq!((queue.next().await, start.elapsed()), (key("a"), Duration::from_secs(5)));
        assert_eq!((queue.next().await, start.elapsed()), (key("b"), Duration::from_secs(10)));
        assert!(tokio::time::timeout(Duration::from_secs(60), queue.next()).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_with_many_dependants_rests_between_looks() {
        let queue = Queue::default();
        let start = Instant::now();
        queue.add_settled(key("big"), 10_000);
        queue.add_settled(key("small"), 3);
        assert_eq!((queue.next().await, start.elapsed()), (key("small"), Duration::ZERO));
        assert_eq!((queue.next().await, start.elapsed()), (key("big"), Duration::from_millis(200)));
    }
}
