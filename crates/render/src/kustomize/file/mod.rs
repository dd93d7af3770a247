//! `kustomization.yaml`: its fields, decoded the way kustomize decodes them, each knowing where it was written.

use std::collections::BTreeMap;

use manifest::{Location, Origin, Value};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::fieldspec::FieldSpecs;
use super::options::{ImageEntry, PatchEntry, Selector};
use super::problem::{Failure, Problem};

mod charts;
mod shape;

pub(crate) use charts::{CHART, CHART_GLOBALS, ChartEntry, ChartGlobals, OldChartEntry};

pub(crate) use shape::{
    CONFIGURATION, Coercion, FIELD_SPECS, GENERATOR, IMAGE, PATCH_OPTIONS, REPLACEMENT, REPLICA, SELECTOR,
    SORT_OPTIONS, Shape, closest,
};

/// What a kustomization file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    /// Can be a resource of others.
    Kustomization,
    /// Can be a component of others.
    Component,
}

impl FileKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            FileKind::Kustomization => "Kustomization",
            FileKind::Component => "Component",
        }
    }

    fn api_version(self) -> &'static str {
        match self {
            FileKind::Kustomization => "kustomize.config.k8s.io/v1beta1",
            FileKind::Component => "kustomize.config.k8s.io/v1alpha1",
        }
    }
}

/// The fields of the file. Unset ones are empty.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Fields {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) metadata: Value,
    pub(crate) openapi: BTreeMap<String, String>,
    pub(crate) name_prefix: String,
    pub(crate) name_suffix: String,
    pub(crate) namespace: String,
    pub(crate) common_labels: BTreeMap<String, String>,
    pub(crate) labels: Vec<LabelEntry>,
    pub(crate) common_annotations: BTreeMap<String, String>,
    pub(crate) patches_strategic_merge: Vec<String>,
    pub(crate) patches_json6902: Vec<PatchEntry>,
    pub(crate) patches: Vec<PatchEntry>,
    pub(crate) images: Vec<ImageEntry>,
    pub(crate) image_tags: Vec<ImageEntry>,
    pub(crate) replacements: Vec<ReplacementEntry>,
    pub(crate) replicas: Vec<ReplicaEntry>,
    pub(crate) vars: Vec<VarEntry>,
    pub(crate) sort_options: Option<SortOptions>,
    pub(crate) resources: Vec<String>,
    pub(crate) components: Vec<String>,
    pub(crate) crds: Vec<String>,
    pub(crate) bases: Vec<String>,
    pub(crate) config_map_generator: Vec<GeneratorEntry>,
    pub(crate) secret_generator: Vec<GeneratorEntry>,
    pub(crate) helm_globals: ChartGlobals,
    pub(crate) helm_charts: Vec<ChartEntry>,
    pub(crate) helm_chart_inflation_generator: Vec<OldChartEntry>,
    pub(crate) generator_options: Option<GeneratorOptions>,
    pub(crate) configurations: Vec<String>,
    pub(crate) generators: Vec<String>,
    pub(crate) transformers: Vec<String>,
    pub(crate) validators: Vec<String>,
    pub(crate) build_metadata: Vec<String>,
}

/// An entry of `labels`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct LabelEntry {
    pub(crate) pairs: BTreeMap<String, String>,
    pub(crate) include_selectors: bool,
    pub(crate) include_templates: bool,
    pub(crate) include_volume_claim_templates: bool,
    pub(crate) fields: FieldSpecs,
}

/// An entry of `replicas`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct ReplicaEntry {
    pub(crate) name: String,
    pub(crate) count: i64,
}

/// An entry of `configMapGenerator` or `secretGenerator`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct GeneratorEntry {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) behavior: String,
    pub(crate) literals: Vec<String>,
    pub(crate) files: Vec<String>,
    pub(crate) envs: Vec<String>,
    pub(crate) env: String,
    /// Of a secret.
    pub(crate) r#type: String,
    pub(crate) options: Option<GeneratorOptions>,
}

/// `generatorOptions`, or `options` of one generator.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct GeneratorOptions {
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) annotations: BTreeMap<String, String>,
    pub(crate) disable_name_suffix_hash: bool,
    pub(crate) immutable: bool,
}

/// An entry of `replacements`: a file of replacements, or one.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ReplacementEntry {
    pub(crate) path: String,
    pub(crate) source: Option<ReplacementSource>,
    pub(crate) source_value: Option<String>,
    pub(crate) targets: Option<Vec<ReplacementTarget>>,
}

/// Where a replacement takes its value.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ReplacementSource {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) field_path: String,
    pub(crate) options: Option<FieldOptions>,
}

/// Where a replacement puts its value.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ReplacementTarget {
    pub(crate) select: Option<Selector>,
    pub(crate) reject: Vec<Selector>,
    pub(crate) field_paths: Vec<String>,
    pub(crate) options: Option<FieldOptions>,
}

/// Which part of a field a replacement reads or writes.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct FieldOptions {
    pub(crate) delimiter: String,
    pub(crate) index: i64,
    encoding: String,
    pub(crate) create: bool,
}

/// An entry of `vars`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct VarEntry {
    pub(crate) name: String,
    pub(crate) objref: VarObject,
    pub(crate) fieldref: VarField,
}

/// The object of a variable.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct VarObject {
    pub(crate) api_version: String,
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) namespace: String,
}

/// The field of a variable.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct VarField {
    pub(crate) field_path: String,
}

/// `sortOptions`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct SortOptions {
    pub(crate) order: String,
    pub(crate) legacy_sort_options: Option<LegacySortOptions>,
}

/// `sortOptions.legacySortOptions`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct LegacySortOptions {
    pub(crate) order_first: Vec<String>,
    pub(crate) order_last: Vec<String>,
}

/// Who wrote a kustomization file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Author {
    /// It stands in the tree.
    Tree,
    /// The build, for a folder without one.
    Build,
}

/// A decoded `kustomization.yaml`.
#[derive(Debug, Clone)]
pub(crate) struct KustomizationFile {
    pub(crate) kind: FileKind,
    pub(crate) author: Author,
    pub(crate) fields: Fields,
    /// The file's document.
    pub(crate) origin: Origin,
    /// How many entries of `resources` were written there; the others were `bases`.
    resources: usize,
    /// How many entries of `helmCharts` were written there; the others were written the old way.
    charts: usize,
    /// Whether any field was written as a list or a map.
    holds_collections: bool,
    /// Top-level field names as they were written, where the case differs.
    spelling: BTreeMap<String, String>,
}

impl KustomizationFile {
    /// Decodes the document of a kustomization file. Every unknown field and every wrong type is reported.
    pub(crate) fn decode(document: &Value, origin: Origin) -> Result<KustomizationFile, Failure> {
        let fields = match document {
            Value::Null => Fields::default(),
            Value::Object(_) => decode(document, &shape::KUSTOMIZATION, &origin, Coercion::Strict)?,
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                return Err(Problem::NotAMap.at(origin.location).into());
            }
        };
        let spelling = shape::spelling(document, &shape::KUSTOMIZATION);
        KustomizationFile {
            kind: FileKind::Kustomization,
            author: Author::Tree,
            fields,
            origin,
            resources: 0,
            charts: 0,
            holds_collections: document
                .as_object()
                .is_some_and(|fields| fields.values().any(|field| field.is_array() || field.is_object())),
            spelling,
        }
        .completed()
    }

    /// A file that nobody wrote, for the folder's default name.
    pub(crate) fn generated(fields: Fields, location: Location) -> Result<KustomizationFile, Failure> {
        let origin = Origin { location: Some(location), ..Origin::default() };
        let spelling = BTreeMap::new();
        KustomizationFile {
            kind: FileKind::Kustomization,
            author: Author::Build,
            fields,
            origin,
            resources: 0,
            charts: 0,
            holds_collections: false,
            spelling,
        }
        .completed()
    }

    /// Fills in what may be left out, moves deprecated fields to their successors and checks the file's own type.
    fn completed(mut self) -> Result<KustomizationFile, Failure> {
        let fields = &mut self.fields;
        self.kind = match fields.kind.as_str() {
            "" | "Kustomization" => FileKind::Kustomization,
            "Component" => FileKind::Component,
            other => {
                let problem = Problem::WrongKind(other.to_owned());
                return Err(problem.at(self.place("/kind")).into());
            }
        };
        if !fields.api_version.is_empty() && fields.api_version != self.kind.api_version() {
            let problem = Problem::WrongApiVersion {
                found: fields.api_version.clone(),
                kind: self.kind.name(),
                expected: self.kind.api_version(),
            };
            return Err(problem.at(self.place("/apiVersion")).into());
        }
        self.charts = fields.helm_charts.len();
        let has_globals = fields.helm_globals != ChartGlobals::default();
        let mut globals = ChartGlobals::default();
        let old = std::mem::take(&mut fields.helm_chart_inflation_generator);
        fields.helm_charts.extend(old.into_iter().map(|entry| entry.renewed(&mut globals)));
        if !has_globals {
            fields.helm_globals = globals;
        }
        self.resources = fields.resources.len();
        fields.resources.append(&mut fields.bases);
        fields.images.append(&mut fields.image_tags);
        for generator in fields.config_map_generator.iter_mut().chain(&mut fields.secret_generator) {
            if !generator.env.is_empty() {
                generator.envs.push(std::mem::take(&mut generator.env));
            }
        }
        Ok(self)
    }

    /// Whether `resources` itself is there, whatever stands under the deprecated `bases`.
    pub(crate) fn lists_resources(&self) -> bool {
        self.resources > 0
    }

    /// Whether the file says nothing besides its type, which kustomize refuses. An empty list or map says something.
    pub(crate) fn is_empty(&self) -> bool {
        if self.holds_collections {
            return false;
        }
        let untyped = Fields { api_version: String::new(), kind: String::new(), ..self.fields.clone() };
        untyped == Fields::default()
    }

    /// The place of the field at a JSON pointer of known field names, or of the nearest thing around it.
    pub(crate) fn place(&self, pointer: &str) -> Option<Location> {
        let (field, rest) = pointer.strip_prefix('/').unwrap_or(pointer).split_once('/').map_or_else(
            || (pointer.strip_prefix('/').unwrap_or(pointer), String::new()),
            |(field, rest)| (field, format!("/{rest}")),
        );
        let written = self.spelling.get(field).map_or(field, String::as_str);
        self.origin.field(&format!("/{written}{rest}"))
    }

    /// The place of an entry of `helmCharts`, which may have been written the old way.
    pub(crate) fn chart_place(&self, index: usize) -> Option<Location> {
        match index.checked_sub(self.charts) {
            Some(old) => self.place(&format!("/helmChartInflationGenerator/{old}")),
            None => self.place(&format!("/helmCharts/{index}")),
        }
    }

    /// The place of an entry of `resources`, which may have been written under `bases`.
    pub(crate) fn resource_place(&self, index: usize) -> Option<Location> {
        match index.checked_sub(self.resources) {
            Some(base) => self.place(&format!("/bases/{base}")),
            None => self.place(&format!("/resources/{index}")),
        }
    }
}

/// Decodes `value` as `T`, after checking it against `shape`: field names in any case, unknown ones refused.
pub(crate) fn decode<T: DeserializeOwned>(
    value: &Value,
    shape: &Shape,
    origin: &Origin,
    coercion: Coercion,
) -> Result<T, Failure> {
    let value = shape::checked(value, shape, origin, coercion)?;
    let value = if value.is_null() { Value::Object(serde_json::Map::new()) } else { value };
    serde_json::from_value(value)
        .map_err(|error| Problem::Undecodable(error.to_string()).at(origin.location.clone()).into())
}
