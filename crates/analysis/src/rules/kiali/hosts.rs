//! Hosts that mean a service of the cluster.

use mesh::{Coverage, World, host, kind};

use crate::flagger_services::made_by_flagger;
use crate::missing::would_be_declared;

/// The full name of a service of the cluster that `name` means, if it would be known and is not there: `web`, `web.shop`,
/// `web.shop.svc` or `web.shop.svc.cluster.local`. Other names are from outside.
pub(super) fn missing_service(world: &World, known: &Coverage, name: &str, namespace: &str) -> Option<String> {
    let domain = &world.options().cluster_domain;
    let short = name.strip_suffix(domain.as_str()).and_then(|name| name.strip_suffix('.')).unwrap_or(name);
    let is_full = short.len() < name.len();
    let short = short.strip_suffix(".svc").unwrap_or(short);
    let (service, home) = short.split_once('.').unwrap_or((short, namespace));
    // `a.b` is only taken for a service if there is a namespace of that name.
    if home.contains('.')
        || service.is_empty()
        || (is_full && !short.contains('.'))
        || !known.whole(home)
        || !would_be_declared(world, home, kind::SERVICE)
    {
        return None;
    }
    let full = format!("{service}.{home}.svc.{domain}");
    let candidates = [full.as_str(), name, short];
    let found = candidates.iter().any(|name| !world.services_for_host(name).is_empty())
        || !world.services_for_host(&host::full_name(name, namespace, domain)).is_empty();
    (!found && !made_by_flagger(world, service, home)).then_some(full)
}
