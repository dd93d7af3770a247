//! How a world arranges its objects: by kind, namespace and name.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use manifest::{Manifest, ObjectId};

use crate::kind::{self, KindName, Scope};
use crate::recorder::{Mark, Watched};
use crate::resource::Entry;
use crate::world::{WorldObject, WorldOptions};

/// Objects, arranged.
pub(crate) struct Arranged {
    /// In the order in which they were given.
    pub(crate) entries: Vec<Entry>,
    pub(crate) kinds: HashMap<Arc<str>, OfKind>,
    /// Objects that another one of the same identity, given later, took the place of.
    pub(crate) replaced: Vec<Entry>,
}

/// The objects of one kind.
#[derive(Debug, Clone, Default)]
pub(crate) struct OfKind {
    /// Positions, sorted by namespace and name.
    pub(crate) sorted: Vec<usize>,
    pub(crate) namespaces: HashMap<Arc<str>, OfNamespace>,
    pub(crate) watched: Watched,
}

/// The objects of one kind in one namespace.
#[derive(Debug, Clone, Default)]
pub(crate) struct OfNamespace {
    /// Where they stand in [`OfKind::sorted`].
    pub(crate) range: Range<usize>,
    pub(crate) watched: Watched,
}

/// Arranges objects.
pub(crate) fn arrange(objects: impl IntoIterator<Item = WorldObject>, options: &WorldOptions) -> Arranged {
    let mut names = Names::default();
    let mut entries: Vec<Entry> = objects.into_iter().map(|object| entry(object, options, &mut names)).collect();
    let mut kinds = by_kind(&entries);
    let replaced = without_replaced(&mut entries, &kinds);
    if !replaced.is_empty() {
        kinds = by_kind(&entries);
    }
    entries.iter_mut().enumerate().for_each(|(position, entry)| entry.position = position);
    for of_kind in kinds.values_mut() {
        of_kind.namespaces = by_namespace(&entries, &of_kind.sorted);
    }
    Arranged { entries, kinds, replaced }
}

/// The names of the kinds seen so far, each once, and where their objects live.
#[derive(Debug, Default)]
struct Names {
    known: HashMap<Arc<str>, Scope>,
    text: String,
}

impl Names {
    /// The name of the kind of an object, and where its objects live.
    fn of(&mut self, id: &ObjectId) -> (Arc<str>, Scope) {
        self.text.clear();
        self.text.push_str(&id.kind);
        if !id.group.is_empty() {
            self.text.push('.');
            self.text.push_str(&id.group);
        }
        if let Some((name, scope)) = self.known.get_key_value(self.text.as_str()) {
            return (name.clone(), *scope);
        }
        let (name, scope): (Arc<str>, Scope) = (self.text.as_str().into(), kind::scope(&self.text));
        self.known.insert(name.clone(), scope);
        (name, scope)
    }
}

/// What the world keeps of an object: its identity follows from its kind and the default namespace.
fn entry(object: WorldObject, options: &WorldOptions, names: &mut Names) -> Entry {
    let WorldObject { manifest, applied_by } = object;
    let mut id: ObjectId = manifest.id();
    let (kind, scope) = names.of(&id);
    match scope {
        Scope::Cluster => id.namespace.clear(),
        Scope::Namespaced if id.namespace.is_empty() => id.namespace.clone_from(&options.default_namespace),
        Scope::Namespaced => {}
    }
    let applied_by = applied_by.or_else(|| labelled_owner(&manifest));
    Entry { id, kind, manifest, applied_by, position: 0, mark: Mark::default() }
}

/// The objects by kind, sorted by namespace, name and position; namespaces are told apart later.
fn by_kind(entries: &[Entry]) -> HashMap<Arc<str>, OfKind> {
    let mut kinds: HashMap<&Arc<str>, Vec<(&str, &str, usize)>> = HashMap::new();
    for (position, entry) in entries.iter().enumerate() {
        kinds.entry(&entry.kind).or_default().push((&entry.id.namespace, &entry.id.name, position));
    }
    let of_kind = |mut places: Vec<(&str, &str, usize)>| {
        // Objects mostly come in runs that are sorted already, of which this makes use.
        places.sort();
        OfKind { sorted: places.into_iter().map(|(_, _, position)| position).collect(), ..OfKind::default() }
    };
    kinds.into_iter().map(|(name, places)| (name.clone(), of_kind(places))).collect()
}

/// Of objects with one identity the last stays, in the place of the first; the others are taken out.
fn without_replaced(entries: &mut Vec<Entry>, kinds: &HashMap<Arc<str>, OfKind>) -> Vec<Entry> {
    let same = |one: &usize, other: &usize| {
        let (one, other) = (&entries[*one].id, &entries[*other].id);
        one.name == other.name && one.namespace == other.namespace
    };
    let alike = kinds.values().flat_map(|of_kind| of_kind.sorted.chunk_by(same)).filter(|alike| alike.len() > 1);
    let alike: Vec<&[usize]> = alike.collect();
    if alike.is_empty() {
        return Vec::new();
    }
    let mut gone: HashSet<usize> = HashSet::new();
    for positions in alike {
        if let [first, .., last] = positions {
            entries.swap(*first, *last);
            gone.extend(&positions[1..]);
        }
    }
    let all = std::mem::take(entries).into_iter().enumerate();
    let (replaced, kept): (Vec<_>, Vec<_>) = all.partition(|(position, _)| gone.contains(position));
    entries.extend(kept.into_iter().map(|(_, entry)| entry));
    replaced.into_iter().map(|(_, entry)| entry).collect()
}

/// Where in `sorted` the objects of each namespace stand.
fn by_namespace(entries: &[Entry], sorted: &[usize]) -> HashMap<Arc<str>, OfNamespace> {
    let of = |position: &usize| entries[*position].id.namespace.as_str();
    let mut start = 0;
    let namespaces = sorted.chunk_by(|one, other| of(one) == of(other)).map(|positions| {
        let range = start..start + positions.len();
        start = range.end;
        (of(&positions[0]).into(), OfNamespace { range, watched: Watched::default() })
    });
    namespaces.collect()
}

/// The labels that Flux gives to what it applies: whose name and namespace they are.
const OWNER_LABELS: [(KindName, &str, &str); 2] = [
    (kind::KUSTOMIZATION, "kustomize.toolkit.fluxcd.io/name", "kustomize.toolkit.fluxcd.io/namespace"),
    (kind::HELM_RELEASE, "helm.toolkit.fluxcd.io/name", "helm.toolkit.fluxcd.io/namespace"),
];

/// Who applies an object by the labels that Flux gives to what it applies.
fn labelled_owner(manifest: &Manifest) -> Option<ObjectId> {
    let labels = manifest.value.get("metadata")?.get("labels")?;
    OWNER_LABELS.into_iter().find_map(|(kind, name, namespace)| {
        let label = |name: &str| labels.get(name)?.as_str().map(str::to_owned);
        let (name, namespace) = (label(name)?, label(namespace)?);
        Some(ObjectId { group: kind.group().to_owned(), kind: kind.kind().to_owned(), namespace, name })
    })
}
