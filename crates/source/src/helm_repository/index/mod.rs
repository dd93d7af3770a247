//! The index of a Helm repository: which charts there are, in which versions, and where.

mod document;
mod yaml;

use std::collections::BTreeMap;

use jiff::Timestamp;
use manifest::semver_range::{VersionRange, loose_version, version_of_tag};

use crate::candidates::{highest_versions, most_similar};
use crate::error::SourceError;
use crate::fingerprint::sha256;
use document::{Document, Listed};

/// What a Helm repository has to offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    revision: String,
    charts: BTreeMap<Box<str>, Box<[ChartVersion]>>,
}

/// One version of a chart, as an index lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartVersion {
    /// The version as written.
    pub version: Box<str>,
    /// Where the archive is: absolute, or relative to the repository. `None` if the index does not say.
    pub url: Option<Box<str>>,
    /// The digest of the archive, `sha256:<hex>`, if the index has one.
    pub digest: Option<Box<str>>,
    /// When it was published, as far as the index says.
    pub created: Option<Timestamp>,
    /// Whether its maintainers want it used.
    pub maintenance: Maintenance,
}

/// Whether a chart's maintainers want it used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maintenance {
    /// They do.
    Kept,
    /// They do not. It is found and installed all the same.
    Deprecated,
}

impl Index {
    /// Reads an `index.yaml`, which may be JSON as well. Entries that Helm calls invalid are left out.
    ///
    /// # Errors
    /// [`SourceError::InvalidIndex`]; `url` is for its message.
    pub fn read(url: &str, bytes: &[u8]) -> Result<Index, SourceError> {
        let invalid = |cause: String| SourceError::InvalidIndex { url: url.to_owned(), cause };
        if bytes.is_empty() {
            return Err(invalid("it is empty".to_owned()));
        }
        let document = match serde_json::from_slice::<Document>(bytes) {
            Ok(document) => document,
            Err(error) if error.is_data() => return Err(invalid(error.to_string())),
            Err(_no_json) => {
                let text = std::str::from_utf8(bytes).map_err(|_| invalid("it is not UTF-8".to_owned()))?;
                yaml::read::<Document>(text.trim_start_matches('\u{feff}'))
                    .map_err(|error| invalid(error.to_string()))?
            }
        };
        if document.api_version.is_none_or(|version| version.is_empty()) {
            return Err(invalid("it names no apiVersion; a page of another kind may stand at the address".to_owned()));
        }
        let charts = document.entries.0.into_iter().map(|(name, listed)| (name.into(), versions(listed)));
        Ok(Index { revision: sha256(bytes), charts: charts.collect() })
    }

    /// `sha256:<hex>` over the index as it was sent: Flux's revision of a HelmRepository.
    pub fn revision(&self) -> &str {
        &self.revision
    }

    /// The names of all charts, sorted.
    pub fn charts(&self) -> impl Iterator<Item = &str> {
        self.charts.keys().map(AsRef::as_ref)
    }

    /// The versions of a chart, the highest first; none if there is no such chart.
    pub fn versions(&self, chart: &str) -> &[ChartVersion] {
        self.charts.get(chart).map_or(&[], AsRef::as_ref)
    }

    /// The version of a chart to use: the one written exactly so, or else the highest in the range, and of those that
    /// differ only in build metadata the one published last. An empty range and `*` are for every release.
    ///
    /// # Errors
    /// The chart, or a version in the range, is not there; the range is none. `url` is for their messages.
    pub fn resolve(&self, url: &str, chart: &str, range: &str) -> Result<&ChartVersion, SourceError> {
        let versions = self.charts.get(chart).ok_or_else(|| SourceError::UnknownChart {
            url: url.to_owned(),
            chart: chart.to_owned(),
            candidates: most_similar(chart, self.charts()),
        })?;
        if let Some(exact) = versions.iter().find(|listed| *listed.version == *range) {
            return Ok(exact);
        }
        let wanted = range_of(chart, range)?;
        let matches =
            |listed: &&ChartVersion| version_of_tag(&listed.version).is_some_and(|version| wanted.matches(&version));
        versions.iter().find(matches).ok_or_else(|| SourceError::NoVersion {
            url: url.to_owned(),
            name: chart.to_owned(),
            range: range.to_owned(),
            candidates: highest_versions(versions.iter().map(|listed| &*listed.version)),
        })
    }
}

/// The range that a `version` field means for a chart.
pub(crate) fn range_of(chart: &str, range: &str) -> Result<VersionRange, SourceError> {
    let range = if range.is_empty() { "*" } else { range };
    range.parse().map_err(|error: manifest::semver_range::RangeError| SourceError::InvalidReference {
        reference: format!("version {range:?} of chart {chart:?}"),
        reason: error.to_string(),
    })
}

/// The valid ones of the versions, the highest first, and of equal ones the newest first.
fn versions(listed: Vec<Option<Listed>>) -> Box<[ChartVersion]> {
    let valid = listed.into_iter().flatten().filter(Listed::is_valid);
    let mut versions: Vec<(semver::Version, ChartVersion)> = valid
        .filter_map(|listed| {
            let version = listed.version?;
            let first = listed.urls.into_iter().flatten().next().flatten().filter(|url| !url.is_empty());
            let chart = ChartVersion {
                url: first.map(Into::into),
                digest: listed.digest.and_then(|digest| digest_of(&digest)),
                created: listed.created.and_then(|created| created.parse().ok()),
                maintenance: match listed.deprecated {
                    Some(document::Flag(true)) => Maintenance::Deprecated,
                    Some(document::Flag(false)) | None => Maintenance::Kept,
                },
                version: version.into(),
            };
            Some((loose_version(&chart.version)?, chart))
        })
        .collect();
    versions.sort_by(|(one, a), (other, b)| other.cmp_precedence(one).then(b.created.cmp(&a.created)));
    versions.into_iter().map(|(_, chart)| chart).collect()
}

/// A digest as it is compared; `None` for what is no SHA-256, which nothing can be compared with.
fn digest_of(text: &str) -> Option<Box<str>> {
    let digits = text.strip_prefix("sha256:").unwrap_or(text);
    let is_digest = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_digest.then(|| format!("sha256:{}", digits.to_ascii_lowercase()).into())
}

#[cfg(test)]
mod tests;
