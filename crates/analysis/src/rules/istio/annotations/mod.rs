//! The annotations that Istio documents, and who carries annotations.

pub(super) mod catalogue;
mod proxy_config;
pub(super) mod values;

use mesh::{Field, Resource, Workload, WorkloadKind, kind};

/// Annotations of one object: its own, or those that its pods will have.
#[derive(Clone, Copy)]
pub(super) struct Carrier<'w> {
    /// The kind that the annotations are attached to: `Pod` for those of a pod template.
    pub(super) kind: &'w str,
    /// The `metadata` with the annotations.
    pub(super) metadata: Field<'w>,
}

impl<'w> Carrier<'w> {
    /// What an object carries: a Namespace, a Service, or a workload with its own annotations and those of its pods.
    pub(super) fn of(resource: Resource<'w>) -> Vec<Carrier<'w>> {
        let own =
            |resource: Resource<'w>| Some(Carrier { kind: resource.kind(), metadata: resource.at(&["metadata"])? });
        let Some(workload) = Workload::of(resource).filter(|workload| workload.kind() != WorkloadKind::WorkloadEntry)
        else {
            let relevant = resource.is(kind::NAMESPACE) || resource.is(kind::SERVICE);
            return Some(resource).filter(|_| relevant).and_then(own).into_iter().collect();
        };
        let template = || Some(Carrier { kind: "Pod", metadata: workload.pod()?.get("metadata")? });
        let of_pods = if workload.kind() == WorkloadKind::Pod { None } else { template() };
        own(resource).into_iter().chain(of_pods).collect()
    }

    /// What an object carries itself, without its pods.
    pub(super) fn own(resource: Resource<'w>) -> Option<Carrier<'w>> {
        Carrier::of(resource).into_iter().next()
    }

    /// The annotations that are Istio's to define, by name. Those that its components write are left out.
    pub(super) fn annotations(self) -> impl Iterator<Item = (&'w str, Field<'w>)> {
        self.metadata
            .map("annotations")
            .filter(|(name, _)| is_istio(name) && !catalogue::WRITTEN_BY_ISTIO.contains(name))
    }
}

/// Whether an annotation is Istio's to define. One of Kubernetes is documented by Istio too.
fn is_istio(name: &str) -> bool {
    name == "kubernetes.io/ingress.class"
        || name.split_once('/').is_some_and(|(domain, _)| domain.ends_with("istio.io"))
}
