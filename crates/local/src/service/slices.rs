//! The EndpointSlices of a Service: a change touches as few of them as possible.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::discovery::v1::{Endpoint, EndpointConditions, EndpointPort, EndpointSlice};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::ResourceExt;

use super::Observed;
use super::backends::{Backend, Groups, Port};
use super::endpoints::slim;
use crate::action::{Action, Step, Story, Target};
use crate::pods;

/// Endpoints a slice holds at most, as upstream's default.
const CAPACITY: usize = 100;

/// Brings the slices in line with the backends.
pub(super) fn step(observed: &Observed<'_>, groups: &Groups, step: &mut Step) {
    // A Service without backends keeps one empty slice, so that consumers can tell it from one not looked at yet.
    let nobody = Groups::from([(Vec::new(), Vec::new())]);
    let groups = if groups.is_empty() { &nobody } else { groups };
    let mut others: Vec<&Arc<EndpointSlice>> = observed.slices.iter().collect();
    for (ports, backends) in groups {
        let ports: Vec<EndpointPort> = ports.iter().map(slice_port).collect();
        let ports = (!ports.is_empty()).then_some(ports);
        let same =
            |slice: &EndpointSlice| slice.ports.as_deref().unwrap_or_default() == ports.as_deref().unwrap_or_default();
        let (mine, rest) = others.into_iter().partition(|slice| same(slice));
        others = rest;
        spread(observed, ports, backends, mine, step);
    }
    step.actions.extend(others.into_iter().map(|slice| Action::delete(&**slice)));
}

/// Puts `backends` into the slices that hold them already, then where there is room, then into new ones.
fn spread(
    observed: &Observed<'_>,
    ports: Option<Vec<EndpointPort>>,
    backends: &[Backend],
    slices: Vec<&Arc<EndpointSlice>>,
    step: &mut Step,
) {
    let mut homeless: BTreeMap<String, Endpoint> =
        backends.iter().map(|backend| (backend.pod.uid().unwrap_or_default(), endpoint(backend))).collect();
    let mut kept: Vec<(&Arc<EndpointSlice>, Vec<Endpoint>)> = slices
        .into_iter()
        .map(|slice| {
            let uids = slice.endpoints.iter().filter_map(|known| known.target_ref.as_ref()?.uid.as_ref());
            (slice, uids.filter_map(|uid| homeless.remove(uid)).collect())
        })
        .collect();
    let mut newcomers = homeless.into_values();
    for (_, endpoints) in &mut kept {
        let room = CAPACITY.saturating_sub(endpoints.len());
        endpoints.extend(newcomers.by_ref().take(room));
    }
    let mut fresh = Vec::new();
    loop {
        let endpoints: Vec<Endpoint> = newcomers.by_ref().take(CAPACITY).collect();
        if endpoints.is_empty() {
            break;
        }
        fresh.push(endpoints);
    }
    let has_any = !fresh.is_empty() || kept.iter().any(|(_, endpoints)| !endpoints.is_empty());
    let mut placeholder_needed = !has_any;
    for (slice, endpoints) in kept {
        if endpoints.is_empty() && !std::mem::take(&mut placeholder_needed) {
            step.push(Action::delete(&**slice));
            continue;
        }
        let desired = EndpointSlice {
            metadata: ObjectMeta { labels: Some(labels(observed)), ..slice.metadata.clone() },
            endpoints,
            ..(**slice).clone()
        };
        step.push(Action::update(&**slice, &desired));
    }
    if placeholder_needed {
        fresh.push(Vec::new());
    }
    for endpoints in fresh {
        let slice = EndpointSlice {
            metadata: ObjectMeta {
                generate_name: Some(format!("{}-", observed.service.name_any())),
                namespace: observed.service.namespace(),
                labels: Some(labels(observed)),
                owner_references: Some(vec![pods::controlled(observed.service)]),
                ..ObjectMeta::default()
            },
            address_type: "IPv4".to_owned(),
            endpoints,
            ports: ports.clone(),
        };
        step.push(Action::create(&slice, Story::Silent));
    }
}

fn labels(observed: &Observed<'_>) -> BTreeMap<String, String> {
    let mut labels = observed.service.labels().clone();
    labels.insert("kubernetes.io/service-name".to_owned(), observed.service.name_any());
    let manager = "endpointslice-controller.k8s.io";
    labels.insert("endpointslice.kubernetes.io/managed-by".to_owned(), manager.to_owned());
    if observed.service.spec.as_ref().and_then(|spec| spec.cluster_ip.as_deref()) == Some("None") {
        labels.insert("service.kubernetes.io/headless".to_owned(), String::new());
    }
    labels
}

fn slice_port(port: &Port) -> EndpointPort {
    EndpointPort {
        name: Some(port.name.clone()),
        port: Some(port.number),
        protocol: Some(port.protocol.clone()),
        app_protocol: port.application.clone(),
    }
}

fn endpoint(backend: &Backend) -> Endpoint {
    let fitness = backend.fitness;
    Endpoint {
        addresses: vec![backend.ip.clone()],
        conditions: Some(EndpointConditions {
            ready: Some(fitness.ready()),
            serving: Some(fitness.serving),
            terminating: Some(fitness.terminating),
        }),
        hostname: backend.hostname.clone(),
        node_name: backend.pod.spec.as_ref().and_then(|spec| spec.node_name.clone()),
        target_ref: Some(slim(Target::of(&*backend.pod))),
        ..Endpoint::default()
    }
}
