//! The version of a chart that comes in an artifact with a digest.

use manifest::semver_range;

/// What a revision is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevisionOf {
    /// A HelmChart: its revision is the chart's version.
    HelmChart,
    /// An OCIRepository.
    OciRepository,
    /// An ExternalArtifact, whose revision may have a digest.
    ExternalArtifact,
}

/// A revision that does not fit a chart.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RevisionError {
    /// The chart's version is no semantic version.
    #[error("invalid chart version {0}")]
    Chart(String),
    /// The tag is another version than the chart's.
    #[error("artifact revision {tag} does not match chart version {version}")]
    Mismatch {
        /// The tag.
        tag: String,
        /// The chart's version.
        version: String,
    },
    /// There is no digest, or it is too short.
    #[error("invalid artifact revision {0}")]
    Revision(String),
}

/// Characters of a digest that become part of the version.
const DIGEST: usize = 12;

/// The version of a chart and the digest of the artifact it came in (empty if it has none): where a tag can move, the start
/// of the digest is added to the version, so that the release is upgraded when it does.
///
/// # Errors
///
/// If chart and revision do not fit.
pub fn chart_version(of: RevisionOf, revision: &str, version: &str) -> Result<(String, String), RevisionError> {
    let has_digest = match of {
        RevisionOf::HelmChart => false,
        RevisionOf::OciRepository => true,
        RevisionOf::ExternalArtifact => revision.contains(':'),
    };
    if !has_digest {
        return Ok((version.to_owned(), String::new()));
    }
    let own = semver_range::loose_version(version).ok_or_else(|| RevisionError::Chart(version.to_owned()))?;
    let invalid = |revision: &str| RevisionError::Revision(revision.to_owned());
    let (tag, digest) = match revision.split_once('@') {
        Some((tag, digest)) => (Some(tag), digest),
        None => (None, revision),
    };
    // Tags have no `+`, so registries have `_` for it.
    let tagged = tag.and_then(|tag| semver_range::loose_version(&tag.replace('_', "+")));
    let hash = digest.split_once(':').map(|(_, hash)| hash).filter(|hash| !hash.contains(':'));
    let start = hash.and_then(|hash| hash.get(..DIGEST)).ok_or_else(|| invalid(digest))?;
    if let (Some(tag), Some(tagged)) = (tag, tagged)
        && tagged.cmp_precedence(&own) != std::cmp::Ordering::Equal
    {
        return Err(RevisionError::Mismatch { tag: tag.to_owned(), version: version.to_owned() });
    }
    let mut own = own;
    own.build = semver::BuildMetadata::new(start).map_err(|_| invalid(digest))?;
    Ok((own.to_string(), digest.to_owned()))
}
