//! Which routes count where: listeners, `parentRefs`, `allowedRoutes`, host names, and who may refer to whom.

use crate::reasoning::Reasoning;
use crate::selector::matches_selector;
use crate::{Field, KindName, Resource, World, kind};

/// The API group of Gateway API.
const GROUP: &str = "gateway.networking.k8s.io";

/// A listener of a Gateway.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listener<'w> {
    pub(super) gateway: Resource<'w>,
    pub(super) field: Field<'w>,
}

impl<'w> Listener<'w> {
    /// The listeners of a Gateway at a port.
    pub(super) fn of(gateway: Resource<'w>, port: u16) -> impl Iterator<Item = Listener<'w>> {
        let listeners = gateway.list(&["spec", "listeners"]);
        listeners
            .filter(move |listener| listener.integer("port") == Some(i64::from(port)))
            .map(move |field| Listener { gateway, field })
    }

    /// The host names that it takes; `*` if it does not say.
    pub(super) fn hostname(self) -> &'w str {
        Some(self.field.text("hostname")).filter(|name| !name.is_empty()).unwrap_or("*")
    }

    pub(super) fn protocol(self) -> &'w str {
        self.field.text("protocol")
    }

    /// Whether it hands TLS on as it is.
    pub(super) fn passes_tls(self) -> bool {
        self.field.get("tls").is_some_and(|tls| tls.text("mode") == "Passthrough")
    }

    /// Whether it allows a route of this kind and namespace; why not, if it does not.
    fn allows(self, world: &World, route: Resource<'_>) -> Result<(), Reasoning> {
        let allowed = self.field.get("allowedRoutes");
        let namespaces = allowed.and_then(|allowed| allowed.get("namespaces"));
        let from = namespaces.map(|namespaces| namespaces.text("from")).filter(|from| !from.is_empty());
        let here = match from.unwrap_or("Same") {
            "All" => true,
            "Selector" => {
                let selector = namespaces.and_then(|namespaces| namespaces.get("selector"));
                let namespace = world.find(kind::NAMESPACE, "", route.namespace());
                selector.zip(namespace).is_some_and(|(selector, namespace)| {
                    matches_selector(selector, |name| match name {
                        "kubernetes.io/metadata.name" => Some(namespace.name()),
                        name => namespace.label(name),
                    })
                })
            }
            _ => route.namespace() == self.gateway.namespace(),
        };
        if !here {
            let step = format!("the listener does not allow routes of the namespace `{}`", route.namespace());
            return Err(Reasoning::fails(step).at(namespaces.unwrap_or(self.field)));
        }
        let mut kinds = allowed.into_iter().flat_map(|allowed| allowed.list("kinds"));
        let any = allowed.is_none_or(|allowed| allowed.list("kinds").len() == 0);
        if any || kinds.any(|kind| kind.text("kind") == route.kind()) {
            return Ok(());
        }
        Err(Reasoning::fails(format!("the listener does not allow {}s", route.kind())).at(self.field))
    }

    /// Whether a route is attached to it; why not, if the route names its Gateway at all.
    pub(super) fn attaches(self, world: &World, route: Resource<'_>) -> Option<Result<(), Reasoning>> {
        let mut parents = route.list(&["spec", "parentRefs"]).filter(|parent| {
            is_kind(*parent, GROUP, "Gateway")
                && parent.text("name") == self.gateway.name()
                && namespace_of(*parent, route.namespace()) == self.gateway.namespace()
        });
        let first = parents.next()?;
        let fits = |parent: &Field<'_>| {
            let section = parent.text("sectionName");
            let port = parent.integer("port");
            (section.is_empty() || section == self.field.text("name"))
                && port.is_none_or(|port| self.field.integer("port") == Some(port))
        };
        if !std::iter::once(first).chain(parents).any(|parent| fits(&parent)) {
            let step = "its `parentRefs` mean another listener";
            return Some(Err(Reasoning::fails(step).at(first)));
        }
        Some(self.allows(world, route))
    }
}

/// Whether a host name fits a pattern: `*.a.com` means every name below `a.com`, `*` everything.
pub(super) fn means(pattern: &str, host: &str) -> bool {
    pattern == host || pattern.strip_prefix('*').is_some_and(|end| host.len() > end.len() && host.ends_with(end))
}

/// How well a pattern that fits a host fits it: names before wildcards, longer before shorter.
pub(super) fn specificity(pattern: &str) -> (bool, usize) {
    (!pattern.starts_with('*'), pattern.len())
}

/// The host name of a route that fits a request best; the listener's own where the route names none. `None` if no name
/// of the route is among the listener's and means the host.
pub(super) fn best_hostname(listener: &str, route: Resource<'_>, host: &str) -> Option<String> {
    let names: Vec<&str> = route.spec().into_iter().flat_map(|spec| spec.texts("hostnames")).collect();
    let names = if names.is_empty() { vec![listener] } else { names };
    let common = names.into_iter().filter(|name| crate::host::overlap(name, listener)).map(|name| {
        if crate::host::covers(listener, name) { name.to_ascii_lowercase() } else { listener.to_ascii_lowercase() }
    });
    common.filter(|name| means(name, host)).max_by_key(|name| specificity(name))
}

/// Whether a reference means a kind; without group or kind it means a Gateway.
pub(super) fn is_kind(reference: Field<'_>, group: &str, kind: &str) -> bool {
    // Linkerd lets the core group be called `core`.
    let written = reference.get("group").and_then(Field::as_str).unwrap_or(GROUP);
    let written = if written == "core" { "" } else { written };
    let named = Some(reference.text("kind")).filter(|kind| !kind.is_empty()).unwrap_or("Gateway");
    written == group && named == kind
}

/// The namespace that a reference means: its own or that of the object which it stands in.
pub(super) fn namespace_of<'w>(reference: Field<'w>, own: &'w str) -> &'w str {
    Some(reference.text("namespace")).filter(|namespace| !namespace.is_empty()).unwrap_or(own)
}

/// Whether an object may refer to one of another namespace: a ReferenceGrant there must say so.
pub(super) fn is_granted(
    world: &World,
    from: Resource<'_>,
    group: &str,
    kind_name: &str,
    namespace: &str,
    name: &str,
) -> bool {
    from.namespace() == namespace
        || world.within(kind::REFERENCE_GRANT, namespace).any(|grant| {
            let source = grant.list(&["spec", "from"]).any(|source| {
                source.text("group") == GROUP
                    && source.text("kind") == from.kind()
                    && source.text("namespace") == from.namespace()
            });
            let target = grant.list(&["spec", "to"]).any(|target| {
                target.text("group") == group
                    && target.text("kind") == kind_name
                    && (target.text("name").is_empty() || target.text("name") == name)
            });
            source && target
        })
}

/// The routes of some kinds that are attached to a Service (or to Linkerd's EgressNetwork) for a client, those of the client's namespace (for it alone) before
/// those of the Service's namespace (for everybody). Routes of any other namespace do not count.
pub(in crate::route) fn routes_of_service<'w>(
    world: &'w World,
    kinds: &[KindName],
    service: Resource<'_>,
    port: u16,
    client: &str,
) -> Vec<Resource<'w>> {
    let (group, parent_kind) =
        if service.is(kind::SERVICE) { ("", "Service") } else { ("policy.linkerd.io", "EgressNetwork") };
    let attached = |route: &Resource<'w>| {
        route.list(&["spec", "parentRefs"]).any(|parent| {
            is_kind(parent, group, parent_kind)
                && parent.text("name") == service.name()
                && namespace_of(parent, route.namespace()) == service.namespace()
                && parent.integer("port").is_none_or(|wanted| wanted == i64::from(port))
        })
    };
    let of = |namespace: &str| -> Vec<Resource<'w>> {
        kinds.iter().flat_map(|kind| world.within(*kind, namespace)).filter(attached).collect()
    };
    let consumer = if client == service.namespace() { Vec::new() } else { of(client) };
    if consumer.is_empty() { of(service.namespace()) } else { consumer }
}
