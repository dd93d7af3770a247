//! What the Flux objects of a repository lead to.

use std::collections::BTreeSet;

use analysis::Finding;
use kinds::flux::Kustomization;
use manifest::{Diagnostic, ObjectId, Tree};
use plan::labels::Owner;

use super::files::{folder_of, is_within};
use super::parts::{Part, applied};
use super::{Around, does_not_render};
use crate::error::Failure;
use crate::local_build::{Entry, Folders, Recursion};

/// What Kustomizations and HelmReleases of a repository render.
#[derive(Debug, Default)]
pub(super) struct Flux {
    /// Objects, each part in the folder of the Flux objects that lead to it.
    pub(super) units: Vec<Part>,
    /// The folders that Kustomizations build.
    pub(super) covered: BTreeSet<String>,
    pub(super) findings: Vec<Finding>,
    pub(super) left_out: Vec<String>,
}

impl Flux {
    /// Builds what every Kustomization and HelmRelease among the parts leads to. One whose own file is built by another one
    /// is left to that.
    pub(super) async fn explore(
        tree: &Tree,
        parts: &[Part],
        mut folders: Folders,
        around: &Around,
    ) -> Result<Flux, Failure> {
        let mut flux = Flux::default();
        let mut waiting: Vec<&Part> = parts.iter().collect();
        // Those that build the folder they are in are where a cluster begins.
        waiting.sort_by_key(|part| !builds_itself(part));
        for part in waiting {
            if is_within(&part.folder, &flux.covered) {
                continue;
            }
            let beside = parts.iter().filter(|other| other.folder == part.folder).flat_map(|other| &other.objects);
            let (entries, unreadable) = Entry::all_of(beside.map(|object| &object.manifest.value));
            flux.findings.extend(unreadable.iter().flat_map(|failure| failed(None, failure)));
            if entries.is_empty() {
                continue;
            }
            let mut recursion =
                Recursion::new(None, folders, around.sources.clone(), crate::local_build::Gaps::LeaveOut)
                    .with_charts(around.charts);
            let explored = recursion.explore(entries).await;
            flux.left_out.append(&mut recursion.left_out);
            folders = recursion.into_folders();
            for (owner, failure) in explored.failed {
                flux.findings.extend(failed(Some(&owner), &failure));
            }
            flux.covered
                .extend(explored.folders.iter().filter_map(|path| folder_of(path)).filter(|path| tree.is_folder(path)));
            let mut unit = Part::new(part.folder.clone(), Vec::new());
            // What the entry's own folder declares comes again from the build of that folder.
            for built in explored.units {
                let applied_by = object_id(&built.owner);
                unit.objects.extend(built.into_manifests().map(|manifest| applied(manifest, Some(applied_by.clone()))));
            }
            flux.units.push(unit);
        }
        Ok(flux)
    }
}

/// Whether a Kustomization of the part builds the folder that the part is in.
fn builds_itself(part: &Part) -> bool {
    part.objects.iter().filter_map(|object| Kustomization::read(&object.manifest.value).ok()).any(|kustomization| {
        let built = folder_of(&kustomization.spec.path);
        built.is_some_and(|built| is_within(&part.folder, &BTreeSet::from([built])))
    })
}

fn object_id(owner: &Owner) -> ObjectId {
    ObjectId {
        group: owner.applier.group().to_owned(),
        kind: owner.applier.kind().to_owned(),
        namespace: owner.namespace.clone(),
        name: owner.name.clone(),
    }
}

/// What kept a Kustomization or HelmRelease from being rendered.
fn failed(owner: Option<&Owner>, failure: &Failure) -> Vec<Finding> {
    let diagnostics = match failure {
        Failure::Build(diagnostics) => diagnostics.clone(),
        other => vec![Diagnostic::error(other.to_string()).with_hint(other.hint())],
    };
    let about = |diagnostic: Diagnostic| match owner {
        Some(owner) if diagnostic.object.is_none() => diagnostic.about(object_id(owner)),
        Some(_) | None => diagnostic,
    };
    diagnostics.into_iter().map(about).map(does_not_render).collect()
}

#[cfg(test)]
mod tests {
    use plan::labels::Applier;

    use super::*;

    #[test]
    fn owners_are_objects() {
        let id = object_id(&Owner::new(Applier::HelmRelease, "istio-system", "istiod"));
        assert_eq!(id.to_string(), "HelmRelease/istio-system/istiod");
    }
}
