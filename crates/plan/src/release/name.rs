//! The name of a Helm release.

use kinds::flux::HelmRelease;
use kinds::flux::helm_release::MAX_RELEASE_NAME;
use sha2::{Digest, Sha256};

/// Characters of the hash that makes a shortened name unique.
const HASH: usize = 12;

/// The name of the Helm release. One that is longer than Helm allows is cut and ends in a hash of all of it.
pub fn release_name(release: &HelmRelease) -> String {
    shorten(&release.full_release_name())
}

/// A name of at most 53 bytes, as helm-controller shortens it.
pub(super) fn shorten(name: &str) -> String {
    if name.len() <= MAX_RELEASE_NAME {
        return name.to_owned();
    }
    // Names are ASCII; one that is not ends at a character all the same.
    let most = MAX_RELEASE_NAME - HASH - 1;
    let end = (0..=most).rev().find(|&end| name.is_char_boundary(end)).unwrap_or(0);
    format!("{}-{}", &name[..end], &hex::encode(Sha256::digest(name))[..HASH])
}
