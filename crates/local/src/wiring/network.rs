//! Services, Ingresses, disruption budgets.

use std::collections::HashSet;

use k8s_openapi::api::core::v1::{Pod, Service};
use kube::ResourceExt;

use super::{Wiring, follow_owned, queue_of};
use crate::action::Step;
use crate::watch::{Change, Key};
use crate::{disruption, ingress, pods, service};

impl Wiring {
    pub(super) fn network(&mut self) {
        self.endpoints();
        self.balancers();
        self.ingresses();
        self.budgets();
    }

    fn endpoints(&mut self) {
        let queue = queue_of(&self.world.services);
        follow_owned::<Service, _>(&queue, &self.world.endpoint_slices, |_| 0);
        let listener = queue.clone();
        self.world
            .endpoints
            .subscribe(move |change| change.latest().into_iter().for_each(|o| listener.add(Key::of(o))));
        let (listener, services) = (queue.clone(), self.world.services.clone());
        let all_pods = self.world.pods.clone();
        self.world.pods.subscribe(move |change| {
            let Some(namespace) =
                change.latest().filter(|_| matters_to_services(change)).and_then(|pod| pod.namespace())
            else {
                return;
            };
            for service in services.in_namespace(&namespace) {
                let Some(spec) = service.spec.as_ref().filter(|spec| service::follows_pods(spec)) else { continue };
                let selects =
                    |pod: &Pod| spec.selector.as_ref().is_none_or(|selector| pods::has_labels(selector, pod.labels()));
                if change.sides().any(selects) {
                    listener.add_settled(Key::of(&*service), all_pods.count_in_namespace(&namespace));
                }
            }
        });
        self.controller("endpoint-slice-controller", 2, &queue, |look| {
            let Some(service) = look.world.services.get(look.key) else { return Step::default() };
            let selector = service.spec.as_ref().and_then(|spec| spec.selector.clone()).unwrap_or_default();
            let mut selected = look.world.pods.in_namespace(&look.key.namespace);
            selected.retain(|pod| pods::has_labels(&selector, pod.labels()));
            service::step(&service::Observed {
                service: &service,
                pods: &selected,
                endpoints: look.world.endpoints.get(look.key).as_deref(),
                slices: &look.world.endpoint_slices.controlled_by(&service.uid().unwrap_or_default()),
            })
        });
    }

    fn balancers(&mut self) {
        let queue = queue_of(&self.world.services);
        // One worker, so that two Services never get the same free address.
        self.controller("service-controller", 1, &queue, |look| {
            let Some(service) = look.world.services.get(look.key) else { return Step::default() };
            let kind = service.spec.as_ref().and_then(|spec| spec.type_.as_deref());
            let others = if kind == Some("LoadBalancer") { look.world.services.all() } else { Vec::new() };
            let points =
                others.iter().filter_map(|other| other.status.as_ref()?.load_balancer.as_ref()?.ingress.as_ref());
            let taken: HashSet<String> = points.flatten().filter_map(|point| point.ip.clone()).collect();
            service::balancer_step(&service, &taken)
        });
    }

    fn ingresses(&mut self) {
        let queue = queue_of(&self.world.ingresses);
        self.controller("ingress-controller", 1, &queue, |look| {
            look.world.ingresses.get(look.key).map_or_else(Step::default, |found| ingress::step(&found))
        });
    }

    fn budgets(&mut self) {
        let queue = queue_of(&self.world.disruption_budgets);
        let (listener, budgets) = (queue.clone(), self.world.disruption_budgets.clone());
        let all_pods = self.world.pods.clone();
        self.world.pods.subscribe(move |change| {
            let Some(namespace) = change.latest().and_then(|pod| pod.namespace()) else { return };
            for budget in budgets.in_namespace(&namespace) {
                let selector = budget.spec.as_ref().and_then(|spec| spec.selector.as_ref());
                let selects = |pod: &Pod| selector.is_some_and(|selector| pods::selects(selector, pod.labels()));
                if change.sides().any(selects) {
                    listener.add_settled(Key::of(&*budget), all_pods.count_in_namespace(&namespace));
                }
            }
        });
        self.controller("disruption-controller", 1, &queue, |look| {
            let Some(budget) = look.world.disruption_budgets.get(look.key) else { return Step::default() };
            let selector = budget.spec.as_ref().and_then(|spec| spec.selector.clone());
            let mut selected = look.world.pods.in_namespace(&look.key.namespace);
            selected.retain(|pod| selector.as_ref().is_some_and(|selector| pods::selects(selector, pod.labels())));
            disruption::step(&budget, &selected, look.now)
        });
    }
}

/// Whether a change of a pod can change anybody's endpoints.
fn matters_to_services(change: &Change<'_, Pod>) -> bool {
    let (Some(old), Some(new)) = (change.old, change.new) else { return true };
    fn view(pod: &Pod) -> impl PartialEq {
        let ip = pod.status.as_ref().and_then(|status| status.pod_ip.as_ref());
        let leaving = pod.metadata.deletion_timestamp.is_some();
        (&pod.metadata.labels, ip, pods::is_ready(pod), pods::has_ended(pod), leaving)
    }
    view(old) != view(new)
}
