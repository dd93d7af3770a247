//! Whether a workload is part of a mesh, as its manifests declare it.

use mesh::workload::Workload;
use mesh::{Field, Resource, World, kind};

/// What carries a workload's traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Membership {
    /// Istio's sidecar, injected when the pod starts.
    IstioInjected,
    /// Istio's sidecar, written into the manifest.
    IstioWritten,
    /// Istio's node proxy.
    IstioAmbient,
    /// Linkerd's proxy, injected or written into the manifest.
    Linkerd,
    /// Nothing of a mesh.
    Outside,
}

/// What a namespace says about injection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NamespaceInjection {
    /// Pods get a sidecar unless they refuse.
    Enabled,
    /// No pod gets one.
    Disabled,
    /// Pods get one if they ask.
    Unsaid,
}

impl Membership {
    /// Of a workload, by itself and by its namespace.
    pub(crate) fn of(world: &World, workload: Workload<'_>) -> Membership {
        let named = |name: &str| {
            workload.containers().chain(workload.init_containers()).any(|container| container.text("name") == name)
        };
        let namespace = world.find(kind::NAMESPACE, "", workload.namespace());
        if named("istio-proxy") {
            Membership::IstioWritten
        } else if named("linkerd-proxy") || wants_linkerd(workload, namespace) {
            Membership::Linkerd
        } else if is_injected(world, workload) && !workload.is_on_host_network() {
            Membership::IstioInjected
        } else if is_ambient(workload, namespace) {
            Membership::IstioAmbient
        } else {
            Membership::Outside
        }
    }

    /// Whether Istio carries its traffic.
    pub(crate) fn is_istio(self) -> bool {
        match self {
            Membership::IstioInjected | Membership::IstioWritten | Membership::IstioAmbient => true,
            Membership::Linkerd | Membership::Outside => false,
        }
    }
}

/// What a namespace's labels say about Istio's injection; what is not declared says nothing.
pub(crate) fn namespace_injection(world: &World, namespace: &str) -> NamespaceInjection {
    let Some(namespace) = world.find(kind::NAMESPACE, "", namespace) else { return NamespaceInjection::Unsaid };
    match (namespace.label("istio-injection"), namespace.label("istio.io/rev")) {
        (Some("enabled"), _) | (None, Some(_)) => NamespaceInjection::Enabled,
        (Some("disabled"), _) => NamespaceInjection::Disabled,
        (Some(_), _) | (None, None) => NamespaceInjection::Unsaid,
    }
}

/// What a pod itself says about Istio's injection: the label wins over the older annotation.
pub(crate) fn pod_injection<'w>(workload: Workload<'w>) -> Option<Field<'w>> {
    const NAME: &str = "sidecar.istio.io/inject";
    let metadata = workload.pod()?.get("metadata")?;
    metadata.at(&["labels", NAME]).or_else(|| metadata.at(&["annotations", NAME]))
}

/// Whether a workload is itself a gateway of Istio's, by what injection or its chart give it.
pub(crate) fn is_gateway(workload: Workload<'_>) -> bool {
    let template = workload.annotation("inject.istio.io/templates");
    let router = || {
        let arguments = workload.containers().flat_map(|container| container.list("args"));
        arguments.filter_map(Field::as_str).any(|argument| argument == "router")
    };
    template.is_some_and(|template| template.contains("gateway"))
        || workload.label("gateway.networking.k8s.io/gateway-name").is_some()
        || workload.label("istio").is_some_and(|label| label.contains("gateway"))
        || router()
}

fn is_injected(world: &World, workload: Workload<'_>) -> bool {
    let by_pod = pod_injection(workload).and_then(Field::as_str);
    match namespace_injection(world, workload.namespace()) {
        NamespaceInjection::Disabled => false,
        NamespaceInjection::Enabled => by_pod != Some("false") && workload.pod().is_some(),
        NamespaceInjection::Unsaid => {
            by_pod == Some("true") || (by_pod.is_none() && workload.label("istio.io/rev").is_some())
        }
    }
}

fn is_ambient(workload: Workload<'_>, namespace: Option<Resource<'_>>) -> bool {
    const NAME: &str = "istio.io/dataplane-mode";
    let by_namespace = || namespace.and_then(|namespace| namespace.label(NAME));
    // Nodes that redirect a running pod write so at the pod.
    let is_redirected = workload.annotation("ambient.istio.io/redirection") == Some("enabled");
    is_redirected || workload.pod().is_some() && workload.label(NAME).or_else(by_namespace) == Some("ambient")
}

fn wants_linkerd(workload: Workload<'_>, namespace: Option<Resource<'_>>) -> bool {
    const NAME: &str = "linkerd.io/inject";
    let by_namespace = || namespace.and_then(|namespace| namespace.annotation(NAME));
    let wanted = workload.annotation(NAME).or_else(by_namespace);
    matches!(wanted, Some("enabled" | "ingress")) && !workload.is_on_host_network() && workload.pod().is_some()
}
