//! The Gateway API: its structure and what is required, keeping the details of filters, extensions and experiments.

use super::definition::{Column, Definition, Scope, Spec, Status, age, column};
use super::schema::{Field, Schema, integer, list, object, one_of, open, optional, required, string, strings, texts};

const GROUP: &str = "gateway.networking.k8s.io";

/// Every Gateway API kind.
pub(super) fn definitions() -> Vec<Definition> {
    let gateway = |kind, plural, short_names, versions, about, spec, columns: Vec<Column>| Definition {
        group: GROUP,
        kind,
        plural,
        short_names,
        categories: &["gateway-api"],
        scope: Scope::Namespaced,
        versions,
        about,
        spec,
        presence: Spec::Required,
        status: Status::Kept,
        columns,
    };
    let hostnames = || vec![column("Hostnames", ".spec.hostnames"), age()];
    vec![
        Definition {
            scope: Scope::Cluster,
            ..gateway(
                "GatewayClass",
                "gatewayclasses",
                &["gc"],
                &["v1", "v1beta1"],
                "A class of gateways, and the controller that makes them.",
                gateway_class(),
                vec![
                    column("Controller", ".spec.controllerName"),
                    column("Accepted", ".status.conditions[?(@.type==\"Accepted\")].status"),
                    age(),
                    column("Description", ".spec.description").wide(),
                ],
            )
        },
        gateway(
            "Gateway",
            "gateways",
            &["gtw"],
            &["v1", "v1beta1"],
            "Where traffic enters, and which routes may attach.",
            gateway_spec(),
            vec![
                column("Class", ".spec.gatewayClassName"),
                column("Address", ".status.addresses[*].value"),
                column("Programmed", ".status.conditions[?(@.type==\"Programmed\")].status"),
                age(),
            ],
        ),
        gateway(
            "HTTPRoute",
            "httproutes",
            &[],
            &["v1", "v1beta1"],
            "Where HTTP requests go.",
            http_route(),
            hostnames(),
        ),
        gateway("GRPCRoute", "grpcroutes", &[], &["v1", "v1alpha2"], "Where gRPC calls go.", grpc_route(), hostnames()),
        Definition {
            status: Status::None,
            ..gateway(
                "ReferenceGrant",
                "referencegrants",
                &["refgrant"],
                &["v1", "v1beta1", "v1alpha2"],
                "Which namespaces may refer to objects of this one.",
                reference_grant(),
                vec![age()],
            )
        },
        gateway(
            "TLSRoute",
            "tlsroutes",
            &[],
            &["v1", "v1alpha3", "v1alpha2"],
            "Where TLS connections go, by server name.",
            // Older versions let the names be left out.
            route([optional("hostnames", strings()), required("rules", connection_rules())]),
            vec![age()],
        ),
        gateway(
            "TCPRoute",
            "tcproutes",
            &[],
            &["v1", "v1alpha2"],
            "Where TCP connections go.",
            route([required("rules", connection_rules())]),
            vec![age()],
        ),
        gateway(
            "UDPRoute",
            "udproutes",
            &[],
            &["v1", "v1alpha2"],
            "Where UDP datagrams go.",
            route([required("rules", connection_rules())]),
            vec![age()],
        ),
        gateway(
            "BackendTLSPolicy",
            "backendtlspolicies",
            &["btlspolicy"],
            &["v1", "v1alpha3"],
            "How gateways speak TLS to a backend.",
            backend_tls_policy(),
            vec![age()],
        ),
    ]
}

fn port() -> Schema {
    integer().format("int32").minimum(1).maximum(65_535)
}

fn name() -> Schema {
    string().length(1, 253)
}

fn gateway_class() -> Schema {
    open([
        required("controllerName", string().length(1, 253)),
        optional("description", string().length(0, 64)),
        optional(
            "parametersRef",
            object([
                required("group", string()),
                required("kind", string()),
                required("name", name()),
                optional("namespace", string()),
            ]),
        ),
    ])
}

fn gateway_spec() -> Schema {
    let routes = open([
        optional(
            "namespaces",
            open([optional("from", string().default("Same"))]).default(serde_json::json!({"from": "Same"})),
        ),
        optional("kinds", list(open([optional("group", string()), required("kind", string())]))),
    ])
    .default(serde_json::json!({"namespaces": {"from": "Same"}}));
    let listener = open([
        required("name", name()),
        optional("hostname", string().length(1, 253)),
        required("port", port()),
        required("protocol", string().length(1, 255)),
        optional("tls", open([optional("mode", string().default("Terminate"))])),
        optional("allowedRoutes", routes),
    ]);
    open([
        required("gatewayClassName", name()),
        required("listeners", list(listener).at_least(1).at_most(64).keyed_by(&["name"])),
        optional(
            "addresses",
            list(open([optional("type", string().default("IPAddress")), optional("value", string())])),
        ),
        optional(
            "infrastructure",
            open([optional("labels", texts()), optional("annotations", texts()), optional("parametersRef", open([]))]),
        ),
    ])
}

/// A route: its parents, and what the kind adds.
fn route(fields: impl IntoIterator<Item = Field>) -> Schema {
    let parent = open([
        optional("group", string().default(GROUP).length(0, 253)),
        optional("kind", string().default("Gateway").length(1, 63)),
        optional("namespace", string().length(1, 63)),
        required("name", name()),
        optional("sectionName", name()),
        optional("port", port()),
    ]);
    let mut all = vec![optional("parentRefs", list(parent).at_most(32))];
    all.extend(fields);
    open(all)
}

fn backends() -> Schema {
    list(
        open([
            optional("group", string().default("").length(0, 253)),
            optional("kind", string().default("Service").length(1, 63)),
            required("name", name()),
            optional("namespace", string().length(1, 63)),
            optional("port", port()),
            optional("weight", integer().format("int32").default(1).minimum(0).maximum(1_000_000)),
            optional("filters", filters()),
        ])
        .rule(
            "(size(self.group) == 0 && self.kind == 'Service') ? has(self.port) : true",
            "Must have port for Service reference",
        ),
    )
}

fn filters() -> Schema {
    list(open([required("type", string())])).at_most(16)
}

fn value_matches() -> Schema {
    list(open([
        optional("type", string().default("Exact")),
        required("name", string().length(1, 256)),
        required("value", string().length(1, 4096)),
    ]))
    .keyed_by(&["name"])
}

fn connection_rules() -> Schema {
    list(open([optional("name", name()), required("backendRefs", backends())])).at_least(1).at_most(16)
}

fn http_route() -> Schema {
    let path = open([
        optional("type", one_of(&["Exact", "PathPrefix", "RegularExpression"]).default("PathPrefix")),
        optional("value", string().default("/").length(0, 1024)),
    ])
    .default(serde_json::json!({"type": "PathPrefix", "value": "/"}));
    let request = open([
        optional("path", path),
        optional("headers", value_matches()),
        optional("queryParams", value_matches()),
        optional("method", string()),
    ]);
    let everything = serde_json::json!([{"path": {"type": "PathPrefix", "value": "/"}}]);
    let rule = open([
        optional("name", name()),
        optional("matches", list(request).default(everything.clone()).at_most(64)),
        optional("filters", filters()),
        optional("backendRefs", backends()),
        optional("timeouts", open([optional("request", string()), optional("backendRequest", string())])),
    ]);
    let rules = list(rule).at_least(1).at_most(16).default(serde_json::json!([{"matches": everything}]));
    route([optional("hostnames", list(name()).at_most(16)), optional("rules", rules)])
}

fn grpc_route() -> Schema {
    let method = open([
        optional("type", string().default("Exact")),
        optional("service", string()),
        optional("method", string()),
    ]);
    let call = open([optional("method", method), optional("headers", value_matches())]);
    let rule = open([
        optional("name", name()),
        optional("matches", list(call).at_most(64)),
        optional("filters", filters()),
        optional("backendRefs", backends()),
    ]);
    route([optional("hostnames", list(name()).at_most(16)), optional("rules", list(rule).at_most(16))])
}

fn reference_grant() -> Schema {
    open([
        required(
            "from",
            list(open([required("group", string()), required("kind", string()), required("namespace", string())]))
                .at_least(1),
        ),
        required(
            "to",
            list(open([required("group", string()), required("kind", string()), optional("name", name())])).at_least(1),
        ),
    ])
}

fn backend_tls_policy() -> Schema {
    open([
        required(
            "targetRefs",
            list(open([
                required("group", string()),
                required("kind", string()),
                required("name", name()),
                optional("sectionName", name()),
            ]))
            .at_least(1)
            .at_most(16),
        ),
        required("validation", open([required("hostname", name()), optional("caCertificateRefs", list(open([])))])),
        optional("options", texts()),
    ])
}
