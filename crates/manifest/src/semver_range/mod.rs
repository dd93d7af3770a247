//! Version ranges as the Masterminds library reads them, which Flux and Helm use.
//!
//! They look like the ranges of other tools and differ in detail: `||`, and with commas or spaces, `1 - 2`, `!=`, `v`
//! prefixes, a bare partial version is a tilde range, and pre-releases match only where a range names one.

mod comparator;
mod parse;

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use semver::Version;

use comparator::Comparator;

/// A range of versions. Its `Display` form is the text it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRange {
    text: String,
    /// One of them has to match.
    alternatives: Vec<Alternative>,
}

/// Comparators that all have to match.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Alternative {
    comparators: Vec<Comparator>,
    prereleases: Prereleases,
}

/// Whether pre-releases can match: only where a comparator of the alternative names one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Prereleases {
    Match,
    NeverMatch,
}

/// Why a text is not a version range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{range:?} is not a version range: cannot read {part:?}; examples: \">=1.2.0 <2.0.0\", \"~1.4\", \"^2\", \"1.x\""
)]
pub struct RangeError {
    /// The whole text.
    pub range: String,
    /// The part that cannot be read.
    pub part: String,
}

/// Longer ranges are refused, and those with more alternatives: nobody writes such, and they cost.
const MAX_RANGE: usize = 512;
const MAX_ALTERNATIVES: usize = 32;

impl VersionRange {
    /// Whether the version lies in the range. Build metadata does not count.
    pub fn matches(&self, version: &Version) -> bool {
        self.alternatives.iter().any(|alternative| {
            (version.pre.is_empty() || alternative.prereleases == Prereleases::Match)
                && alternative.comparators.iter().all(|comparator| comparator.matches(version))
        })
    }
}

impl FromStr for VersionRange {
    type Err = RangeError;

    fn from_str(text: &str) -> Result<VersionRange, RangeError> {
        let failed = |part: &str| RangeError { range: text.to_owned(), part: part.trim().to_owned() };
        if text.len() > MAX_RANGE || text.split("||").count() > MAX_ALTERNATIVES {
            return Err(failed(text));
        }
        let rewritten = parse::expand_hyphens(text);
        let alternatives = rewritten
            .split("||")
            .map(|part| {
                let comparators = parse::comparators(part).ok_or_else(|| failed(part))?;
                let prereleases = if comparators.iter().any(Comparator::names_prerelease) {
                    Prereleases::Match
                } else {
                    Prereleases::NeverMatch
                };
                Ok(Alternative { comparators, prereleases })
            })
            .collect::<Result<Vec<_>, RangeError>>()?;
        Ok(VersionRange { text: text.to_owned(), alternatives })
    }
}

impl fmt::Display for VersionRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The version that a tag names: three numbers, which may have leading zeros, with `v` before and a pre-release or
/// build after; `None` for any other tag. This is how Flux reads tags.
pub fn version_of_tag(tag: &str) -> Option<Version> {
    if tag.matches('.').count() < 2 {
        return None;
    }
    parse::version(tag)
}

/// The version that a text names, of which the last numbers may be missing: `v1.2` is 1.2.0. This is how Helm reads the
/// versions of charts.
pub fn loose_version(text: &str) -> Option<Version> {
    parse::version(text)
}

/// The tags with the highest version in the range: several if they differ only in build metadata, which does not
/// order versions.
pub fn highest<'a>(range: &VersionRange, tags: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut best: Vec<(Version, &str)> = Vec::new();
    for tag in tags {
        let Some(version) = version_of_tag(tag).filter(|version| range.matches(version)) else { continue };
        let order = best.first().map_or(Ordering::Greater, |(highest, _)| version.cmp_precedence(highest));
        if order == Ordering::Greater {
            best.clear();
        }
        if order != Ordering::Less {
            best.push((version, tag));
        }
    }
    best.into_iter().map(|(_, tag)| tag).collect()
}

#[cfg(test)]
mod tests;
