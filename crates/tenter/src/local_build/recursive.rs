//! Everything that one Kustomization leads to: the Kustomizations it applies, and theirs.

use std::collections::{BTreeSet, VecDeque};

use cluster::Cluster;
use kinds::flux::Kustomization;
use manifest::{Manifest, Value};
use plan::decide::Pruning;
use plan::labels::{Applier, Owner};

use super::{Folders, Rendered, build};
use crate::error::Failure;

/// What one Kustomization applies.
#[derive(Debug)]
pub(crate) struct Unit {
    /// Who applies it.
    pub(crate) owner: Owner,
    /// What is applied.
    pub(crate) manifests: Vec<Manifest>,
    /// Whether what it applied before and does not apply any more is deleted.
    pub(crate) pruning: Pruning,
}

impl Unit {
    /// What a Kustomization applies.
    pub(crate) fn of(kustomization: &Kustomization, manifests: Vec<Manifest>) -> Unit {
        let metadata = &kustomization.metadata;
        Unit {
            owner: Owner::new(Applier::Kustomization, &metadata.namespace, &metadata.name),
            manifests,
            pruning: if kustomization.spec.prune { Pruning::Enabled } else { Pruning::Disabled },
        }
    }
}

/// A recursive build, step by step.
pub(crate) struct Recursion<'a> {
    cluster: Option<&'a Cluster>,
    folders: Folders,
    rendered: Rendered,
    /// Everything that was found, so that those that lead to each other end.
    seen: BTreeSet<Owner>,
    /// What is left out, and why.
    pub(crate) left_out: Vec<String>,
}

impl<'a> Recursion<'a> {
    /// Builds from these folders; what they do not say is asked of the cluster, if there is one.
    pub(crate) fn new(cluster: Option<&'a Cluster>, folders: Folders) -> Recursion<'a> {
        Recursion { cluster, folders, rendered: Rendered::default(), seen: BTreeSet::new(), left_out: Vec::new() }
    }

    /// Builds the entry and everything below it, each behind the one that applies it. One whose variables are rendered by
    /// others is built after those.
    pub(crate) async fn run(&mut self, entry: Kustomization) -> Result<Vec<Unit>, Failure> {
        let mut units = Vec::new();
        let mut waiting = VecDeque::from([entry]);
        let mut failed: Vec<(Kustomization, Failure)> = Vec::new();
        while let Some(next) = waiting.pop_front() {
            match self.one(&next).await {
                Ok(Some(unit)) => {
                    self.rendered.extend(&unit.manifests);
                    let found = self.below(&unit)?;
                    found.into_iter().rev().for_each(|below| waiting.push_front(below));
                    units.push(unit);
                    // What was missing may be there now.
                    waiting.extend(failed.drain(..).map(|(kustomization, _)| kustomization));
                }
                Ok(None) => {}
                Err(failure) => failed.push((next, failure)),
            }
        }
        match failed.into_iter().next() {
            Some((_, failure)) => Err(failure),
            None => Ok(units),
        }
    }

    /// What a Kustomization applies; none if it is left out.
    async fn one(&mut self, kustomization: &Kustomization) -> Result<Option<Unit>, Failure> {
        let metadata = &kustomization.metadata;
        let owner = Owner::new(Applier::Kustomization, &metadata.namespace, &metadata.name);
        if kustomization.spec.suspend {
            self.left_out.push(format!("Kustomization {owner} is suspended"));
            return Ok(None);
        }
        let source = &kustomization.spec.source_ref;
        let namespace = kustomization.source_namespace();
        let Some(files) = self.folders.of(&source.kind, namespace, &source.name)?.cloned() else {
            let named = format!("{}/{namespace}/{}", source.kind, source.name);
            self.left_out.push(format!(
                "Kustomization {owner} builds from {named}, which is not among the files given; name its folder with \
                 --local-sources {named}=FOLDER"
            ));
            return Ok(None);
        };
        let manifests = build(self.cluster, &self.rendered, kustomization, &files).await?;
        Ok(Some(Unit::of(kustomization, manifests)))
    }

    /// The Kustomizations among what was built, each once.
    fn below(&mut self, unit: &Unit) -> Result<Vec<Kustomization>, Failure> {
        self.seen.insert(unit.owner.clone());
        let mut found = Vec::new();
        for manifest in &unit.manifests {
            if !is_applier(Applier::Kustomization, &manifest.value) {
                continue;
            }
            let kustomization =
                Kustomization::read(&manifest.value).map_err(|error| Failure::Halted(error.to_string()))?;
            let metadata = &kustomization.metadata;
            if self.seen.insert(Owner::new(Applier::Kustomization, &metadata.namespace, &metadata.name)) {
                found.push(kustomization);
            }
        }
        Ok(found)
    }
}

fn is_applier(applier: Applier, object: &Value) -> bool {
    let group = object["apiVersion"].as_str().and_then(|text| text.split_once('/')).map(|(group, _)| group);
    group == Some(applier.group()) && object["kind"] == applier.kind()
}
