//! `replicas`.

use manifest::{Location, Value};

use crate::kustomize::fieldspec::{self, FieldError, FieldSpecs, Leaf};
use crate::kustomize::file::ReplicaEntry;
use crate::kustomize::problem::{Failure, Problem};
use crate::kustomize::set::ResourceSet;

/// Sets the number of replicas of the workloads with a name.
#[derive(Debug)]
pub(crate) struct Replicas {
    pub(crate) entry: ReplicaEntry,
    pub(crate) specs: FieldSpecs,
    /// Where the entry was written.
    pub(crate) place: Option<Location>,
}

impl Replicas {
    pub(crate) fn run(&self, resources: &mut ResourceSet) -> Result<(), Failure> {
        let mut found = false;
        for resource in resources.contents_mut() {
            let named = |spec: &&fieldspec::FieldSpec| {
                let ids = resource.all_ids();
                ids.iter().any(|id| id.name == self.entry.name && spec.types.matches_id(id))
            };
            let specs: Vec<&fieldspec::FieldSpec> = self.specs.iter().filter(named).collect();
            for spec in specs {
                found = true;
                let set = &mut |value: &mut Value| match value {
                    Value::Object(_) | Value::Array(_) => Err(FieldError::Value("expected a number".to_owned())),
                    Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                        *value = Value::from(self.entry.count);
                        Ok(())
                    }
                };
                if let Err(error) = fieldspec::apply(&mut resource.value, spec, Leaf::Scalar, set) {
                    let problem = Problem::Field { path: spec.path.clone(), error };
                    return Err(problem.at(resource.location()).about(resource.id().to_object_id()).into());
                }
            }
        }
        if found {
            return Ok(());
        }
        let kinds = self.specs.iter().map(|spec| spec.types.kind.clone()).collect();
        Err(Problem::NothingToScale { name: self.entry.name.clone(), kinds }.at(self.place.clone()).into())
    }
}
