//! The Endpoints object of a Service.

use k8s_openapi::api::core::v1::{EndpointAddress, EndpointPort, EndpointSubset, Endpoints};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::ResourceExt;

use super::Observed;
use super::backends::{Backend, Groups};
use crate::action::{Action, Step, Story, Target};

/// More addresses do not fit into one object; they are cut off, as upstream does.
const CAPACITY: usize = 1000;

/// Brings the Endpoints in line with the backends.
pub(super) fn step(observed: &Observed<'_>, groups: &Groups, step: &mut Step) {
    let desired = desired(observed, groups);
    let action = match observed.endpoints {
        Some(current) => Action::update(current, &Endpoints { metadata: merged(current, &desired), ..desired }),
        None => Action::create(&desired, Story::Silent),
    };
    step.push(action);
}

/// The metadata the server gave, with our labels and annotations.
fn merged(current: &Endpoints, desired: &Endpoints) -> ObjectMeta {
    ObjectMeta {
        labels: desired.metadata.labels.clone(),
        annotations: desired.metadata.annotations.clone(),
        ..current.metadata.clone()
    }
}

fn desired(observed: &Observed<'_>, groups: &Groups) -> Endpoints {
    let service = observed.service;
    let mut labels = service.labels().clone();
    labels.insert("endpoints.kubernetes.io/managed-by".to_owned(), "endpoint-controller".to_owned());
    if service.spec.as_ref().and_then(|spec| spec.cluster_ip.as_deref()) == Some("None") {
        labels.insert("service.kubernetes.io/headless".to_owned(), String::new());
    }
    let mut room = CAPACITY;
    let mut cut = false;
    let mut take = |backends: Vec<&Backend>| -> Option<Vec<EndpointAddress>> {
        cut |= backends.len() > room;
        let addresses: Vec<_> = backends.into_iter().take(room).map(address).collect();
        room -= addresses.len();
        (!addresses.is_empty()).then_some(addresses)
    };
    let subsets: Vec<EndpointSubset> = groups
        .iter()
        .map(|(ports, backends)| {
            let present = |backend: &&Backend| backend.fitness.published || !backend.fitness.terminating;
            let (ready, unready) =
                backends.iter().filter(present).partition::<Vec<_>, _>(|backend| backend.fitness.ready());
            let ports: Vec<EndpointPort> = ports
                .iter()
                .map(|port| EndpointPort {
                    name: (!port.name.is_empty()).then(|| port.name.clone()),
                    port: port.number,
                    protocol: Some(port.protocol.clone()),
                    app_protocol: port.application.clone(),
                })
                .collect();
            EndpointSubset {
                addresses: take(ready),
                not_ready_addresses: take(unready),
                ports: (!ports.is_empty()).then_some(ports),
            }
        })
        .filter(|subset| subset.addresses.is_some() || subset.not_ready_addresses.is_some())
        .collect();
    let truncated = ("endpoints.kubernetes.io/over-capacity".to_owned(), "truncated".to_owned());
    Endpoints {
        metadata: ObjectMeta {
            name: Some(service.name_any()),
            namespace: service.namespace(),
            labels: Some(labels),
            annotations: cut.then(|| [truncated].into()),
            ..ObjectMeta::default()
        },
        subsets: (!subsets.is_empty()).then_some(subsets),
    }
}

fn address(backend: &Backend) -> EndpointAddress {
    EndpointAddress {
        ip: backend.ip.clone(),
        hostname: backend.hostname.clone(),
        node_name: backend.pod.spec.as_ref().and_then(|spec| spec.node_name.clone()),
        target_ref: Some(slim(Target::of(&*backend.pod))),
    }
}

/// A reference as endpoints carry it: without the API version.
pub(super) fn slim(target: Target) -> k8s_openapi::api::core::v1::ObjectReference {
    k8s_openapi::api::core::v1::ObjectReference { api_version: None, ..target.reference() }
}
