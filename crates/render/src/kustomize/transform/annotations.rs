//! `commonAnnotations`.

use std::collections::BTreeMap;

use super::labels::set_entries;
use crate::kustomize::fieldspec::FieldSpecs;
use crate::kustomize::problem::Failure;
use crate::kustomize::set::ResourceSet;

/// Sets annotations wherever the field specifications say.
#[derive(Debug)]
pub(crate) struct Annotations {
    pub(crate) annotations: BTreeMap<String, String>,
    pub(crate) specs: FieldSpecs,
}

impl Annotations {
    pub(crate) fn run(&self, resources: &mut ResourceSet) -> Result<(), Failure> {
        set_entries(resources, &self.annotations, &self.specs)
    }
}
