//! Services: load balancer addresses, Endpoints and EndpointSlices.

mod backends;
mod endpoints;
mod routed;
mod slices;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::net::Ipv4Addr;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{Endpoints, LoadBalancerIngress, LoadBalancerStatus, Pod, Service, ServiceSpec};
use k8s_openapi::api::discovery::v1::EndpointSlice;

use crate::action::{Action, Step};
use crate::hash::fnv;
use crate::watch::Key;

pub(crate) use routed::Routed;

/// Load balancers get addresses from here on: loopback addresses, reachable from this machine only.
const FIRST_BALANCER: u32 = 0x7f14_0001;
const BALANCERS: u32 = 0xfffe;

/// What a Service's endpoints are decided by.
pub(crate) struct Observed<'a> {
    pub(crate) service: &'a Service,
    /// The pods its selector selects.
    pub(crate) pods: &'a [Arc<Pod>],
    /// The Endpoints of its name.
    pub(crate) endpoints: Option<&'a Endpoints>,
    /// The slices it controls.
    pub(crate) slices: &'a [Arc<EndpointSlice>],
}

/// One look at a Service's endpoints.
pub(crate) fn step(observed: &Observed<'_>) -> Step {
    let mut step = Step::default();
    let Some(spec) = observed.service.spec.as_ref().filter(|spec| follows_pods(spec)) else { return step };
    if observed.service.metadata.deletion_timestamp.is_some() {
        return step;
    }
    let groups = backends::groups(observed.service, spec, observed.pods);
    endpoints::step(observed, &groups, &mut step);
    slices::step(observed, &groups, &mut step);
    step
}

/// Whether the endpoints of a Service are found by its selector; otherwise they are somebody else's.
pub(crate) fn follows_pods(spec: &ServiceSpec) -> bool {
    let selects = spec.selector.as_ref().is_some_and(|selector| !selector.is_empty());
    selects && spec.type_.as_deref() != Some("ExternalName")
}

/// One look at a Service's load balancer; `taken` are the addresses of the others.
pub(crate) fn balancer_step(service: &Service, taken: &HashSet<String>) -> Step {
    let mut step = Step::default();
    let Some(spec) = &service.spec else { return step };
    let mut status = service.status.clone().unwrap_or_default();
    let points = status.load_balancer.as_ref().and_then(|balancer| balancer.ingress.as_ref());
    let addressed = points.is_some_and(|points| !points.is_empty());
    let balanced = spec.type_.as_deref() == Some("LoadBalancer") && spec.load_balancer_class.is_none();
    let balanced = balanced && service.metadata.deletion_timestamp.is_none();
    status.load_balancer = match (balanced, addressed) {
        (true, true) | (false, false) => return step,
        (true, false) => Some(LoadBalancerStatus {
            ingress: Some(vec![LoadBalancerIngress {
                ip: Some(balancer_address(&Key::of(service), taken)),
                ip_mode: Some("VIP".to_owned()),
                ..LoadBalancerIngress::default()
            }]),
        }),
        // Another kind of load balancer has its own controller.
        (false, true) if spec.type_.as_deref() == Some("LoadBalancer") => return step,
        (false, true) => Some(LoadBalancerStatus::default()),
    };
    step.push(Action::status(service, &service.status, &status));
    step
}

/// The same free address for the same Service each time, as far as possible.
fn balancer_address(service: &Key, taken: &HashSet<String>) -> String {
    let hash = fnv(service.to_string().as_bytes());
    let candidates = (0..BALANCERS).map(|step| Ipv4Addr::from(FIRST_BALANCER + (hash % BALANCERS + step) % BALANCERS));
    let mut addresses = candidates.map(|address| address.to_string());
    addresses.find(|address| !taken.contains(address)).unwrap_or_else(|| Ipv4Addr::from(FIRST_BALANCER).to_string())
}
