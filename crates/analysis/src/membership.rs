//! Whether a workload is part of a mesh, as its manifests declare it.

use mesh::workload::Workload;
use mesh::{Field, Proxy, World};

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

impl Membership {
    /// Of a workload, by itself and by its namespace; where neither says anything, it is outside. A machine outside the
    /// cluster does not say whether it has a proxy.
    pub(crate) fn of(world: &World, workload: Workload<'_>) -> Membership {
        let declared = if workload.pod().is_some() { world.declared_proxy(workload) } else { None };
        match declared.map(|declared| declared.proxy) {
            Some(Proxy::Sidecar) if has_container(workload, "istio-proxy") => Membership::IstioWritten,
            Some(Proxy::Sidecar) => Membership::IstioInjected,
            Some(Proxy::Ambient) => Membership::IstioAmbient,
            Some(Proxy::Linkerd) => Membership::Linkerd,
            Some(Proxy::None) | None => Membership::Outside,
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

fn has_container(workload: Workload<'_>, name: &str) -> bool {
    workload.containers().chain(workload.init_containers()).any(|container| container.text("name") == name)
}
