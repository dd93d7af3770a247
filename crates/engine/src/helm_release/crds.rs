//! The definitions of custom resources in a chart's `crds/`: applied before the chart is rendered, and never deleted.

use std::collections::BTreeSet;
use std::time::Duration;

use cluster::{Change, ObjectRef};
use kinds::flux::helm_release::CrdPolicy;
use manifest::yaml::{Limits, Profile, read_manifests};
use manifest::{Diagnostic, Manifest};
use plan::health::Verdict;
use plan::labels::{Owner, set_owner_labels};
use render::helm::chart::Crd;

use super::halt::Halt;
use super::run::Run;
use crate::stages::health;
use crate::stages::stop::Stop;

/// How long definitions may take to be usable, as in helm-controller.
const ESTABLISHED_WITHIN: Duration = Duration::from_secs(60);

/// Whether the API server serves something else than before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Served {
    AsBefore,
    Anew,
}

/// The definitions in a chart's files; other objects there are passed over, as in helm-controller.
pub(super) fn read(files: &[Crd<'_>]) -> Result<Vec<Manifest>, Vec<Diagnostic>> {
    let mut definitions = Vec::new();
    let mut problems = Vec::new();
    for file in files {
        match read_manifests(&file.file.data, &file.full_name, Profile::Kubectl, &Limits::default()) {
            Ok(read) => definitions.extend(read.into_iter().filter(|object| object.gvk().is_definition())),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() { Ok(definitions) } else { Err(problems) }
}

/// Applies definitions as the policy says, and waits until they are usable.
pub(super) async fn apply(run: &Run<'_>, definitions: Vec<Manifest>, policy: CrdPolicy) -> Result<Served, Halt> {
    let mut definitions = match policy {
        CrdPolicy::Skip => return Ok(Served::AsBefore),
        CrdPolicy::CreateReplace => definitions,
        CrdPolicy::Create => missing(run, definitions).await?,
    };
    set_owner_labels(&mut definitions, &Owner::from(&run.work.subject));
    let mut changed = BTreeSet::new();
    for definition in &definitions {
        let applied = run.work.cluster.apply(&definition.value, None, &run.work.mode()).await;
        let applied = applied.map_err(|error| Halt::Crds(format!("{}: {error}", definition.id())))?;
        if applied.change != Change::Unchanged {
            changed.extend(ObjectRef::of(&applied.object));
        }
    }
    if changed.is_empty() {
        return Ok(Served::AsBefore);
    }
    match health::until_settled(&run.work, changed, ESTABLISHED_WITHIN).await {
        Verdict::Healthy => Ok(Served::Anew),
        Verdict::Waiting { on: objects } | Verdict::Failed { because: objects } => {
            Err(Halt::Crds(Stop::Stage(objects).to_string()))
        }
    }
}

/// Those that are not in the cluster.
async fn missing(run: &Run<'_>, definitions: Vec<Manifest>) -> Result<Vec<Manifest>, Halt> {
    let references: Vec<ObjectRef> = definitions.iter().filter_map(|object| ObjectRef::of(&object.value)).collect();
    let found = run.work.cluster.get_all(&references).await;
    let mut missing = Vec::new();
    for (definition, found) in definitions.into_iter().zip(found) {
        if found?.is_none() {
            missing.push(definition);
        }
    }
    Ok(missing)
}
