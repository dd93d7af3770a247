//! Which versions CustomResourceDefinitions of the Gateway API serve.

use mesh::{Field, Resource, kind};

use super::selection::listing;

/// If a definition is of one of the kinds and does not serve a version: its versions, and their names as text.
pub(super) fn without<'w>(definition: Resource<'w>, kinds: &[&str], version: &str) -> Option<(Field<'w>, String)> {
    let spec = definition.spec().filter(|_| definition.is(kind::CUSTOM_RESOURCE_DEFINITION))?;
    let kind = spec.at(&["names", "kind"]).and_then(Field::as_str)?;
    let is_asked = spec.text("group") == "gateway.networking.k8s.io" && kinds.contains(&kind);
    let served: Vec<&str> =
        spec.list("versions").filter(|version| version.flag("served")).map(|version| version.text("name")).collect();
    if !is_asked || served.contains(&version) {
        return None;
    }
    let names = if served.is_empty() { "no version".to_owned() } else { listing(served) };
    Some((spec.get("versions").unwrap_or(spec), names))
}
