//! What hosts stand for where somebody names them.

use mesh::{Resource, Service, World, host};

/// The full name of a host that an object names.
pub(super) fn full_name(world: &World, from: Resource<'_>, host: &str) -> String {
    host::full_name(host, from.namespace(), &world.options().cluster_domain).to_ascii_lowercase()
}

/// The services that a host means to an object that names it: those with this name, or of the nearest wildcard, that are
/// exported to its namespace or, if it is itself exported to some, to one of those. A wildcard means every host under it.
pub(super) fn services<'w>(world: &'w World, from: Resource<'w>, host: &str) -> Vec<Service<'w>> {
    let name = full_name(world, from, host);
    let mut found = world.services_for_host(&name);
    if found.is_empty() && name.starts_with('*') {
        found = world.services().filter(|service| host::overlap(&name, service.host())).collect();
    }
    let exported: Vec<&str> = from.spec().into_iter().flat_map(|spec| spec.texts("exportTo")).collect();
    let places: Vec<&str> = match exported.as_slice() {
        [] => vec![from.namespace()],
        exported => exported.iter().map(|place| if *place == "." { from.namespace() } else { place }).collect(),
    };
    found.retain(|service| {
        let visibility = service.visibility(world);
        visibility.reaches("*") || places.iter().any(|place| visibility.reaches(place))
    });
    found
}
