//! `namespace`.

use manifest::Value;
use serde_json::Map;

use crate::kustomize::charts::is_from_chart;
use crate::kustomize::fieldspec::{self, FieldError, FieldSpec, FieldSpecs, Leaf};
use crate::kustomize::id::{TypePattern, type_of};
use crate::kustomize::problem::{Failure, Problem};
use crate::kustomize::set::ResourceSet;

/// Which subjects of role bindings are moved to the namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Subjects {
    /// Those named `default`.
    #[default]
    NamedDefault,
    /// All service accounts.
    ServiceAccounts,
    /// None.
    Untouched,
}

impl Subjects {
    /// From `setRoleBindingSubjects`.
    pub(crate) fn parse(text: &str) -> Option<Subjects> {
        match text {
            "" | "defaultOnly" => Some(Subjects::NamedDefault),
            "allServiceAccounts" => Some(Subjects::ServiceAccounts),
            "none" => Some(Subjects::Untouched),
            _ => None,
        }
    }
}

/// Which namespaces are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Replace {
    /// All.
    #[default]
    All,
    /// Those that are not set yet.
    OnlyUnset,
}

/// Moves namespaced objects to a namespace.
#[derive(Debug)]
pub(crate) struct Namespace {
    pub(crate) namespace: String,
    pub(crate) specs: FieldSpecs,
    pub(crate) subjects: Subjects,
    pub(crate) replace: Replace,
}

impl Namespace {
    pub(crate) fn run(&self, resources: &mut ResourceSet) -> Result<(), Failure> {
        if self.namespace.is_empty() {
            return Ok(());
        }
        for resource in resources.as_mut_slice().iter_mut() {
            if resource.is_deleted() || is_from_chart(resource) {
                continue;
            }
            resource.remember_id();
            if let Err((path, error)) = self.set_in(&mut resource.value) {
                let problem = Problem::Field { path, error };
                return Err(problem.at(resource.location()).about(resource.id().to_object_id()).into());
            }
        }
        resources.refuse_duplicates(|id, first| Problem::NamespaceConflict { id, first })
    }

    /// Sets the namespace in one object; on failure, which field cannot hold it.
    pub(super) fn set_in(&self, object: &mut Value) -> Result<(), (String, FieldError)> {
        let gvk = type_of(object);
        let is_binding = matches!(gvk.kind.as_str(), "RoleBinding" | "ClusterRoleBinding");
        if !crate::kustomize::id::is_cluster_scoped(&gvk.group, &gvk.kind) {
            let own = FieldSpec { types: TypePattern::default(), path: "metadata/namespace".to_owned(), create: true };
            self.set_field(object, &own)?;
        }
        if is_binding {
            self.set_subjects(object);
        }
        let is_core_v1 = gvk.group.is_empty() && gvk.version == "v1";
        for spec in self.specs.iter() {
            let is_own = spec.path == "metadata/namespace";
            // Only the name of a core Namespace is a namespace.
            let is_other_name = spec.path == "metadata/name" && !is_core_v1;
            let is_subject =
                is_binding && spec.path == "subjects/namespace" && spec.types.kind.ends_with("RoleBinding");
            if !is_own && !is_other_name && !is_subject {
                self.set_field(object, spec)?;
            }
        }
        Ok(())
    }

    fn set_field(&self, object: &mut Value, spec: &FieldSpec) -> Result<(), (String, FieldError)> {
        let set = &mut |value: &mut Value| match value {
            Value::Object(_) | Value::Array(_) => {
                Err(FieldError::Value("namespace field specs must target plain values".to_owned()))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                self.set(value);
                Ok(())
            }
        };
        fieldspec::apply(object, spec, Leaf::Scalar, set).map_err(|error| (spec.path.clone(), error))
    }

    fn set(&self, value: &mut Value) {
        let is_set = match value {
            Value::Null => false,
            Value::String(text) => !text.is_empty(),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => true,
        };
        if self.replace == Replace::All || !is_set {
            *value = Value::String(self.namespace.clone());
        }
    }

    fn set_subjects(&self, object: &mut Value) {
        let Some(Value::Array(subjects)) = object.get_mut("subjects") else { return };
        for subject in subjects.iter_mut().filter_map(Value::as_object_mut) {
            let is = |subject: &Map<String, Value>, field: &str, text: &str| {
                subject.get(field).and_then(Value::as_str) == Some(text)
            };
            let moves = match self.subjects {
                Subjects::NamedDefault => is(subject, "name", "default"),
                Subjects::ServiceAccounts => is(subject, "kind", "ServiceAccount"),
                Subjects::Untouched => false,
            };
            if moves {
                self.set(subject.entry("namespace").or_insert(Value::Null));
            }
        }
    }
}
