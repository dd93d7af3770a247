//! The shapes of kustomize's configuration, checked before decoding so that every mistake is reported with its place.
//!
//! Like Go's `encoding/json`, names match in any case and nulls count as absent.

use std::collections::BTreeMap;

use manifest::{Diagnostic, Origin, Value};
use serde_json::Map;

use super::charts;
use crate::kustomize::problem::{Failure, Problem};

/// What a value must look like.
#[derive(Debug)]
pub(crate) enum Shape {
    Text,
    Flag,
    Integer,
    Anything,
    List(&'static Shape),
    /// Any keys.
    MapOf(&'static Shape),
    /// Exactly these keys.
    Object(&'static [(&'static str, &'static Shape)]),
}

impl Shape {
    fn name(&self) -> &'static str {
        match self {
            Shape::Text => "text",
            Shape::Flag => "`true` or `false`",
            Shape::Integer => "a whole number",
            Shape::Anything => "anything",
            Shape::List(_) => "a list",
            Shape::MapOf(_) | Shape::Object(_) => "a map",
        }
    }
}

/// Whose reading of scalars and unknown fields applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coercion {
    /// `kustomization.yaml`: a number is no text, and unknown fields are refused.
    Strict,
    /// Configuration of a plugin: numbers become text, unknown fields are ignored.
    Lenient,
}

const TEXTS: Shape = Shape::List(&Shape::Text);
const TEXT_MAP: Shape = Shape::MapOf(&Shape::Text);

pub(crate) const SELECTOR: Shape = Shape::Object(&[
    ("group", &Shape::Text),
    ("version", &Shape::Text),
    ("kind", &Shape::Text),
    ("name", &Shape::Text),
    ("namespace", &Shape::Text),
    ("annotationSelector", &Shape::Text),
    ("labelSelector", &Shape::Text),
]);

pub(crate) const PATCH_OPTIONS: Shape =
    Shape::Object(&[("allowNameChange", &Shape::Flag), ("allowKindChange", &Shape::Flag)]);

const PATCH: Shape = Shape::Object(&[
    ("path", &Shape::Text),
    ("patch", &Shape::Text),
    ("target", &SELECTOR),
    ("options", &PATCH_OPTIONS),
]);

pub(crate) const IMAGE: Shape = Shape::Object(&[
    ("name", &Shape::Text),
    ("newName", &Shape::Text),
    ("tagSuffix", &Shape::Text),
    ("newTag", &Shape::Text),
    ("digest", &Shape::Text),
]);

const FIELD_OPTIONS: Shape = Shape::Object(&[
    ("delimiter", &Shape::Text),
    ("index", &Shape::Integer),
    ("encoding", &Shape::Text),
    ("create", &Shape::Flag),
]);

const REPLACEMENT_SOURCE: Shape = Shape::Object(&[
    ("group", &Shape::Text),
    ("version", &Shape::Text),
    ("kind", &Shape::Text),
    ("name", &Shape::Text),
    ("namespace", &Shape::Text),
    ("fieldPath", &Shape::Text),
    ("options", &FIELD_OPTIONS),
]);

const REPLACEMENT_TARGET: Shape = Shape::Object(&[
    ("select", &SELECTOR),
    ("reject", &Shape::List(&SELECTOR)),
    ("fieldPaths", &TEXTS),
    ("options", &FIELD_OPTIONS),
]);

pub(crate) const REPLACEMENT: Shape = Shape::Object(&[
    ("path", &Shape::Text),
    ("source", &REPLACEMENT_SOURCE),
    ("sourceValue", &Shape::Text),
    ("targets", &Shape::List(&REPLACEMENT_TARGET)),
]);

pub(crate) const REPLICA: Shape = Shape::Object(&[("name", &Shape::Text), ("count", &Shape::Integer)]);

const VAR: Shape = Shape::Object(&[
    ("name", &Shape::Text),
    (
        "objref",
        &Shape::Object(&[
            ("apiVersion", &Shape::Text),
            ("group", &Shape::Text),
            ("version", &Shape::Text),
            ("kind", &Shape::Text),
            ("name", &Shape::Text),
            ("namespace", &Shape::Text),
        ]),
    ),
    ("fieldref", &Shape::Object(&[("fieldPath", &Shape::Text)])),
]);

pub(crate) const FIELD_SPECS: Shape = Shape::List(&Shape::Object(&[
    ("group", &Shape::Text),
    ("version", &Shape::Text),
    ("kind", &Shape::Text),
    ("path", &Shape::Text),
    ("create", &Shape::Flag),
]));

const LABEL: Shape = Shape::Object(&[
    ("pairs", &TEXT_MAP),
    ("includeSelectors", &Shape::Flag),
    ("includeTemplates", &Shape::Flag),
    ("includeVolumeClaimTemplates", &Shape::Flag),
    ("fields", &FIELD_SPECS),
]);

const GENERATOR_OPTIONS: Shape = Shape::Object(&[
    ("labels", &TEXT_MAP),
    ("annotations", &TEXT_MAP),
    ("disableNameSuffixHash", &Shape::Flag),
    ("immutable", &Shape::Flag),
]);

const CONFIG_MAP_GENERATOR: Shape = Shape::Object(&[
    ("namespace", &Shape::Text),
    ("name", &Shape::Text),
    ("behavior", &Shape::Text),
    ("literals", &TEXTS),
    ("files", &TEXTS),
    ("envs", &TEXTS),
    ("env", &Shape::Text),
    ("options", &GENERATOR_OPTIONS),
]);

pub(crate) const GENERATOR: Shape = Shape::Object(&[
    ("namespace", &Shape::Text),
    ("name", &Shape::Text),
    ("behavior", &Shape::Text),
    ("literals", &TEXTS),
    ("files", &TEXTS),
    ("envs", &TEXTS),
    ("env", &Shape::Text),
    ("type", &Shape::Text),
    ("options", &GENERATOR_OPTIONS),
]);

pub(crate) const SORT_OPTIONS: Shape = Shape::Object(&[
    ("order", &Shape::Text),
    ("legacySortOptions", &Shape::Object(&[("orderFirst", &TEXTS), ("orderLast", &TEXTS)])),
]);

pub(crate) const KUSTOMIZATION: Shape = Shape::Object(&[
    ("apiVersion", &Shape::Text),
    ("kind", &Shape::Text),
    (
        "metadata",
        &Shape::Object(&[
            ("name", &Shape::Text),
            ("namespace", &Shape::Text),
            ("labels", &TEXT_MAP),
            ("annotations", &TEXT_MAP),
        ]),
    ),
    ("openapi", &TEXT_MAP),
    ("namePrefix", &Shape::Text),
    ("nameSuffix", &Shape::Text),
    ("namespace", &Shape::Text),
    ("commonLabels", &TEXT_MAP),
    ("labels", &Shape::List(&LABEL)),
    ("commonAnnotations", &TEXT_MAP),
    ("patchesStrategicMerge", &TEXTS),
    ("patchesJson6902", &Shape::List(&PATCH)),
    ("patches", &Shape::List(&PATCH)),
    ("images", &Shape::List(&IMAGE)),
    ("imageTags", &Shape::List(&IMAGE)),
    ("replacements", &Shape::List(&REPLACEMENT)),
    ("replicas", &Shape::List(&REPLICA)),
    ("vars", &Shape::List(&VAR)),
    ("sortOptions", &SORT_OPTIONS),
    ("resources", &TEXTS),
    ("components", &TEXTS),
    ("crds", &TEXTS),
    ("bases", &TEXTS),
    ("configMapGenerator", &Shape::List(&CONFIG_MAP_GENERATOR)),
    ("secretGenerator", &Shape::List(&GENERATOR)),
    ("helmGlobals", &charts::CHART_GLOBALS),
    ("helmCharts", &Shape::List(&charts::CHART)),
    ("helmChartInflationGenerator", &Shape::List(&charts::OLD_CHART)),
    ("generatorOptions", &GENERATOR_OPTIONS),
    ("configurations", &TEXTS),
    ("generators", &TEXTS),
    ("transformers", &TEXTS),
    ("validators", &TEXTS),
    ("buildMetadata", &TEXTS),
]);

const NAME_REFERENCE: Shape = Shape::Object(&[
    ("group", &Shape::Text),
    ("version", &Shape::Text),
    ("kind", &Shape::Text),
    ("fieldSpecs", &FIELD_SPECS),
]);

/// A file of `configurations`.
pub(crate) const CONFIGURATION: Shape = Shape::Object(&[
    ("namePrefix", &FIELD_SPECS),
    ("nameSuffix", &FIELD_SPECS),
    ("namespace", &FIELD_SPECS),
    ("commonLabels", &FIELD_SPECS),
    ("labels", &FIELD_SPECS),
    ("templateLabels", &FIELD_SPECS),
    ("volumeClaimTemplateLabels", &FIELD_SPECS),
    ("commonAnnotations", &FIELD_SPECS),
    ("nameReference", &Shape::List(&NAME_REFERENCE)),
    ("varReference", &FIELD_SPECS),
    ("images", &FIELD_SPECS),
    ("replicas", &FIELD_SPECS),
]);

/// `value` with its field names in the case of `shape` and without nulls, or everything that does not fit `shape`.
pub(crate) fn checked(value: &Value, shape: &Shape, origin: &Origin, coercion: Coercion) -> Result<Value, Failure> {
    let mut check = Check { origin, coercion, problems: Vec::new() };
    let value = check.value(value, shape, "");
    if check.problems.is_empty() { Ok(value) } else { Err(Failure(check.problems)) }
}

/// The top-level names of `value` that are not written as in `shape`: known name to written name.
pub(super) fn spelling(value: &Value, shape: &Shape) -> BTreeMap<String, String> {
    let (Value::Object(fields), Shape::Object(known)) = (value, shape) else { return BTreeMap::new() };
    fields
        .keys()
        .filter_map(|written| {
            let (name, _) = find(known, written)?;
            (name != written).then(|| (name.to_owned(), written.clone()))
        })
        .collect()
}

type Known = (&'static str, &'static Shape);

fn find(known: &[Known], written: &str) -> Option<Known> {
    known
        .iter()
        .find(|(name, _)| *name == written)
        .or_else(|| known.iter().find(|(name, _)| name.eq_ignore_ascii_case(written)))
        .copied()
}

struct Check<'a> {
    origin: &'a Origin,
    coercion: Coercion,
    problems: Vec<Diagnostic>,
}

impl Check<'_> {
    fn value(&mut self, value: &Value, shape: &Shape, pointer: &str) -> Value {
        match (shape, value) {
            (_, Value::Null)
            | (Shape::Anything, _)
            | (Shape::Text, Value::String(_))
            | (Shape::Flag, Value::Bool(_)) => value.clone(),
            (Shape::Integer, Value::Number(number)) if number.is_i64() => value.clone(),
            (Shape::Text, Value::Bool(_) | Value::Number(_)) if self.coercion == Coercion::Lenient => {
                Value::String(value.to_string())
            }
            (Shape::List(element), Value::Array(items)) => items
                .iter()
                .enumerate()
                .filter(|(_, item)| !item.is_null())
                .map(|(index, item)| self.value(item, element, &format!("{pointer}/{index}")))
                .collect(),
            (Shape::MapOf(element), Value::Object(fields)) => fields
                .iter()
                .map(|(key, field)| (key.clone(), self.entry(field, element, &child(pointer, key))))
                .collect(),
            (Shape::Object(known), Value::Object(fields)) => self.object(fields, known, pointer),
            (Shape::Text | Shape::Flag | Shape::Integer | Shape::List(_) | Shape::MapOf(_) | Shape::Object(_), _) => {
                let problem =
                    Problem::WrongType { field: pointer.to_owned(), expected: shape.name(), found: value.clone() };
                self.problems.push(problem.at(self.origin.field(pointer)));
                Value::Null
            }
        }
    }

    /// An entry of a map of texts: null is the empty text, as in Go.
    fn entry(&mut self, value: &Value, shape: &Shape, pointer: &str) -> Value {
        match (shape, value) {
            (Shape::Text, Value::Null) => Value::String(String::new()),
            _ => self.value(value, shape, pointer),
        }
    }

    fn object(&mut self, fields: &Map<String, Value>, known: &'static [Known], pointer: &str) -> Value {
        let mut result = Map::new();
        for (written, field) in fields {
            let at = child(pointer, written);
            match find(known, written) {
                Some((name, shape)) => {
                    let value = self.value(field, shape, &at);
                    if !value.is_null() {
                        result.insert(name.to_owned(), value);
                    }
                }
                None if self.coercion == Coercion::Lenient => {}
                None => {
                    let problem = Problem::UnknownField {
                        field: written.clone(),
                        inside: pointer.to_owned(),
                        suggestion: closest(written, known.iter().map(|(name, _)| *name)),
                    };
                    self.problems.push(problem.at(self.origin.field(&at)));
                }
            }
        }
        Value::Object(result)
    }
}

/// `pointer` with one more name.
fn child(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// The name that was probably meant: the one with the fewest edits, if they are few.
pub(crate) fn closest<'a>(written: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let written = written.to_lowercase();
    let allowed = written.len().max(3) / 3;
    names
        .map(|name| (edits(&written, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// The Levenshtein distance.
fn edits(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, from) in left.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], index + 1);
        for (column, to) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(from != *to);
            diagonal = row[column + 1];
            row[column + 1] = substituted.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}
