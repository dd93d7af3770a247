//! Sharing the objects among several engines by their names.

use std::fmt;
use std::str::FromStr;

use crate::Key;

/// One of several equal shares of all objects. Which share an object is in follows from its namespace and name alone, so that
/// all who share agree without a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shard {
    index: u32,
    count: u32,
}

/// A text that names no share.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is no share of the work; write INDEX/COUNT with an index from 0 to COUNT - 1, such as 0/3, 1/3 and 2/3"
)]
pub struct ShardError {
    text: String,
}

impl Shard {
    /// Everything.
    pub const WHOLE: Shard = Shard { index: 0, count: 1 };

    /// Which one it is, from 0.
    pub fn index(self) -> u32 {
        self.index
    }

    /// How many there are.
    pub fn count(self) -> u32 {
        self.count
    }

    /// Whether there are others.
    pub fn is_whole(self) -> bool {
        self.count == 1
    }

    /// Whether an object is in this share.
    pub fn holds(self, key: &Key) -> bool {
        self.is_whole() || spread(key) % u64::from(self.count) == u64::from(self.index)
    }
}

impl Default for Shard {
    fn default() -> Shard {
        Shard::WHOLE
    }
}

/// `0/3`.
impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Shard, ShardError> {
        let parts = text.split_once('/').and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
        match parts {
            Some((index, count)) if index < count => Ok(Shard { index, count }),
            Some(_) | None => Err(ShardError { text: text.to_owned() }),
        }
    }
}

/// FNV-1a with a final mix, because names that differ in their last letters only are to be spread, too. It must be the same
/// in every version: replicas of two versions share the work during an upgrade.
fn spread(key: &Key) -> u64 {
    let bytes = key.namespace.bytes().chain([b'/']).chain(key.name.bytes());
    let hash = bytes
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shards(count: u32) -> Vec<Shard> {
        (0..count).map(|index| format!("{index}/{count}").parse().unwrap()).collect()
    }

    #[test]
    fn every_object_is_in_one_share_and_they_are_about_equal() {
        for count in [1, 2, 3, 7] {
            let mut sizes = vec![0_usize; count as usize];
            for number in 0..1000 {
                let key = Key::new("flux-system", format!("app-{number}"));
                let holders: Vec<Shard> = shards(count).into_iter().filter(|shard| shard.holds(&key)).collect();
                assert_eq!(holders.len(), 1, "{key} of {count}");
                sizes[holders[0].index() as usize] += 1;
            }
            let equal = 1000 / count as usize;
            assert!(sizes.iter().all(|size| size.abs_diff(equal) < equal / 4 + 1), "{sizes:?}");
        }
    }

    /// Replicas of two versions must agree.
    #[test]
    fn a_share_stays_the_same_in_every_version() {
        let of_five = |namespace: &str, name: &str| {
            let key = Key::new(namespace, name);
            shards(5).into_iter().find(|shard| shard.holds(&key)).unwrap().index()
        };
        let found = [of_five("flux-system", "flux-system"), of_five("apps", "web"), of_five("a", "pps/web")];
        assert_eq!(found, [3, 2, 0]);
    }

    #[test]
    fn shares_are_written_as_index_and_count() {
        assert_eq!("2/3".parse::<Shard>().map(|shard| shard.to_string()), Ok("2/3".to_owned()));
        for text in ["", "3/3", "1", "-1/2", "0/0", "1/x", "1/2/3"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
