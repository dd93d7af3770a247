//! Pods as Kubernetes' Pod Security Standards look at them.

use mesh::workload::Workload;
use mesh::{Field, Resource};

/// The pods that an object declares.
#[derive(Clone, Copy)]
pub(super) struct Pods<'w> {
    /// Their `spec`.
    pub(super) spec: Field<'w>,
}

/// Whether a container belongs to the mesh and not to the application: it has a rule of its own.
pub(in super::super) fn is_of_a_mesh(name: &str) -> bool {
    const NAMES: [&str; 7] = [
        "istio-init",
        "istio-proxy",
        "istio-validation",
        "linkerd-init",
        "linkerd-network-validator",
        "linkerd-proxy",
        "linkerd-debug",
    ];
    NAMES.contains(&name)
}

impl<'w> Pods<'w> {
    /// Those that an object declares, unless they are for Windows, which has controls of its own.
    pub(super) fn of(resource: Resource<'w>) -> Option<Pods<'w>> {
        let spec = Workload::of(resource)?.pod_spec()?;
        let windows = spec.at(&["os", "name"]).and_then(Field::as_str) == Some("windows");
        (!windows).then_some(Pods { spec })
    }

    /// All containers of the application, init containers first.
    pub(super) fn containers(self) -> impl Iterator<Item = Field<'w>> {
        let lists = ["initContainers", "containers", "ephemeralContainers"].into_iter();
        lists.flat_map(move |list| self.spec.list(list)).filter(|container| !is_of_a_mesh(container.text("name")))
    }

    /// The value behind a path in the `securityContext` of a container, or else in that of its pod.
    pub(super) fn context(self, container: Field<'w>, path: &[&str]) -> Option<Field<'w>> {
        let of = |holder: Field<'w>| holder.get("securityContext").and_then(|context| context.at(path));
        of(container).or_else(|| of(self.spec))
    }

    /// Every value behind a path in a `securityContext`, of the pod and of its containers.
    pub(super) fn contexts(self, path: &'static [&'static str]) -> impl Iterator<Item = Field<'w>> {
        let holders = std::iter::once(self.spec).chain(self.containers());
        holders.filter_map(move |holder| holder.get("securityContext")?.at(path))
    }
}
