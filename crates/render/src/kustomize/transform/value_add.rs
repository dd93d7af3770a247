//! The built-in `ValueAddTransformer`, which only stand-alone configuration reaches.

use manifest::Value;

use super::namespace::{Namespace, Replace, Subjects};
use crate::kustomize::fieldspec::FieldSpecs;
use crate::kustomize::path::{self, Create, FieldPath};
use crate::kustomize::problem::{Failure, Problem};
use crate::kustomize::resource::{Resource, scalar_text};
use crate::kustomize::select::Matcher;
use crate::kustomize::set::ResourceSet;

/// One place of a [`ValueAdd`].
#[derive(Debug)]
pub(crate) struct Target {
    /// The resources; all if there is none.
    pub(crate) selector: Option<Matcher>,
    /// The field, with slashes.
    pub(crate) field_path: String,
    /// The field is a file path, and the value becomes this part of it, counted from 1; 0 replaces the field.
    pub(crate) file_path_position: usize,
}

/// Sets a value in every field that its targets name.
#[derive(Debug)]
pub(crate) struct ValueAdd {
    pub(crate) value: String,
    pub(crate) targets: Vec<Target>,
}

impl ValueAdd {
    pub(crate) fn run(&self, resources: &mut ResourceSet) -> Result<(), Failure> {
        for target in &self.targets {
            for resource in resources.as_mut_slice() {
                if target.selector.as_ref().is_none_or(|selector| selector.matches(resource)) {
                    self.set(resource, target)?;
                }
            }
        }
        Ok(())
    }

    fn set(&self, resource: &mut Resource, target: &Target) -> Result<(), Failure> {
        if target.field_path == "metadata/namespace" {
            let namespace = Namespace {
                namespace: self.value.clone(),
                specs: FieldSpecs::default(),
                subjects: Subjects::default(),
                replace: Replace::All,
            };
            return namespace
                .set_in(&mut resource.value)
                .map_err(|(path, error)| Problem::Field { path, error }.at(resource.location()).into());
        }
        let places = FieldPath::parse_slashes(&target.field_path)
            .and_then(|path| path.places(&mut resource.value, Create::Missing))
            .map_err(|error| Problem::Path { path: target.field_path.clone(), error }.at(resource.location()))?;
        for place in places {
            if let Some(field) = path::at(&mut resource.value, &place) {
                let present = if field.is_null() { String::new() } else { scalar_text(field) };
                *field = Value::String(match target.file_path_position {
                    0 => self.value.clone(),
                    position => inserted(&present, position, &self.value),
                });
            }
        }
        Ok(())
    }
}

/// `path` with `part` at a position counted from 1; a path that is shorter gets it at its end.
fn inserted(path: &str, position: usize, part: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    parts.insert((position - 1).min(parts.len()), part);
    format!("{}{}", if rooted { "/" } else { "" }, parts.join("/"))
}
