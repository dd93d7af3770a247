//! All objects of one cluster, as they are declared.

use std::collections::HashMap;
use std::sync::Arc;

use manifest::yaml::Profile;
use manifest::{Manifest, ObjectId, Value};

use crate::MeshConfig;
use crate::arrangement::{Arranged, OfKind, arrange};
use crate::index::Index;
use crate::kind::{self, KindName};
use crate::reads::tell_apart;
use crate::recorder::{Part, Recorder};
use crate::resource::{Entry, Resource};

/// What a [`World`] cannot learn from its objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorldOptions {
    /// The namespace of objects that do not say one; empty leaves them without. Default: `default`.
    pub default_namespace: String,
    /// The domain of the cluster's services. Default: `cluster.local`.
    pub cluster_domain: String,
    /// Where Istio's control plane is installed. Default: `istio-system`.
    pub istio_namespace: String,
    /// The `x` of the Kubernetes 1.x that the objects are for. Default: 34.
    pub kubernetes_minor: u32,
    /// The time at which certificates are to be valid; nothing is said about that without one. Default: none.
    pub now: Option<jiff::Timestamp>,
}

impl Default for WorldOptions {
    fn default() -> WorldOptions {
        WorldOptions {
            default_namespace: "default".to_owned(),
            cluster_domain: "cluster.local".to_owned(),
            istio_namespace: "istio-system".to_owned(),
            kubernetes_minor: 34,
            now: None,
        }
    }
}

/// An object and who applies it.
#[derive(Debug, Clone)]
pub struct WorldObject {
    /// The object as it is declared.
    pub manifest: Arc<Manifest>,
    /// The Kustomization or HelmRelease that applies it, if that is known. Without it, the labels count that Flux gives to
    /// what it applies.
    pub applied_by: Option<ObjectId>,
}

/// All objects of one cluster, found by kind, namespace and name. The order in which they were given decides nothing but
/// which of two objects with one identity counts: the later one.
#[derive(Debug, Clone)]
pub struct World {
    entries: Vec<Entry>,
    kinds: HashMap<Arc<str>, OfKind>,
    replaced: Vec<Entry>,
    options: WorldOptions,
    mesh_config: MeshConfig,
    index: Index,
    recorder: Recorder,
}

impl World {
    /// A world of these objects.
    pub fn new(manifests: impl IntoIterator<Item = Arc<Manifest>>, options: WorldOptions) -> World {
        let unowned = |manifest| WorldObject { manifest, applied_by: None };
        World::with_owners(manifests.into_iter().map(unowned), options)
    }

    /// A world of these objects, of which it may be known who applies them.
    pub fn with_owners(objects: impl IntoIterator<Item = WorldObject>, options: WorldOptions) -> World {
        let Arranged { entries, kinds, replaced } = arrange(objects, &options);
        let (mesh_config, index, recorder) = Default::default();
        let mut world = World { entries, kinds, replaced, options, mesh_config, index, recorder };
        if let Some(declared) = world.declared_mesh_config() {
            world.mesh_config = MeshConfig::with(&declared);
        }
        world
    }

    /// Every object of a kind, by namespace and name.
    pub fn of(&self, kind: KindName) -> impl DoubleEndedIterator<Item = Resource<'_>> + ExactSizeIterator + Clone {
        let found = self.kinds.get_key_value(kind.as_str());
        match found {
            Some((name, of_kind)) => self.recorder.note(of_kind.watched.mark(), || Part::Kind(name.clone())),
            None => self.recorder.note_absent(|| Part::Kind(kind.as_str().into())),
        }
        let sorted = found.map_or(&[][..], |(_, of_kind)| &of_kind.sorted);
        sorted.iter().map(|position| Resource::new(&self.entries[*position]))
    }

    /// Every object of a kind in a namespace, by name.
    pub fn within<'w>(
        &'w self,
        kind: KindName,
        namespace: &str,
    ) -> impl ExactSizeIterator<Item = Resource<'w>> + Clone + use<'w> {
        let positions = self.positions(kind.as_str(), namespace);
        positions.iter().map(|position| Resource::new(&self.entries[*position]))
    }

    /// One object; `namespace` is empty for a kind that has none.
    pub fn find(&self, kind: KindName, namespace: &str, name: &str) -> Option<Resource<'_>> {
        self.named(kind.as_str(), namespace, name)
    }

    /// The object with an identity, of whatever kind.
    pub fn by_id(&self, id: &ObjectId) -> Option<Resource<'_>> {
        if id.group.is_empty() {
            return self.named(&id.kind, &id.namespace, &id.name);
        }
        self.named(&format!("{}.{}", id.kind, id.group), &id.namespace, &id.name)
    }

    /// Every object, in the order in which they were given.
    pub fn resources(&self) -> impl ExactSizeIterator<Item = Resource<'_>> + Clone {
        self.recorder.note(self.recorder.singles().everything.mark(), || Part::Everything);
        self.unnoticed()
    }

    /// Objects that another one of the same identity, given later, took the place of.
    pub fn replaced(&self) -> impl ExactSizeIterator<Item = Resource<'_>> + Clone {
        self.recorder.note(self.recorder.singles().everything.mark(), || Part::Everything);
        self.replaced.iter().map(Resource::new)
    }

    /// Every object, without a note of it: for what is compared by itself when the world changes.
    pub(crate) fn unnoticed(&self) -> impl ExactSizeIterator<Item = Resource<'_>> + Clone {
        self.entries.iter().map(Resource::new)
    }

    /// What was given besides the objects.
    pub fn options(&self) -> &WorldOptions {
        &self.options
    }

    /// The mesh configuration in effect.
    pub fn mesh_config(&self) -> &MeshConfig {
        self.recorder.note(self.recorder.singles().mesh_config.mark(), || Part::MeshConfig);
        &self.mesh_config
    }

    /// The object that declares the mesh configuration: a `MeshConfig` on its own, or the ConfigMap `istio`.
    pub fn mesh_config_source(&self) -> Option<Resource<'_>> {
        let on_its_own = self.of(kind::MESH_CONFIG).next();
        on_its_own.or_else(|| self.find(kind::CONFIG_MAP, &self.options.istio_namespace, "istio"))
    }

    /// The object at a position, such as indexes keep.
    pub(crate) fn at(&self, position: usize) -> Resource<'_> {
        Resource::new(&self.entries[position])
    }

    /// Positions of the objects of a kind in a namespace, by name, with a note that somebody looked.
    fn positions(&self, kind: &str, namespace: &str) -> &[usize] {
        let Some((kind_name, of_kind)) = self.kinds.get_key_value(kind) else {
            self.recorder.note_absent(|| Part::Namespace(kind.into(), namespace.into()));
            return &[];
        };
        let Some((name, found)) = of_kind.namespaces.get_key_value(namespace) else {
            self.recorder.note_absent(|| Part::Namespace(kind_name.clone(), namespace.into()));
            return &[];
        };
        self.recorder.note(found.watched.mark(), || Part::Namespace(kind_name.clone(), name.clone()));
        &of_kind.sorted[found.range.clone()]
    }

    /// Notes that somebody looked at the objects of a kind in a namespace.
    pub(crate) fn note_within(&self, kind: KindName, namespace: &str) {
        self.positions(kind.as_str(), namespace);
    }

    /// One object, with a note that somebody looked: at its namespace, or if it has none at it alone.
    fn named(&self, kind: &str, namespace: &str, name: &str) -> Option<Resource<'_>> {
        if !namespace.is_empty() {
            let positions = self.positions(kind, namespace);
            return self.search(positions, name).map(Resource::new);
        }
        let found = self.entry_without_namespace(kind, name);
        match found {
            Some(entry) => self.recorder.note(&entry.mark, || Part::Object(entry.kind.clone(), name.into())),
            None => self.recorder.note_absent(|| Part::Object(kind.into(), name.into())),
        }
        found.map(Resource::new)
    }

    /// The object of a name among some of one kind and namespace.
    fn search(&self, positions: &[usize], name: &str) -> Option<&Entry> {
        let place = positions.binary_search_by(|position| self.entries[*position].id.name.as_str().cmp(name)).ok()?;
        Some(&self.entries[positions[place]])
    }

    /// An object without a namespace, without a note of it.
    pub(crate) fn entry_without_namespace(&self, kind: &str, name: &str) -> Option<&Entry> {
        let of_kind = self.kinds.get(kind)?;
        self.search(&of_kind.sorted[of_kind.namespaces.get("")?.range.clone()], name)
    }

    /// What tells the objects of a kind from those of another world.
    pub(crate) fn digest_of_kind(&self, kind: &str) -> Option<u64> {
        let of_kind = self.kinds.get(kind)?;
        Some(of_kind.watched.digest(|hasher| tell_apart(hasher, self.entries_at(&of_kind.sorted))))
    }

    /// What tells the objects of a kind in a namespace from those of another world.
    pub(crate) fn digest_within(&self, kind: &str, namespace: &str) -> Option<u64> {
        let of_kind = self.kinds.get(kind)?;
        let found = of_kind.namespaces.get(namespace)?;
        let positions = &of_kind.sorted[found.range.clone()];
        Some(found.watched.digest(|hasher| tell_apart(hasher, self.entries_at(positions))))
    }

    /// Every object, by identity.
    pub(crate) fn entries_by_id(&self) -> impl Iterator<Item = &Entry> {
        let mut kinds: Vec<_> = self.kinds.iter().collect();
        kinds.sort_by_key(|(name, _)| *name);
        kinds.into_iter().flat_map(|(_, of_kind)| self.entries_at(&of_kind.sorted))
    }

    fn entries_at(&self, positions: &[usize]) -> impl Iterator<Item = &Entry> {
        positions.iter().map(|position| &self.entries[*position])
    }

    /// The objects that others took the place of.
    pub(crate) fn replaced_entries(&self) -> impl Iterator<Item = &Entry> {
        self.replaced.iter()
    }

    /// Who notes what is looked at.
    pub(crate) fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// What is looked up often.
    pub(crate) fn index(&self) -> &Index {
        &self.index
    }

    fn declared_mesh_config(&self) -> Option<Value> {
        let source = self.mesh_config_source()?;
        if source.is(kind::MESH_CONFIG) {
            return Some(source.manifest().value.clone());
        }
        let text = source.at(&["data", "mesh"])?.as_str()?;
        manifest::yaml::read_value(text, "mesh", Profile::Kubectl, &manifest::yaml::Limits::default()).ok()
    }
}

#[cfg(test)]
mod tests {
    use manifest::Origin;
    use serde_json::json;

    use super::*;

    fn world(objects: &[(&str, &str, &str, &str)]) -> World {
        let objects = objects.iter().map(|(api_version, kind, namespace, name)| {
            let metadata = json!({ "namespace": namespace, "name": name });
            let value = json!({ "apiVersion": api_version, "kind": kind, "metadata": metadata });
            Arc::new(Manifest::new(value, Origin::default()).expect("a manifest"))
        });
        World::new(objects, WorldOptions::default())
    }

    #[test]
    fn objects_are_found_by_kind_namespace_and_name_whatever_their_version() {
        let world = world(&[
            ("networking.istio.io/v1", "VirtualService", "b", "one"),
            ("networking.istio.io/v1alpha3", "VirtualService", "a", "two"),
            ("networking.istio.io/v1beta1", "VirtualService", "b", "another"),
            ("v1", "Namespace", "ignored", "a"),
            ("v1", "Pod", "", "p"),
        ]);
        let names = |found: Vec<Resource<'_>>| found.iter().map(|found| found.name().to_owned()).collect::<Vec<_>>();
        assert_eq!(names(world.of(kind::VIRTUAL_SERVICE).collect()), ["two", "another", "one"]);
        assert_eq!(names(world.within(kind::VIRTUAL_SERVICE, "b").collect()), ["another", "one"]);
        assert_eq!(world.within(kind::VIRTUAL_SERVICE, "c").len(), 0);
        assert!(world.find(kind::NAMESPACE, "", "a").is_some());
        assert!(world.find(kind::POD, "default", "p").is_some());
        assert!(world.find(kind::SERVICE, "b", "one").is_none());
    }

    #[test]
    fn the_later_of_two_objects_with_one_identity_counts_and_the_other_is_remembered() {
        let world = world(&[
            ("networking.istio.io/v1beta1", "Sidecar", "a", "x"),
            ("networking.istio.io/v1", "Sidecar", "a", "x"),
        ]);
        assert_eq!(world.of(kind::SIDECAR).len(), 1);
        assert_eq!(world.of(kind::SIDECAR).next().map(Resource::api_version), Some("networking.istio.io/v1"));
        assert_eq!(world.replaced().len(), 1);
    }

    #[test]
    fn who_applies_an_object_is_given_or_read_from_its_labels() {
        let value = json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "a", "namespace": "shop", "labels": {
                "kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
            } },
        });
        let manifest = Arc::new(Manifest::new(value, Origin::default()).expect("a manifest"));
        let owner = |applied_by| {
            let objects = [WorldObject { manifest: manifest.clone(), applied_by }];
            let world = World::with_owners(objects, WorldOptions::default());
            world.find(kind::CONFIG_MAP, "shop", "a").and_then(Resource::applied_by).map(ToString::to_string)
        };
        assert_eq!(owner(None).as_deref(), Some("Kustomization/flux-system/apps"));
        let given = ObjectId::from_inventory("shop_podinfo_helm.toolkit.fluxcd.io_HelmRelease");
        assert_eq!(owner(given).as_deref(), Some("HelmRelease/shop/podinfo"));
    }

    #[test]
    fn the_mesh_configuration_is_read_from_the_config_map_of_istiod() {
        let value = json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "istio", "namespace": "istio-system" },
            "data": { "mesh": "rootNamespace: mesh-root\n" },
        });
        let manifest = Arc::new(Manifest::new(value, Origin::default()).expect("a manifest"));
        let world = World::new([manifest], WorldOptions::default());
        assert_eq!(world.mesh_config().root_namespace(), "mesh-root");
        assert_eq!(world.mesh_config_source().map(Resource::name), Some("istio"));
    }
}
