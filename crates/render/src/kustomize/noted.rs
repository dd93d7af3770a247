//! What kustomize notes on resources while it builds, where a resource brings such notes along: one that another build
//! or a function has made.

use super::finish::INTERNAL_PREFIX;
use super::resource::{HashSuffix, PreviousName, Resource};

/// Makes the notes of a resource that was read part of what is known of it.
pub(crate) fn take_over(resource: &mut Resource) {
    let list = |name: &str| -> Vec<String> {
        let text = resource.annotation(&format!("{INTERNAL_PREFIX}{name}")).unwrap_or_default();
        text.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let (names, kinds, namespaces) = (list("previousNames"), list("previousKinds"), list("previousNamespaces"));
    let previous = names
        .into_iter()
        .zip(kinds)
        .zip(namespaces)
        .map(|((name, kind), namespace)| PreviousName { kind, namespace, name })
        .collect();
    let (prefixes, suffixes) = (list("prefixes"), list("suffixes"));
    let hash_suffix = match list("needsHashSuffix").as_slice() {
        [note] if note == "enabled" => HashSuffix::Append,
        _ => resource.hash_suffix,
    };
    resource.previous = previous;
    resource.prefixes = prefixes;
    resource.suffixes = suffixes;
    resource.hash_suffix = hash_suffix;
}
