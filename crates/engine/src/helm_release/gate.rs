//! What must hold before anything is rendered: fields we can honour, dependencies, and the chart.

use std::sync::Arc;

use kinds::flux::HelmRelease;
use kinds::flux::helm_release::{ChartReferenceKind, ReleaseChart};
use manifest::Value;
use plan::dependency::{self, Dependency};
use plan::labels::Applier;
use plan::release::{ChartFacts, RevisionOf, chart_name, chart_version};
use render::helm::chart::Chart;

use super::halt::Halt;
use super::run::Run;
use crate::Key;
use crate::access;
use crate::artifacts::{HeldChart, SourceKey};
use crate::directory::Kind;
use crate::engine::Engine;
use crate::stages::analyse::Analysis;

/// A chart, and what counts of it.
pub(super) struct Charted {
    pub(super) chart: Arc<Chart>,
    pub(super) facts: ChartFacts,
}

/// Refuses a spec that says two things, or none where it must say one.
pub(super) fn valid(release: &HelmRelease) -> Result<(), Halt> {
    release.validate().map_err(Halt::Invalid)
}

/// What becomes of what rules find in the release.
pub(super) fn analysis(run: &Run<'_>, release: &HelmRelease) -> Result<Analysis, Halt> {
    Analysis::of(&release.metadata, run.work.engine.analysis).map_err(|error| Halt::Unreadable(error.to_string()))
}

/// Whether the chart may be used: the object that has it, and for a template also what that is made from.
pub(super) async fn access(run: &Run<'_>, release: &HelmRelease) -> Result<(), Halt> {
    let (_, held_by, _) = source(release)?;
    let made_from = match release.chart().map_err(Halt::Invalid)? {
        ReleaseChart::Template(template) => {
            let reference = &template.spec.source_ref;
            let key = Key::new(template.namespace(&release.metadata), &*reference.name);
            Some(SourceKey { kind: reference.kind.name().to_owned(), key })
        }
        ReleaseChart::Reference(_) => None,
    };
    let (engine, user) = (run.work.engine, &run.work.subject);
    for source in [Some(held_by), made_from].into_iter().flatten() {
        if let Some(denial) = access::denial(engine, user.applier, &user.key, source).await? {
            return Err(Halt::AccessDenied(denial));
        }
    }
    Ok(())
}

/// Whether everything in `dependsOn` is ready.
pub(super) fn dependencies(engine: &Engine, key: &Key, release: &HelmRelease) -> Result<(), Halt> {
    if release.spec.depends_on.is_empty() {
        return Ok(());
    }
    let Some(object) = engine.directory.get(Kind::HelmRelease, key) else { return Ok(()) };
    let dependencies = Dependency::read(Applier::HelmRelease, &object["spec"]["dependsOn"], &key.namespace)
        .map_err(Halt::Expressions)?;
    if let Some(cycle) = engine.directory.cycle_through(Applier::HelmRelease, key) {
        return Err(Halt::Cycle(cycle));
    }
    let waiting: Vec<_> = dependencies
        .iter()
        .filter_map(|dependency| {
            let other = engine.directory.get(Kind::HelmRelease, &Key::from(&dependency.name));
            dependency::ready(&object, dependency, other.as_ref(), None).err()
        })
        .collect();
    if waiting.is_empty() { Ok(()) } else { Err(Halt::Dependencies(waiting)) }
}

/// The object that has the chart, and what its revision is of.
pub(super) fn source(release: &HelmRelease) -> Result<(Kind, SourceKey, RevisionOf), Halt> {
    let (kind, key, revision) = match release.chart().map_err(Halt::Invalid)? {
        ReleaseChart::Template(template) => {
            let key = Key::new(template.namespace(&release.metadata), chart_name(release));
            (Kind::HelmChart, key, RevisionOf::HelmChart)
        }
        ReleaseChart::Reference(reference) => {
            let key = Key::new(reference.namespace(&release.metadata), &*reference.name);
            match reference.kind {
                ChartReferenceKind::HelmChart => (Kind::HelmChart, key, RevisionOf::HelmChart),
                ChartReferenceKind::OciRepository => (Kind::OciRepository, key, RevisionOf::OciRepository),
                ChartReferenceKind::ExternalArtifact => {
                    return Err(Halt::Unsupported { field: "spec.chartRef.kind: ExternalArtifact" });
                }
            }
        }
    };
    Ok((kind, SourceKey::of(kind, &key), revision))
}

/// The chart, as its source holds it for its newest generation.
pub(super) fn chart(engine: &Engine, release: &HelmRelease) -> Result<(Charted, HeldChart), Halt> {
    let (kind, source, of) = source(release)?;
    let Some(object) = engine.directory.get(kind, &source.key) else {
        // One that was made a moment ago is on its way.
        return Err(match release.chart() {
            Ok(ReleaseChart::Template(_)) => {
                Halt::SourceNotReady(not_ready(kind, &source.key, "does not have an artifact"))
            }
            Ok(ReleaseChart::Reference(_)) | Err(_) => {
                let name = kind.name();
                Halt::SourceMissing(format!("{name} '{}' not found; create it or correct spec.chartRef", source.key))
            }
        });
    };
    let held = engine.artifacts.chart(&source);
    let problem = failure(&object);
    let newest = object["metadata"]["generation"].as_i64().unwrap_or_default();
    let held = match held {
        Some(held) if held.generation >= newest => held,
        Some(_) | None => {
            let why = problem.unwrap_or_else(|| match held {
                Some(_) => "latest generation of object has not been reconciled".to_owned(),
                None => "does not have an artifact".to_owned(),
            });
            return Err(Halt::SourceNotReady(not_ready(kind, &source.key, &why)));
        }
    };
    let metadata = &held.chart.metadata;
    let (version, oci_digest) =
        chart_version(of, &held.revision, &metadata.version).map_err(|error| Halt::Chart(error.to_string()))?;
    let facts = ChartFacts {
        name: metadata.name.clone(),
        version: version.clone(),
        app_version: metadata.app_version.clone(),
        oci_digest,
    };
    let chart = if version == metadata.version {
        held.chart.clone()
    } else {
        let mut chart = Chart::clone(&held.chart);
        chart.metadata.version = version;
        Arc::new(chart)
    };
    Ok((Charted { chart, facts }, held))
}

/// Whether the source failed or does not exist for certain, so that there is something to tell at once.
pub(super) fn is_being_fetched(engine: &Engine, release: &HelmRelease) -> bool {
    let Ok((kind, source, _)) = source(release) else { return false };
    engine.directory.get(kind, &source.key).is_none_or(|object| failure(&object).is_none())
}

fn not_ready(kind: Kind, key: &Key, why: &str) -> String {
    format!("{} '{key}' is not ready: {why}", kind.name())
}

/// Why the last attempt to fetch a source failed, if it did.
fn failure(object: &Value) -> Option<String> {
    let conditions = object["status"]["conditions"].as_array()?;
    let holds = |kind: &str, status: &str| {
        let condition =
            conditions.iter().find(|condition| condition["type"] == kind && condition["status"] == status)?;
        Some(condition["message"].as_str().unwrap_or_default().to_owned())
    };
    holds("Stalled", "True").or_else(|| holds("Ready", "False"))
}
