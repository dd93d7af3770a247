//! Pods as Kubernetes' Pod Security Standards look at them.

use mesh::workload::Workload;
use mesh::{Field, Resource};

use crate::{Finding, Findings, Rule};

/// The pods that an object declares.
#[derive(Clone, Copy)]
pub(super) struct Pods<'w> {
    resource: Resource<'w>,
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
        (!windows).then_some(Pods { resource, spec })
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

    /// Reports all containers that satisfy something as one finding at the first one: `message` and their names.
    pub(super) fn report<'f>(
        self,
        rule: &Rule,
        findings: &'f mut Findings,
        message: &str,
        wrong: impl Fn(Field<'w>) -> bool,
    ) -> Option<&'f mut Finding> {
        let found: Vec<Field<'w>> = self.containers().filter(|container| wrong(*container)).collect();
        let first = found.first()?;
        let names: Vec<String> = found.iter().map(|container| format!("`{}`", container.text("name"))).collect();
        let field = first.get("securityContext").or_else(|| first.get("name")).unwrap_or(*first);
        Some(findings.at(rule, self.resource, field, format!("{message}: {}", names.join(", "))))
    }
}
