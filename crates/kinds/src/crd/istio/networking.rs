//! `networking.istio.io`.

use super::super::definition::{Definition, Spec, age, column};
use super::super::schema::{
    Schema, any, boolean, integer, list, map, one_of, open, optional, required, string, strings, texts,
};
use super::{Kind, define, items, target, workload_selector};

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
            spec: open(workload_entry()),
            presence: Spec::Required,
            columns: vec![age(), column("Address", ".spec.address")],
        },
        Kind {
            kind: "WorkloadGroup",
            plural: "workloadgroups",
            short_names: &["wg"],
            versions: ALL,
            about: "A template for workload entries.",
            spec: open([
                required("template", open(workload_entry())),
                optional("metadata", open([optional("annotations", texts()), optional("labels", texts())])),
                optional("probe", open([])),
            ]),
            presence: Spec::Required,
            columns: vec![age()],
        },
        Kind {
            kind: "EnvoyFilter",
            plural: "envoyfilters",
            short_names: &[],
            versions: &["v1alpha3"],
            about: "Patches of the proxies' configuration.",
            spec: open([
                optional(
                    "configPatches",
                    items([optional("applyTo", string()), optional("match", open([])), optional("patch", open([]))]),
                ),
                optional("priority", integer()),
                optional("targetRefs", list(target())),
                optional("workloadSelector", open([optional("labels", texts())])),
            ]),
            presence: Spec::Optional,
            columns: Vec::new(),
        },
        Kind {
            kind: "ProxyConfig",
            plural: "proxyconfigs",
            short_names: &[],
            versions: &["v1beta1"],
            about: "Settings of proxies.",
            spec: open([
                optional("concurrency", integer()),
                optional("environmentVariables", texts()),
                optional("image", open([optional("imageType", string())])),
                optional("selector", workload_selector()),
            ]),
            presence: Spec::Optional,
            columns: Vec::new(),
        },
    ];
    kinds.into_iter().map(|kind| define("networking.istio.io", &["istio-io", "networking-istio-io"], kind)).collect()
}

/// A destination with a weight.
fn weighted() -> Schema {
    items([required("destination", destination()), optional("weight", integer()), optional("headers", open([]))])
}

fn destination() -> Schema {
    open([
        required("host", string()),
        optional("subset", string()),
        optional("port", open([optional("number", integer().minimum(0).maximum(4_294_967_295))])),
    ])
}

/// Istio's StringMatch, of which exactly one word is given.
fn text_match() -> Schema {
    open([optional("exact", string()), optional("prefix", string()), optional("regex", string())])
        .at_most_one_of(&["exact", "prefix", "regex"])
}

fn virtual_service() -> Schema {
    let request_match = items([
        optional("name", string()),
        optional("uri", text_match()),
        optional("scheme", text_match()),
        optional("method", text_match()),
        optional("authority", text_match()),
        optional("headers", map(any())),
        optional("port", integer()),
        optional("sourceLabels", texts()),
        optional("gateways", strings()),
        optional("queryParams", map(any())),
        optional("ignoreUriCase", boolean()),
        optional("withoutHeaders", map(any())),
        optional("sourceNamespace", string()),
    ]);
    let http = items([
        optional("name", string()),
        optional("match", request_match),
        optional("route", weighted()),
        optional("redirect", open([])),
        optional("directResponse", open([required("status", integer())])),
        optional("delegate", open([optional("name", string()), optional("namespace", string())])),
        optional("rewrite", open([])),
        optional("timeout", string()),
        optional("retries", open([optional("attempts", integer()), optional("perTryTimeout", string())])),
        optional("fault", open([])),
        optional("mirror", destination()),
        optional("mirrors", items([required("destination", destination())])),
        optional("mirrorPercentage", open([])),
        optional("corsPolicy", open([])),
        optional("headers", open([])),
    ]);
    let tls = items([required("match", items([required("sniHosts", strings())])), optional("route", weighted())]);
    let tcp = items([optional("match", items([])), optional("route", weighted())]);
    open([
        optional("hosts", strings()),
        optional("gateways", strings()),
        optional("exportTo", strings()),
        optional("http", http),
        optional("tls", tls),
        optional("tcp", tcp),
    ])
}

fn traffic_policy() -> Schema {
    open([
        optional("loadBalancer", open([])),
        optional("connectionPool", open([])),
        optional("outlierDetection", open([])),
        optional("tls", open([optional("mode", one_of(&["DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL"]))])),
        optional("portLevelSettings", items([])),
        optional("tunnel", open([])),
        optional("proxyProtocol", open([])),
        optional("retryBudget", open([])),
    ])
}

fn destination_rule() -> Schema {
    open([
        required("host", string()),
        optional("trafficPolicy", traffic_policy()),
        optional(
            "subsets",
            items([
                required("name", string()),
                optional("labels", texts()),
                optional("trafficPolicy", traffic_policy()),
            ]),
        ),
        optional("exportTo", strings()),
        optional("workloadSelector", workload_selector()),
    ])
}

fn gateway() -> Schema {
    let port = open([required("number", integer()), required("protocol", string()), required("name", string())]);
    open([
        optional("selector", texts()),
        optional(
            "servers",
            items([
                required("port", port),
                required("hosts", strings()),
                optional("bind", string()),
                optional("name", string()),
                optional("defaultEndpoint", string()),
                optional("tls", open([])),
            ]),
        ),
    ])
}

fn workload_entry() -> [super::super::schema::Field; 7] {
    [
        optional("address", string()),
        optional("labels", texts()),
        optional("locality", string()),
        optional("network", string()),
        optional("ports", map(integer())),
        optional("serviceAccount", string()),
        optional("weight", integer()),
    ]
}

fn service_entry() -> Schema {
    open([
        required("hosts", strings().at_least(1)),
        optional("addresses", strings()),
        optional(
            "ports",
            items([
                required("number", integer()),
                required("name", string()),
                optional("protocol", string()),
                optional("targetPort", integer()),
            ]),
        ),
        optional("location", one_of(&["MESH_EXTERNAL", "MESH_INTERNAL"])),
        optional("resolution", one_of(&["NONE", "STATIC", "DNS", "DNS_ROUND_ROBIN", "DYNAMIC_DNS"])),
        optional("endpoints", list(open(workload_entry()))),
        optional("workloadSelector", open([optional("labels", texts())])),
        optional("exportTo", strings()),
        optional("subjectAltNames", strings()),
    ])
}

fn sidecar() -> Schema {
    let port = || open([optional("number", integer()), optional("protocol", string()), optional("name", string())]);
    let capture = || one_of(&["DEFAULT", "IPTABLES", "NONE"]);
    open([
        optional("workloadSelector", open([optional("labels", texts())])),
        optional(
            "ingress",
            items([
                required("port", port()),
                optional("bind", string()),
                optional("captureMode", capture()),
                optional("defaultEndpoint", string()),
                optional("tls", open([])),
                optional("connectionPool", open([])),
            ]),
        ),
        optional(
            "egress",
            items([
                required("hosts", strings()),
                optional("port", port()),
                optional("bind", string()),
                optional("captureMode", capture()),
            ]),
        ),
        optional("inboundConnectionPool", open([])),
        optional(
            "outboundTrafficPolicy",
            open([optional("mode", one_of(&["REGISTRY_ONLY", "ALLOW_ANY"])), optional("egressProxy", destination())]),
        ),
    ])
}
