//! `vars`: `$(NAME)` in known fields stands for a field of another object.

use std::collections::BTreeMap;

use manifest::yaml::{self, ScalarType};
use manifest::{Location, Value};

use super::bounds::MAX_OBJECT;
use super::fieldspec::{self, FieldError, FieldSpecs, Leaf};
use super::file::VarEntry;
use super::id::ResourceId;
use super::path::{self, FieldPath};
use super::problem::{Failure, Problem};
use super::set::ResourceSet;

/// The field a variable takes if it names none.
const DEFAULT_PATH: &str = "metadata.name";

/// A variable and where it is declared.
#[derive(Debug, Clone)]
pub(crate) struct Variable {
    field_path: String,
    place: Option<Location>,
}

/// Declared variables by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Variables(BTreeMap<String, Variable>);

impl Variables {
    /// Declares variables, and marks the resources they refer to.
    pub(crate) fn declare(
        &mut self,
        entries: &[(VarEntry, Option<Location>)],
        resources: &mut ResourceSet,
    ) -> Result<(), Failure> {
        for (entry, place) in entries {
            let object = target(entry);
            let matching: Vec<usize> = if object.namespace.is_empty() && !object.is_cluster_scoped() {
                let same = |id: &ResourceId| {
                    id.name == object.name
                        && id.kind == object.kind
                        && id.version == object.version
                        && id.group == object.group
                };
                let found = |(_, resource): &(usize, &super::resource::Resource)| resource.all_ids().iter().any(same);
                resources.iter().enumerate().filter(found).map(|(position, _)| position).collect()
            } else {
                resources.find(&object)
            };
            match matching.as_slice() {
                [] => {}
                [position] => resources.contents_mut()[*position].variables.push(entry.name.clone()),
                [_, _, ..] => {
                    let problem = Problem::AmbiguousVariable { name: entry.name.clone(), count: matching.len() };
                    return Err(problem.at(place.clone()).into());
                }
            }
            let field_path = &entry.fieldref.field_path;
            let field_path = if field_path.is_empty() { DEFAULT_PATH.to_owned() } else { field_path.clone() };
            self.add(&entry.name, Variable { field_path, place: place.clone() })?;
        }
        Ok(())
    }

    /// Adds the variables of another kustomization.
    pub(crate) fn merge(&mut self, other: Variables) -> Result<(), Failure> {
        other.0.into_iter().try_for_each(|(name, variable)| self.add(&name, variable))
    }

    fn add(&mut self, name: &str, variable: Variable) -> Result<(), Failure> {
        if let Some(first) = self.0.get(name) {
            let problem = Problem::VariableTwice { name: name.to_owned(), first: first.place.clone() };
            return Err(problem.at(variable.place).into());
        }
        self.0.insert(name.to_owned(), variable);
        Ok(())
    }

    /// Puts every variable's value where it is referred to.
    pub(crate) fn expand(&self, resources: &mut ResourceSet, specs: &FieldSpecs) -> Result<(), Failure> {
        if self.0.is_empty() {
            return Ok(());
        }
        let values = self.values(resources)?;
        for resource in resources.as_mut_slice() {
            for spec in specs.iter() {
                let result =
                    fieldspec::apply(&mut resource.value, spec, Leaf::Existing, &mut |value| expand_in(value, &values));
                if let Err(error) = result {
                    let problem = Problem::Field { path: spec.path.clone(), error };
                    return Err(problem.at(resource.location()).about(resource.id().to_object_id()).into());
                }
            }
        }
        Ok(())
    }

    fn values(&self, resources: &ResourceSet) -> Result<BTreeMap<String, Known>, Failure> {
        let mut values = BTreeMap::new();
        for (name, variable) in &self.0 {
            let fail = |problem: Problem| Failure::from(problem.at(variable.place.clone()));
            let resource = resources
                .iter()
                .find(|resource| resource.variables.contains(name))
                .ok_or_else(|| fail(Problem::VariableWithoutObject(name.clone())))?;
            let found = FieldPath::parse_variable(&variable.field_path).and_then(|path| path.lookup(&resource.value));
            let known = found
                .ok()
                .flatten()
                .and_then(|(place, value)| Known::read(value, &resource.spelling.text(&path::pointer(&place), value)));
            let known = known.ok_or_else(|| {
                fail(Problem::VariableWithoutField {
                    name: name.clone(),
                    path: variable.field_path.clone(),
                    id: resource.id().to_string(),
                })
            })?;
            values.insert(name.clone(), known);
        }
        Ok(values)
    }
}

/// The value of a variable.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    /// Where a text is nothing but the variable.
    value: Value,
    /// Inside of texts; none if it can stand in no text, and so nowhere.
    text: Option<String>,
}

impl Known {
    /// The scalar `value`, which is written as `text`. Upstream reads numbers once more from their text, whole ones as
    /// decimal ones.
    pub(crate) fn read(value: &Value, text: &str) -> Option<Known> {
        let known = |value: Value, text: String| Some(Known { value, text: Some(text) });
        match value {
            Value::Array(_) | Value::Object(_) => Some(Known { value: value.clone(), text: None }),
            Value::Bool(_) => known(value.clone(), value.to_string()),
            Value::String(_) | Value::Null => known(Value::from(text), text.to_owned()),
            Value::Number(_) => match ScalarType::of(text) {
                ScalarType::Float => {
                    let float: f64 = text.parse().ok()?;
                    known(value.clone(), yaml::float_text(float))
                }
                ScalarType::Null | ScalarType::Bool | ScalarType::Integer | ScalarType::Text => {
                    let integer: i64 = text.parse().ok()?;
                    known(Value::from(integer), integer.to_string())
                }
            },
        }
    }
}

/// The id a variable refers to.
fn target(entry: &VarEntry) -> ResourceId {
    let object = &entry.objref;
    let (group, version) = match object.api_version.split_once('/') {
        Some((group, version)) => (group, version),
        None if object.api_version.is_empty() => (object.group.as_str(), object.version.as_str()),
        None => (object.group.as_str(), object.api_version.as_str()),
    };
    ResourceId {
        group: group.to_owned(),
        version: version.to_owned(),
        kind: object.kind.clone(),
        namespace: object.namespace.clone(),
        name: object.name.clone(),
    }
}

pub(crate) fn expand_in(value: &mut Value, values: &BTreeMap<String, Known>) -> Result<(), FieldError> {
    match value {
        Value::String(text) => {
            *value = expanded(text, values)?;
            Ok(())
        }
        Value::Object(fields) => {
            for field in fields.values_mut() {
                if let Value::String(text) = field {
                    *field = expanded(text, values)?;
                }
            }
            Ok(())
        }
        Value::Array(items) => items.iter_mut().try_for_each(|item| match item {
            Value::String(text) => {
                *item = expanded(text, values)?;
                Ok(())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                Err(FieldError::Value("expected a list of texts".to_owned()))
            }
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

/// `text` with every `$(NAME)` replaced and every `$$` made `$`. A text that is one variable becomes its value, with
/// its type.
fn expanded(text: &str, values: &BTreeMap<String, Known>) -> Result<Value, FieldError> {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        result.push_str(&rest[..dollar]);
        let after = &rest[dollar + 1..];
        match after.chars().next() {
            None => {
                result.push('$');
                rest = "";
            }
            Some('$') => {
                result.push('$');
                rest = &after[1..];
            }
            Some('(') => match after.find(')') {
                None => {
                    result.push_str("$(");
                    rest = &after[1..];
                }
                Some(close) => {
                    let name = &after[1..close];
                    match values.get(name) {
                        Some(Known { value, text: Some(inside) }) => {
                            if text.len() == name.len() + "$()".len() {
                                return Ok(value.clone());
                            }
                            result.push_str(inside);
                            if result.len() > MAX_OBJECT {
                                return Err(FieldError::Value(Problem::TooLarge { limit: MAX_OBJECT }.to_string()));
                            }
                        }
                        Some(Known { text: None, .. }) | None => {
                            result.push_str(&format!("$({name})"));
                        }
                    }
                    rest = &after[close + 1..];
                }
            },
            Some(other) => {
                result.push('$');
                result.push(other);
                rest = &after[other.len_utf8()..];
            }
        }
    }
    result.push_str(rest);
    Ok(Value::String(result))
}
