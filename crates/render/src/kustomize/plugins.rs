//! `generators`, `transformers` and `validators`: the built-in plugins, configured by resources of their own.

use manifest::{Location, Origin, Value};
use serde::Deserialize;
use serde_json::json;

use super::accumulate::Target;
use super::fieldspec::FieldSpecs;
use super::file::{
    self, ChartEntry, ChartGlobals, Coercion, GeneratorEntry, ReplacementEntry, ReplicaEntry, Shape, SortOptions,
};
use super::generators::{self, Generated};
use super::loader::Loader;
use super::options::{ImageEntry, PatchEntry, Selector};
use super::order::SortOrder;
use super::problem::{Failure, Problem};
use super::provenance::{self, Provenance};
use super::read;
use super::resource::Resource;
use super::select::Matcher;
use super::set::ResourceSet;
use super::steps::Step;
use super::transform::Transformer;
use super::transform::annotations::Annotations;
use super::transform::images::Image;
use super::transform::labels::Labels;
use super::transform::names::{Prefix, Suffix};
use super::transform::namespace::{Namespace, Replace, Subjects};
use super::transform::patch::Patches;
use super::transform::replacement::Replacements;
use super::transform::replicas::Replicas;
use super::transform::value_add::{self, ValueAdd};

/// The resources that `generators` make, each with its plugin.
pub(crate) fn generated(target: &Target<'_>) -> Result<Vec<(Vec<Resource>, Provenance)>, Failure> {
    let configurations = configurations(target, &target.file.fields.generators, "generators")?;
    let generate = |config: &Resource| {
        let resources = match config.kind() {
            "ConfigMapGenerator" => vec![from_entry(Generated::ConfigMap, config, target)?],
            "SecretGenerator" => vec![from_entry(Generated::Secret, config, target)?],
            "IAMPolicyGenerator" => vec![service_account(config)?],
            "HelmChartInflationGenerator" => {
                let entry: ChartEntry = decode(config, &file::CHART)?;
                let globals: ChartGlobals = decode(config, &file::CHART_GLOBALS)?;
                target.inflate(&entry, &globals, config.location())?
            }
            _ => return Err(unknown(config)),
        };
        Ok((resources, origin_of(config)))
    };
    configurations.as_slice().iter().map(generate).collect()
}

/// The steps that the entries of `transformers` or `validators` ask for.
pub(crate) fn transformers<'a>(target: &Target<'a>, entries: &[String], field: &str) -> Result<Vec<Step<'a>>, Failure> {
    let configurations = configurations(target, entries, field)?;
    let step =
        |config: &Resource| Ok(Step { transformer: transformer(config, target)?, provenance: Some(origin_of(config)) });
    configurations.as_slice().iter().map(step).collect()
}

/// The plugin configurations that `entries` hold or name.
fn configurations(target: &Target<'_>, entries: &[String], field: &str) -> Result<ResourceSet, Failure> {
    let mut set = ResourceSet::default();
    for (index, entry) in entries.iter().enumerate() {
        let place = target.file.place(&format!("/{field}/{index}"));
        let resources = match inline(entry, target, place.as_ref()) {
            Some(inline) => inline,
            None if target.leads_to_folder(entry) => target.read_folder(entry, place.as_ref())?,
            None => target.read_file(entry, place.as_ref())?,
        };
        set.append_all(resources)?;
    }
    if let Some(foreign) = set.iter().find(|config| config.api_version() != "builtin") {
        return Err(unknown(foreign));
    }
    Ok(set)
}

/// The configurations that an entry holds itself, if it does.
fn inline(entry: &str, target: &Target<'_>, place: Option<&Location>) -> Option<Vec<Resource>> {
    let documents = super::loader::documents(entry.as_bytes(), "inline").ok()?;
    let mut resources = read::resources(documents, &target.loader).ok()?;
    let provenance = Provenance::File { path: target.file_path(), repository: None };
    for resource in &mut resources {
        resource.origin =
            Origin { location: place.cloned(), fields: None, through: target.loader.through.as_slice().into() };
        resource.annotate(provenance::ORIGIN, provenance.to_annotation());
    }
    Some(resources)
}

fn unknown(config: &Resource) -> Failure {
    let problem =
        Problem::UnknownPlugin { api_version: config.api_version().to_owned(), kind: config.kind().to_owned() };
    problem.at(config.location()).into()
}

/// A plugin as the origin of what it made: where its configuration was read, and its name.
fn origin_of(config: &Resource) -> Provenance {
    let noted = config.annotation(provenance::ORIGIN).unwrap_or_default();
    let path = noted.strip_prefix("path: ").and_then(|path| path.lines().next()).unwrap_or_default();
    Provenance::Plugin {
        configured_in: path.to_owned(),
        api_version: config.api_version().to_owned(),
        kind: config.kind().to_owned(),
        name: config.name().to_owned(),
        namespace: config.namespace().to_owned(),
    }
}

fn from_entry(kind: Generated, config: &Resource, target: &Target<'_>) -> Result<Resource, Failure> {
    let mut entry: GeneratorEntry = decode(config, &file::GENERATOR)?;
    let metadata: Metadata = decode(config, &METADATA)?;
    if entry.name.is_empty() {
        entry.name = metadata.metadata.name;
    }
    if entry.namespace.is_empty() {
        entry.namespace = metadata.metadata.namespace;
    }
    if !entry.env.is_empty() {
        entry.envs.push(std::mem::take(&mut entry.env));
    }
    generators::generate(kind, &entry, None, &target.loader, config.location())
}

/// The service account of Google Cloud's workload identity.
fn service_account(config: &Resource) -> Result<Resource, Failure> {
    let text = |pointer: &str| config.value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    if text("/cloud") != "gke" {
        return Err(Problem::UnknownCloud(text("/cloud").to_owned()).at(config.location()).into());
    }
    let account =
        format!("{}@{}.iam.gserviceaccount.com", text("/serviceAccount/name"), text("/serviceAccount/projectId"));
    let mut object = json!({
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {
            "annotations": {"iam.gke.io/gcp-service-account": account},
            "name": text("/kubernetesService/name"),
        },
    });
    let namespace = text("/kubernetesService/namespace");
    if !namespace.is_empty() {
        object["metadata"]["namespace"] = json!(namespace);
    }
    Ok(Resource::new(object, config.origin.clone()))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Metadata {
    metadata: Names,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Names {
    name: String,
    namespace: String,
}

const METADATA: Shape =
    Shape::Object(&[("metadata", &Shape::Object(&[("name", &Shape::Text), ("namespace", &Shape::Text)]))]);

/// Everything the built-in transformers are configured by; each reads its own part.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Settings {
    metadata: Names,
    field_specs: FieldSpecs,
    labels: std::collections::BTreeMap<String, String>,
    annotations: std::collections::BTreeMap<String, String>,
    prefix: String,
    suffix: String,
    unset_only: bool,
    set_role_binding_subjects: String,
    path: String,
    patch: String,
    patches: String,
    paths: Vec<String>,
    json_op: String,
    target: Option<Selector>,
    options: super::options::PatchOptions,
    replica: ReplicaEntry,
    image_tag: ImageEntry,
    replacements: Vec<ReplacementEntry>,
    sort_options: Option<SortOptions>,
    value: String,
    targets: Vec<ValueTarget>,
    target_file_path: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ValueTarget {
    selector: Option<Selector>,
    field_path: String,
    file_path_position: i64,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ValueTargets {
    targets: Vec<ValueTarget>,
}

const VALUE_TARGETS: Shape = Shape::List(&Shape::Object(&[
    ("selector", &file::SELECTOR),
    ("fieldPath", &Shape::Text),
    ("filePathPosition", &Shape::Integer),
]));

const TEXTS: Shape = Shape::List(&Shape::Text);
const TEXT_MAP: Shape = Shape::MapOf(&Shape::Text);

const SETTINGS: Shape = Shape::Object(&[
    ("metadata", &Shape::Object(&[("name", &Shape::Text), ("namespace", &Shape::Text)])),
    ("fieldSpecs", &file::FIELD_SPECS),
    ("labels", &TEXT_MAP),
    ("annotations", &TEXT_MAP),
    ("prefix", &Shape::Text),
    ("suffix", &Shape::Text),
    ("unsetOnly", &Shape::Flag),
    ("setRoleBindingSubjects", &Shape::Text),
    ("path", &Shape::Text),
    ("patch", &Shape::Text),
    ("patches", &Shape::Text),
    ("paths", &TEXTS),
    ("jsonOp", &Shape::Text),
    ("target", &file::SELECTOR),
    ("options", &file::PATCH_OPTIONS),
    ("replica", &file::REPLICA),
    ("imageTag", &file::IMAGE),
    ("replacements", &Shape::List(&file::REPLACEMENT)),
    ("sortOptions", &file::SORT_OPTIONS),
    ("value", &Shape::Text),
    ("targets", &VALUE_TARGETS),
    ("targetFilePath", &Shape::Text),
]);

fn decode<T: serde::de::DeserializeOwned>(config: &Resource, shape: &Shape) -> Result<T, Failure> {
    file::decode(&config.value, shape, &config.origin, Coercion::Lenient)
}

fn transformer<'a>(config: &Resource, target: &Target<'a>) -> Result<Transformer<'a>, Failure> {
    let settings: Settings = decode(config, &SETTINGS)?;
    let place = config.location();
    let fail = |problem: Problem| Failure::from(problem.at(place.clone()));
    let (loader, schemas) = (&target.loader, &target.build.schemas);
    let specs = settings.field_specs;
    Ok(match config.kind() {
        "NamespaceTransformer" => Transformer::Namespace(Namespace {
            namespace: settings.metadata.namespace,
            specs,
            subjects: Subjects::parse(&settings.set_role_binding_subjects)
                .ok_or_else(|| fail(Problem::UnknownSubjects(settings.set_role_binding_subjects.clone())))?,
            replace: if settings.unset_only { Replace::OnlyUnset } else { Replace::All },
        }),
        "PrefixTransformer" => Transformer::Prefix(Prefix { prefix: settings.prefix, specs }),
        "SuffixTransformer" => Transformer::Suffix(Suffix { suffix: settings.suffix, specs }),
        "PrefixSuffixTransformer" => Transformer::PrefixAndSuffix(
            Prefix { prefix: settings.prefix, specs: specs.clone() },
            Suffix { suffix: settings.suffix, specs },
        ),
        "LabelTransformer" => Transformer::Labels(Labels { labels: settings.labels, specs }),
        "AnnotationsTransformer" => Transformer::Annotations(Annotations { annotations: settings.annotations, specs }),
        "PatchTransformer" => {
            let entry = PatchEntry {
                path: settings.path,
                patch: settings.patch,
                target: settings.target,
                options: settings.options,
            };
            Transformer::Patches(Patches::entry(&entry, loader, schemas, place)?)
        }
        "PatchJson6902Transformer" => {
            let entry = PatchEntry {
                path: settings.path,
                patch: settings.json_op,
                target: settings.target,
                options: settings.options,
            };
            Transformer::Patches(Patches::json6902(&entry, loader, schemas, place)?)
        }
        "PatchStrategicMergeTransformer" => {
            let entries: Vec<(String, Option<Location>)> = settings
                .paths
                .into_iter()
                .chain(Some(settings.patches).filter(|patches| !patches.is_empty()))
                .map(|entry| (entry, place.clone()))
                .collect();
            if entries.is_empty() {
                return Err(fail(Problem::NoPatch));
            }
            Transformer::Patches(Patches::strategic(&entries, loader, schemas)?)
        }
        "ReplicaCountTransformer" => Transformer::Replicas(Replicas { entry: settings.replica, specs, place }),
        "ImageTagTransformer" => Transformer::Image(Image::new(settings.image_tag, specs)),
        "ReplacementTransformer" => {
            let entries: Vec<_> = settings.replacements.into_iter().map(|entry| (entry, place.clone())).collect();
            Transformer::Replacements(Replacements::new(resolved_replacements(&entries, loader)?)?)
        }
        "ValueAddTransformer" => {
            let mut targets = settings.targets;
            if !settings.target_file_path.is_empty() {
                for document in loader.settings(&settings.target_file_path, place.as_ref())? {
                    let shape = Shape::Object(&[("targets", &VALUE_TARGETS)]);
                    let origin = loader.origin(&document);
                    let more: ValueTargets = file::decode(&document.value, &shape, &origin, Coercion::Lenient)?;
                    targets.extend(more.targets);
                }
            }
            Transformer::ValueAdd(value_add(settings.value.trim(), targets, loader).map_err(fail)?)
        }
        "HashTransformer" => Transformer::Hash,
        "SortOrderTransformer" => {
            Transformer::Sort(SortOrder::from_options(settings.sort_options.as_ref()).map_err(fail)?)
        }
        _ => return Err(unknown(config)),
    })
}

fn value_add(value: &str, targets: Vec<ValueTarget>, loader: &Loader<'_>) -> Result<ValueAdd, Problem> {
    if targets.is_empty() || targets.iter().any(|target| target.field_path.is_empty()) {
        return Err(Problem::ValueWithoutTarget);
    }
    let folder = loader.folder().rsplit('/').next().unwrap_or_default();
    let value = if value.is_empty() { folder } else { value };
    let target = |target: ValueTarget| {
        Ok(value_add::Target {
            selector: target.selector.as_ref().map(Matcher::new).transpose().map_err(Problem::Selector)?,
            field_path: target.field_path,
            file_path_position: usize::try_from(target.file_path_position).map_err(|_| Problem::ValueWithoutTarget)?,
        })
    };
    let targets = targets.into_iter().map(target).collect::<Result<_, Problem>>()?;
    Ok(ValueAdd { value: value.to_owned(), targets })
}

/// Entries of `replacements` with those that name a file replaced by the file's.
pub(crate) fn resolved_replacements(
    entries: &[(ReplacementEntry, Option<Location>)],
    loader: &Loader<'_>,
) -> Result<Vec<(ReplacementEntry, Option<Location>)>, Failure> {
    let mut resolved = Vec::new();
    for (entry, place) in entries {
        if entry.path.is_empty() {
            resolved.push((entry.clone(), place.clone()));
            continue;
        }
        if entry.source.is_some() || entry.targets.as_ref().is_some_and(|targets| !targets.is_empty()) {
            return Err(Problem::ReplacementPathAndInline.at(place.clone()).into());
        }
        for document in loader.settings(&entry.path, place.as_ref())? {
            let origin = loader.origin(&document);
            let items = match &document.value {
                Value::Array(items) => items.as_slice(),
                single => std::slice::from_ref(single),
            };
            for item in items {
                let entry = file::decode(item, &file::REPLACEMENT, &origin, Coercion::Lenient)?;
                resolved.push((entry, origin.location.clone()));
            }
        }
    }
    Ok(resolved)
}
