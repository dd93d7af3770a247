//! What one Kustomization or HelmRelease applies.

use engine::helm_release::Preview;
use kinds::flux::Kustomization;
use kinds::flux::helm_release::CrdPolicy;
use manifest::Manifest;
use plan::decide::Pruning;
use plan::labels::Owner;

/// What one Kustomization or HelmRelease applies.
#[derive(Debug)]
pub(crate) struct Unit {
    /// Who applies it.
    pub(crate) owner: Owner,
    /// The definitions of custom resources that come with a chart.
    pub(crate) definitions: Vec<Manifest>,
    /// What becomes of those.
    pub(crate) definition_policy: CrdPolicy,
    /// What is applied.
    pub(crate) manifests: Vec<Manifest>,
    /// What a chart applies at certain moments only.
    pub(crate) hooks: Vec<Manifest>,
    /// Whether what it applied before and does not apply any more is deleted.
    pub(crate) pruning: Pruning,
}

impl Unit {
    /// What a Kustomization applies.
    pub(super) fn of(owner: Owner, kustomization: &Kustomization, manifests: Vec<Manifest>) -> Unit {
        Unit {
            owner,
            definitions: Vec::new(),
            definition_policy: CrdPolicy::Skip,
            manifests,
            hooks: Vec::new(),
            pruning: if kustomization.spec.prune { Pruning::Enabled } else { Pruning::Disabled },
        }
    }

    /// What a HelmRelease applies.
    pub(super) fn of_release(owner: Owner, preview: Preview) -> Unit {
        Unit {
            owner,
            definitions: preview.definitions,
            definition_policy: preview.definition_policy,
            manifests: preview.objects,
            hooks: preview.hooks,
            pruning: Pruning::Enabled,
        }
    }

    /// Everything, in the order in which it is applied first.
    pub(crate) fn into_manifests(self) -> impl Iterator<Item = Manifest> {
        self.definitions.into_iter().chain(self.manifests).chain(self.hooks)
    }
}
