//! What hosts stand for where somebody names them.

use mesh::visibility::Visibility;
use mesh::{Coverage, Resource, Service, World, host};

use crate::flagger_services::made_by_flagger;

/// The full name of a host that an object names, in small letters.
pub(super) fn full_name(world: &World, from: Resource<'_>, host: &str) -> String {
    let mut name = host::full_name(host, from.namespace(), &world.options().cluster_domain);
    name.make_ascii_lowercase();
    name
}

/// The services that a host means to an object that names it: those with this name, or of the nearest wildcard, that are
/// exported to its namespace or, if it is itself exported to some, to one of those. A wildcard means every host under it.
pub(super) fn services<'w>(world: &'w World, from: Resource<'w>, host: &str) -> Vec<Service<'w>> {
    let name = full_name(world, from, host);
    let mut found = world.services_for_host(&name);
    if found.is_empty() && name.starts_with('*') {
        found = world.services().filter(|service| host::overlap(&name, service.host())).collect();
    }
    found.retain(|service| is_visible(service.visibility(world), from));
    found
}

/// Whether an object may mean what is visible like this: everybody may, or its namespace, or one that it is exported to.
fn is_visible(visibility: Visibility<'_>, from: Resource<'_>) -> bool {
    let exported = || from.spec().into_iter().flat_map(|spec| spec.texts("exportTo"));
    let at = |place: &str| visibility.reaches(if place == "." { from.namespace() } else { place });
    visibility.reaches("*")
        || match exported().next() {
            None => visibility.reaches(from.namespace()),
            Some(_) => exported().any(at),
        }
}

/// The namespace of the Service that a full name means, if it has the form of one.
pub(super) fn namespace<'h>(world: &World, name: &'h str) -> Option<&'h str> {
    let (_, namespace) = service_name(world, name)?;
    Some(namespace)
}

fn service_name<'h>(world: &World, name: &'h str) -> Option<(&'h str, &'h str)> {
    let domain = &world.options().cluster_domain;
    let service = name.strip_suffix(domain.as_str())?.strip_suffix(".svc.")?;
    service.split_once('.')
}

/// Whether a host that nothing declares may be there nevertheless: something that was not given may declare it, or Flagger
/// makes its Service for a Canary. Hosts outside the cluster may be declared in any namespace.
pub(super) fn may_exist(world: &World, known: &Coverage, from: Resource<'_>, host: &str) -> bool {
    let name = full_name(world, from, host);
    match service_name(world, &name) {
        Some((service, namespace)) => known.may_hold_more(namespace) || made_by_flagger(world, service, namespace),
        None => !known.everything(),
    }
}
