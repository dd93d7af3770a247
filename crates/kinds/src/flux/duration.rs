//! Durations as Go writes them: `1h30m`, `10m0s`, `500ms`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A non-negative duration in Go's notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct GoDuration(pub Duration);

/// Text that is no duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a duration; write a number and a unit, such as 30s, 10m or 1h30m")]
pub struct DurationError(String);

/// Units by name, in nanoseconds. Longer names first, so that `ms` is not read as `m`.
const UNITS: [(&str, f64); 8] =
    [("ns", 1.0), ("us", 1e3), ("µs", 1e3), ("μs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9)];

impl FromStr for GoDuration {
    type Err = DurationError;

    fn from_str(text: &str) -> Result<GoDuration, DurationError> {
        let error = || DurationError(text.to_owned());
        let mut rest = text.strip_prefix('+').unwrap_or(text);
        if rest == "0" {
            return Ok(GoDuration::default());
        }
        if rest.is_empty() {
            return Err(error());
        }
        let mut nanoseconds = 0.0_f64;
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(error)?;
            let number: f64 = rest[..digits].parse().map_err(|_| error())?;
            rest = &rest[digits..];
            let (name, unit) = UNITS.iter().find(|(name, _)| rest.starts_with(name)).ok_or_else(error)?;
            nanoseconds += number * unit;
            rest = &rest[name.len()..];
        }
        // Go's durations are 64-bit nanoseconds: about 292 years.
        if nanoseconds > i64::MAX as f64 {
            return Err(error());
        }
        Ok(GoDuration(Duration::from_nanos(nanoseconds.round() as u64)))
    }
}

/// As Go prints it: `1h30m0s`, `45s`, `1.5s`, `250ms`, `0s`.
impl fmt::Display for GoDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanoseconds = self.0.as_nanos();
        if nanoseconds == 0 {
            return f.write_str("0s");
        }
        for (unit, size) in [("ns", 1_u32), ("µs", 1_000), ("ms", 1_000_000)] {
            if nanoseconds < u128::from(size) * 1_000 {
                return write!(f, "{}{unit}", nanoseconds as f64 / f64::from(size));
            }
        }
        let (minutes, seconds) = (self.0.as_secs() / 60, self.0.as_secs() % 60);
        let seconds = seconds as f64 + f64::from(self.0.subsec_nanos()) / 1e9;
        match (minutes / 60, minutes % 60) {
            (0, 0) => write!(f, "{seconds}s"),
            (0, minutes) => write!(f, "{minutes}m{seconds}s"),
            (hours, minutes) => write!(f, "{hours}h{minutes}m{seconds}s"),
        }
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
        for (text, printed) in [
            ("10m", "10m0s"),
            ("10m0s", "10m0s"),
            ("1h30m", "1h30m0s"),
            ("1.5h", "1h30m0s"),
            ("90s", "1m30s"),
            ("500ms", "500ms"),
            ("1500ms", "1.5s"),
            ("1h0m0.25s", "1h0m0.25s"),
            ("0", "0s"),
            ("2us", "2µs"),
        ] {
            assert_eq!(
                text.parse::<GoDuration>().map(|duration| duration.to_string()),
                Ok(printed.to_owned()),
                "{text}"
            );
        }
        for text in ["", "10", "m", "1x", "-1m", "1m1", "1..s", "9999999999h"] {
            assert!(text.parse::<GoDuration>().is_err(), "{text}");
        }
    }
}
