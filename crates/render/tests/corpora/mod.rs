//! Upstream's test data, read where it stands; it is never part of this repository.

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
