//! Filters that change fields which field specifications name.

use std::collections::BTreeMap;

use manifest::{Origin, Value};
use serde_json::Map;

use super::{Case, parsed, same};
use crate::kustomize::fieldspec::{self, FieldSpec, FieldSpecs, Leaf};
use crate::kustomize::file::ReplicaEntry;
use crate::kustomize::id::TypePattern;
use crate::kustomize::options::ImageEntry;
use crate::kustomize::problem::Failure;
use crate::kustomize::resource::Resource;
use crate::kustomize::set::ResourceSet;
use crate::kustomize::transform::Transformer;
use crate::kustomize::transform::annotations::Annotations;
use crate::kustomize::transform::images::Image;
use crate::kustomize::transform::labels::Labels;
use crate::kustomize::transform::names::{Prefix, Suffix};
use crate::kustomize::transform::namespace::{Namespace, Replace, Subjects};
use crate::kustomize::transform::replicas::Replicas;
use crate::kustomize::transform::value_add::{Target, ValueAdd};

pub(super) fn run(case: &Case) -> Option<Result<(), String>> {
    if case.test == "TestFilter_FieldPaths" {
        // Upstream tells a tracker which fields it changed; our fields know their places instead.
        return None;
    }
    let input = match parsed(case.text("input")) {
        Ok(input) => input,
        Err(problem) => return Some(Err(problem)),
    };
    if matches!(case.package.as_str(), "fieldspec" | "fsslice") {
        return Some(set_in_specs(case, input));
    }
    let transformer = transformer(case)?;
    let result = run_on(input, &transformer).and_then(|output| same(&output, expected(case)));
    Some(result)
}

fn expected(case: &Case) -> &str {
    match case.text("expectedOutput") {
        "" => case.text("expected"),
        text => text,
    }
}

fn transformer(case: &Case) -> Option<Transformer<'static>> {
    let filter = &case.fields["filter"];
    let text = |pointer: &str| filter.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let single = || FieldSpecs(vec![spec(&filter["FieldSpec"])]);
    Some(match case.package.as_str() {
        "annotations" => {
            let mut all = specs(&case.fields["fsslice"]);
            all.0.insert(0, own("metadata/annotations"));
            Transformer::Annotations(Annotations { annotations: texts(&filter["Annotations"]), specs: all })
        }
        "labels" => Transformer::Labels(Labels { labels: texts(&filter["Labels"]), specs: specs(&filter["FsSlice"]) }),
        "imagetag" => {
            let entry = ImageEntry {
                name: text("/ImageTag/Name"),
                new_name: text("/ImageTag/NewName"),
                new_tag: text("/ImageTag/NewTag"),
                digest: text("/ImageTag/Digest"),
                tag_suffix: text("/ImageTag/TagSuffix"),
            };
            Transformer::Image(Image::new(entry, specs(&case.fields["fsSlice"])))
        }
        "namespace" => Transformer::Namespace(Namespace {
            namespace: text("/Namespace"),
            specs: specs(&case.fields["fsslice"]),
            subjects: Subjects::NamedDefault,
            replace: Replace::All,
        }),
        "prefix" => Transformer::Prefix(Prefix { prefix: text("/Prefix"), specs: single() }),
        "suffix" => Transformer::Suffix(Suffix { suffix: text("/Suffix"), specs: single() }),
        "replicacount" => {
            let count = filter.pointer("/Replica/Count").and_then(Value::as_i64)?;
            let entry = ReplicaEntry { name: text("/Replica/Name"), count };
            Transformer::Replicas(Replicas { entry, specs: single(), place: None })
        }
        "valueadd" => {
            let position = filter.get("FilePathPosition").and_then(Value::as_u64).unwrap_or_default();
            let file_path_position = usize::try_from(position).ok()?;
            let target = Target { selector: None, field_path: text("/FieldPath"), file_path_position };
            Transformer::ValueAdd(ValueAdd { value: text("/Value"), targets: vec![target] })
        }
        _ => return None,
    })
}

/// Each document is transformed alone: in a build, two of one id are refused.
fn run_on(input: Vec<Value>, transformer: &Transformer<'_>) -> Result<Vec<Value>, String> {
    let mut output = Vec::new();
    for value in input {
        let mut set = ResourceSet::default();
        set.append(Resource::new(value, Origin::default())).map_err(|problem| problem.to_string())?;
        transformer.run(&mut set).map_err(shown)?;
        output.extend(set.into_vec().into_iter().map(|resource| resource.value));
    }
    Ok(output)
}

pub(super) fn shown(failure: Failure) -> String {
    failure.0.iter().map(|problem| format!("{problem}\n")).collect()
}

/// Filters that set a value through specifications. The value itself is code in upstream's tests, so what the expected
/// document holds is tried.
fn set_in_specs(case: &Case, input: Vec<Value>) -> Result<(), String> {
    let written = if case.package == "fieldspec" { "fieldSpec" } else { "fsSlice" };
    let value = parsed(case.text(written))?.into_iter().next().unwrap_or_default();
    let specs: Vec<FieldSpec> = match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().map(spec).collect(),
        single => vec![spec(&single)],
    };
    let leaf = if case.fields["filter"].get("CreateKind").is_some() { Leaf::Scalar } else { Leaf::Existing };
    let set = |text: &str| {
        let mut output = input.clone();
        for object in &mut output {
            for spec in &specs {
                let mut put = |value: &mut Value| {
                    *value = Value::from(text);
                    Ok(())
                };
                fieldspec::apply(object, spec, leaf, &mut put).map_err(|error| error.to_string())?;
            }
        }
        Ok::<_, String>(output)
    };
    if !case.text("error").is_empty() {
        return super::refused(set("value"));
    }
    let mut result = Err("no value of the expected document gives it".to_owned());
    for text in ["e", "bar"] {
        result = set(text).and_then(|output| same(&output, case.text("expected")));
        if result.is_ok() {
            break;
        }
    }
    result
}

fn own(path: &str) -> FieldSpec {
    FieldSpec { types: TypePattern::default(), path: path.to_owned(), create: true }
}

fn specs(value: &Value) -> FieldSpecs {
    FieldSpecs(value.as_array().into_iter().flatten().map(spec).collect())
}

/// A specification under the names of Go's fields or of YAML's.
pub(super) fn spec(value: &Value) -> FieldSpec {
    let gvk = value.get("Gvk").unwrap_or(value);
    let text = |of: &Value, names: [&str; 2]| {
        names.iter().find_map(|name| of.get(*name)).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let create = ["CreateIfNotPresent", "create"].iter().find_map(|name| value.get(*name));
    FieldSpec {
        types: TypePattern {
            group: text(gvk, ["Group", "group"]),
            version: text(gvk, ["Version", "version"]),
            kind: text(gvk, ["Kind", "kind"]),
        },
        path: text(value, ["Path", "path"]),
        create: create.and_then(Value::as_bool).unwrap_or_default(),
    }
}

fn texts(value: &Value) -> BTreeMap<String, String> {
    let entries = value.as_object().into_iter().flat_map(Map::iter);
    entries.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
}
