//! The resources of one kustomization, in order, found by id without searching.

use std::collections::{BTreeMap, HashMap};

use manifest::{Diagnostic, Location, Value};

use super::id::ResourceId;
use super::problem::{Failure, Problem};
use super::provenance;
use super::resource::{Behavior, HashSuffix, Resource};

/// Where the resources with an id stand. Namespaces of the ids are those that count.
type Index = HashMap<ResourceId, Vec<usize>>;

/// Resources in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct ResourceSet {
    items: Vec<Resource>,
    /// By present id; absent after changes, until it is asked for.
    by_id: Option<Index>,
    /// By present and all previous ids, likewise.
    by_any_id: Option<Index>,
}

impl ResourceSet {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Resource> {
        self.items.iter()
    }

    pub(crate) fn as_slice(&self) -> &[Resource] {
        &self.items
    }

    /// For changes of any kind.
    pub(crate) fn as_mut_slice(&mut self) -> &mut [Resource] {
        self.forget();
        &mut self.items
    }

    /// For changes that leave types, names and namespaces alone.
    pub(crate) fn contents_mut(&mut self) -> &mut [Resource] {
        &mut self.items
    }

    pub(crate) fn into_vec(self) -> Vec<Resource> {
        self.items
    }

    fn forget(&mut self) {
        self.by_id = None;
        self.by_any_id = None;
    }

    /// Adds a resource whose id must be new.
    pub(crate) fn append(&mut self, resource: Resource) -> Result<(), Diagnostic> {
        let id = resource.id();
        let index = self.by_id();
        let key = id.clone().normalised();
        if let Some(first) = index.get(&key).and_then(|found| found.first().copied()) {
            let problem = Problem::DuplicateId { id: id.to_string(), first: self.items[first].location() };
            return Err(problem.at(resource.location()).about(id.to_object_id()));
        }
        let position = self.items.len();
        self.by_id().entry(key).or_default().push(position);
        if let Some(index) = &mut self.by_any_id {
            insert(index, &resource, position);
        }
        self.items.push(resource);
        Ok(())
    }

    /// Adds resources whose ids must be new; every one that is not is reported.
    pub(crate) fn append_all(&mut self, resources: impl IntoIterator<Item = Resource>) -> Result<(), Failure> {
        let problems: Vec<Diagnostic> =
            resources.into_iter().filter_map(|resource| self.append(resource).err()).collect();
        if problems.is_empty() { Ok(()) } else { Err(Failure(problems)) }
    }

    /// Adds a generated resource, or merges it into the one it names, as its behavior says.
    pub(crate) fn absorb(&mut self, mut resource: Resource) -> Result<(), Diagnostic> {
        let id = resource.id();
        let fail = |problem: Problem| Err(problem.at(resource.location()).about(id.to_object_id()));
        match (self.find(&id).as_slice(), resource.behavior) {
            ([], Behavior::Unspecified | Behavior::Create) => self.append(resource),
            ([], Behavior::Replace | Behavior::Merge) => fail(Problem::NothingToMergeInto(id.to_string())),
            ([_], Behavior::Unspecified | Behavior::Create) => fail(Problem::GeneratedTwice(id.to_string())),
            ([position], Behavior::Replace) => {
                inherit_metadata(&mut resource, &self.items[*position]);
                self.items[*position] = resource;
                self.forget();
                Ok(())
            }
            ([position], Behavior::Merge) => {
                let old = &self.items[*position];
                let origin = old.annotation(provenance::ORIGIN);
                inherit_metadata(&mut resource, old);
                merge_data(&mut resource, old, "data");
                merge_data(&mut resource, old, "binaryData");
                if let Some(origin) = origin {
                    resource.annotate(provenance::ORIGIN, origin);
                }
                self.items[*position] = resource;
                self.forget();
                Ok(())
            }
            ([_, _, ..], _) => fail(Problem::AmbiguousGenerator(id.to_string())),
        }
    }

    /// Where the resources stand that have or had an id.
    pub(crate) fn find(&mut self, id: &ResourceId) -> Vec<usize> {
        let key = id.clone().normalised();
        let items = &self.items;
        let index = self.by_any_id.get_or_insert_with(|| {
            let mut index = Index::with_capacity(items.len());
            for (position, resource) in items.iter().enumerate() {
                insert(&mut index, resource, position);
            }
            index
        });
        let found = index.get(&key).map(Vec::as_slice).unwrap_or_default();
        found.iter().copied().filter(|position| !self.items[*position].is_deleted()).collect()
    }

    /// Changes one resource; its identity may change.
    pub(crate) fn change<E>(
        &mut self,
        position: usize,
        change: impl FnOnce(&mut Resource) -> Result<(), E>,
    ) -> Result<(), E> {
        let resource = &mut self.items[position];
        let before = resource.id();
        change(resource)?;
        let resource = &self.items[position];
        if !resource.is_deleted() && resource.id() != before {
            self.by_id = None;
            match &mut self.by_any_id {
                Some(index)
                    if resource
                        .previous_ids()
                        .iter()
                        .any(|id| id.clone().normalised() == before.clone().normalised()) =>
                {
                    insert(index, resource, position);
                }
                index => *index = None,
            }
        }
        Ok(())
    }

    /// Removes the resources that patches have deleted.
    pub(crate) fn drop_deleted(&mut self) {
        if self.items.iter().any(Resource::is_deleted) {
            self.items.retain(|resource| !resource.is_deleted());
            self.forget();
        }
    }

    /// Removes all resources that `keep` does not want.
    pub(crate) fn retain(&mut self, keep: impl FnMut(&Resource) -> bool) {
        self.items.retain(keep);
        self.forget();
    }

    /// Puts the resources in another order.
    pub(crate) fn sort_by_cached_key<K: Ord>(&mut self, key: impl FnMut(&Resource) -> K) {
        self.items.sort_by_cached_key(key);
        self.forget();
    }

    /// The present ids that several resources have, each with their positions.
    fn duplicates(&mut self) -> Vec<Vec<usize>> {
        let mut duplicates: Vec<Vec<usize>> =
            self.by_id().values().filter(|positions| positions.len() > 1).cloned().collect();
        duplicates.sort();
        duplicates
    }

    /// Reports every id that several resources have; `problem` takes the id and the place of the first resource.
    pub(crate) fn refuse_duplicates(
        &mut self,
        problem: impl Fn(String, Option<Location>) -> Problem,
    ) -> Result<(), Failure> {
        let problems: Vec<Diagnostic> = self
            .duplicates()
            .iter()
            .filter_map(|positions| positions.first().zip(positions.last()))
            .map(|(first, last)| {
                let (first, last) = (&self.items[*first], &self.items[*last]);
                let id = last.id();
                problem(id.to_string(), first.location()).at(last.location()).about(id.to_object_id())
            })
            .collect();
        if problems.is_empty() { Ok(()) } else { Err(Failure(problems)) }
    }

    fn by_id(&mut self) -> &mut Index {
        let items = &self.items;
        self.by_id.get_or_insert_with(|| {
            let mut index = Index::with_capacity(items.len());
            for (position, resource) in items.iter().enumerate().filter(|(_, resource)| !resource.is_deleted()) {
                index.entry(resource.id().normalised()).or_default().push(position);
            }
            index
        })
    }
}

fn insert(index: &mut Index, resource: &Resource, position: usize) {
    for id in resource.all_ids() {
        let positions = index.entry(id.normalised()).or_default();
        if !positions.contains(&position) {
            positions.push(position);
        }
    }
}

/// What a generated resource keeps of the one it replaces: identity and history, and labels and annotations that it
/// does not set itself.
fn inherit_metadata(resource: &mut Resource, old: &Resource) {
    for field in ["labels", "annotations"] {
        let merged = merged_texts(old, resource, &["metadata", field]);
        if let Some(Value::Object(metadata)) = resource.value.get_mut("metadata") {
            if merged.is_empty() {
                metadata.remove(field);
            } else {
                metadata.insert(field.to_owned(), merged.into_iter().collect());
            }
        }
    }
    resource.set_name(old.name());
    resource.set_namespace(old.namespace());
    resource.previous.clone_from(&old.previous);
    resource.prefixes.clone_from(&old.prefixes);
    resource.suffixes.clone_from(&old.suffixes);
    resource.variables.clone_from(&old.variables);
    resource.behavior = old.behavior;
    resource.hash_suffix = match (old.hash_suffix, resource.hash_suffix) {
        (HashSuffix::Append, HashSuffix::Append) => HashSuffix::Append,
        (HashSuffix::None, _) | (_, HashSuffix::None) => HashSuffix::None,
    };
}

fn merge_data(resource: &mut Resource, old: &Resource, field: &str) {
    let merged = merged_texts(old, resource, &[field]);
    if let Value::Object(fields) = &mut resource.value {
        if merged.is_empty() {
            fields.remove(field);
        } else {
            fields.insert(field.to_owned(), merged.into_iter().collect());
        }
    }
}

/// The maps of texts that both have at `path`; the second one wins.
fn merged_texts(first: &Resource, second: &Resource, path: &[&str]) -> BTreeMap<String, Value> {
    let mut merged = BTreeMap::new();
    for resource in [first, second] {
        let map = path.iter().try_fold(&resource.value, |value, part| value.get(part));
        for (key, value) in map.and_then(Value::as_object).into_iter().flatten() {
            let text = resource.text_at(&[path, &[key.as_str()]].concat(), value);
            merged.insert(key.clone(), Value::String(text));
        }
    }
    merged
}
