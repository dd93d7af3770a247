//! HelmCharts: one chart of a Helm repository, of a git repository or of a bucket.

pub(super) mod dependencies;
mod fault;
pub(super) mod local;
pub(super) mod remote;
mod values;
mod version;

use std::collections::BTreeMap;
use std::sync::Arc;

use kinds::flux::HelmChart;
use kinds::flux::helm_chart::ChartSourceKind;
use render::helm::chart::Chart;
use source::{ChartArtifact, HelmChartRequest};

use super::failure::Failure;
use super::found::{Facts, Found, News, Observed, Summary};
use super::look::Look;
use crate::Key;
use crate::artifacts::{HeldChart, SourceKey};
use crate::directory::Kind;

/// What a HelmChart was last found to be, so that nothing is done again while nothing changes.
pub(crate) struct Resolved {
    /// The generation that it was made for.
    generation: i64,
    from: MadeFrom,
    found: Found,
}

/// What a chart was made from.
enum MadeFrom {
    /// An archive of a repository; its bytes are not kept.
    Repository { request: Box<HelmChartRequest>, pulled: ChartArtifact },
    /// Files of a source, in this state.
    Files { revision: String, digest: String },
}

/// A chart that is ready to be used.
struct Made {
    name: String,
    /// The version of the chart with what values files and strategy add.
    version: String,
    /// The digest of the content.
    digest: String,
    chart: Arc<Chart>,
    packaging: Packaging,
    /// The files that were merged into its values.
    values_files: Vec<String>,
    signature: Signature,
}

/// Whether somebody who is trusted signed a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Signature {
    NotDemanded,
    Verified,
}

/// Whether a chart is used as it was packed, or was made from something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packaging {
    Pulled,
    Packaged,
}

/// Looks for another version, or another content.
pub(super) async fn fetch(look: &mut Look<'_>, chart: &HelmChart) -> Result<Found, Failure> {
    let kind = chart.spec.source_ref.kind;
    if chart.spec.verify.is_some() && kind != ChartSourceKind::HelmRepository {
        return Err(Failure::unsupported(&format!("spec.verify for a chart of a {}", kind.name())));
    }
    match kind {
        ChartSourceKind::HelmRepository => remote::fetch(look, chart).await,
        ChartSourceKind::GitRepository => local::fetch(look, chart, Kind::GitRepository).await,
        ChartSourceKind::Bucket => local::fetch(look, chart, Kind::Bucket).await,
    }
}

/// The object that the chart comes from.
fn source(chart: &HelmChart, kind: Kind) -> SourceKey {
    SourceKey::of(kind, &Key::new(chart.metadata.namespace.as_str(), chart.spec.source_ref.name.as_str()))
}

/// Says why nothing is known of the source yet. It wakes the chart once there is.
fn no_source(look: &Look<'_>, source: &SourceKey, kind: Kind) -> Failure {
    let SourceKey { kind: name, key } = source;
    let Some(object) = look.engine.directory.get(kind, key) else {
        let why = format!("{name} '{}' does not exist in namespace '{}'", key.name, key.namespace);
        return Failure::waiting(
            "SourceUnavailable",
            format!("failed to get source: {why}; create it or correct sourceRef"),
        );
    };
    let conditions = object["status"]["conditions"].as_array().into_iter().flatten();
    let failed =
        conditions.into_iter().find(|condition| condition["type"] == "Ready" && condition["status"] == "False");
    let why = failed.and_then(|condition| condition["message"].as_str()).map(|message| format!(": {message}"));
    let nothing = format!("no artifact available for {name} source '{}'", key.name);
    Failure::waiting("NoSourceArtifact", nothing + &why.unwrap_or_default())
}

/// Keeps a chart, and says what to tell of it.
fn keep(look: &mut Look<'_>, chart: &HelmChart, made: Made, from: MadeFrom, source_revision: String) -> Found {
    let Made { name, version, digest, chart: content, packaging, values_files, signature } = made;
    let (reason, action) = match packaging {
        Packaging::Pulled => ("ChartPullSucceeded", "pulled"),
        Packaging::Packaged => ("ChartPackageSucceeded", "packaged"),
    };
    let merged = if values_files.is_empty() {
        String::new()
    } else {
        format!(" and merged values files [{}]", values_files.join(" "))
    };
    let message = format!("{action} '{name}' chart with version '{version}'{merged}");
    let verified = match signature {
        Signature::NotDemanded => None,
        Signature::Verified => Some(format!("verified signature of version {version}")),
    };
    let held =
        HeldChart { chart: content, revision: version.clone(), digest: digest.clone(), generation: look.generation };
    let is_new = look.engine.artifacts.put_chart(look.source.clone(), held);
    let found = Found {
        artifact: Some(Facts { revision: version, digest, metadata: BTreeMap::new() }),
        news: News::if_so(is_new),
        told: message.clone(),
        verified,
        summary: Summary { reason, message },
        observed: Observed {
            source_revision,
            chart_name: name,
            // Without that field, all files were there.
            values_files: if chart.spec.ignore_missing_values_files { values_files } else { Vec::new() },
            ..Observed::default()
        },
    };
    *look.resolved = Some(Box::new(Resolved { generation: look.generation, from, found: found.clone() }));
    found
}

/// What was found before, for another state of the source.
fn known(look: &mut Look<'_>, from: Option<MadeFrom>, source_revision: String) -> Option<Found> {
    let resolved = look.resolved.as_mut()?;
    if let Some(from) = from {
        resolved.from = from;
    }
    resolved.found.observed.source_revision = source_revision;
    Some(Found { news: News::Known, ..resolved.found.clone() })
}
