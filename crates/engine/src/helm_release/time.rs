//! The time as Helm writes it down.

use jiff::Timestamp;

/// RFC 3339 with nanoseconds.
pub(super) fn now() -> String {
    Timestamp::now().to_string()
}
