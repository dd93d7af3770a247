//! Structural validation: an object against the schema of its kind, the same that the embedded API server judges by.

mod declared;
mod path;
mod walk;

use mesh::Field;

use super::problem::Problems;
use super::subject::Subject;

/// What every object has besides the fields that its kind declares.
const COMMON: [&str; 3] = ["apiVersion", "kind", "metadata"];

/// Everything in which an object contradicts the schema of its kind, if its kind has one here.
pub(super) fn check<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    let Some(schema) = declared::of(subject.group(), subject.root.text("kind")) else { return };
    for (name, value) in subject.root.members() {
        match schema.property(name) {
            Some(_) if value.value().is_null() => {
                if !schema.requires(name) {
                    problems.empty(value, format!("`{name}` is empty, and is read as if it were not there"));
                }
            }
            Some(schema) => walk::walk(schema, path::Path::Root(name), value, problems),
            None if COMMON.contains(&name) => {}
            None => problems.limit(value, format!("`{name}` is no field of a {}", subject.root.text("kind"))),
        }
    }
    for name in schema.required.iter().filter(|name| subject.root.get(name).is_none()) {
        problems.limit(subject.root, format!("`{name}` is missing"));
    }
    if let Some(metadata) = subject.root.get("metadata") {
        metadata_texts(metadata, problems);
    }
}

/// Labels and annotations are texts.
fn metadata_texts<'w>(metadata: Field<'w>, problems: &mut Problems<'w>) {
    for map in ["labels", "annotations"] {
        for (name, value) in metadata.map(map).filter(|(_, value)| value.as_str().is_none()) {
            problems.shape(value, format!("`metadata.{map}` gives `{name}` a value that is no text; put it in quotes"));
        }
    }
}
