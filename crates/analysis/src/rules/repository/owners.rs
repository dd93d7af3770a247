//! Who applies an object, and what is there before that happens.

use std::collections::{BTreeSet, HashMap};

use manifest::ObjectId;
use mesh::{Field, Resource, World, kind};

/// Who applies what in a world, and who waits for whom.
pub(super) struct Owners<'w> {
    world: &'w World,
    /// Folder and Kustomization, the deepest folder first; empty if paths cannot tell.
    by_path: Vec<(&'w str, &'w ObjectId)>,
    waits: HashMap<&'w ObjectId, BTreeSet<&'w ObjectId>>,
}

impl<'w> Owners<'w> {
    /// Of a world.
    pub(super) fn of(world: &'w World) -> Owners<'w> {
        let mut owners = Owners { world, by_path: folders(world), waits: HashMap::new() };
        let appliers = world.of(kind::KUSTOMIZATION).chain(world.of(kind::HELM_RELEASE));
        owners.waits = appliers.map(|applier| (applier.id(), owners.before(applier))).collect();
        owners
    }

    /// The Kustomization or HelmRelease that applies an object: as it is known, or else, where all Kustomizations read one
    /// source, the one with the folder that the object's file is in.
    pub(super) fn owner(&self, resource: Resource<'w>) -> Option<&'w ObjectId> {
        resource.applied_by().or_else(|| {
            let file = resource.location()?.file;
            let holds =
                |folder: &str| folder.is_empty() || file.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
            let mut holding = self.by_path.iter().filter(|(folder, _)| holds(folder));
            let (folder, owner) = *holding.next()?;
            // Of two Kustomizations of one folder nobody knows which one it is.
            let sole = holding.next().is_none_or(|(other, _)| *other != folder);
            (sole && owner != resource.id()).then_some(owner)
        })
    }

    /// Whether everything of `wanted` is there when `applier` is applied: it is the same, or `applier` waits for it or for
    /// what contains it.
    pub(super) fn waits_for(&self, applier: &ObjectId, wanted: &'w ObjectId) -> bool {
        let Some(before) = self.waits.get(applier) else { return true };
        applier == wanted || before.contains(wanted) || self.is_inside(wanted, before)
    }

    /// Whether a Kustomization that applies `inner`, and waits until it is ready, is among `before`.
    fn is_inside(&self, inner: &'w ObjectId, before: &BTreeSet<&'w ObjectId>) -> bool {
        let Some(container) = self.world.by_id(inner).and_then(|inner| self.owner(inner)) else { return false };
        let waits = self.world.by_id(container).and_then(Resource::spec).is_some_and(|spec| {
            let checked = spec
                .list("healthChecks")
                .any(|check| check.text("kind") == inner.kind && check.text("name") == inner.name);
            spec.flag("wait") || checked || spec.list("healthCheckExprs").len() > 0
        });
        waits && before.contains(container)
    }

    /// Everything that an applier waits for, directly or through others, and what those that apply it wait for.
    fn before(&self, applier: Resource<'w>) -> BTreeSet<&'w ObjectId> {
        let mut found = BTreeSet::new();
        let mut seen = BTreeSet::from([applier.id()]);
        let mut next = vec![applier];
        while let Some(applier) = next.pop() {
            for wanted in dependencies(self.world, applier) {
                if found.insert(wanted.id()) && seen.insert(wanted.id()) {
                    next.push(wanted);
                }
            }
            let container = self.owner(applier).and_then(|container| self.world.by_id(container));
            next.extend(container.filter(|container| seen.insert(container.id())));
        }
        found
    }
}

/// What an applier's `dependsOn` names and the world has.
pub(super) fn dependencies<'w>(
    world: &'w World,
    applier: Resource<'w>,
) -> impl Iterator<Item = Resource<'w>> + use<'w> {
    applier.list(&["spec", "dependsOn"]).filter_map(move |wanted| world.by_id(&dependency_id(applier, wanted)))
}

/// The object that an item of `dependsOn` names: of the applier's own kind, by default in its own namespace.
pub(super) fn dependency_id(applier: Resource<'_>, wanted: Field<'_>) -> ObjectId {
    let namespace = match wanted.text("namespace") {
        "" => applier.namespace(),
        namespace => namespace,
    };
    ObjectId { namespace: namespace.to_owned(), name: wanted.text("name").to_owned(), ..applier.id().clone() }
}

/// The folder of every Kustomization, the deepest first, if all read one source.
fn folders(world: &World) -> Vec<(&str, &ObjectId)> {
    let source = |found: Resource<'_>| {
        let field = |name: &str| found.at(&["spec", "sourceRef"]).map(|source| source.text(name).to_owned());
        let namespace = field("namespace").filter(|namespace| !namespace.is_empty());
        (field("kind"), field("name"), namespace.unwrap_or_else(|| found.namespace().to_owned()))
    };
    let mut kustomizations = world.of(kind::KUSTOMIZATION);
    let first = kustomizations.clone().next().map(source);
    if !kustomizations.all(|found| Some(source(found)) == first) {
        return Vec::new();
    }
    let mut folders: Vec<_> = world
        .of(kind::KUSTOMIZATION)
        .map(|found| {
            let path = found.at(&["spec", "path"]).and_then(Field::as_str).unwrap_or_default();
            (path.trim_start_matches("./").trim_matches('/'), found.id())
        })
        .filter(|(path, _)| *path != ".")
        .collect();
    folders.sort_by(|(one, id), (other, other_id)| (other.len(), *one, *id).cmp(&(one.len(), *other, *other_id)));
    folders
}
