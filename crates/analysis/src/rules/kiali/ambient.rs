//! What the ambient mesh enforces, and where: its proxies on the nodes look at connections, waypoints at requests.

use mesh::workload::Workload;
use mesh::{Field, KindName, Resource, Service, World, host, kind};

use super::selectors::{labels, scope};
use crate::membership::{Membership, is_gateway};
use crate::{Findings, Rule};

/// The label that brings pods into the ambient mesh, or keeps them out.
pub(super) const MODE: &str = "istio.io/dataplane-mode";
/// The label that asks for a waypoint, and the one that says in which namespace it is.
pub(super) const USE_WAYPOINT: &str = "istio.io/use-waypoint";
pub(super) const WAYPOINT_NAMESPACE: &str = "istio.io/use-waypoint-namespace";

/// What stands before a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waypoint<'w> {
    /// A waypoint, in this namespace.
    In(&'w str),
    /// None: neither the service nor its namespace asks for one.
    Absent,
    /// Nobody knows, because the namespace is not declared.
    Unknown,
}

/// Whether a workload is in the ambient mesh, and has no sidecar.
pub(super) fn is_ambient(world: &World, workload: Workload<'_>) -> bool {
    Membership::of(world, workload) == Membership::IstioAmbient && !is_gateway(workload)
}

/// Whether a proxy of Istio's that reads requests itself runs in a namespace: a sidecar or a gateway.
pub(super) fn reads_requests(world: &World, namespace: &str) -> bool {
    let by_envoy = |workload: Workload<'_>| match Membership::of(world, workload) {
        Membership::IstioInjected | Membership::IstioWritten => true,
        Membership::IstioAmbient => is_gateway(workload),
        Membership::Linkerd | Membership::Outside => false,
    };
    gateway_in(world, namespace) || world.workloads_in(namespace).any(by_envoy)
}

/// Whether a Gateway of the Gateway API that is no waypoint is in a namespace: it reads requests too.
fn gateway_in(world: &World, namespace: &str) -> bool {
    world
        .within(kind::GATEWAY, namespace)
        .any(|gateway| gateway.at(&["spec", "gatewayClassName"]).and_then(Field::as_str) != Some("istio-waypoint"))
}

/// The waypoint that stands before a Service or ServiceEntry.
pub(super) fn waypoint<'w>(world: &'w World, service: Resource<'w>) -> Waypoint<'w> {
    let namespace = world.find(kind::NAMESPACE, "", service.namespace());
    let own = service.label(USE_WAYPOINT).map(|name| (name, service));
    let by_namespace = || namespace.and_then(|namespace| Some((namespace.label(USE_WAYPOINT)?, namespace)));
    match own.or_else(by_namespace) {
        Some(("" | "none", _)) => Waypoint::Absent,
        Some((_, holder)) => Waypoint::In(holder.label(WAYPOINT_NAMESPACE).unwrap_or(service.namespace())),
        None if namespace.is_some() => Waypoint::Absent,
        None => Waypoint::Unknown,
    }
}

/// Whether the pods of a service are in the ambient mesh.
pub(super) fn serves_ambient(world: &World, service: Service<'_>) -> bool {
    let workloads = service.workloads(world);
    !workloads.is_empty() && workloads.into_iter().all(|workload| is_ambient(world, workload))
}

/// The targets that a policy names.
pub(super) fn targets(policy: Resource<'_>) -> impl Iterator<Item = Field<'_>> {
    policy.at(&["spec", "targetRef"]).into_iter().chain(policy.list(&["spec", "targetRefs"]))
}

/// Tells of every target of a policy that is a service without a waypoint, and what comes of it.
pub(super) fn tell_unserved(
    rule: &'static Rule,
    world: &World,
    policy: Resource<'_>,
    consequence: &str,
    findings: &mut Findings,
) {
    for (target, service) in unserved(world, policy) {
        let message = format!("no waypoint stands before `{}`, so {consequence}", service.id());
        findings
            .at(rule, policy, target, message)
            .hint("Add `istio.io/use-waypoint` to the service or its namespace.")
            .see(service.location(), "the service is here");
    }
}

/// The targets of a policy that are services without a waypoint, each with the name of the service: only a waypoint enforces
/// what is for a service.
fn unserved<'w>(world: &'w World, policy: Resource<'w>) -> Vec<(Field<'w>, Resource<'w>)> {
    let service = |target: &Field<'w>| {
        let found = match (target.text("group"), target.text("kind")) {
            ("" | "core", "Service") => kind::SERVICE,
            ("networking.istio.io", "ServiceEntry") => kind::SERVICE_ENTRY,
            _ => return None,
        };
        world.find(found, policy.namespace(), target.text("name"))
    };
    let absent = |target: Field<'w>| {
        let service = service(&target).filter(|service| waypoint(world, *service) == Waypoint::Absent)?;
        Some((target.get("name").unwrap_or(target), service))
    };
    targets(policy).filter_map(absent).collect()
}

/// The policies of a kind in a namespace that are for workloads of the ambient mesh and nothing else, although nothing but a
/// waypoint could enforce them and they name no target: each with the place of its selector and one of the workloads.
pub(super) fn unread<'w>(
    world: &'w World,
    kind: KindName,
    namespace: &str,
) -> Vec<(Resource<'w>, Field<'w>, Workload<'w>)> {
    let mut found = Vec::new();
    for policy in world.within(kind, namespace).filter(|policy| targets(*policy).next().is_none()) {
        // In the root namespace a policy is for gateways and sidecars anywhere too.
        let Some(namespace) = scope(world, policy) else { continue };
        let mut selected = match labels(policy, "selector") {
            Some(labels) => world.selected_workloads(Some(namespace), labels),
            None if gateway_in(world, namespace) => continue,
            None => world.workloads_in(namespace).collect(),
        };
        selected.retain(|workload| workload.pod().is_some());
        let Some(first) = selected.first().copied() else { continue };
        if selected.iter().all(|workload| is_ambient(world, *workload)) {
            let place = policy.at(&["spec", "selector"]).or_else(|| policy.spec()).unwrap_or(policy.root());
            found.push((policy, place, first));
        }
    }
    found
}

/// The hosts of a VirtualService that are services, if it routes requests of clients inside the mesh.
pub(super) fn mesh_hosts<'w>(world: &'w World, route: Resource<'w>) -> Vec<(Field<'w>, Service<'w>)> {
    let Some(spec) = route.spec() else { return Vec::new() };
    let in_mesh = spec.list("gateways").len() == 0 || spec.texts("gateways").any(|name| name == "mesh");
    if !in_mesh || (spec.list("http").len() == 0 && spec.list("tls").len() == 0) {
        return Vec::new();
    }
    let service = |written: Field<'w>| {
        let name = host::full_name(written.as_str()?, route.namespace(), &world.options().cluster_domain);
        let service = world.services_with_host(&name).find(|service| service.is_kubernetes())?;
        Some((written, service))
    };
    spec.list("hosts").filter_map(service).collect()
}
