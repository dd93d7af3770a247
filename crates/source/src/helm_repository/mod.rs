//! Helm repositories: an index over HTTP and the archives it lists, or charts in a registry.

mod charts;
mod index;
mod indexes;
mod provenance;
mod request;

use std::sync::Arc;

pub use charts::ChartArtifact;
pub use index::{ChartVersion, Index, Maintenance};
pub use provenance::ChartProvenance;
pub use request::{HelmChartRequest, HelmRepositoryRequest, PassCredentials, Registry};

pub(crate) use charts::MAX_CHART;
pub(crate) use index::range_of;
pub(crate) use indexes::HelmRepositories;
pub(crate) use provenance::MAX_PROVENANCE;

use crate::artifact::Fetched;
use crate::error::SourceError;
use crate::http::within;
use crate::sources::Sources;

impl Sources {
    /// Asks a Helm repository for its index, unless it still stands at `last_revision`, the digest of an index.
    ///
    /// The index is kept: [`Sources::helm_chart`] resolves versions in it until it is asked for again. An unchanged one
    /// is neither sent nor read again where the server knows conditional requests, and not read again elsewhere.
    ///
    /// # Errors
    /// Everything that concerns servers in [`SourceError`]; [`SourceError::InvalidIndex`];
    /// [`SourceError::InvalidUrl`] for `oci://`, where there is no index.
    pub async fn helm_index(
        &self,
        request: &HelmRepositoryRequest,
        last_revision: Option<&str>,
    ) -> Result<Fetched<Arc<Index>>, SourceError> {
        let index = within(request.connection.timeout, &request.url, self.helm.refresh(request)).await?;
        let is_known = last_revision == Some(index.revision());
        Ok(if is_known { Fetched::Unchanged } else { Fetched::New(index) })
    }

    /// The archive of a chart, unless the version to use is still the one of `last`.
    ///
    /// Versions are resolved in the index that is at hand; it is asked for if there is none. An archive that was
    /// downloaded before, for whomever, is not downloaded again.
    ///
    /// # Errors
    /// As [`Sources::helm_index`]; the chart or a version of it is not there; the archive is too large or not the one
    /// that was announced.
    pub async fn helm_chart(
        &self,
        request: &HelmChartRequest,
        last: Option<&ChartArtifact>,
    ) -> Result<Fetched<ChartArtifact>, SourceError> {
        let repository = &request.repository;
        within(repository.connection.timeout, &repository.url, self.helm.chart(request, last)).await
    }

    /// The file beside a chart in which somebody signed it: an address of its own, or a layer of the same artifact.
    /// Nobody's signature is checked here.
    ///
    /// # Errors
    /// As [`Sources::helm_chart`]; [`SourceError::NotFound`] for a chart that nobody signed.
    pub async fn chart_provenance(
        &self,
        request: &HelmChartRequest,
        chart: &ChartArtifact,
    ) -> Result<ChartProvenance, SourceError> {
        let repository = &request.repository;
        within(repository.connection.timeout, &repository.url, self.helm.provenance(request, chart)).await
    }
}
