//! Which namespaces see an object: Istio's `exportTo`.

use crate::{MeshConfig, Resource};

/// The annotation with which a Kubernetes Service says its `exportTo`.
pub const SERVICE_ANNOTATION: &str = "networking.istio.io/exportTo";

/// The part of an `exportTo` list that decides for one namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visibility<'w> {
    namespace: &'w str,
    targets: Vec<&'w str>,
}

impl<'w> Visibility<'w> {
    /// By the `spec.exportTo` of an object, or by the mesh configuration's list `default` if the object says nothing.
    pub fn of(resource: Resource<'w>, config: &'w MeshConfig, default: &str) -> Visibility<'w> {
        let written = resource.spec().into_iter().flat_map(|spec| spec.texts("exportTo")).collect();
        Visibility::new(resource.namespace(), written, config, default)
    }

    /// By the annotation of a Kubernetes Service, or by the mesh configuration.
    pub fn of_service(service: Resource<'w>, config: &'w MeshConfig) -> Visibility<'w> {
        let written = service.annotation(SERVICE_ANNOTATION).unwrap_or_default();
        let targets = written.split(',').map(str::trim).filter(|target| !target.is_empty()).collect();
        Visibility::new(service.namespace(), targets, config, "defaultServiceExportTo")
    }

    fn new(namespace: &'w str, written: Vec<&'w str>, config: &'w MeshConfig, default: &str) -> Visibility<'w> {
        let defaults = || config.value().get(default).and_then(|list| list.as_array()).into_iter().flatten();
        let targets = if written.is_empty() { defaults().filter_map(|item| item.as_str()).collect() } else { written };
        Visibility { namespace, targets }
    }

    /// Whether the object counts in `namespace`: `*` means everywhere, `.` its own namespace, `~` nowhere.
    pub fn reaches(&self, namespace: &str) -> bool {
        if self.targets.contains(&"~") {
            return false;
        }
        self.targets.is_empty()
            || self
                .targets
                .iter()
                .any(|target| *target == "*" || *target == namespace || (*target == "." && namespace == self.namespace))
    }

    /// The list as it was written.
    pub fn text(&self) -> String {
        self.targets.join(", ")
    }
}
