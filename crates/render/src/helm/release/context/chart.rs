//! `.Chart`: a map in Helm 4, a struct in Helm 3.

use super::record::Record;
use super::{Place, Rules};
use crate::helm::chart::{Dependency, ImportValues, Maintainer, Metadata};
use crate::template::Value;
use crate::template::value::{List, Map, Text, Type};

/// What templates see of `Chart.yaml`.
pub(super) fn metadata(metadata: &Metadata, place: Place, rules: Rules) -> Value {
    let is_root = ("IsRoot", Value::Bool(place == Place::Root));
    let fields = fields(metadata, rules);
    match rules {
        Rules::V4 => map(fields.into_iter().map(|field| (field.name, field.value)).chain([is_root])),
        Rules::V3 => Record::new("struct { chart.Metadata; IsRoot bool }", vec![is_root])
            .around(record("chart.Metadata", fields))
            .value(),
    }
}

/// A field of a Go struct.
struct Field {
    name: &'static str,
    /// Its name in JSON, where empty ones are left out.
    json: &'static str,
    value: Value,
    empty: Empty,
}

/// What JSON does with an empty field.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Empty {
    LeftOut,
    Written,
}

fn field(name: &'static str, json: &'static str, value: Value) -> Field {
    Field { name, json, value, empty: Empty::LeftOut }
}

fn text(name: &'static str, json: &'static str, text: &str) -> Field {
    field(name, json, Value::string(text))
}

fn map(members: impl Iterator<Item = (&'static str, Value)>) -> Value {
    Value::Map(members.map(|(name, value)| (Text::from(name), value)).collect::<Map>())
}

fn record(name: &'static str, fields: Vec<Field>) -> Record {
    let is_written = |field: &&Field| field.empty == Empty::Written || field.value.is_true();
    let json = fields.iter().filter(is_written).map(|field| (field.json, field.value.clone())).collect();
    Record::new(name, fields.into_iter().map(|field| (field.name, field.value)).collect()).with_json(json)
}

fn fields(metadata: &Metadata, rules: Rules) -> Vec<Field> {
    let Metadata {
        name,
        home,
        sources,
        version,
        description,
        keywords,
        maintainers,
        icon,
        api_version,
        condition,
        tags,
        app_version,
        deprecated,
        annotations,
        kube_version,
        dependencies,
        kind,
    } = metadata;
    let annotations = match annotations.is_empty() {
        true => Map::nil(Type::String),
        false => Map::of(
            Type::String,
            annotations.iter().map(|(name, text)| (name.as_str().into(), Value::string(text.as_str()))).collect(),
        ),
    };
    let maintainers = maintainers.iter().map(|of| structure("*chart.Maintainer", maintainer(of), rules)).collect();
    let dependencies =
        dependencies.iter().map(|of| structure("*chart.Dependency", dependency(of, rules), rules)).collect();
    vec![
        text("Name", "name", name),
        text("Home", "home", home),
        field("Sources", "sources", texts(sources, rules)),
        text("Version", "version", version),
        text("Description", "description", description),
        field("Keywords", "keywords", texts(keywords, rules)),
        field("Maintainers", "maintainers", list("*chart.Maintainer", maintainers, rules)),
        text("Icon", "icon", icon),
        text("APIVersion", "apiVersion", api_version),
        text("Condition", "condition", condition),
        text("Tags", "tags", tags),
        text("AppVersion", "appVersion", app_version),
        field("Deprecated", "deprecated", Value::Bool(*deprecated)),
        field("Annotations", "annotations", Value::Map(annotations)),
        text("KubeVersion", "kubeVersion", kube_version),
        field("Dependencies", "dependencies", list("*chart.Dependency", dependencies, rules)),
        text("Type", "type", kind),
    ]
}

fn maintainer(maintainer: &Maintainer) -> Vec<Field> {
    let Maintainer { name, email, url } = maintainer;
    vec![text("Name", "name", name), text("Email", "email", email), text("URL", "url", url)]
}

fn dependency(dependency: &Dependency, rules: Rules) -> Vec<Field> {
    let Dependency { name, version, repository, condition, tags, enabled, import_values, alias } = dependency;
    let imports = import_values.iter().map(|import| match import {
        ImportValues::Export(name) => Value::string(name.as_str()),
        ImportValues::Table { child, parent } => {
            map([("child", Value::string(child.as_str())), ("parent", Value::string(parent.as_str()))].into_iter())
        }
    });
    let always = |name, json, value| Field { name, json, value, empty: Empty::Written };
    vec![
        always("Name", "name", Value::string(name.as_str())),
        text("Version", "version", version),
        always("Repository", "repository", Value::string(repository.as_str())),
        text("Condition", "condition", condition),
        field("Tags", "tags", texts(tags, rules)),
        field("Enabled", "enabled", Value::Bool(*enabled)),
        field("ImportValues", "import-values", Value::list(imports.collect())),
        text("Alias", "alias", alias),
    ]
}

fn structure(name: &'static str, fields: Vec<Field>, rules: Rules) -> Value {
    match rules {
        Rules::V4 => map(fields.into_iter().map(|field| (field.name, field.value))),
        Rules::V3 => record(name, fields).value(),
    }
}

/// A list of structs: of anything in Helm 4, which makes maps of them.
fn list(of: &'static str, items: Vec<Value>, rules: Rules) -> Value {
    Value::List(match rules {
        Rules::V4 => List::new(items),
        Rules::V3 => List::of(Type::Named(of), items),
    })
}

fn texts(texts: &[String], rules: Rules) -> Value {
    match rules {
        Rules::V4 => Value::list(texts.iter().map(|text| Value::string(text.as_str())).collect()),
        Rules::V3 => Value::strings(texts.iter().map(String::as_str)),
    }
}
