//! References between objects of the Gateway API, and who grants them.

use manifest::ObjectId;
use mesh::{Field, KindName, Resource, World, kind};

/// The kinds of routes.
pub(super) const ROUTES: [KindName; 4] = [kind::HTTP_ROUTE, kind::GRPC_ROUTE, kind::TLS_ROUTE, kind::TCP_ROUTE];

/// Every route.
pub(super) fn routes(world: &World) -> impl Iterator<Item = Resource<'_>> {
    ROUTES.into_iter().flat_map(|kind| world.of(kind))
}

/// The object that a reference names, whose group, kind and namespace have defaults.
pub(super) fn target(from: Resource<'_>, reference: Field<'_>, default: KindName) -> ObjectId {
    let or = |name: &str, default: &str| match reference.get(name).and_then(Field::as_str) {
        Some(text) if !(text.is_empty() && name != "group") => text.to_owned(),
        _ => default.to_owned(),
    };
    let group = or("group", default.group());
    ObjectId {
        // Some write the core group by a name of its own.
        group: if group == "core" { String::new() } else { group },
        kind: or("kind", default.kind()),
        namespace: or("namespace", from.namespace()),
        name: reference.text("name").to_owned(),
    }
}

/// The references of a route to what it sends requests to, mirrors included.
pub(super) fn backends<'w>(route: Resource<'w>) -> impl Iterator<Item = Field<'w>> {
    route.list(&["spec", "rules"]).flat_map(|rule| {
        let filters = rule.list("filters").chain(rule.list("backendRefs").flat_map(|backend| backend.list("filters")));
        let mirrors = filters.filter_map(|filter| filter.at(&["requestMirror", "backendRef"]));
        rule.list("backendRefs").chain(mirrors)
    })
}

/// Whether a ReferenceGrant lets `from` refer to an object of another namespace.
pub(super) fn is_granted(world: &World, from: Resource<'_>, to: &ObjectId) -> bool {
    world.within(kind::REFERENCE_GRANT, &to.namespace).any(|grant| {
        let allows_from = grant.list(&["spec", "from"]).any(|allowed| {
            allowed.text("group") == from.id().group
                && allowed.text("kind") == from.kind()
                && allowed.text("namespace") == from.namespace()
        });
        let allows_to = grant.list(&["spec", "to"]).any(|allowed| {
            let named = allowed.text("name");
            allowed.text("group") == to.group
                && allowed.text("kind") == to.kind
                && (named.is_empty() || named == to.name)
        });
        allows_from && allows_to
    })
}

/// The listeners of a Gateway that a `parentRefs` entry means.
pub(super) fn listeners<'w>(gateway: Resource<'w>, parent: Field<'w>) -> impl Iterator<Item = Field<'w>> {
    let (section, port) = (parent.text("sectionName"), parent.integer("port"));
    gateway.list(&["spec", "listeners"]).filter(move |listener| {
        (section.is_empty() || listener.text("name") == section) && (port.is_none() || listener.integer("port") == port)
    })
}

/// The Gateway that a `parentRefs` entry names, if it names one that exists.
pub(super) fn gateway<'w>(world: &'w World, route: Resource<'w>, parent: Field<'w>) -> Option<Resource<'w>> {
    world.by_id(&target(route, parent, kind::GATEWAY)).filter(|found| found.is(kind::GATEWAY))
}

/// Whether some host is meant by both host names; an empty one means every host. `*.a` means what has labels before `.a`.
pub(super) fn meet(one: &str, other: &str) -> bool {
    one.is_empty() || other.is_empty() || mesh::host::overlap(one, other)
}
