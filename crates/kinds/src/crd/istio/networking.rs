//! `networking.istio.io`.

use super::super::definition::{Definition, Spec, age, column};
use super::super::schema::{map, object, optional, string};
use super::destination_rule::destination_rule;
use super::envoy_filter::envoy_filter;
use super::server::{gateway, sidecar};
use super::virtual_service::virtual_service;
use super::workload::{service_entry, workload_entry, workload_group};
use super::{Kind, define, signed, workload_selector};

const ALL: &[&str] = &["v1", "v1beta1", "v1alpha3"];

pub(super) fn definitions() -> Vec<Definition> {
    let kinds = [
        Kind {
            kind: "VirtualService",
            plural: "virtualservices",
            short_names: &["vs"],
            versions: ALL,
            about: "Where the requests for a host go.",
            spec: virtual_service(),
            presence: Spec::Optional,
            columns: vec![column("Gateways", ".spec.gateways"), column("Hosts", ".spec.hosts"), age()],
        },
        Kind {
            kind: "DestinationRule",
            plural: "destinationrules",
            short_names: &["dr"],
            versions: ALL,
            about: "How to talk to a host, and which subsets it has.",
            spec: destination_rule(),
            presence: Spec::Optional,
            columns: vec![column("Host", ".spec.host"), age()],
        },
        Kind {
            kind: "Gateway",
            plural: "gateways",
            short_names: &["gw"],
            versions: ALL,
            about: "Ports that proxies at the edge listen on.",
            spec: gateway(),
            presence: Spec::Optional,
            columns: Vec::new(),
        },
        Kind {
            kind: "ServiceEntry",
            plural: "serviceentries",
            short_names: &["se"],
            versions: ALL,
            about: "A service that no registry knows.",
            spec: service_entry(),
            presence: Spec::Required,
            columns: vec![
                column("Hosts", ".spec.hosts"),
                column("Location", ".spec.location"),
                column("Resolution", ".spec.resolution"),
                age(),
            ],
        },
        Kind {
            kind: "Sidecar",
            plural: "sidecars",
            short_names: &[],
            versions: ALL,
            about: "What the proxies of workloads accept and reach.",
            spec: sidecar(),
            presence: Spec::Optional,
            columns: Vec::new(),
        },
        Kind {
            kind: "WorkloadEntry",
            plural: "workloadentries",
            short_names: &["we"],
            versions: ALL,
            about: "A workload outside the cluster.",
            spec: workload_entry(),
            presence: Spec::Required,
            columns: vec![age(), column("Address", ".spec.address")],
        },
        Kind {
            kind: "WorkloadGroup",
            plural: "workloadgroups",
            short_names: &["wg"],
            versions: ALL,
            about: "A template for workload entries.",
            spec: workload_group(),
            presence: Spec::Required,
            columns: vec![age()],
        },
        Kind {
            kind: "EnvoyFilter",
            plural: "envoyfilters",
            short_names: &[],
            versions: &["v1alpha3"],
            about: "Patches of the proxies' configuration.",
            spec: envoy_filter(),
            presence: Spec::Optional,
            columns: Vec::new(),
        },
        Kind {
            kind: "ProxyConfig",
            plural: "proxyconfigs",
            short_names: &[],
            versions: &["v1beta1"],
            about: "Settings of proxies.",
            spec: object([
                optional("concurrency", signed().minimum(0).nullable()),
                optional("environmentVariables", map(string().length(0, 2048))),
                optional("image", object([optional("imageType", string())])),
                optional("selector", workload_selector()),
            ]),
            presence: Spec::Optional,
            columns: Vec::new(),
        },
    ];
    kinds.into_iter().map(|kind| define("networking.istio.io", &["istio-io", "networking-istio-io"], kind)).collect()
}
