//! Deep recursion without a deep stack.

/// Left on the stack before more is taken.
const RED_ZONE: usize = 256 << 10;
/// Taken at a time.
const SEGMENT: usize = 4 << 20;

/// Runs `work` with enough stack for one more level of templates or expressions, whose number is bounded elsewhere.
pub(super) fn with_room<T>(work: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(RED_ZONE, SEGMENT, work)
}
