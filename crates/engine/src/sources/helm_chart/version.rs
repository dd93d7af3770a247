//! The version of a chart with build metadata, by which others see that it is made anew.

use manifest::semver_range::loose_version;

use super::super::failure::Failure;
use super::fault::Fault;

/// How much of a commit or digest becomes a part of a version: versions end up in labels, which are short.
const SHORT: usize = 12;

/// The version with build metadata in place of its own; as it is without any.
pub(super) fn with_metadata(version: &str, metadata: &str) -> Result<String, Failure> {
    if metadata.is_empty() {
        return Ok(version.to_owned());
    }
    let parsed = loose_version(version).ok_or_else(|| {
        Fault::Metadata.because(format!("failed to parse version from chart metadata as SemVer: {version:?} is none"))
    })?;
    let pre = if parsed.pre.is_empty() { String::new() } else { format!("-{}", parsed.pre) };
    Ok(format!("{}.{}.{}{pre}+{metadata}", parsed.major, parsed.minor, parsed.patch))
}

/// What tells a revision of files from others: the beginning of its commit or digest.
pub(super) fn short(revision: &str) -> &str {
    let digits = revision.rsplit_once(':').map_or(revision, |(_, digits)| digits);
    digits.get(..SHORT).unwrap_or(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_replaces_metadata() {
        let check = |version: &str, metadata: &str| with_metadata(version, metadata).map_err(|failure| failure.message);
        assert_eq!(check("1.2.3", ""), Ok("1.2.3".to_owned()));
        assert_eq!(check("1.2.3", "4"), Ok("1.2.3+4".to_owned()));
        assert_eq!(check("v1.2.3-rc.1+old", "abc.4"), Ok("1.2.3-rc.1+abc.4".to_owned()));
        assert_eq!(check("v1.2", "4"), Ok("1.2.0+4".to_owned()));
        assert_eq!(
            check("one", "4"),
            Err("chart metadata patch error: failed to parse version from chart metadata as SemVer: \"one\" is none"
                .to_owned())
        );
    }

    #[test]
    fn revisions_are_shortened() {
        assert_eq!(short("main@sha1:0123456789abcdef"), "0123456789ab");
        assert_eq!(short("sha256:0123456789abcdef"), "0123456789ab");
        assert_eq!(short("abc"), "abc");
    }
}
