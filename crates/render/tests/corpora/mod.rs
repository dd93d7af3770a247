//! Upstream's test data, read where it stands; it is never part of this repository.

use std::io::Write;
use std::path::PathBuf;

/// The folder `name` or file of the corpora: in `$TENTER_CORPORA`, or else in `../shared/corpora` of the workspace.
///
/// `None`, said aloud, where it is missing; a failure where it must be there (`CI=true`).
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("TENTER_CORPORA")
        .map(PathBuf::from)
        .unwrap_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpora")));
    let path = root.join(name);
    if path.exists() {
        return Some(path);
    }
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{name} of the corpora is missing in {}", root.display());
    println!("skipped: {name} of the corpora is missing in {} (set TENTER_CORPORA)", root.display());
    None
}

/// Says how many cases of a corpus hold, past the test harness, which keeps what tests that hold print to itself.
#[allow(dead_code, reason = "not every test of the corpora counts")]
pub(crate) fn count(corpus: &str, passed: usize, all: usize) {
    // Nobody reads what cannot be written.
    let _ = writeln!(std::io::stdout().lock(), "{corpus}: {passed} of {all} cases hold");
}

/// The cases that a section of `docs/parity.md` lists, because they differ on purpose.
#[allow(dead_code, reason = "not every test of the corpora has such cases")]
pub(crate) fn listed(section: &str) -> Vec<String> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/parity.md"));
    let text = text.expect("docs/parity.md");
    let title = format!("{section}\n");
    let section = text.split("\n## ").find(|text| text.starts_with(&title)).expect("the section");
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |"));
    rows.map(|(case, _)| case.to_owned()).collect()
}
