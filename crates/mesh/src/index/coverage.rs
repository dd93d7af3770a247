//! How much of a cluster a world knows, so that what is not there is missed only where it would be seen.

use std::collections::{BTreeSet, HashSet};

use manifest::ObjectId;

use crate::recorder::Part;
use crate::{Field, Resource, World, kind};

/// Which namespaces of a world are known as a whole.
///
/// A namespace is open, and nothing in it can be said to be missing, if nothing of it was given, or if a HelmRelease installs
/// into it whose objects were not given. A Kustomization whose objects were not given, while those of others were, opens all.
#[derive(Debug, Clone, Hash)]
pub struct Coverage {
    inhabited: BTreeSet<Box<str>>,
    open: BTreeSet<Box<str>>,
    all_open: bool,
}

impl Coverage {
    pub(crate) fn new(world: &World) -> Coverage {
        let mut inhabited: HashSet<&str> = HashSet::new();
        let mut appliers: HashSet<&ObjectId> = HashSet::new();
        for resource in world.unnoticed() {
            let is_namespace = resource.is(kind::NAMESPACE);
            inhabited.insert(if is_namespace { resource.name() } else { resource.namespace() });
            appliers.extend(resource.applied_by());
        }
        let unrendered = |release: &Resource<'_>| !appliers.contains(release.id());
        let open = world.of(kind::HELM_RELEASE).filter(unrendered).map(|release| release_namespace(release).into());
        let by_kustomizations = appliers.iter().any(|applier| applier.kind == kind::KUSTOMIZATION.kind());
        let all_open = by_kustomizations && world.of(kind::KUSTOMIZATION).any(|found| unrendered(&found));
        Coverage { open: open.collect(), inhabited: inhabited.into_iter().map(Box::from).collect(), all_open }
    }

    /// Whether everything that a namespace holds was given.
    pub fn whole(&self, namespace: &str) -> bool {
        !self.all_open && self.inhabited.contains(namespace) && !self.open.contains(namespace)
    }

    /// Whether everything was given: every namespace that has something is known as a whole.
    pub fn everything(&self) -> bool {
        !self.all_open && self.open.is_empty()
    }

    /// Whether something that was not given installs into a namespace. Unlike with [`Coverage::whole`], a namespace of which
    /// nothing was given counts as empty: a name in it that somebody refers to is then more likely a slip.
    pub fn may_hold_more(&self, namespace: &str) -> bool {
        self.all_open || self.open.contains(namespace)
    }

    /// The namespaces into which something installs that was not given.
    pub fn open_namespaces(&self) -> impl Iterator<Item = &str> {
        self.open.iter().map(|namespace| &**namespace)
    }

    /// The namespaces that are declared, or that anything is in.
    pub fn namespaces(&self) -> impl Iterator<Item = &str> {
        self.inhabited.iter().map(|namespace| &**namespace)
    }

    /// Whether a namespace is declared, or anything in it.
    pub fn mentions(&self, namespace: &str) -> bool {
        self.inhabited.contains(namespace)
    }
}

impl World {
    /// How much of the cluster this world knows.
    pub fn coverage(&self) -> &Coverage {
        self.recorder().note(self.recorder().singles().coverage.mark(), || Part::Coverage);
        self.index().coverage(self)
    }
}

/// The namespace that a HelmRelease installs into.
fn release_namespace(release: Resource<'_>) -> &str {
    release.at(&["spec", "targetNamespace"]).and_then(Field::as_str).unwrap_or(release.namespace())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use manifest::{Manifest, Origin};
    use serde_json::json;

    use super::*;
    use crate::{WorldObject, WorldOptions};

    fn coverage(objects: &[(&str, &str, &str, &str, Option<&str>)]) -> Coverage {
        let objects = objects.iter().map(|(api_version, kind, namespace, name, owner)| {
            let metadata = json!({ "namespace": namespace, "name": name });
            let value = json!({ "apiVersion": api_version, "kind": kind, "metadata": metadata });
            let manifest = Arc::new(Manifest::new(value, Origin::default()).expect("a manifest"));
            WorldObject { manifest, applied_by: owner.map(|id| ObjectId::from_inventory(id).expect("an id")) }
        });
        World::with_owners(objects, WorldOptions::default()).coverage().clone()
    }

    const RELEASE: (&str, &str) = ("helm.toolkit.fluxcd.io/v2", "HelmRelease");
    const KUSTOMIZATION: (&str, &str) = ("kustomize.toolkit.fluxcd.io/v1", "Kustomization");

    #[test]
    fn a_release_that_was_not_rendered_opens_its_namespace() {
        let release = (RELEASE.0, RELEASE.1, "shop", "podinfo", None);
        let closed = ("v1", "Service", "other", "a", None);
        let known = coverage(&[release, closed]);
        assert!(!known.whole("shop") && known.whole("other") && !known.whole("absent") && !known.everything());
        let rendered = ("v1", "Service", "shop", "a", Some("shop_podinfo_helm.toolkit.fluxcd.io_HelmRelease"));
        assert!(coverage(&[release, closed, rendered]).whole("shop"));
    }

    #[test]
    fn a_kustomization_that_was_not_rendered_among_others_opens_everything() {
        let one = (KUSTOMIZATION.0, KUSTOMIZATION.1, "flux-system", "one", None);
        let two = (KUSTOMIZATION.0, KUSTOMIZATION.1, "flux-system", "two", None);
        let of_one = ("v1", "Service", "shop", "a", Some("flux-system_one_kustomize.toolkit.fluxcd.io_Kustomization"));
        assert!(coverage(&[one, of_one]).whole("shop"));
        assert!(!coverage(&[one, two, of_one]).whole("shop"));
        let nobody_knows = ("v1", "Service", "shop", "a", None);
        assert!(coverage(&[one, two, nobody_knows]).whole("shop"));
    }
}
