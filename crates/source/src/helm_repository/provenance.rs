//! The files beside charts in which somebody signed them.

use std::sync::Arc;

use reqwest::StatusCode;

use super::charts::ChartArtifact;
use super::indexes::HelmRepositories;
use super::request::HelmChartRequest;
use crate::error::SourceError;
use crate::http;

/// The largest provenance file.
pub(crate) const MAX_PROVENANCE: u64 = 1 << 20;

/// What is beside a chart: who signed it is not looked at here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartProvenance {
    /// The name of the chart's file, under which its digest was signed.
    pub file: String,
    /// The provenance file.
    pub content: Arc<[u8]>,
}

impl HelmRepositories {
    /// The provenance of a version that was found before.
    pub(crate) async fn provenance(
        &self,
        request: &HelmChartRequest,
        chart: &ChartArtifact,
    ) -> Result<ChartProvenance, SourceError> {
        if request.repository.is_oci() {
            return self.registries.helm_provenance(request, chart).await;
        }
        let (place, _slot, index) = self.index(&request.repository).await?;
        let found = index.resolve(&place.shown, &request.name, &chart.revision)?;
        let (url, own) = self.archive_address(request, &place, found)?;
        let file = url.path_segments().and_then(|mut segments| segments.next_back()).unwrap_or_default().to_owned();
        // As Helm asks: after all of the address, its query too.
        let url = place.join(&format!("{url}.prov"))?;
        let shown = crate::url::redact(url.as_str());
        let client = self.clients.of(&url, &request.repository.connection)?;
        let answer = http::send(place.get(&client, &url, &own)?, &shown).await?;
        if answer.status() != StatusCode::OK {
            let hint = "the chart was published without a signature; package it with `helm package --sign`, and \
                        publish the .prov file beside it";
            return Err(http::failure::refused(&shown, answer.status(), hint));
        }
        Ok(ChartProvenance { file, content: http::body(answer, &shown, MAX_PROVENANCE).await?.into() })
    }
}
