//! The Gateway API, its experimental channel included. Every field of every kind, as its version 1.6 knows them.

mod filters;
mod gateways;
mod policies;
mod references;
mod routes;

use gateways::{gateway_class, gateway_spec, listener_set};
use policies::{backend_tls_policy, reference_grant};
use references::{GROUP, host_name};
use routes::{connection_rules, grpc_route, http_route, route};

use super::definition::{Column, Definition, Scope, Spec, Status, age, column};
use super::schema::{list, optional, required};

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
        gateway(
            "ListenerSet",
            "listenersets",
            &["lset"],
            &["v1"],
            "More places where traffic enters a gateway.",
            listener_set(),
            vec![age()],
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
            route([optional("hostnames", list(host_name()).at_most(1024)), required("rules", connection_rules())]),
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
