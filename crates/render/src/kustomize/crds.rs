//! `crds`: OpenAPI definitions whose extensions say which fields hold names, labels and annotations.

use manifest::Value;

use super::fieldspec::{Config, FieldSpec, NameReference};
use super::id::TypePattern;

/// The specifications in a document of definitions by name, such as `github.com/example/v1.Bee`.
///
/// Definitions that contradict each other keep the first one's say, as none of them creates fields.
pub(crate) fn config(document: &Value) -> Config {
    let mut config = Config::default();
    for (name, definition) in document.as_object().into_iter().flatten() {
        let properties = properties(definition);
        if ["kind", "apiVersion", "metadata"]
            .iter()
            .all(|field| properties.is_some_and(|known| known.get(field).is_some()))
        {
            let kind = name.rsplit('.').next().unwrap_or(name);
            let types = TypePattern { kind: kind.to_owned(), ..TypePattern::default() };
            collect(document, name, &types, &mut Vec::new(), &mut Vec::new(), &mut config);
        }
    }
    config
}

fn properties(definition: &Value) -> Option<&Value> {
    definition.pointer("/Schema/properties")
}

/// Adds what the definition `name` says about fields below `path`; `open` are the definitions being read.
fn collect(
    document: &Value,
    name: &str,
    types: &TypePattern,
    path: &mut Vec<String>,
    open: &mut Vec<String>,
    config: &mut Config,
) {
    let known = document.get(name).and_then(properties).and_then(Value::as_object);
    if open.iter().any(|other| other == name) {
        return;
    }
    open.push(name.to_owned());
    for (field, property) in known.into_iter().flatten() {
        path.push(field.clone());
        let text = |extension: &str| property.get(extension).and_then(Value::as_str);
        let spec = FieldSpec { types: types.clone(), path: path.join("/"), create: false };
        for (extension, specs) in [
            ("x-kubernetes-annotation", &mut config.common_annotations),
            ("x-kubernetes-label-selector", &mut config.common_labels),
            ("x-kubernetes-identity", &mut config.name_prefix),
        ] {
            if text(extension).is_some() && !specs.0.contains(&spec) {
                specs.0.push(spec.clone());
            }
        }
        if let (Some(version), Some(kind)) =
            (text("x-kubernetes-object-ref-api-version"), text("x-kubernetes-object-ref-kind"))
        {
            let key = text("x-kubernetes-object-ref-name-key").unwrap_or("name");
            let target = TypePattern { group: String::new(), version: version.to_owned(), kind: kind.to_owned() };
            let referrer = FieldSpec { path: format!("{}/{key}", spec.path), ..spec };
            match config.name_reference.0.iter_mut().find(|reference| reference.target == target) {
                Some(reference) if reference.referrers.0.contains(&referrer) => {}
                Some(reference) => reference.referrers.0.push(referrer),
                None => {
                    let referrers = super::fieldspec::FieldSpecs(vec![referrer]);
                    config.name_reference.0.push(NameReference { target, referrers });
                }
            }
        }
        if let Some(reference) = text("$ref") {
            collect(document, reference, types, path, open, config);
        }
        path.pop();
    }
    open.pop();
}
