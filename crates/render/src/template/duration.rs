//! Go's durations, which templates read.

use manifest::duration::{self, Flaw};

use super::format::quote::quoted;

/// Nanoseconds of `-1h2m3.5s` (`time.ParseDuration`); the error is Go's text.
pub(crate) fn parse(text: &str) -> Result<i64, String> {
    let shown = quoted(text.as_bytes());
    duration::parse(text).map_err(|flaw| match flaw {
        Flaw::Invalid => format!("time: invalid duration {shown}"),
        Flaw::UnitMissing => format!("time: missing unit in duration {shown}"),
        Flaw::UnitUnknown(unit) => format!("time: unknown unit {} in duration {shown}", quoted(unit.as_bytes())),
    })
}
