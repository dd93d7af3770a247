//! What an error suggests instead of a name that is not there.

use std::cmp::Reverse;

use manifest::semver_range::version_of_tag;

/// How many names an error lists.
const CANDIDATES: usize = 5;

/// The names most similar to the wanted one.
pub(crate) fn most_similar<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<&str> = names.collect();
    names.sort_by_cached_key(|name| (distance(wanted, name), *name));
    names.into_iter().take(CANDIDATES).map(str::to_owned).collect()
}

/// The highest versions among the tags.
pub(crate) fn highest_versions<'a>(tags: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut versions: Vec<_> = tags.filter_map(|tag| Some((version_of_tag(tag)?, tag))).collect();
    versions.sort_by_key(|(version, _)| Reverse(version.clone()));
    versions.into_iter().take(CANDIDATES).map(|(_, tag)| tag.to_owned()).collect()
}

/// How many characters have to be inserted, removed or replaced to get from one name to the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (above, character) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = above + 1;
        for (at, other) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(character != *other);
            diagonal = row[at + 1];
            row[at + 1] = replaced.min(diagonal + 1).min(row[at] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_what_is_near() {
        let names = ["podinfo", "istiod", "base", "gateway", "prod-info", "cni", "ztunnel"];
        assert_eq!(most_similar("podinf", names.into_iter())[..2], ["podinfo", "prod-info"]);
        assert_eq!(most_similar("x", names.into_iter()).len(), 5);
    }

    #[test]
    fn lists_versions_from_the_highest() {
        let tags = ["latest", "1.2.0", "v1.10.0", "1.2", "2.0.0-rc.1"];
        assert_eq!(highest_versions(tags.into_iter()), ["2.0.0-rc.1", "v1.10.0", "1.2.0"]);
    }
}
