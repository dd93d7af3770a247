//! Regular expressions of schemas, compiled once: many fields share few patterns.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use regex::Regex;

/// How many patterns are kept; definitions with more of them are rare, and then each use compiles its own.
const KEPT: usize = 1024;

static COMPILED: LazyLock<Mutex<HashMap<String, Option<Regex>>>> = LazyLock::new(Mutex::default);

/// Why a pattern is no regular expression, if it is none. Definitions have more patterns than are ever used, so that it is
/// not kept.
pub(crate) fn flaw(pattern: &str) -> Option<String> {
    let error = Regex::new(pattern).err()?.to_string();
    // The last line says what is wrong; those before show where.
    Some(error.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned())
}

/// The compiled pattern, or nothing where it is no regular expression.
pub(crate) fn compile(pattern: &str) -> Option<Regex> {
    let compiled = || COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = compiled().get(pattern) {
        return known.clone();
    }
    let regex = Regex::new(pattern).ok();
    let mut compiled = compiled();
    if compiled.len() < KEPT {
        compiled.insert(pattern.to_owned(), regex.clone());
    }
    regex
}
