//! The text of versions and ranges.

use std::sync::LazyLock;

use regex::Regex;
use semver::{BuildMetadata, Prerelease, Version};

use super::comparator::{Comparator, Missing, Operator};

/// What may follow the numbers: a pre-release and build metadata.
const SUFFIX: &str = r"(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?";

/// A version whose parts may be missing or `x`.
const PARTIAL: &str = r"v?[0-9xX*]+(?:\.[0-9xX*]+)?(?:\.[0-9xX*]+)?";

const OPERATOR: &str = r"!=|>=|=>|<=|=<|~>|=|>|<|~|\^|";

/// A regular expression of this file.
fn regex(pattern: &str) -> Regex {
    #[expect(clippy::expect_used, reason = "the patterns are constants, and every one of them is used by the tests")]
    Regex::new(pattern).expect("a valid pattern")
}

/// The library takes `|` for a part of the number after it, so that `>1||2 - 3` without spaces is refused.
static HYPHENS: LazyLock<Regex> = LazyLock::new(|| {
    let partial = PARTIAL.replace("[0-9", "[0-9|");
    regex(&format!(r"\s*(?<low>{partial}{SUFFIX})\s+-\s+(?<high>{partial}{SUFFIX})\s*"))
});

/// A whole alternative: comparators with space or a comma between them.
static ALTERNATIVE: LazyLock<Regex> = LazyLock::new(|| {
    let comparator = format!(r"(?:{OPERATOR})\s*{PARTIAL}{SUFFIX}");
    regex(&format!(r"^\s*{comparator}\s*(?:(?:\s+|,\s*){comparator}\s*)*$"))
});

static COMPARATOR: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"(?<operator>{OPERATOR})\s*v?(?<major>[0-9xX*]+)(?:\.(?<minor>[0-9xX*]+))?(?:\.(?<patch>[0-9xX*]+))?(?<suffix>{SUFFIX})"
    ))
});

static VERSION: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(r"^v?(?<major>[0-9]+)(?:\.(?<minor>[0-9]+))?(?:\.(?<patch>[0-9]+))?(?<suffix>{SUFFIX})$"))
});

/// The range with `1.2 - 3` written as `>= 1.2, <= 3`.
pub(super) fn expand_hyphens(range: &str) -> String {
    HYPHENS.replace_all(range, ">= $low, <= $high ").into_owned()
}

/// The comparators of an alternative; `None` if it cannot be read.
pub(super) fn comparators(alternative: &str) -> Option<Vec<Comparator>> {
    if !ALTERNATIVE.is_match(alternative) {
        return None;
    }
    COMPARATOR
        .captures_iter(alternative)
        .map(|captures| {
            let part = |name: &str| captures.name(name).map_or("", |part| part.as_str());
            let (major, minor, patch) = (part("major"), part("minor"), part("patch"));
            let missing = match (is_missing(major), is_missing(minor), is_missing(patch)) {
                (true, _, _) => Missing::Major,
                (false, true, _) => Missing::Minor,
                (false, false, true) => Missing::Patch,
                (false, false, false) => Missing::Nothing,
            };
            let numbers = match missing {
                Missing::Major => ["0", "0", "0"],
                Missing::Minor => [major, "0", "0"],
                Missing::Patch => [major, minor, "0"],
                Missing::Nothing => [major, minor, patch],
            };
            Some(Comparator {
                operator: operator(part("operator")),
                version: assemble(numbers, part("suffix"))?,
                missing,
            })
        })
        .collect()
}

/// A version whose minor and patch may be missing, with `v` before it or not.
pub(super) fn version(text: &str) -> Option<Version> {
    const MAX_VERSION: usize = 256;
    let captures = VERSION.captures(text).filter(|_| text.len() <= MAX_VERSION)?;
    let number = |name: &str| captures.name(name).map_or("0", |part| part.as_str());
    assemble([number("major"), number("minor"), number("patch")], captures.name("suffix")?.as_str())
}

fn is_missing(part: &str) -> bool {
    matches!(part, "" | "x" | "X" | "*")
}

fn operator(text: &str) -> Operator {
    match text {
        "!=" => Operator::NotEqual,
        ">" => Operator::Greater,
        "<" => Operator::Less,
        ">=" | "=>" => Operator::GreaterOrEqual,
        "<=" | "=<" => Operator::LessOrEqual,
        "~" | "~>" => Operator::Tilde,
        "^" => Operator::Caret,
        // The expression gives nothing else than "=" and "".
        _ => Operator::Equal,
    }
}

/// The version of three numbers, which may have leading zeros, and a suffix as [`SUFFIX`] describes it.
fn assemble(numbers: [&str; 3], suffix: &str) -> Option<Version> {
    let [major, minor, patch] = numbers.map(|number| number.parse().ok());
    let (before_build, build) = suffix.split_once('+').unwrap_or((suffix, ""));
    let prerelease = before_build.strip_prefix('-').unwrap_or_default();
    Some(Version {
        major: major?,
        minor: minor?,
        patch: patch?,
        pre: Prerelease::new(prerelease).ok()?,
        build: BuildMetadata::new(build).ok()?,
    })
}
