//! Charts as sources would hold them, without a controller that keeps them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cluster::ObjectRef;
use kinds::flux::{HelmChart, HelmRepository, OciRepository};
use manifest::{Tree, Value};
use plan::release::{RevisionOf, chart_version};
use render::helm::chart::Chart;
use source::{Fetched, SourceKind, Sources, Verification};

use super::failure::Failure;
use super::helm_chart::dependencies::Remotes;
use super::helm_chart::{local, remote};
use super::secrets::{Secrets, reference};
use super::{helm_repository, oci, verification};

/// A chart that cannot be had, in the words of status.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoChart(String);

impl From<Failure> for NoChart {
    fn from(failure: Failure) -> NoChart {
        NoChart(failure.message)
    }
}

/// Objects as they were found.
pub type Found = BTreeMap<ObjectRef, Option<Arc<Value>>>;

/// The Secrets that a source or a HelmChart refers to.
pub fn secret_references(object: &Value) -> BTreeSet<ObjectRef> {
    let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default();
    let spec = &object["spec"];
    [&spec["secretRef"], &spec["certSecretRef"], &spec["proxySecretRef"], &spec["verify"]["secretRef"]]
        .into_iter()
        .filter_map(|to| to["name"].as_str())
        .map(|name| reference(namespace, name))
        .collect()
}

/// The chart in the files of a source. Dependencies that are missing are fetched without credentials.
///
/// # Errors
///
/// If there is none, or a dependency cannot be had.
pub async fn of_files(sources: &Sources, chart: &HelmChart, files: &Tree) -> Result<Chart, NoChart> {
    Ok(local::preview(&Remotes { sources, held: None }, chart, files).await?)
}

/// The chart of a Helm repository. `found` holds the [`secret_references`] of both.
///
/// # Errors
///
/// If it cannot be fetched, or what was fetched is no chart.
pub async fn of_repository(
    sources: &Sources,
    chart: &HelmChart,
    repository: &HelmRepository,
    found: Found,
) -> Result<Chart, NoChart> {
    let secrets = Secrets::found(&chart.metadata.namespace, found);
    let verification = match &chart.spec.verify {
        None => Verification::None,
        Some(verify) => verification::demanded(&secrets, &verify.provider, verify.secret_ref.as_ref())?,
    };
    let request = helm_repository::request(&secrets, repository)?;
    Ok(remote::preview(sources, chart, request, verification).await?)
}

/// The chart that an artifact of a registry is, whose digest is in its version as in a release. `found` holds its [`secret_references`].
///
/// # Errors
///
/// If it cannot be fetched, or is no chart.
pub async fn of_registry(sources: &Sources, repository: &OciRepository, found: Found) -> Result<Chart, NoChart> {
    let secrets = Secrets::found(&repository.metadata.namespace, found);
    let request = oci::request(&secrets, repository)?;
    let fetched = sources.oci(&request, None).await;
    let artifact = match fetched.map_err(|error| Failure::of(&error, SourceKind::OciRepository))? {
        Fetched::New(artifact) => artifact,
        Fetched::Unchanged => unreachable!("nothing was said to be held, so that nothing is unchanged"),
    };
    let no_chart =
        |why: &dyn std::fmt::Display| NoChart(format!("the artifact of {} is no chart: {why}", repository.spec.url));
    let mut chart = oci::chart(&artifact).map_err(|error| no_chart(&error))?;
    let (version, _) = chart_version(RevisionOf::OciRepository, &artifact.revision, &chart.metadata.version)
        .map_err(|error| no_chart(&error))?;
    chart.metadata.version = version;
    Ok(chart)
}
