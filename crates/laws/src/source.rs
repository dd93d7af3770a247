//! What sources are told: versions and ignore rules. The input is one line, then the rest.

use semver::Version;
use source::{IgnoreRules, VersionRange};

use crate::{Law, text};

/// Any range is read or refused, and says of every version whether it lies in it.
pub const SEMVER_RANGE: Law = Law {
    name: "semver_range",
    check: semver_range,
    seeds: &["1.2.3-rc.1\n>=1.2.0-0 <2, !=1.2.5 || ~v3 || ^0.0.1 || 1 - 2.x || *", "0.0.1\n=<1 ~>1.1"],
};

fn semver_range(input: &[u8]) {
    let Some((version, range)) = text(input).and_then(|text| text.split_once('\n')) else { return };
    let Ok(range) = range.parse::<VersionRange>() else { return };
    assert_eq!(range.to_string().parse::<VersionRange>().as_ref(), Ok(&range));
    if let Ok(version) = version.parse::<Version>() {
        let _ = range.matches(&version);
    }
}

/// Any rules say of every path whether it stays; after a rule that leaves everything out, nothing does.
pub const IGNORE: Law = Law {
    name: "source_ignore",
    check: ignore,
    seeds: &["a/b/c.yaml\n# x\n/*\n!/a/\n**/c.y?ml\n[a-c]*\\*\n", "deploy/x\n*\n!deploy/**\n"],
};

fn ignore(input: &[u8]) {
    let Some((path, rules)) = text(input).and_then(|text| text.split_once('\n')) else { return };
    let _ = IgnoreRules::new(&[("a".to_owned(), rules.to_owned())], Some(rules)).keeps(path);
    let everything = format!("{rules}\n*\n");
    if !path.trim_matches('/').is_empty() {
        assert!(!IgnoreRules::new(&[], Some(&everything)).keeps(path), "{path} stays");
    }
}
