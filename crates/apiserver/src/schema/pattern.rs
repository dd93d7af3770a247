//! Regular expressions of schemas, compiled once: many fields share few patterns.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use regex::Regex;

/// How many patterns are kept; definitions with more of them are rare, and then each use compiles its own.
const KEPT: usize = 1024;

static COMPILED: LazyLock<Mutex<HashMap<String, Option<Regex>>>> = LazyLock::new(Mutex::default);

/// Whether a pattern is a regular expression. Definitions have more patterns than are ever used, so it is not kept.
pub(crate) fn is_valid(pattern: &str) -> bool {
    Regex::new(pattern).is_ok()
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
