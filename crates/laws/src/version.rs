//! Ranges of versions. The input is a version, then on the next line a range.

use manifest::semver_range::VersionRange;
use semver::Version;

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
