//! What templates may know of the world: only what they are given.

use std::rc::Rc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Random bytes for `randAlphaNum`, `uuidv4`, `genCA` and their like.
pub trait Entropy {
    /// Fills the buffer.
    fn fill(&mut self, buffer: &mut [u8]);
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
