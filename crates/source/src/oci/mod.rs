//! Registries: artifacts and Helm charts in them, over the distribution API.

mod artifacts;
mod challenge;
mod charts;
mod cosign;
mod credentials;
mod layer;
mod manifest;
mod name;
mod registries;
mod request;
mod token;

pub use request::{LayerOperation, LayerSelector, OciReference, OciReferenceFields, OciRequest, Verification};

pub(crate) use registries::Registries;

use crate::artifact::{Artifact, Fetched};
use crate::error::SourceError;
use crate::http::within;
use crate::sources::Sources;
use registries::Session;

/// The media type of a chart's archive.
const CHART: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

/// What it was before Helm 3.7.
const OLD_CHART: &str = "application/tar+gzip";

/// The media type of the file in which somebody signed a chart.
const PROVENANCE: &str = "application/vnd.cncf.helm.chart.provenance.v1.prov";

/// The media type of a chart's metadata.
const CHART_CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";

/// Checks who signed what a digest names.
async fn verify(session: &Session<'_>, digest: &str, verification: &Verification) -> Result<(), SourceError> {
    match verification {
        Verification::None => Ok(()),
        Verification::CosignKeys(keys) => cosign::verify(session, digest, keys).await,
    }
}

impl Sources {
    /// The artifact of an `OCIRepository`, unless its reference still stands at `last_revision`: then nothing but the
    /// tag is asked for, and for a digest nothing at all.
    ///
    /// Give no `last_revision` when anything else that shapes the artifact has changed since: the ignore rules, the
    /// layer, or who must have signed it.
    ///
    /// # Errors
    /// Everything that concerns servers in [`SourceError`]; [`SourceError::InvalidArtifact`];
    /// [`SourceError::Unverified`].
    pub async fn oci(&self, request: &OciRequest, last_revision: Option<&str>) -> Result<Fetched, SourceError> {
        within(request.connection.timeout, &request.url, self.registries.artifact(request, last_revision)).await
    }

    /// The artifact of a past revision of an `OCIRepository`, under the request's rules as they are now.
    ///
    /// # Errors
    /// As [`Sources::oci`]; [`SourceError::NotFound`] for what the registry no longer has.
    pub async fn oci_at(&self, request: &OciRequest, revision: &str) -> Result<Artifact, SourceError> {
        within(request.connection.timeout, &request.url, self.registries.artifact_at(request, revision)).await
    }
}
