//! What a client may see: Istio's Sidecar.

use super::virtual_service::VirtualService;
use crate::host::{covers, overlap};
use crate::reasoning::Reasoning;
use crate::request::Client;
use crate::resource::by_age;
use crate::selector::matches_labels;
use crate::service::Service;
use crate::{Field, Resource, World, kind};

/// The egress listener that a connection to a port goes through, and the policy for what is unknown.
#[derive(Debug, Clone)]
pub(super) struct Scope<'w> {
    namespace: &'w str,
    imports: Vec<Import<'w>>,
    pub(super) unknown: UnknownHosts,
}

/// What is done with hosts that nothing is known of (`outboundTrafficPolicy`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UnknownHosts {
    /// They are reached as if there were no mesh.
    Pass,
    /// They are not reached.
    Refuse,
}

/// One entry of `hosts`: `namespace/host`.
#[derive(Debug, Clone, Copy)]
struct Import<'w> {
    /// `None` for every namespace.
    namespace: Option<&'w str>,
    host: &'w str,
    effect: Effect,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Include,
    Exclude,
}

impl<'w> Scope<'w> {
    /// The scope of a client for a port.
    pub(super) fn of(world: &'w World, client: Client<'w>, port: u16, why: &mut Reasoning) -> Scope<'w> {
        let sidecar = sidecar(world, client);
        let listener = sidecar.and_then(|sidecar| egress_listener(sidecar, port));
        let policy = sidecar.and_then(|sidecar| sidecar.at(&["spec", "outboundTrafficPolicy"]));
        let mode = match policy {
            Some(policy) => Some(policy.text("mode")).filter(|mode| !mode.is_empty()).unwrap_or("REGISTRY_ONLY"),
            None => world.mesh_config().value()["outboundTrafficPolicy"]["mode"].as_str().unwrap_or("ALLOW_ANY"),
        };
        let unknown = if mode == "REGISTRY_ONLY" { UnknownHosts::Refuse } else { UnknownHosts::Pass };
        let namespace = client.namespace();
        let everything = Import { namespace: None, host: "*", effect: Effect::Include };
        let imports = match (sidecar, listener) {
            (None, _) => vec![everything],
            (Some(sidecar), None) if sidecar.list(&["spec", "egress"]).next().is_none() => {
                why.push(Reasoning::noted("its Sidecar has no `egress`, so it sees everything").about(sidecar));
                vec![everything]
            }
            (Some(sidecar), None) => {
                let step = format!("no listener of its Sidecar's `egress` takes port {port}");
                why.push(Reasoning::fails(step).about(sidecar));
                Vec::new()
            }
            (Some(_), Some(listener)) => {
                let hosts: Vec<&str> = listener.texts("hosts").collect();
                why.push(Reasoning::noted(format!("its Sidecar lets it see {}", hosts.join(", "))).at(listener));
                hosts.into_iter().filter_map(|host| import(host, namespace)).collect()
            }
        };
        Scope { namespace, imports, unknown }
    }

    /// Whether a service is exported to the client's namespace and imported by its Sidecar.
    pub(super) fn sees(&self, world: &World, service: Service<'_>) -> Result<(), Reasoning> {
        if !service.visibility(world).reaches(self.namespace) {
            let step = format!("`{}` is not exported to the namespace `{}`", service.host(), self.namespace);
            return Err(Reasoning::fails(step).about(service.resource()));
        }
        if self.imports(service.namespace(), |host| covers(host, service.host())) {
            Ok(())
        } else {
            let step = format!("the client's Sidecar does not import `{}/{}`", service.namespace(), service.host());
            Err(Reasoning::fails(step).about(service.resource()))
        }
    }

    /// Whether a VirtualService counts: one of its hosts overlaps with what the Sidecar imports from its namespace.
    pub(super) fn takes(&self, world: &World, virtual_service: VirtualService<'_>) -> bool {
        let mut hosts = virtual_service.hosts(world);
        hosts.any(|wanted| self.imports(virtual_service.resource.namespace(), |host| overlap(host, &wanted)))
    }

    fn imports(&self, namespace: &str, fits: impl Fn(&str) -> bool) -> bool {
        let of = |effect: Effect| {
            self.imports.iter().any(|import| {
                let here = import.namespace.is_none_or(|wanted| wanted == namespace);
                import.effect == effect && here && fits(import.host)
            })
        };
        of(Effect::Include) && !of(Effect::Exclude)
    }
}

/// The Sidecar of a client: one of its namespace that selects it, one of its namespace without selector, or the one of the
/// root namespace.
fn sidecar<'w>(world: &'w World, client: Client<'w>) -> Option<Resource<'w>> {
    let of = |namespace: &str| {
        let mut found: Vec<_> = world.within(kind::SIDECAR, namespace).collect();
        found.sort_by_key(|sidecar| by_age(*sidecar));
        found
    };
    let selector = |sidecar: &Resource<'w>| sidecar.at(&["spec", "workloadSelector"]);
    let own = of(client.namespace());
    let selected = own.iter().find(|sidecar| {
        let labels = selector(sidecar).and_then(|selector| selector.get("labels"));
        labels.is_some_and(|labels| matches_labels(labels, |name| client.label(name)))
    });
    let root = of(world.mesh_config().root_namespace());
    let without = |sidecars: &[Resource<'w>]| sidecars.iter().find(|sidecar| selector(sidecar).is_none()).copied();
    selected.copied().or_else(|| without(&own)).or_else(|| without(&root))
}

/// The listener with this port or else the one without any.
fn egress_listener(sidecar: Resource<'_>, port: u16) -> Option<Field<'_>> {
    let number = |listener: &Field<'_>| listener.get("port").and_then(|port| port.integer("number"));
    let mut listeners = sidecar.list(&["spec", "egress"]);
    let exact = listeners.clone().find(|listener| number(listener) == Some(i64::from(port)));
    exact.or_else(|| listeners.find(|listener| number(listener).is_none()))
}

/// `namespace/host`, where `.` is the client's namespace, `*` every one, and `~` in front means that it is excluded.
fn import<'w>(text: &'w str, own: &'w str) -> Option<Import<'w>> {
    let (namespace, host) = text.split_once('/')?;
    let (namespace, effect) = match namespace.strip_prefix('~') {
        Some("") => ("*", Effect::Exclude),
        Some(rest) => (rest, Effect::Exclude),
        None => (namespace, Effect::Include),
    };
    let namespace = match namespace {
        "*" => None,
        "." => Some(own),
        other => Some(other),
    };
    Some(Import { namespace, host, effect })
}
