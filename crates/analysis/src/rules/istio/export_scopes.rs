//! Who sees what an object declares, as a key that others can be compared by.

use std::collections::BTreeSet;

use mesh::Resource;

/// `*` if everybody sees it, or else the namespaces that do, by the `exportTo` of its `spec`.
pub(super) fn of(resource: Resource<'_>) -> BTreeSet<&str> {
    let written: BTreeSet<&str> = resource.spec().into_iter().flat_map(|spec| spec.texts("exportTo")).collect();
    if written.is_empty() || written.contains("*") {
        return BTreeSet::from(["*"]);
    }
    written.into_iter().map(|scope| if scope == "." { resource.namespace() } else { scope }).collect()
}
