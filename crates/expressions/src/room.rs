//! Stack for expressions: to read, to check and to evaluate one recurses, and whoever writes manifests writes them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use kube_cel::cel::common::ast::IdedExpr;

use crate::flaw::Flaw;
use crate::syntax::parts;

/// Bytes of the longest expression that is taken.
pub(crate) const LONGEST: usize = 20_000;
/// The deepest one.
pub(crate) const DEEPEST: usize = 1000;
/// Stack to read one, in bytes. The parser takes up to 200 KiB for each bracket, of which it reads a hundred, and 40 KiB for
/// each operator in builds that are not optimised; only what is used is ever taken.
const READING: usize = 512 << 20;
/// Stack for each level that is gone down, in bytes, and how many levels the stack of any thread has room for.
const LEVEL: usize = 48 << 10;
const LEVELS: usize = 16;

/// Reads an expression, and turns a panic of the parser into an error.
pub(crate) fn to_read<T>(work: impl FnOnce() -> Result<T, Flaw>) -> Result<T, Flaw> {
    // What the parser leaves behind is dropped with it.
    let outcome = catch_unwind(AssertUnwindSafe(|| stacker::grow(READING, work)));
    outcome.unwrap_or(Err(Flaw::Unreadable))
}

/// Runs a program of this depth, and turns a panic of the interpreter into nothing.
pub(crate) fn to_run<T>(depth: usize, work: impl FnOnce() -> T) -> Option<T> {
    // What the interpreter leaves behind is dropped with it: scopes are only read while it runs.
    catch_unwind(AssertUnwindSafe(|| to_go_down(depth, work))).ok()
}

/// That an expression is not too long to be read.
pub(crate) fn check_length(text: &str) -> Result<(), Flaw> {
    let bytes = text.len();
    if bytes <= LONGEST { Ok(()) } else { Err(Flaw::TooLong { bytes }) }
}

/// Does something that goes down this many levels.
pub(crate) fn to_go_down<T>(levels: usize, work: impl FnOnce() -> T) -> T {
    if levels <= LEVELS { work() } else { stacker::maybe_grow(levels * LEVEL, levels * LEVEL, work) }
}

/// How deep an expression is, or that it is too deep.
pub(crate) fn measure(expression: &IdedExpr) -> Result<usize, Flaw> {
    let mut deepest = 0;
    // Nothing recurses here: how deep it is is what is asked.
    let mut open = vec![(expression, 1)];
    while let Some((part, depth)) = open.pop() {
        deepest = deepest.max(depth);
        open.extend(parts(part).into_iter().map(|part| (part, depth + 1)));
    }
    if deepest <= DEEPEST { Ok(deepest) } else { Err(Flaw::TooDeep) }
}
