//! What templates may know of the world: only what they are given.

use std::rc::Rc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

/// Random bytes for `randAlphaNum`, `uuidv4`, `genCA` and their like.
pub trait Entropy {
    /// Fills the buffer.
    fn fill(&mut self, buffer: &mut [u8]);
}

/// Random bytes that a secret seed determines, so that rendering twice gives the same: SHA-256 of the seed and a counter.
pub struct Seeded {
    seed: [u8; 32],
    counter: u64,
    block: [u8; 32],
    used: usize,
}

impl Seeded {
    /// From a seed, which has to be as random as the result.
    pub fn new(seed: [u8; 32]) -> Seeded {
        Seeded { seed, counter: 0, block: [0; 32], used: 32 }
    }
}

impl Entropy for Seeded {
    fn fill(&mut self, buffer: &mut [u8]) {
        for byte in buffer {
            if self.used == self.block.len() {
                let hash = Sha256::new().chain_update(self.seed).chain_update(self.counter.to_le_bytes());
                self.block = hash.finalize().into();
                self.counter += 1;
                self.used = 0;
            }
            *byte = self.block[self.used];
            self.used += 1;
        }
    }
}

/// Live objects for `lookup`.
pub trait Lookup {
    /// The object, or the list of objects where `name` is empty; `None` if there is none.
    ///
    /// # Errors
    ///
    /// Why it cannot be told.
    fn lookup(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Result<Option<serde_json::Value>, String>;
}

/// Time, entropy and live objects of one rendering.
pub struct Environment {
    /// What `now` yields.
    pub now: Timestamp,
    /// The zone that dates are shown in where none is named.
    pub zone: TimeZone,
    /// Random bytes.
    pub entropy: Box<dyn Entropy>,
    /// Live objects; without them `lookup` finds nothing, as in `helm template`.
    pub lookup: Option<Rc<dyn Lookup>>,
}

impl Environment {
    /// A time, a source of random bytes, UTC and no live objects.
    pub fn new(now: Timestamp, entropy: Box<dyn Entropy>) -> Environment {
        Environment { now, zone: TimeZone::UTC, entropy, lookup: None }
    }
}
