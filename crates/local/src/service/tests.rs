//! Endpoints, slices and addresses.

use std::collections::HashSet;
use std::sync::Arc;

use expect_test::{Expect, expect};
use k8s_openapi::api::core::v1::{Endpoints, Pod, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use serde_json::{Value, json};

use super::{Observed, balancer_step, step};
use crate::action::Action;
use crate::transcript::{Cluster, object};

fn service(spec: Value) -> Service {
    object(json!({ "metadata": { "name": "web" }, "spec": spec }))
}

fn pod(number: usize, ready: &str) -> Arc<Pod> {
    Arc::new(object(json!({
        "metadata": { "name": format!("web-{number}"), "labels": { "app": "web" } },
        "spec": { "containers": [{ "name": "app", "ports": [{ "name": "http", "containerPort": 8080 }] }] },
        "status": {
            "phase": "Running", "podIP": format!("10.244.1.{number}"),
            "conditions": [{ "type": "Ready", "status": ready }],
        },
    })))
}

fn http() -> Value {
    json!({ "selector": { "app": "web" }, "ports": [{ "port": 80, "targetPort": "http" }] })
}

/// Brings the endpoints to where they should be, and prints them.
fn settle(cluster: &mut Cluster, service: &Service, pods: &[Arc<Pod>]) -> String {
    for _ in 0..5 {
        let endpoints = cluster.get::<Endpoints>("web");
        let slices = cluster.controlled_by::<EndpointSlice>("uid-of-web");
        let look = step(&Observed { service, pods, endpoints: endpoints.as_ref(), slices: &slices });
        if !cluster.carry_out(look) {
            break;
        }
    }
    let mut text = cluster.told();
    for subset in cluster.get::<Endpoints>("web").unwrap().subsets.into_iter().flatten() {
        let count = |addresses: Option<Vec<_>>| addresses.map_or(0, |addresses| addresses.len());
        let ports: Vec<_> = subset.ports.into_iter().flatten().map(|port| port.port).collect();
        text.push_str(&format!(
            "= {} ready, {} not, ports {ports:?}\n",
            count(subset.addresses),
            count(subset.not_ready_addresses)
        ));
    }
    let sizes = cluster.all::<EndpointSlice>();
    let sizes: Vec<_> = sizes.iter().map(|slice| slice.endpoints.len()).collect();
    text.push_str(&format!("= slices of {sizes:?}\n"));
    text
}

fn check(pods: &[Arc<Pod>], expected: Expect) {
    expected.assert_eq(&settle(&mut Cluster::new(), &service(http()), pods));
}

#[test]
fn named_ports_and_readiness_show() {
    check(
        &[],
        expect![[r#"
        create Endpoints default/web
        create EndpointSlice default/web-2
        = slices of [0]
    "#]],
    );
    check(
        &[pod(1, "True"), pod(2, "False")],
        expect![[r#"
        create Endpoints default/web
        create EndpointSlice default/web-2
        = 1 ready, 1 not, ports [8080]
        = slices of [2]
    "#]],
    );
}

#[test]
fn a_change_touches_one_slice_of_many() {
    let mut cluster = Cluster::new();
    let service = service(http());
    let mut pods: Vec<_> = (0..250).map(|number| pod(number, "True")).collect();
    expect![[r#"
        create Endpoints default/web
        create EndpointSlice default/web-2
        create EndpointSlice default/web-3
        create EndpointSlice default/web-4
        = 250 ready, 0 not, ports [8080]
        = slices of [100, 100, 50]
    "#]]
    .assert_eq(&settle(&mut cluster, &service, &pods));
    pods[7] = pod(7, "False");
    let endpoints = cluster.get::<Endpoints>("web");
    let slices = cluster.controlled_by::<EndpointSlice>("uid-of-web");
    let look = step(&Observed { service: &service, pods: &pods, endpoints: endpoints.as_ref(), slices: &slices });
    let targets = look.actions.iter().filter_map(|action| match action {
        Action::Patch { target, .. } => Some(target.kind.to_string()),
        _ => None,
    });
    assert_eq!(targets.collect::<Vec<_>>(), ["Endpoints", "EndpointSlice"]);
}

#[test]
fn load_balancers_get_loopback_addresses_of_their_own() {
    let balanced = service(json!({ "type": "LoadBalancer", "ports": [{ "port": 80 }] }));
    let address = |taken: &HashSet<String>| match &balancer_step(&balanced, taken).actions[..] {
        [Action::Status { patch, .. }] => {
            patch.pointer("/status/loadBalancer/ingress/0/ip").unwrap().as_str().unwrap().to_owned()
        }
        other => panic!("{other:?}"),
    };
    let first = address(&HashSet::new());
    let second = address(&HashSet::from([first.clone()]));
    assert!(first.starts_with("127.20.") && second.starts_with("127.20.") && first != second, "{first} {second}");
    assert!(balancer_step(&service(json!({ "ports": [{ "port": 80 }] })), &HashSet::new()).actions.is_empty());
}
