//! Tables.

use super::Printer;

pub(super) fn printer(_group: &str, _kind: &str) -> Option<&'static Printer> {
    None
}
