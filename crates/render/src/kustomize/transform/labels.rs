//! `labels` and `commonLabels`.

use std::collections::BTreeMap;

use crate::kustomize::fieldspec::{self, FieldError, FieldSpecs, Leaf};
use crate::kustomize::problem::{Failure, Problem};
use crate::kustomize::set::ResourceSet;
use manifest::Value;

/// Sets labels wherever the field specifications say.
#[derive(Debug)]
pub(crate) struct Labels {
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) specs: FieldSpecs,
}

impl Labels {
    pub(crate) fn run(&self, resources: &mut ResourceSet) -> Result<(), Failure> {
        set_entries(resources, &self.labels, &self.specs)
    }
}

/// Sets all `entries` in every map that `specs` specify.
pub(super) fn set_entries(
    resources: &mut ResourceSet,
    entries: &BTreeMap<String, String>,
    specs: &FieldSpecs,
) -> Result<(), Failure> {
    if entries.is_empty() {
        return Ok(());
    }
    for resource in resources.contents_mut() {
        for spec in specs.iter() {
            let result = fieldspec::apply(&mut resource.value, spec, Leaf::Map, &mut |value| set_all(value, entries));
            if let Err(error) = result {
                let id = resource.id();
                return Err(Problem::Field { path: spec.path.clone(), error }
                    .at(resource.location())
                    .about(id.to_object_id())
                    .into());
            }
        }
    }
    Ok(())
}

fn set_all(value: &mut Value, entries: &BTreeMap<String, String>) -> Result<(), FieldError> {
    match value {
        Value::Object(fields) => {
            for (key, text) in entries {
                fields.insert(key.clone(), Value::String(text.clone()));
            }
            Ok(())
        }
        Value::Null => Ok(()),
        Value::Array(_) | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            Err(FieldError::Value("expected a map of texts".to_owned()))
        }
    }
}
