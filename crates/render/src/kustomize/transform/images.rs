//! `images`.

use manifest::Value;
use regex::Regex;

use crate::kustomize::fieldspec::{self, FieldError, FieldSpec, FieldSpecs, Leaf};
use crate::kustomize::options::ImageEntry;
use crate::kustomize::problem::{Failure, Problem};
use crate::kustomize::set::ResourceSet;

/// Lists of containers, wherever they are.
const CONTAINER_LISTS: [&str; 2] = ["containers", "initContainers"];

/// Changes name, tag and digest of one image.
#[derive(Debug)]
pub(crate) struct Image {
    entry: ImageEntry,
    specs: FieldSpecs,
    /// Matches the image's references; none if its name is no regular expression, which then matches nothing.
    pattern: Option<Regex>,
}

impl Image {
    pub(crate) fn new(entry: ImageEntry, specs: FieldSpecs) -> Image {
        const TAG: &str = "(:[a-zA-Z0-9_.{}-]*)?";
        const DIGEST: &str = "(@[a-zA-Z0-9]+([.+_-][a-zA-Z0-9]+)*:[a-zA-Z0-9_.{}-]*)?";
        let pattern = Regex::new(&format!("^{}{TAG}{DIGEST}$", entry.name)).ok();
        Image { entry, specs, pattern }
    }

    pub(crate) fn run(&self, resources: &mut ResourceSet) -> Result<(), Failure> {
        for resource in resources.contents_mut() {
            if resource.kind() == "CustomResourceDefinition" {
                continue;
            }
            self.set_in_containers(&mut resource.value);
            for spec in self.specs.iter().filter(|spec| !self.is_done(spec)) {
                let result = fieldspec::apply(&mut resource.value, spec, Leaf::Existing, &mut |value| self.set(value));
                if let Err(error) = result {
                    let problem = Problem::Field { path: spec.path.clone(), error };
                    return Err(problem.at(resource.location()).about(resource.id().to_object_id()).into());
                }
            }
        }
        Ok(())
    }

    /// Whether the fields of a specification have been changed with the containers. For what changes names, tags and
    /// digests it does not matter; a suffix must be added only once.
    fn is_done(&self, spec: &FieldSpec) -> bool {
        let in_containers = || CONTAINER_LISTS.iter().any(|list| spec.path.ends_with(&format!("{list}[]/image")));
        !self.entry.tag_suffix.is_empty() && in_containers()
    }

    /// Changes the image of every container in every list of containers.
    fn set_in_containers(&self, value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (name, field) in fields {
                    self.set_in_containers(field);
                    if let (true, Value::Array(containers)) = (CONTAINER_LISTS.contains(&name.as_str()), field) {
                        for image in containers.iter_mut().filter_map(|container| container.get_mut("image")) {
                            self.set_text(image);
                        }
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.set_in_containers(item)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn set(&self, value: &mut Value) -> Result<(), FieldError> {
        match value {
            Value::Object(_) | Value::Array(_) => {
                Err(FieldError::Value("expected an image reference, found a map or a list".to_owned()))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                self.set_text(value);
                Ok(())
            }
        }
    }

    fn set_text(&self, value: &mut Value) {
        if let Value::String(reference) = value
            && self.pattern.as_ref().is_some_and(|pattern| pattern.is_match(reference))
        {
            *reference = self.changed(reference);
        }
    }

    fn changed(&self, reference: &str) -> String {
        let entry = &self.entry;
        let Reference { name, tag, digest } = Reference::parse(reference);
        let name = if entry.new_name.is_empty() { name } else { &entry.new_name };
        let (tag, digest) = match (entry.new_tag.as_str(), entry.digest.as_str(), entry.tag_suffix.as_str()) {
            ("", "", "") => (tag.to_owned(), digest),
            ("", "", suffix) => (format!("{tag}{suffix}"), ""),
            (new_tag, digest, _) => (new_tag.to_owned(), digest),
        };
        let mut changed = name.to_owned();
        if !tag.is_empty() {
            changed = format!("{changed}:{tag}");
        }
        if !digest.is_empty() {
            changed = format!("{changed}@{digest}");
        }
        changed
    }
}

/// The parts of an image reference; missing ones are empty.
struct Reference<'a> {
    name: &'a str,
    tag: &'a str,
    digest: &'a str,
}

impl<'a> Reference<'a> {
    /// A colon before the first slash belongs to a registry's port.
    fn parse(reference: &'a str) -> Reference<'a> {
        let (rest, digest) = reference.split_once('@').unwrap_or((reference, ""));
        let path = rest.find('/').unwrap_or(0);
        match rest[path..].find(':') {
            Some(colon) => Reference { name: &rest[..path + colon], tag: &rest[path + colon + 1..], digest },
            None => Reference { name: rest, tag: "", digest },
        }
    }
}
