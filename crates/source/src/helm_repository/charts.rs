//! Archives of charts.

use std::sync::{Arc, PoisonError};

use reqwest::{StatusCode, Url};

use super::index::ChartVersion;
use super::indexes::{HelmRepositories, Place, Slot};
use super::request::HelmChartRequest;
use crate::artifact::Fetched;
use crate::error::SourceError;
use crate::fingerprint::sha256;
use crate::http;
use crate::oci::Verification;
use crate::request::Credentials;

/// The largest archive of a chart, as in Flux.
pub(crate) const MAX_CHART: u64 = 10 << 20;

/// One version of a chart, packed.
#[derive(Clone, PartialEq, Eq)]
pub struct ChartArtifact {
    /// The name of the chart, as asked for.
    pub name: String,
    /// The chart's version, which is its revision.
    pub revision: String,
    /// The digest of the archive, `sha256:<hex>`.
    pub digest: String,
    /// The archive: a tar file, packed with gzip. It is not looked into.
    pub archive: Arc<[u8]>,
}

impl std::fmt::Debug for ChartArtifact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ChartArtifact({} {} {}, {} bytes)", self.name, self.revision, self.digest, self.archive.len())
    }
}

impl HelmRepositories {
    /// The archive of the version to use, unless that is still `last`.
    pub(crate) async fn chart(
        &self,
        request: &HelmChartRequest,
        last: Option<&ChartArtifact>,
    ) -> Result<Fetched<ChartArtifact>, SourceError> {
        if request.repository.is_oci() {
            return self.registries.helm_chart(request, last).await;
        }
        match request.verification {
            Verification::None => {}
            Verification::CosignKeys(_) => {
                return Err(SourceError::Unsupported {
                    what: "spec.verify for a chart from a repository over http".to_owned(),
                    hint: "only charts in registries have cosign's signatures; use a HelmRepository of type oci"
                        .to_owned(),
                });
            }
        }
        let (place, slot, index) = self.index(&request.repository).await?;
        let found = index.resolve(&place.shown, &request.name, &request.version)?;
        let is_last = |last: &ChartArtifact| {
            last.name == request.name
                && last.revision == *found.version
                && found.digest.as_deref().is_none_or(|digest| digest == last.digest)
        };
        if last.is_some_and(is_last) {
            return Ok(Fetched::Unchanged);
        }
        let (digest, archive) = self.archive(request, &place, &slot, found).await?;
        let (name, revision) = (request.name.clone(), found.version.to_string());
        Ok(Fetched::New(ChartArtifact { name, revision, digest, archive }))
    }

    /// The archive and its digest, downloaded once for all who ask.
    async fn archive(
        &self,
        request: &HelmChartRequest,
        place: &Place,
        slot: &Slot,
        found: &ChartVersion,
    ) -> Result<(String, Arc<[u8]>), SourceError> {
        let (url, own) = self.archive_address(request, place, found)?;
        let shown = crate::url::redact(url.as_str());
        let scope = place.scope(&url, &own);
        let _alone = self.downloads.board(&format!("{scope} {shown}")).await;
        let known = match &found.digest {
            Some(digest) => Some(digest.to_string()),
            None => slot.seen.lock().unwrap_or_else(PoisonError::into_inner).get(&shown).cloned(),
        };
        if let Some(digest) = known
            && let Some(archive) = self.blobs.get(&scope, &digest).await
        {
            return Ok((digest, archive));
        }
        let client = self.clients.of(&url, &request.repository.connection)?;
        let answer = http::send(place.get(&client, &url, &own)?, &shown).await?;
        if answer.status() != StatusCode::OK {
            let hint = "the index lists this archive, but it is gone; publish it again, or use another version";
            return Err(http::failure::refused(&shown, answer.status(), hint));
        }
        let bytes = http::body(answer, &shown, MAX_CHART).await?;
        let digest = sha256(&bytes);
        match &found.digest {
            Some(expected) if **expected != *digest => {
                return Err(SourceError::DigestMismatch { what: shown, expected: expected.to_string(), found: digest });
            }
            Some(_) => {}
            None => {
                slot.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(shown, digest.clone());
            }
        }
        let archive = self.blobs.put(&scope, &digest, bytes).await;
        Ok((digest, archive))
    }

    /// Where the archive of a version is, and the credentials that stand in that address.
    pub(super) fn archive_address(
        &self,
        request: &HelmChartRequest,
        place: &Place,
        found: &ChartVersion,
    ) -> Result<(Url, Credentials), SourceError> {
        let listed = found.url.as_deref().ok_or_else(|| SourceError::InvalidIndex {
            url: place.shown.clone(),
            cause: format!("it has no address for version {} of {:?}", found.version, request.name),
        })?;
        let url = place.join(&self.mirrors.apply(listed))?;
        http::address(url.as_str(), &Credentials::None)
    }
}
