//! Which proxy stands beside a workload.

use serde::Serialize;

use crate::reasoning::Reasoning;
use crate::workload::Workload;
use crate::{Field, Resource, World, kind};

/// What carries the traffic of a workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Proxy {
    /// Istio's proxy in every pod.
    Sidecar,
    /// Istio's proxy on every node, and waypoints where there are some.
    Ambient,
    /// Linkerd's proxy in every pod.
    Linkerd,
    /// None: the workload speaks for itself.
    None,
}

impl Proxy {
    /// Whether it is of Istio.
    pub fn is_istio(self) -> bool {
        matches!(self, Proxy::Sidecar | Proxy::Ambient)
    }
}

impl World {
    /// The proxy of a workload, and why. What the pods say counts before what their namespace says. A namespace that is
    /// not declared in this world says nothing: then the workload is taken for a part of Istio's mesh, so that a few
    /// manifests can be explained without all that surrounds them.
    pub fn proxy_of(&self, workload: Workload<'_>) -> (Proxy, Reasoning) {
        let container = |name: &str| {
            let mut all = workload.containers().chain(workload.init_containers());
            all.find(|container| container.text("name") == name)
        };
        if let Some(container) = container("istio-proxy") {
            return (Proxy::Sidecar, Reasoning::holds("the pods carry Istio's proxy").at(container));
        }
        if let Some(container) = container("linkerd-proxy") {
            return (Proxy::Linkerd, Reasoning::holds("the pods carry Linkerd's proxy").at(container));
        }
        if workload.is_on_host_network() {
            let step = "the pods are on the network of their node, so nothing is injected";
            return (Proxy::None, Reasoning::noted(step).about(workload.resource()));
        }
        let pod = |group: &str, name: &str| workload.pod()?.at(&["metadata", group, name]);
        let inject = pod("labels", "sidecar.istio.io/inject").or_else(|| pod("annotations", "sidecar.istio.io/inject"));
        if let Some(inject) = inject {
            let step = "`sidecar.istio.io/inject` of the pods decides about Istio's proxy";
            let proxy = if inject.as_str() == Some("true") { Proxy::Sidecar } else { Proxy::None };
            return (proxy, Reasoning::holds(step).at(inject));
        }
        if let Some(inject) = pod("annotations", "linkerd.io/inject") {
            let step = "`linkerd.io/inject` of the pods decides about Linkerd's proxy";
            return (linkerd(inject), Reasoning::holds(step).at(inject));
        }
        if pod("labels", "istio.io/rev").is_some() {
            let step = "the pods ask for a revision of Istio's proxy";
            return (Proxy::Sidecar, Reasoning::holds(step).about(workload.resource()));
        }
        let mode = pod("labels", "istio.io/dataplane-mode");
        if let Some(mode) = mode {
            let proxy = if mode.as_str() == Some("ambient") { Proxy::Ambient } else { Proxy::None };
            return (proxy, Reasoning::holds("`istio.io/dataplane-mode` of the pods decides").at(mode));
        }
        self.proxy_of_namespace(workload.namespace())
    }

    /// The proxy of pods in a namespace that say nothing themselves.
    pub fn proxy_of_namespace(&self, name: &str) -> (Proxy, Reasoning) {
        let Some(namespace) = self.find(kind::NAMESPACE, "", name) else {
            let step =
                format!("the namespace `{name}` is not declared here, so it is taken for a part of Istio's mesh");
            return (Proxy::Sidecar, Reasoning::noted(step));
        };
        by_namespace(namespace).unwrap_or_else(|| {
            let step = format!("nothing asks for a proxy in the namespace `{name}`");
            (Proxy::None, Reasoning::noted(step).about(namespace))
        })
    }
}

/// The annotation of the pods that keeps a port of theirs from Istio's sidecar, if one does.
pub(crate) fn hidden_port<'w>(workload: Workload<'w>, port: u16) -> Option<Field<'w>> {
    let annotation = |name: &str| workload.pod()?.at(&["metadata", "annotations", name]);
    let lists = |field: &Field<'w>| {
        let mut items = field.as_str().unwrap_or_default().split(',').map(str::trim);
        items.any(|item| item == "*" || item == port.to_string())
    };
    let excluded = annotation("traffic.sidecar.istio.io/excludeInboundPorts").filter(lists);
    excluded.or_else(|| annotation("traffic.sidecar.istio.io/includeInboundPorts").filter(|field| !lists(field)))
}

/// What the labels and annotations of a namespace say.
fn by_namespace(namespace: Resource<'_>) -> Option<(Proxy, Reasoning)> {
    let label = |name: &str| namespace.at(&["metadata", "labels", name]);
    if let Some(injection) = label("istio-injection") {
        let proxy = if injection.as_str() == Some("enabled") { Proxy::Sidecar } else { Proxy::None };
        return Some((proxy, Reasoning::holds("`istio-injection` of the namespace decides").at(injection)));
    }
    if let Some(revision) = label("istio.io/rev") {
        let step = "the namespace asks for a revision of Istio's proxy";
        return Some((Proxy::Sidecar, Reasoning::holds(step).at(revision)));
    }
    if let Some(mode) = label("istio.io/dataplane-mode").filter(|mode| mode.as_str() == Some("ambient")) {
        return Some((Proxy::Ambient, Reasoning::holds("the namespace is in Istio's ambient mesh").at(mode)));
    }
    let inject = namespace.at(&["metadata", "annotations", "linkerd.io/inject"])?;
    Some((linkerd(inject), Reasoning::holds("`linkerd.io/inject` of the namespace decides").at(inject)))
}

fn linkerd(inject: Field<'_>) -> Proxy {
    match inject.as_str() {
        Some("enabled" | "ingress") => Proxy::Linkerd,
        Some(_) | None => Proxy::None,
    }
}
