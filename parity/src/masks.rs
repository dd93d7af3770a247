//! What differs from one rendering to the next: certificates, passwords, and what is computed from them.

use std::collections::BTreeMap;

use regex::Regex;
use serde::Deserialize;

use crate::Outcome;

/// A kind of text that no two renderings share; it stands in `cases.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mask {
    /// Matches it, as closely as its form is known.
    #[serde(with = "pattern")]
    pattern: Regex,
    /// What is compared in its place; `$1` and its like stand for groups of the pattern.
    replacement: String,
}

mod pattern {
    use regex::Regex;
    use serde::{Deserialize, Deserializer, de};

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Regex, D::Error> {
        Regex::new(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// The text with these masks in place of what they match.
pub(crate) fn apply(text: &str, names: &[String], masks: &BTreeMap<String, Mask>) -> Outcome<String> {
    let mut text = text.to_owned();
    for name in names {
        let mask = masks.get(name).ok_or_else(|| format!("cases.toml has no mask `{name}`"))?;
        text = mask.pattern.replace_all(&text, mask.replacement.as_str()).into_owned();
    }
    Ok(text)
}
