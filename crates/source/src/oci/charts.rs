//! Helm charts in registries.

use manifest::semver_range::version_of_tag;

use super::artifacts::TagStyle;
use super::registries::{Registries, Session};
use super::{CHART, CHART_CONFIG, OLD_CHART, PROVENANCE, verify};
use crate::artifact::Fetched;
use crate::candidates::highest_versions;
use crate::error::SourceError;
use crate::helm_repository::{ChartArtifact, ChartProvenance, HelmChartRequest, MAX_CHART, MAX_PROVENANCE, range_of};

impl Registries {
    /// The archive of the version to use, unless that is still `last`.
    pub(crate) async fn helm_chart(
        &self,
        request: &HelmChartRequest,
        last: Option<&ChartArtifact>,
    ) -> Result<Fetched<ChartArtifact>, SourceError> {
        let repository = &request.repository;
        let url = format!("{}/{}", repository.url.trim_end_matches('/'), request.name);
        let session = self.session(&url, &repository.credentials, &repository.connection, repository.registry).await?;
        // An exact version is its own tag: nothing has to be listed, nor asked for if it is at hand.
        let version = match version_of_tag(&request.version) {
            Some(_) => request.version.clone(),
            None => highest(&session, request).await?,
        };
        if last.is_some_and(|last| last.name == request.name && last.revision == version) {
            return Ok(Fetched::Unchanged);
        }
        let tagged =
            session.resolve(&TagStyle::Chart.tag(&version), "check the name of the chart and its version").await?;
        verify(&session, &tagged.digest, &request.verification).await?;
        let manifest = session.manifest(&tagged.digest).await?;
        let invalid = |cause: &str| SourceError::InvalidArtifact {
            url: format!("{}:{}", session.name, TagStyle::Chart.tag(&version)),
            cause: cause.to_owned(),
        };
        if manifest.config.as_ref().is_none_or(|config| config.media_type != CHART_CONFIG) {
            return Err(invalid("it is no Helm chart, but an artifact of another kind"));
        }
        let is_chart = |kind: &str| kind == CHART || kind == OLD_CHART;
        let layer = manifest
            .layers
            .iter()
            .rfind(|layer| is_chart(&layer.media_type))
            .ok_or_else(|| invalid("the chart has no content; push it again with `helm push`"))?;
        let archive = session.blob(&layer.digest, MAX_CHART).await?;
        let (name, digest) = (request.name.clone(), layer.digest.clone());
        Ok(Fetched::New(ChartArtifact { name, revision: version, digest, archive }))
    }
}

impl Registries {
    /// The provenance of a version that was found before.
    pub(crate) async fn helm_provenance(
        &self,
        request: &HelmChartRequest,
        chart: &ChartArtifact,
    ) -> Result<ChartProvenance, SourceError> {
        let repository = &request.repository;
        let url = format!("{}/{}", repository.url.trim_end_matches('/'), request.name);
        let session = self.session(&url, &repository.credentials, &repository.connection, repository.registry).await?;
        let tag = TagStyle::Chart.tag(&chart.revision);
        let tagged = session.resolve(&tag, "check the name of the chart and its version").await?;
        let manifest = session.manifest(&tagged.digest).await?;
        let layer = manifest.layers.iter().rfind(|layer| layer.media_type == PROVENANCE).ok_or_else(|| {
            SourceError::NotFound {
                url: format!("{}:{tag}.prov", session.name),
                hint: "the chart was pushed without a signature; package it with `helm package --sign`, and push it \
                       with the .prov file beside it"
                    .to_owned(),
            }
        })?;
        let name = request.name.rsplit('/').next().unwrap_or_default();
        let file = format!("{name}-{}.tgz", chart.revision);
        Ok(ChartProvenance { file, content: session.blob(&layer.digest, MAX_PROVENANCE).await? })
    }
}

/// The version to use among those that have a tag.
async fn highest(session: &Session<'_>, request: &HelmChartRequest) -> Result<String, SourceError> {
    let tags = session.tags().await?;
    let versions: Vec<String> = tags.iter().map(|tag| TagStyle::Chart.version(tag)).collect();
    if versions.contains(&request.version) {
        return Ok(request.version.clone());
    }
    let range = range_of(&request.name, &request.version)?;
    let found = manifest::semver_range::highest(&range, versions.iter().map(String::as_str));
    found.first().map(|version| (*version).to_owned()).ok_or_else(|| SourceError::NoVersion {
        url: session.name.to_string(),
        name: request.name.clone(),
        range: request.version.clone(),
        candidates: highest_versions(versions.iter().map(String::as_str)),
    })
}
