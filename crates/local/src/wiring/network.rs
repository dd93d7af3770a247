//! Services, Ingresses, disruption budgets.

use std::collections::HashSet;

use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::ResourceExt;

use super::{Wiring, follow_owned, queue_of};
use crate::action::Step;
use crate::controller::Look;
use crate::disruption::{self, NoScale};
use crate::service::{self, Routed};
use crate::watch::{Change, Key, Kind};
use crate::workload::Workload;
use crate::{ingress, pods};

impl Wiring {
    /// What becomes of Services and disruption budgets inside of a cluster.
    pub(super) fn services(&mut self) {
        self.endpoints();
        self.budgets();
    }

    /// What a cluster is given from outside.
    pub(super) fn addresses(&mut self) {
        self.balancers();
        self.ingresses();
    }

    fn endpoints(&mut self) {
        let queue = queue_of(&self.world.services);
        follow_owned::<Service, _>(&queue, &self.world.endpoint_slices, |_| 0);
        let listener = queue.clone();
        self.world.endpoints.subscribe(move |change| listener.add(change.key.clone()));
        let (listener, services) = (queue.clone(), self.world.services.clone());
        let all_pods = self.world.pods.clone();
        self.world.pods.subscribe(move |change| {
            if !matters_to_services(change) {
                return;
            }
            let namespace = &change.key.namespace;
            let affected = services.pick_in(namespace, |key, service| {
                change.sides().any(|pod| service.selects(pod.labels())).then(|| key.clone())
            });
            for key in affected {
                listener.add_settled(key, all_pods.count_in_namespace(namespace));
            }
        });
        self.controller("endpoint-slice-controller", 2, &queue, |look| {
            let Some(service) = look.world.services.get(look.key) else { return Step::default() };
            let selector = service.spec.as_ref().and_then(|spec| spec.selector.clone()).unwrap_or_default();
            let selected = look
                .world
                .pods
                .pick_in(&look.key.namespace, |_, pod| pods::has_labels(&selector, pod.labels()).then(|| pod.clone()));
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
            let mut taken = HashSet::new();
            if kind == Some("LoadBalancer") {
                let addresses = |other: &Routed| other.addresses().map(str::to_owned).collect::<Vec<_>>();
                taken.extend(look.world.services.pick(|_, other| Some(addresses(other))).into_iter().flatten());
            }
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
            let namespace = &change.key.namespace;
            let affected = budgets.pick_in(namespace, |key, budget| {
                let selector = budget.spec.as_ref()?.selector.as_ref()?;
                change.sides().any(|pod| pods::selects(selector, pod.labels())).then(|| key.clone())
            });
            for key in affected {
                listener.add_settled(key, all_pods.count_in_namespace(namespace));
            }
        });
        self.controller("disruption-controller", 1, &queue, |look| {
            let Some(budget) = look.world.disruption_budgets.get(look.key) else { return Step::default() };
            let selector = budget.spec.as_ref().and_then(|spec| spec.selector.clone());
            let selected = look.world.pods.pick_in(&look.key.namespace, |_, pod| {
                pods::selects(selector.as_ref()?, pod.labels()).then(|| pod.clone())
            });
            disruption::step(&disruption::Observed {
                budget: &budget,
                pods: &selected,
                workload: &|owner| workload(look, owner),
                now: look.now,
            })
        });
    }
}

/// What says how many pods the controller `owner` of some of them wants.
fn workload(look: &Look<'_>, owner: &OwnerReference) -> Result<Workload, NoScale> {
    let key = Key::new(look.key.namespace.clone(), owner.name.as_str());
    let found = Kind::named(&owner.kind).and_then(|kind| Workload::behind(look.world, kind, &key));
    found.ok_or_else(|| NoScale { kind: owner.kind.clone(), name: owner.name.clone() })
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
