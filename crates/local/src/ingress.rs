//! Ingresses: the address they are served at.

use k8s_openapi::api::networking::v1::{Ingress, IngressLoadBalancerIngress, IngressLoadBalancerStatus, IngressStatus};

use crate::action::{Action, Step};

/// Where every Ingress of this machine is said to be served.
const ADDRESS: &str = "127.0.0.1";

/// One look at an Ingress: it gets its address, unless something else has given it one.
pub(crate) fn step(ingress: &Ingress) -> Step {
    let mut step = Step::default();
    let balancer = ingress.status.as_ref().and_then(|status| status.load_balancer.as_ref());
    let addressed = balancer.and_then(|balancer| balancer.ingress.as_ref()).is_some_and(|points| !points.is_empty());
    if !addressed && ingress.metadata.deletion_timestamp.is_none() {
        let point =
            IngressLoadBalancerIngress { ip: Some(ADDRESS.to_owned()), ..IngressLoadBalancerIngress::default() };
        let balancer = IngressLoadBalancerStatus { ingress: Some(vec![point]) };
        let status = IngressStatus { load_balancer: Some(balancer) };
        step.push(Action::status(ingress, &ingress.status, &status));
    }
    step
}
