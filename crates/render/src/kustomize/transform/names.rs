//! `namePrefix` and `nameSuffix`.

use manifest::Value;

use crate::kustomize::fieldspec::{self, FieldError, FieldSpec, FieldSpecs, Leaf};
use crate::kustomize::id::ResourceId;
use crate::kustomize::problem::{Failure, Problem};
use crate::kustomize::resource::{Resource, scalar_text};
use crate::kustomize::set::ResourceSet;

/// Where the name itself is.
const NAME_PATH: &str = "metadata/name";

/// Types whose names never get a prefix or suffix, as `(group, kind)`; any group if it is empty.
const UNTOUCHED: [(&str, &str); 3] =
    [("", "CustomResourceDefinition"), ("apiregistration.k8s.io", "APIService"), ("", "Namespace")];

/// Puts a text before names.
#[derive(Debug)]
pub(crate) struct Prefix {
    pub(crate) prefix: String,
    pub(crate) specs: FieldSpecs,
}

impl Prefix {
    pub(crate) fn run(&self, resources: &mut ResourceSet) -> Result<(), Failure> {
        let rename = |name: &str| format!("{}{name}", self.prefix);
        affix(resources, &self.specs, &rename, &|resource| {
            if !self.prefix.is_empty() {
                resource.prefixes.push(self.prefix.clone());
                resource.remember_id();
            }
        })
    }
}

/// Puts a text behind names.
#[derive(Debug)]
pub(crate) struct Suffix {
    pub(crate) suffix: String,
    pub(crate) specs: FieldSpecs,
}

impl Suffix {
    pub(crate) fn run(&self, resources: &mut ResourceSet) -> Result<(), Failure> {
        let rename = |name: &str| format!("{name}{}", self.suffix);
        affix(resources, &self.specs, &rename, &|resource| {
            if !self.suffix.is_empty() {
                resource.suffixes.push(self.suffix.clone());
                resource.remember_id();
            }
        })
    }
}

fn affix(
    resources: &mut ResourceSet,
    specs: &FieldSpecs,
    rename: &dyn Fn(&str) -> String,
    note: &dyn Fn(&mut Resource),
) -> Result<(), Failure> {
    for resource in resources.as_mut_slice() {
        let original = resource.original_id();
        if is_untouched(&original) {
            continue;
        }
        for spec in specs.iter().filter(|spec| spec.types.matches_id(&original)) {
            if spec.path == NAME_PATH {
                note(resource);
            }
            rename_field(resource, spec, rename)?;
        }
    }
    Ok(())
}

fn rename_field(resource: &mut Resource, spec: &FieldSpec, rename: &dyn Fn(&str) -> String) -> Result<(), Failure> {
    let result = fieldspec::apply(&mut resource.value, spec, Leaf::Scalar, &mut |value| match value {
        Value::Object(_) | Value::Array(_) => Err(FieldError::Value("expected a name".to_owned())),
        Value::Null => {
            *value = Value::String(rename(""));
            Ok(())
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            *value = Value::String(rename(&scalar_text(value)));
            Ok(())
        }
    });
    result.map_err(|error| {
        Problem::Field { path: spec.path.clone(), error }
            .at(resource.location())
            .about(resource.id().to_object_id())
            .into()
    })
}

fn is_untouched(id: &ResourceId) -> bool {
    UNTOUCHED.iter().any(|(group, kind)| *kind == id.kind && (group.is_empty() || *group == id.group))
}
