//! Durations as Go writes them: `1h30m`, `10m0s`, `500ms`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use manifest::duration;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A non-negative duration in Go's notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct GoDuration(pub Duration);

/// Text that is no duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a duration; write a number and a unit, such as 30s, 10m or 1h30m")]
pub struct DurationError(String);

impl FromStr for GoDuration {
    type Err = DurationError;

    fn from_str(text: &str) -> Result<GoDuration, DurationError> {
        let nanoseconds = duration::parse(text).ok().and_then(|nanoseconds| u64::try_from(nanoseconds).ok());
        let nanoseconds = nanoseconds.ok_or_else(|| DurationError(text.to_owned()))?;
        Ok(GoDuration(Duration::from_nanos(nanoseconds)))
    }
}

/// As Go prints it: `1h30m0s`, `45s`, `1.5s`, `250ms`, `0s`; of more than Go can say (292 years), the most.
impl fmt::Display for GoDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&duration::text(i64::try_from(self.0.as_nanos()).unwrap_or(i64::MAX)))
    }
}

impl<'de> Deserialize<'de> for GoDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<GoDuration, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl Serialize for GoDuration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_and_print_as_in_go() {
        for (text, printed) in [("10m", "10m0s"), ("1.5h", "1h30m0s"), ("1500ms", "1.5s"), ("0", "0s"), ("2us", "2µs")]
        {
            let read = text.parse::<GoDuration>().map(|duration| duration.to_string());
            assert_eq!(read, Ok(printed.to_owned()), "{text}");
        }
        for text in ["", "10", "1x", "-1m", "9999999999h"] {
            assert!(text.parse::<GoDuration>().is_err(), "{text}");
        }
    }
}
