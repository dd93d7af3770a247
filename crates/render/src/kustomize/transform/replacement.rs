//! `replacements`: a field of one resource, or a text, copied into fields of others.

use manifest::yaml::{self, Limits, Profile};
use manifest::{Location, Value};

use crate::kustomize::bounds::check_size;
use crate::kustomize::file::{FieldOptions, ReplacementEntry, ReplacementSource, ReplacementTarget};
use crate::kustomize::id::{ResourceId, TypePattern};
use crate::kustomize::path::{self, Create, FieldPath};
use crate::kustomize::problem::{Failure, Problem};
use crate::kustomize::resource::{Resource, scalar_text};
use crate::kustomize::select::Matcher;
use crate::kustomize::set::ResourceSet;

/// The field a replacement reads or writes if it names none.
const DEFAULT_PATH: &str = "metadata.name";

/// Replacements that are made in order.
#[derive(Debug)]
pub(crate) struct Replacements {
    replacements: Vec<Replacement>,
}

#[derive(Debug)]
struct Replacement {
    source: Source,
    targets: Vec<Target>,
    place: Option<Location>,
}

#[derive(Debug)]
enum Source {
    Text(String),
    Field(ReplacementSource),
}

#[derive(Debug)]
struct Target {
    select: Matcher,
    reject: Vec<Matcher>,
    paths: Vec<String>,
    options: FieldOptions,
}

impl Replacements {
    /// Of entries without files, each with its place.
    pub(crate) fn new(entries: Vec<(ReplacementEntry, Option<Location>)>) -> Result<Replacements, Failure> {
        let replacements = entries.into_iter().map(|(entry, place)| Replacement::new(entry, place));
        Ok(Replacements { replacements: replacements.collect::<Result<_, _>>()? })
    }

    pub(crate) fn run(&self, resources: &mut ResourceSet) -> Result<(), Failure> {
        for replacement in &self.replacements {
            let value = replacement.value(resources)?;
            for target in &replacement.targets {
                for resource in resources.as_mut_slice() {
                    if target.wants(resource) {
                        target.put(resource, &value, replacement)?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl Replacement {
    fn new(entry: ReplacementEntry, place: Option<Location>) -> Result<Replacement, Failure> {
        let fail = |problem: Problem| Failure::from(problem.at(place.clone()));
        let source = match (entry.source, entry.source_value) {
            (None, None) => return Err(fail(Problem::ReplacementIncomplete)),
            (Some(_), Some(_)) => return Err(fail(Problem::ReplacementWithTwoSources)),
            (Some(source), None) => Source::Field(source),
            (None, Some(text)) => Source::Text(text),
        };
        let targets = entry.targets.ok_or_else(|| fail(Problem::ReplacementIncomplete))?;
        let targets = targets.into_iter().map(|target| Target::new(target).map_err(&fail)).collect::<Result<_, _>>()?;
        Ok(Replacement { source, targets, place })
    }

    fn value(&self, resources: &ResourceSet) -> Result<Value, Failure> {
        let fail = |problem: Problem| Failure::from(problem.at(self.place.clone()));
        let source = match &self.source {
            Source::Text(text) => return Ok(Value::String(text.clone())),
            Source::Field(source) => source,
        };
        let selected: Vec<&Resource> = resources.iter().filter(|resource| selects(source, resource)).collect();
        let resource = match selected.as_slice() {
            [resource] => *resource,
            found => return Err(fail(Problem::ReplacementSource { selector: describe(source), count: found.len() })),
        };
        let path = if source.field_path.is_empty() { DEFAULT_PATH } else { &source.field_path };
        let value = FieldPath::parse(path)
            .and_then(|parsed| parsed.lookup(&resource.value))
            .map_err(|error| fail(Problem::Path { path: path.to_owned(), error }))?;
        let value = value
            .filter(|value| !is_empty(value))
            .ok_or_else(|| fail(Problem::ReplacementField { path: path.to_owned(), id: resource.id().to_string() }))?;
        match source.options.as_ref().filter(|options| !options.delimiter.is_empty()) {
            None => Ok(value.clone()),
            Some(_) if !is_scalar(value) => Err(fail(Problem::DelimiterOnStructure)),
            Some(options) => {
                let text = scalar_text(value);
                let part = usize::try_from(options.index)
                    .ok()
                    .and_then(|index| text.split(options.delimiter.as_str()).nth(index));
                part.map(|part| same_type(part, value))
                    .ok_or_else(|| fail(Problem::DelimitedIndex { index: options.index, text: text.clone() }))
            }
        }
    }
}

impl Target {
    fn new(target: ReplacementTarget) -> Result<Target, Problem> {
        let select = target.select.as_ref().ok_or(Problem::ReplacementWithoutSelect)?;
        let select = Matcher::new(select).map_err(Problem::Selector)?;
        let reject = target.reject.iter().map(Matcher::new).collect::<Result<_, _>>().map_err(Problem::Selector)?;
        let paths = if target.field_paths.is_empty() { vec![DEFAULT_PATH.to_owned()] } else { target.field_paths };
        Ok(Target { select, reject, paths, options: target.options.unwrap_or_default() })
    }

    fn wants(&self, resource: &Resource) -> bool {
        let rejected_by_metadata =
            |reject: &Matcher| reject.selects_by_metadata() && reject.matches_metadata(&resource.value);
        if !self.select.matches_metadata(&resource.value) || self.reject.iter().any(rejected_by_metadata) {
            return false;
        }
        let ids = resource.all_ids();
        let rejected_by_id = |reject: &Matcher| reject.selects_by_id() && ids.iter().any(|id| reject.matches_id(id));
        !self.reject.iter().any(rejected_by_id) && ids.iter().any(|id| self.select.matches_id(id))
    }

    fn put(&self, resource: &mut Resource, value: &Value, replacement: &Replacement) -> Result<(), Failure> {
        for path in &self.paths {
            let put = self.put_at(&mut resource.value, path, value).and_then(|()| check_size(&resource.value));
            if let Err(problem) = put {
                return Err(problem.at(replacement.place.clone()).about(resource.id().to_object_id()).into());
            }
        }
        Ok(())
    }

    fn put_at(&self, root: &mut Value, path: &str, value: &Value) -> Result<(), Problem> {
        let parsed = FieldPath::parse(path).map_err(|error| Problem::Path { path: path.to_owned(), error })?;
        if self.put_inside_text(root, &parsed, value) {
            return Ok(());
        }
        let create = if self.options.create { Create::Missing } else { Create::Never };
        let places = parsed.places(root, create).map_err(|error| Problem::Path { path: path.to_owned(), error })?;
        if places.is_empty() {
            return Err(Problem::ReplacementTarget(path.to_owned()));
        }
        for place in places {
            if let Some(field) = path::at(root, &place) {
                self.set(field, value)?;
            }
        }
        Ok(())
    }

    /// Where the path leads into a text that holds YAML or JSON, changes it there.
    fn put_inside_text(&self, root: &mut Value, path: &FieldPath, value: &Value) -> bool {
        for length in 1..path.len() {
            let (outer, inner) = path.split_at(length);
            let Ok(Some(Value::String(text))) = outer.lookup(root) else { continue };
            let original = text.clone();
            let Ok(mut document) = yaml::read_value(&original, "", Profile::Kustomize, &Limits::default()) else {
                continue;
            };
            let create = if self.options.create { Create::Missing } else { Create::Never };
            let places = inner.places(&mut document, create).unwrap_or_default();
            if places.is_empty() {
                return false;
            }
            for place in places {
                let Some(field) = path::at(&mut document, &place) else { return false };
                if self.set(field, value).is_err() {
                    return false;
                }
            }
            let Ok(outer) = outer.places(root, Create::Never) else { return false };
            for place in outer {
                if let Some(field) = path::at(root, &place) {
                    *field = Value::String(rewritten(&document, &original));
                }
            }
            return true;
        }
        false
    }

    fn set(&self, field: &mut Value, value: &Value) -> Result<(), Problem> {
        let options = &self.options;
        if options.delimiter.is_empty() {
            *field = if is_scalar(value) && is_scalar(field) {
                same_type(&scalar_text(value), field)
            } else {
                value.clone()
            };
            return Ok(());
        }
        if !is_scalar(field) {
            return Err(Problem::DelimiterOnStructure);
        }
        let present = if field.is_null() { String::new() } else { scalar_text(field) };
        let mut parts: Vec<String> = present.split(options.delimiter.as_str()).map(str::to_owned).collect();
        let text = scalar_text(value);
        match usize::try_from(options.index) {
            Err(_) => parts.insert(0, text),
            Ok(index) if index < parts.len() => parts[index] = text,
            Ok(_) => parts.push(text),
        }
        *field = same_type(&parts.join(&options.delimiter), field);
        Ok(())
    }
}

/// Whether `source` selects `resource`, by one of its ids; texts match exactly, empty ones everything.
fn selects(source: &ReplacementSource, resource: &Resource) -> bool {
    let types = TypePattern { group: source.group.clone(), version: source.version.clone(), kind: source.kind.clone() };
    let namespace = if source.namespace.is_empty() { "default" } else { &source.namespace };
    resource.all_ids().iter().any(|id: &ResourceId| {
        types.matches_id(id)
            && (source.name.is_empty() || source.name == id.name)
            && (source.namespace.is_empty() || namespace == id.effective_namespace())
    })
}

fn describe(source: &ReplacementSource) -> String {
    let id = ResourceId {
        group: source.group.clone(),
        version: source.version.clone(),
        kind: source.kind.clone(),
        namespace: source.namespace.clone(),
        name: source.name.clone(),
    };
    id.to_string()
}

fn is_scalar(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        Value::Array(_) | Value::Object(_) => false,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// `text` as a scalar of the type that `present` has; what was missing takes the type it looks like.
fn same_type(text: &str, present: &Value) -> Value {
    match present {
        Value::String(_) | Value::Array(_) | Value::Object(_) => Value::String(text.to_owned()),
        Value::Null | Value::Bool(_) | Value::Number(_) => path::plain(text),
    }
}

/// A document that was read from `original`, written the way that was: JSON with or without indentation, or YAML.
fn rewritten(document: &Value, original: &str) -> String {
    let is_json = original.trim_start().starts_with(['{', '[']);
    let written = match (is_json, original.contains('\n') && original.contains("  ")) {
        (true, true) => serde_json::to_string_pretty(document).ok(),
        (true, false) => Some(document.to_string()),
        (false, _) => None,
    };
    written.unwrap_or_else(|| yaml::write(document).trim().to_owned())
}
