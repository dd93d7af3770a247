//! The time as Helm writes it down.

use crate::clock;

/// RFC 3339 with nanoseconds.
pub(super) fn now() -> String {
    clock::timestamp().to_string()
}
