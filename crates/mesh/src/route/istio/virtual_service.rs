//! Istio's VirtualService: its hosts, what it is bound to, and its HTTP routes with those that they delegate.

use manifest::Value;

use crate::host::full_name;
use crate::reasoning::Reasoning;
use crate::resource::by_age;
use crate::visibility::Visibility;
use crate::{Field, Resource, World, kind};

/// The name by which routes mean the sidecars of the mesh.
pub(super) const MESH: &str = "mesh";

/// A VirtualService.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct VirtualService<'w> {
    pub(super) resource: Resource<'w>,
}

/// An HTTP route, under the route that delegates to it if one does.
#[derive(Debug, Clone)]
pub(super) struct HttpRoute<'w> {
    /// The object that declares it.
    pub(super) owner: Resource<'w>,
    /// Its declaration.
    pub(super) own: Field<'w>,
    /// The route that delegates to it.
    pub(super) root: Option<Field<'w>>,
    /// One of these must match; none means that every request does.
    pub(super) matches: Vec<HttpMatch<'w>>,
    /// Its name or its place.
    pub(super) label: String,
}

/// The conditions of a delegate's match under those of the route that delegates.
#[derive(Debug, Clone, Copy)]
pub(super) struct HttpMatch<'w> {
    pub(super) own: Field<'w>,
    pub(super) root: Option<Field<'w>>,
}

impl<'w> HttpMatch<'w> {
    pub(super) fn get(self, name: &str) -> Option<Field<'w>> {
        self.own.get(name).or_else(|| self.root?.get(name))
    }

    /// The members of a map of both, the delegate's in the place of the other's.
    pub(super) fn map(self, name: &str) -> Vec<(&'w str, Field<'w>)> {
        let mut members: Vec<_> = self.own.map(name).collect();
        let inherited = self.root.into_iter().flat_map(|root| root.map(name));
        for (key, field) in inherited {
            if !members.iter().any(|(known, _)| *known == key) {
                members.push((key, field));
            }
        }
        members.sort_by_key(|(key, _)| *key);
        members
    }
}

impl<'w> HttpRoute<'w> {
    /// A setting of the route, or of the route that delegates to it.
    pub(super) fn setting(&self, name: &str) -> Option<Field<'w>> {
        self.own.get(name).or_else(|| self.root?.get(name))
    }
}

impl<'w> VirtualService<'w> {
    /// Every VirtualService with hosts that is bound to `gateway` (or `mesh`) and reaches a namespace, in the order in which
    /// Istio reads them: those kept to the namespace, those exported to it by name, and those for everybody.
    pub(super) fn bound_to(world: &'w World, gateway: &str, namespace: &str) -> Vec<VirtualService<'w>> {
        let mut found: Vec<_> = world
            .of(kind::VIRTUAL_SERVICE)
            .map(|resource| VirtualService { resource })
            .filter(|virtual_service| virtual_service.hosts(world).next().is_some())
            .filter(|virtual_service| virtual_service.gateways().iter().any(|bound| bound == gateway))
            .filter(|virtual_service| virtual_service.visibility(world).reaches(namespace))
            .collect();
        found.sort_by_key(|virtual_service| {
            let public = virtual_service.visibility(world).reaches("*");
            let rank = match (public, virtual_service.resource.namespace() == namespace) {
                (true, _) => 2,
                (false, true) => 0,
                (false, false) => 1,
            };
            (rank, by_age(virtual_service.resource))
        });
        found
    }

    /// What it is called in reasoning.
    pub(super) fn name(self) -> String {
        format!("VirtualService {}/{}", self.resource.namespace(), self.resource.name())
    }

    pub(super) fn visibility(self, world: &'w World) -> Visibility<'w> {
        Visibility::of(self.resource, world.mesh_config(), "defaultVirtualServiceExportTo")
    }

    /// Its hosts by their full names.
    pub(super) fn hosts(self, world: &'w World) -> impl Iterator<Item = String> {
        let hosts = self.resource.spec().into_iter().flat_map(|spec| spec.texts("hosts"));
        hosts.map(move |host| {
            full_name(host, self.resource.namespace(), &world.options().cluster_domain).to_ascii_lowercase()
        })
    }

    /// The gateways that it is bound to, as `namespace/name` or `mesh`.
    pub(super) fn gateways(self) -> Vec<String> {
        let written: Vec<&str> = self.resource.spec().into_iter().flat_map(|spec| spec.texts("gateways")).collect();
        if written.is_empty() {
            return vec![MESH.to_owned()];
        }
        written.into_iter().map(|name| gateway_name(name, self.resource.namespace())).collect()
    }

    /// Its HTTP routes, with the routes of delegates in the place of those that delegate. What cannot be delegated is said.
    pub(super) fn http_routes(self, world: &'w World, why: &mut Reasoning) -> Vec<HttpRoute<'w>> {
        let mut routes = Vec::new();
        let declared = self.resource.spec().into_iter().flat_map(|spec| spec.list("http"));
        for (position, own) in declared.enumerate() {
            let label = label(own, position);
            match own.get("delegate") {
                Some(delegate) => routes.extend(self.delegated(world, own, delegate, &label, why)),
                None => {
                    let matches = own.list("match").map(|own| HttpMatch { own, root: None }).collect();
                    routes.push(HttpRoute { owner: self.resource, own, root: None, matches, label });
                }
            }
        }
        routes
    }

    /// The routes of the VirtualService that a route delegates to, each under that route. Istio follows one step only: a
    /// delegate that delegates is not followed, so that cycles end here.
    fn delegated(
        self,
        world: &'w World,
        root: Field<'w>,
        delegate: Field<'w>,
        root_label: &str,
        why: &mut Reasoning,
    ) -> Vec<HttpRoute<'w>> {
        let namespace = Some(delegate.text("namespace")).filter(|namespace| !namespace.is_empty());
        let namespace = namespace.unwrap_or(self.resource.namespace());
        let name = delegate.text("name");
        let target = world.find(kind::VIRTUAL_SERVICE, namespace, name).map(|resource| VirtualService { resource });
        let usable = target.filter(|target| {
            target.hosts(world).next().is_none() && target.visibility(world).reaches(self.resource.namespace())
        });
        let Some(usable) = usable else {
            let problem = match target {
                None => "is not there",
                Some(target) if target.hosts(world).next().is_some() => {
                    "has hosts of its own, which a delegate must not"
                }
                Some(_) => "is not exported to this namespace",
            };
            let step =
                format!("`{root_label}` delegates to `{namespace}/{name}`, which {problem}: the route is dropped");
            why.push(Reasoning::fails(step).at(delegate));
            return Vec::new();
        };
        let mut routes = Vec::new();
        let declared = usable.resource.spec().into_iter().flat_map(|spec| spec.list("http"));
        for (position, own) in declared.enumerate() {
            let label = format!("{root_label} → {}", label(own, position));
            if own.get("delegate").is_some() {
                let step = format!("`{label}` delegates again, which Istio does not follow: the route is dropped");
                why.push(Reasoning::fails(step).at(own));
                continue;
            }
            match merged_matches(root, own) {
                Some(matches) => {
                    let root = Some(root);
                    routes.push(HttpRoute { owner: usable.resource, own, root, matches, label });
                }
                None => {
                    let step = format!("`{label}` asks for what `{root_label}` excludes: the route is dropped");
                    why.push(Reasoning::fails(step).at(own));
                }
            }
        }
        routes
    }
}

fn label(route: Field<'_>, position: usize) -> String {
    match route.text("name") {
        "" => format!("http[{position}]"),
        name => name.to_owned(),
    }
}

/// `namespace/name` of a gateway that an object of a namespace names: `name`, `namespace/name`, `./name`, or the old
/// `name.namespace.svc…`.
pub(super) fn gateway_name(name: &str, namespace: &str) -> String {
    match (name.split_once('/'), name.split_once('.')) {
        _ if name == MESH => name.to_owned(),
        (Some((".", name)), _) => format!("{namespace}/{name}"),
        (Some(_), _) => name.to_owned(),
        (None, None) => format!("{namespace}/{name}"),
        (None, Some((name, rest))) => {
            let namespace = rest.split_once('.').map_or(rest, |(namespace, _)| namespace);
            format!("{namespace}/{name}")
        }
    }
}

/// Each match of a delegate's route with each of the delegating route that it does not contradict; `None` if one of the
/// delegate's contradicts all of them (Istio `mergeHTTPMatchRequests`).
fn merged_matches<'w>(root: Field<'w>, delegate: Field<'w>) -> Option<Vec<HttpMatch<'w>>> {
    let roots: Vec<Field<'w>> = root.list("match").collect();
    let own: Vec<Field<'w>> = delegate.list("match").collect();
    if roots.is_empty() {
        return Some(own.into_iter().map(|own| HttpMatch { own, root: None }).collect());
    }
    if own.is_empty() {
        return Some(roots.into_iter().map(|own| HttpMatch { own, root: None }).collect());
    }
    let mut merged = Vec::new();
    for own in own {
        let before = merged.len();
        let fitting = roots.iter().filter(|root| !contradict(**root, own));
        merged.extend(fitting.map(|root| HttpMatch { own, root: Some(*root) }));
        if merged.len() == before {
            return None;
        }
    }
    Some(merged)
}

/// Whether a delegate's match asks for something outside of the delegating route's match (Istio `hasConflict`).
fn contradict(root: Field<'_>, leaf: Field<'_>) -> bool {
    let texts = ["uri", "scheme", "method", "authority"];
    let maps = ["headers", "withoutHeaders", "queryParams"];
    let different_texts = texts.iter().any(|name| outside(root.get(name), leaf.get(name)));
    let different_maps = maps.iter().any(|name| {
        leaf.map(name).any(|(key, value)| outside(root.get(name).and_then(|map| map.get(key)), Some(value)))
    });
    let (root_port, leaf_port) = (root.integer("port").unwrap_or(0), leaf.integer("port").unwrap_or(0));
    let namespace = root.text("sourceNamespace");
    let labels = leaf.map("sourceLabels").any(|(name, value)| {
        let wanted = root.at(&["sourceLabels", name]);
        wanted.is_some_and(|wanted| wanted.value() != value.value())
    });
    let gateways: Vec<&str> = root.texts("gateways").collect();
    different_texts
        || different_maps
        || root.flag("ignoreUriCase") != leaf.flag("ignoreUriCase")
        || (root_port > 0 && leaf_port > 0 && root_port != leaf_port)
        || (!namespace.is_empty() && namespace != leaf.text("sourceNamespace"))
        || labels
        || (!gateways.is_empty() && leaf.texts("gateways").any(|gateway| !gateways.contains(&gateway)))
}

/// Whether the texts that `leaf` means are not all among those that `root` means (Istio `stringMatchConflict`).
fn outside(root: Option<Field<'_>>, leaf: Option<Field<'_>>) -> bool {
    let (Some(root), Some(leaf)) = (root, leaf) else { return false };
    let text = |field: Field<'_>, name: &str| {
        field.value().get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let (root_exact, root_prefix, root_regex) = (text(root, "exact"), text(root, "prefix"), text(root, "regex"));
    let (leaf_exact, leaf_prefix, leaf_regex) = (text(leaf, "exact"), text(leaf, "prefix"), text(leaf, "regex"));
    let something = |texts: [&Option<String>; 3]| texts.iter().any(|text| text.is_some());
    if (root_regex.is_some() && something([&leaf_exact, &leaf_prefix, &leaf_regex]))
        || (leaf_regex.is_some() && something([&root_exact, &root_prefix, &root_regex]))
    {
        return true;
    }
    match (root_exact, root_prefix, leaf_exact, leaf_prefix) {
        (Some(exact), _, leaf_exact, None) => leaf_exact.as_ref() != Some(&exact),
        (Some(_), _, _, Some(_)) => true,
        (None, Some(prefix), _, Some(leaf_prefix)) => !leaf_prefix.starts_with(&prefix),
        (None, Some(prefix), Some(leaf_exact), None) => !leaf_exact.starts_with(&prefix),
        (None, Some(_), None, None) | (None, None, _, _) => true,
    }
}
