//! `patches`, `patchesStrategicMerge` and `patchesJson6902`.

use manifest::patch::json6902;
use manifest::patch::strategic::{self, Dialect};
use manifest::yaml::{self, Document, Limits, Profile, Spelling};
use manifest::{Location, Value};

use crate::kustomize::id::{ResourceId, type_of};
use crate::kustomize::loader::Loader;
use crate::kustomize::options::{PatchEntry, PatchOptions};
use crate::kustomize::problem::{Failure, Problem};
use crate::kustomize::read;
use crate::kustomize::resource::Resource;
use crate::kustomize::schema::Schemas;
use crate::kustomize::select::Matcher;
use crate::kustomize::set::ResourceSet;

/// Whether JSON 6902 operations leave the id they found among the previous ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum History {
    /// `patches`.
    Kept,
    /// `patchesJson6902`.
    Dropped,
}

/// Patches that are applied in order.
#[derive(Debug)]
pub(crate) struct Patches<'a> {
    patches: Vec<Patch>,
    schemas: &'a Schemas,
}

#[derive(Debug)]
struct Patch {
    change: Change,
    target: Option<Matcher>,
    options: PatchOptions,
    history: History,
    /// Where the patch, or the entry that holds it, is written.
    place: Option<Location>,
}

#[derive(Debug)]
enum Change {
    Merge(Partial),
    Operations(json6902::Patch),
}

/// A partial object, to be merged.
#[derive(Debug)]
struct Partial {
    object: Value,
    spelling: Spelling,
    /// Where it, or the entry that holds it, is written.
    place: Option<Location>,
}

/// A patch as it is written, with its place.
enum Source {
    /// A list of JSON 6902 operations.
    Operations(Value, Option<Location>),
    /// Partial objects.
    Objects(Vec<Partial>),
}

impl<'a> Patches<'a> {
    /// Of an entry of `patches`.
    pub(crate) fn entry(
        entry: &PatchEntry,
        loader: &Loader<'_>,
        schemas: &'a Schemas,
        place: Option<Location>,
    ) -> Result<Patches<'a>, Failure> {
        let fail = |problem: Problem| Failure::from(problem.at(place.clone()));
        let source = match (entry.patch.trim(), entry.path.as_str()) {
            ("", "") => return Err(fail(Problem::NoPatch)),
            ("", path) => Source::file(path, loader, place.as_ref())?,
            (text, "") => Source::inline(text, place.as_ref())?,
            (_, _) => return Err(fail(Problem::PatchTwice)),
        };
        let target = entry.target.as_ref().map(Matcher::new).transpose();
        let target = target.map_err(|error| fail(Problem::Selector(error)))?;
        let mut patches = Vec::new();
        let mut target = target;
        let changes: Vec<(Change, Option<Location>)> = match source {
            Source::Operations(list, _) if is_blank(&list) => vec![],
            Source::Operations(..) if target.is_none() => return Err(fail(Problem::NoTarget)),
            Source::Operations(list, written) => {
                vec![(Change::Operations(operations(&list, written.clone())?), written)]
            }
            Source::Objects(objects) => {
                objects.into_iter().map(|partial| partial.into_change()).collect::<Result<_, Failure>>()?
            }
        };
        if changes.len() > 1 && target.is_some() {
            return Err(fail(Problem::SeveralTargetedPatches));
        }
        for (change, place) in changes {
            // At most one patch has a target, as was checked above.
            let (target, options) = (target.take(), entry.options);
            patches.push(Patch { change, target, options, history: History::Kept, place });
        }
        Ok(Patches { patches, schemas })
    }

    /// Of all entries of `patchesStrategicMerge`, each a file or a patch.
    pub(crate) fn strategic(
        entries: &[(String, Option<Location>)],
        loader: &Loader<'_>,
        schemas: &'a Schemas,
    ) -> Result<Patches<'a>, Failure> {
        let mut patches = Vec::new();
        for (entry, place) in entries {
            let objects = match inline_objects(entry, place.as_ref()) {
                Ok(objects) if objects.iter().all(|partial| read::validate(&partial.object).is_ok()) => objects,
                Err(failure) if entry.contains('\n') => return Err(failure),
                Ok(_) | Err(_) => objects(loader.documents(entry, place.as_ref())?),
            };
            for partial in objects {
                let (change, place) = partial.into_change()?;
                let (target, options) = (None, PatchOptions::default());
                patches.push(Patch { change, target, options, history: History::Kept, place });
            }
        }
        if patches.is_empty() {
            let place = entries.first().and_then(|(_, place)| place.clone());
            return Err(Problem::EmptyPatches.at(place).into());
        }
        Ok(Patches { patches, schemas })
    }

    /// Of an entry of `patchesJson6902`.
    pub(crate) fn json6902(
        entry: &PatchEntry,
        loader: &Loader<'_>,
        schemas: &'a Schemas,
        place: Option<Location>,
    ) -> Result<Patches<'a>, Failure> {
        let fail = |problem: Problem| Failure::from(problem.at(place.clone()));
        let target = entry.target.as_ref().filter(|target| !target.name.is_empty());
        let target = target.ok_or_else(|| fail(Problem::NoTargetName))?;
        let source = match (entry.patch.as_str(), entry.path.as_str()) {
            ("", "") => return Err(fail(Problem::NoPatch)),
            ("", path) => Source::file(path, loader, place.as_ref())?,
            (text, "") => Source::inline(text, place.as_ref())?,
            (_, _) => return Err(fail(Problem::PatchTwice)),
        };
        let target = Matcher::new(target).map_err(|error| fail(Problem::Selector(error)))?;
        let (operations, written) = match source {
            Source::Operations(list, _) if is_blank(&list) => return Err(fail(Problem::EmptyPatches)),
            Source::Operations(list, written) => (operations(&list, written.clone())?, written),
            Source::Objects(_) => return Err(fail(Problem::NotOperations)),
        };
        let patch = Patch {
            change: Change::Operations(operations),
            target: Some(target),
            options: PatchOptions::default(),
            history: History::Dropped,
            place: written,
        };
        Ok(Patches { patches: vec![patch], schemas })
    }

    pub(crate) fn run(&self, resources: &mut ResourceSet) -> Result<(), Failure> {
        self.patches.iter().try_for_each(|patch| self.apply(patch, resources))
    }

    fn apply(&self, patch: &Patch, resources: &mut ResourceSet) -> Result<(), Failure> {
        let positions = match (&patch.target, &patch.change) {
            (Some(target), _) => {
                let matching = |(_, resource): &(usize, &Resource)| !resource.is_deleted() && target.matches(resource);
                resources.iter().enumerate().filter(matching).map(|(position, _)| position).collect()
            }
            (None, Change::Merge(partial)) => vec![self.own_target(&partial.object, patch, resources)?],
            // Refused when the patch was read.
            (None, Change::Operations(_)) => Vec::new(),
        };
        for position in positions {
            resources.change(position, |resource| match &patch.change {
                Change::Merge(partial) => self.merge_into(resource, partial, patch),
                Change::Operations(operations) => operate_on(resource, operations, patch),
            })?;
        }
        if patch.options.allow_name_change || patch.options.allow_kind_change {
            resources.refuse_duplicates(|id, first| Problem::DuplicateId { id, first })?;
        }
        Ok(())
    }

    /// The one resource that a strategic merge patch names.
    fn own_target(&self, object: &Value, patch: &Patch, resources: &mut ResourceSet) -> Result<usize, Failure> {
        let id = ResourceId::of(object);
        let problem = match resources.find(&id).as_slice() {
            [position] => return Ok(*position),
            [] => Problem::NothingToPatch { id: id.to_string(), similar: similar(&id, resources) },
            positions => Problem::AmbiguousPatch { id: id.to_string(), count: positions.len() },
        };
        Err(problem.at(patch.place.clone()).about(id.to_object_id()).into())
    }

    fn merge_into(&self, resource: &mut Resource, partial: &Partial, patch: &Patch) -> Result<(), Failure> {
        let (kind, name) = (resource.kind().to_owned(), resource.name().to_owned());
        let namespace = resource.namespace().to_owned();
        let topology = self.schemas.topology(&type_of(&resource.value));
        // A patch with a target may name any version; the resource's stays.
        let mut object = partial.object.clone();
        if patch.target.is_some()
            && let Value::Object(fields) = &mut object
        {
            fields.insert("apiVersion".to_owned(), Value::from(resource.api_version()));
        }
        strategic::drop_blanks(&mut resource.value, resource.spelling.blanks(), topology.as_deref());
        resource.spelling.forget_blanks();
        let merged = strategic::apply(&resource.value, &object, topology.as_deref(), Dialect::Kustomize);
        let merged = merged.map_err(|error| {
            Problem::Merge(error.to_string()).at(patch.place.clone()).about(resource.id().to_object_id())
        })?;
        if patch.options.allow_name_change || patch.options.allow_kind_change {
            resource.remember_id();
        }
        resource.value = merged.unwrap_or(Value::Null);
        if resource.is_deleted() {
            return Ok(());
        }
        if !patch.options.allow_kind_change {
            resource.set_kind(&kind);
        }
        if !patch.options.allow_name_change {
            resource.set_name(&name);
        }
        resource.set_namespace(&namespace);
        resource.spelling.adopt(&partial.spelling, &resource.value);
        Ok(())
    }
}

fn operate_on(resource: &mut Resource, operations: &json6902::Patch, patch: &Patch) -> Result<(), Failure> {
    if patch.history == History::Kept {
        resource.remember_id();
    }
    let patched = operations.apply(resource.value.clone(), json6902::Dialect::Kustomize).map_err(|error| {
        Failure::from(Problem::Operation(error.to_string()).at(patch.place.clone()).about(resource.id().to_object_id()))
    })?;
    resource.value = patched;
    // The object is read again as JSON.
    json6902::round_integers(&mut resource.value);
    resource.spelling = Spelling::default();
    Ok(())
}

impl Source {
    fn file(path: &str, loader: &Loader<'_>, place: Option<&Location>) -> Result<Source, Failure> {
        match loader.settings(path, place).map(|documents| documents.into_iter().next()) {
            Ok(Some(Document { value: list @ Value::Array(_), location, .. })) => {
                Ok(Source::Operations(list, Some(location)))
            }
            Ok(_) | Err(_) => Ok(Source::Objects(objects(loader.documents(path, place)?))),
        }
    }

    /// A patch written inside another document; its place is its entry's.
    fn inline(text: &str, place: Option<&Location>) -> Result<Source, Failure> {
        match yaml::read_documents(text.as_bytes(), "patch", Profile::Kubectl, &Limits::default()) {
            Ok(documents) if documents.first().is_some_and(|document| document.value.is_array()) => {
                let list = documents.into_iter().next().map_or(Value::Null, |document| document.value);
                Ok(Source::Operations(list, place.cloned()))
            }
            Ok(_) | Err(_) => inline_objects(text, place).map(Source::Objects),
        }
    }
}

/// The partial objects of a file.
fn objects(documents: Vec<Document>) -> Vec<Partial> {
    let partial =
        |Document { value: object, spelling, location, .. }| Partial { object, spelling, place: Some(location) };
    documents.into_iter().map(partial).filter(|partial| !is_blank(&partial.object)).collect()
}

/// The partial objects of a text inside another document.
fn inline_objects(text: &str, place: Option<&Location>) -> Result<Vec<Partial>, Failure> {
    let documents = yaml::read_documents(text.as_bytes(), "patch", Profile::Kustomize, &Limits::default());
    let documents = documents.map_err(|error| Problem::UnreadablePatch(error.to_string()).at(place.cloned()))?;
    let partial = |Document { value: object, spelling, .. }| Partial { object, spelling, place: place.cloned() };
    Ok(documents.into_iter().map(partial).filter(|partial| !is_blank(&partial.object)).collect())
}

impl Partial {
    /// The change that it is, and its place.
    fn into_change(mut self) -> Result<(Change, Option<Location>), Failure> {
        let place = self.place.clone();
        read::validate(&self.object).map_err(|problem| problem.at(place.clone()))?;
        self.make_texts();
        Ok((Change::Merge(self), place))
    }

    /// Makes every label and annotation text, which they all are in Kubernetes; nulls stay, to remove them.
    fn make_texts(&mut self) {
        for map in ["/metadata/labels", "/metadata/annotations"] {
            let Some(Value::Object(fields)) = self.object.pointer_mut(map) else { continue };
            for (key, field) in fields {
                if matches!(field, Value::Bool(_) | Value::Number(_)) {
                    let pointer = format!("{map}/{}", key.replace('~', "~0").replace('/', "~1"));
                    *field = Value::String(self.spelling.text(&pointer, field).into_owned());
                }
            }
        }
    }
}

fn operations(document: &Value, place: Option<Location>) -> Result<json6902::Patch, Failure> {
    json6902::Patch::parse(document, json6902::Dialect::Kustomize)
        .map_err(|error| Problem::Operation(error.to_string()).at(place).into())
}

fn is_blank(document: &Value) -> bool {
    match document {
        Value::Null => true,
        Value::Object(fields) => fields.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// The id of a resource that was perhaps meant: of the same kind and name, or the same kind with a similar name.
fn similar(id: &ResourceId, resources: &ResourceSet) -> Option<String> {
    let candidates: Vec<ResourceId> =
        resources.iter().map(Resource::id).filter(|other| other.kind == id.kind).collect();
    let same_name = candidates.iter().find(|other| other.name == id.name);
    let names = candidates.iter().map(|other| other.name.as_str());
    let close = crate::kustomize::file::closest(&id.name, names)
        .and_then(|name| candidates.iter().find(|other| other.name == name));
    same_name.or(close).map(ToString::to_string)
}
