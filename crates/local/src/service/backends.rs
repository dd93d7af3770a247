//! Which pods stand behind a Service, and at which ports.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{Pod, Service, ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kube::ResourceExt;

use crate::pods;

/// One port as a pod serves it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Port {
    pub(super) name: String,
    pub(super) protocol: String,
    pub(super) number: i32,
    pub(super) application: Option<String>,
}

/// Whether traffic may go to a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fitness {
    pub(super) serving: bool,
    pub(super) terminating: bool,
    /// Whether the Service wants it regardless of readiness.
    pub(super) published: bool,
}

impl Fitness {
    /// Whether new connections go there.
    pub(super) fn ready(self) -> bool {
        self.published || (self.serving && !self.terminating)
    }
}

/// One pod behind a Service.
#[derive(Debug, Clone)]
pub(super) struct Backend {
    pub(super) pod: Arc<Pod>,
    pub(super) ip: String,
    pub(super) hostname: Option<String>,
    pub(super) fitness: Fitness,
}

/// Backends by the ports they serve: a named target port may have another number in each pod.
pub(super) type Groups = BTreeMap<Vec<Port>, Vec<Backend>>;

/// The backends of `service` among the pods it selects.
pub(super) fn groups(service: &Service, spec: &ServiceSpec, selected: &[Arc<Pod>]) -> Groups {
    let published = spec.publish_not_ready_addresses == Some(true);
    let mut groups = Groups::new();
    for pod in selected.iter().filter(|pod| !pods::has_ended(pod)) {
        let Some(ip) = pod.status.as_ref().and_then(|status| status.pod_ip.clone()) else { continue };
        let ports: Vec<Port> = spec.ports.iter().flatten().filter_map(|port| resolve(port, pod)).collect();
        let headless = spec.cluster_ip.as_deref() == Some("None");
        if ports.is_empty() && !headless {
            continue;
        }
        let pod_spec = pod.spec.as_ref();
        let subdomain = pod_spec.and_then(|spec| spec.subdomain.as_deref());
        let hostname = pod_spec.and_then(|spec| spec.hostname.clone());
        let fitness =
            Fitness { serving: pods::is_ready(pod), terminating: pod.metadata.deletion_timestamp.is_some(), published };
        groups.entry(ports).or_default().push(Backend {
            pod: pod.clone(),
            ip,
            hostname: hostname.filter(|_| subdomain == Some(service.name_any().as_str())),
            fitness,
        });
    }
    groups
}

/// The port of `pod` that a Service's port leads to.
fn resolve(port: &ServicePort, pod: &Pod) -> Option<Port> {
    let protocol = port.protocol.clone().unwrap_or_else(|| "TCP".to_owned());
    let number = match &port.target_port {
        None => port.port,
        Some(IntOrString::Int(0)) => port.port,
        Some(IntOrString::Int(number)) => *number,
        Some(IntOrString::String(name)) => {
            let spec = pod.spec.as_ref()?;
            let sidecars = spec.init_containers.iter().flatten();
            let sidecars = sidecars.filter(|container| container.restart_policy.as_deref() == Some("Always"));
            let ports = spec.containers.iter().chain(sidecars).flat_map(|container| container.ports.iter().flatten());
            let mut named = ports.filter(|known| {
                known.name.as_deref() == Some(name) && known.protocol.as_deref().unwrap_or("TCP") == protocol
            });
            named.next()?.container_port
        }
    };
    Some(Port { name: port.name.clone().unwrap_or_default(), protocol, number, application: port.app_protocol.clone() })
}
