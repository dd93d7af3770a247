//! `replacements`: a field of one resource, or a text, copied into fields of others.

use std::borrow::Cow;
use std::collections::HashSet;

use manifest::go_json::{self, Layout, Style};
use manifest::yaml::{self, Document, Limits, Profile, ScalarType, Spelling};
use manifest::{Location, Value};

use crate::kustomize::bounds::check_size;
use crate::kustomize::file::{FieldOptions, ReplacementEntry, ReplacementSource, ReplacementTarget};
use crate::kustomize::id::{ResourceId, TypePattern};
use crate::kustomize::path::{self, Create, FieldPath, PathError, Place};
use crate::kustomize::problem::{Failure, Problem};
use crate::kustomize::resource::Resource;
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

    fn value(&self, resources: &ResourceSet) -> Result<Copied, Failure> {
        let fail = |problem: Problem| Failure::from(problem.at(self.place.clone()));
        let source = match &self.source {
            Source::Text(text) => return Ok(Copied { value: path::plain(text), text: text.clone() }),
            Source::Field(source) => source,
        };
        let selected: Vec<&Resource> = resources.iter().filter(|resource| selects(source, resource)).collect();
        let resource = match selected.as_slice() {
            [resource] => *resource,
            found => return Err(fail(Problem::ReplacementSource { selector: describe(source), count: found.len() })),
        };
        let path = if source.field_path.is_empty() { DEFAULT_PATH } else { &source.field_path };
        let found = FieldPath::parse(path)
            .and_then(|parsed| parsed.lookup(&resource.value))
            .map_err(|error| fail(Problem::Path { path: path.to_owned(), error }))?;
        let (place, value) = found
            .filter(|(_, value)| !is_empty(value))
            .ok_or_else(|| fail(Problem::ReplacementField { path: path.to_owned(), id: resource.id().to_string() }))?;
        let text = resource.spelling.text(&path::pointer(&place), value);
        match source.options.as_ref().filter(|options| !options.delimiter.is_empty()) {
            None => Ok(Copied { value: value.clone(), text: text.into_owned() }),
            Some(_) if !is_scalar(value) => Err(fail(Problem::DelimiterOnStructure)),
            Some(options) => {
                let part = usize::try_from(options.index)
                    .ok()
                    .and_then(|index| text.split(options.delimiter.as_str()).nth(index));
                let part =
                    part.ok_or_else(|| fail(Problem::DelimitedIndex { index: options.index, text: text.to_string() }))?;
                let value = type_of_scalar(value, &text).read(part).unwrap_or_else(|_| Value::from(part));
                Ok(Copied { value, text: part.to_owned() })
            }
        }
    }
}

/// What a replacement copies.
struct Copied {
    value: Value,
    /// The value as it is written, empty if it is a map or a list.
    text: String,
}

/// Where a value is put, and how the scalars of the document that holds it are written.
struct Field<'a> {
    value: &'a mut Value,
    spelling: &'a mut Spelling,
    pointer: String,
    existence: Existence,
}

/// Whether a field was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Existence {
    Existing,
    /// It was made for the value, and has no type yet.
    Created,
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

    fn put(&self, resource: &mut Resource, copied: &Copied, replacement: &Replacement) -> Result<(), Failure> {
        for path in &self.paths {
            let put = self.put_at(resource, path, copied).and_then(|()| check_size(&resource.value));
            if let Err(problem) = put {
                return Err(problem.at(replacement.place.clone()).about(resource.id().to_object_id()).into());
            }
        }
        Ok(())
    }

    fn put_at(&self, resource: &mut Resource, path: &str, copied: &Copied) -> Result<(), Problem> {
        let parsed = FieldPath::parse(path).map_err(|error| Problem::Path { path: path.to_owned(), error })?;
        if self.put_inside_text(&mut resource.value, &parsed, copied) {
            return Ok(());
        }
        let places = self
            .places(&mut resource.value, &parsed)
            .map_err(|error| Problem::Path { path: path.to_owned(), error })?;
        if places.is_empty() {
            return Err(Problem::ReplacementTarget(path.to_owned()));
        }
        for (place, existence) in places {
            if let Some(value) = path::at(&mut resource.value, &place) {
                let pointer = path::pointer(&place);
                self.set(&mut Field { value, spelling: &mut resource.spelling, pointer, existence }, copied)?;
            }
        }
        Ok(())
    }

    /// Where a path leads; what is missing there is made if the options say so.
    fn places(&self, root: &mut Value, path: &FieldPath) -> Result<Vec<(Place, Existence)>, PathError> {
        let existing = path.places(root, Create::Never);
        if !self.options.create {
            return Ok(existing?.into_iter().map(|place| (place, Existence::Existing)).collect());
        }
        let existing: HashSet<Place> = existing.unwrap_or_default().into_iter().collect();
        let places = path.places(root, Create::Missing)?.into_iter().map(|place| {
            let existence = if existing.contains(&place) { Existence::Existing } else { Existence::Created };
            (place, existence)
        });
        Ok(places.collect())
    }

    /// Where the path leads into a text that holds YAML or JSON, changes it there.
    fn put_inside_text(&self, root: &mut Value, path: &FieldPath, copied: &Copied) -> bool {
        for length in 1..path.len() {
            let (outer, inner) = path.split_at(length);
            let Ok(Some((place, Value::String(text)))) = outer.lookup(root) else { continue };
            let original = text.clone();
            let Some(changed) = self.changed_text(&original, &inner, copied) else { return false };
            if let Some(field) = path::at(root, &place) {
                *field = Value::String(changed);
            }
            return true;
        }
        false
    }

    /// A text that holds YAML or JSON, with the value where `path` leads in it.
    fn changed_text(&self, original: &str, path: &FieldPath, copied: &Copied) -> Option<String> {
        let documents = yaml::read_documents(original.as_bytes(), "", Profile::Kustomize, &Limits::default()).ok()?;
        let Document { value: mut document, mut spelling, .. } = documents.into_iter().next()?;
        let places = self.places(&mut document, path).ok().filter(|places| !places.is_empty())?;
        for (place, existence) in places {
            let value = path::at(&mut document, &place)?;
            let pointer = path::pointer(&place);
            self.set(&mut Field { value, spelling: &mut spelling, pointer, existence }, copied).ok()?;
        }
        Some(rewritten(&document, original))
    }

    fn set(&self, field: &mut Field<'_>, copied: &Copied) -> Result<(), Problem> {
        let options = &self.options;
        let text = if options.delimiter.is_empty() {
            copied.text.clone()
        } else {
            if !is_scalar(field.value) {
                return Err(Problem::DelimiterOnStructure);
            }
            let present = match field.existence {
                Existence::Existing => field.spelling.text(&field.pointer, field.value),
                Existence::Created => Cow::Borrowed(""),
            };
            let mut parts: Vec<&str> = present.split(options.delimiter.as_str()).collect();
            match usize::try_from(options.index) {
                Err(_) => parts.insert(0, &copied.text),
                Ok(index) if index < parts.len() => parts[index] = &copied.text,
                Ok(_) => parts.push(&copied.text),
            }
            parts.join(&options.delimiter)
        };
        let value = match field.existence {
            Existence::Existing if is_scalar(field.value) => {
                let written = field.spelling.text(&field.pointer, field.value);
                let wanted = type_of_scalar(field.value, &written);
                let path = field.pointer.clone();
                wanted.read(&text).map_err(|_| Problem::ReplacementType {
                    path,
                    wanted: shown(wanted),
                    text: text.clone(),
                })?
            }
            Existence::Created if is_scalar(&copied.value) => path::plain(&text),
            Existence::Existing | Existence::Created => copied.value.clone(),
        };
        field.spelling.note(&field.pointer, &text, &value);
        *field.value = value;
        Ok(())
    }
}

/// The type of a scalar that is written as `text`.
fn type_of_scalar(value: &Value, text: &str) -> ScalarType {
    match value {
        Value::String(_) | Value::Array(_) | Value::Object(_) => ScalarType::Text,
        Value::Null => ScalarType::Null,
        Value::Bool(_) => ScalarType::Bool,
        Value::Number(_) => ScalarType::of(text),
    }
}

fn shown(wanted: ScalarType) -> &'static str {
    match wanted {
        ScalarType::Null => "null",
        ScalarType::Bool => "`true` or `false`",
        ScalarType::Integer => "a whole number",
        ScalarType::Float => "a number",
        ScalarType::Text => "text",
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

/// A document that was read from `original`, written the way that was: JSON with or without indentation, or YAML.
fn rewritten(document: &Value, original: &str) -> String {
    if !original.trim_start().starts_with(['{', '[']) {
        return yaml::rewrite(original, document).trim().to_owned();
    }
    let indented = original.contains('\n') && original.contains("  ");
    let layout = if indented { Layout::Indented("  ") } else { Layout::Compact };
    go_json::of(document, Style { layout, ..Style::default() })
}
