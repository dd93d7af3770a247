//! GatewayClass, Gateway and ListenerSet.

use serde_json::json;

use super::super::schema::{Schema, list, map, object, one_of, optional, required, string, strings, texts};
use super::references::{
    GROUP, group, host_name, kind, local_object, name, namespace, object_reference, port, secret, section_name,
};

/// Settings of an implementation, by name.
pub(super) fn options() -> Schema {
    map(string().length(0, 4096)).at_most_entries(16)
}

pub(super) fn gateway_class() -> Schema {
    object([
        required(
            "controllerName",
            string().length(1, 253).pattern(
                r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9\/\-._~%!$&'()*+,;=:]+$",
            ),
        ),
        optional("description", string().length(0, 64)),
        optional("parametersRef", object_reference()),
    ])
}

/// Kubernetes' label selector.
fn label_selector() -> Schema {
    let expression = object([required("key", string()), required("operator", string()), optional("values", strings())]);
    object([optional("matchLabels", texts()), optional("matchExpressions", list(expression))])
}

/// Which namespaces may attach; `first` if that is not said.
fn namespaces(words: &[&str], first: &str) -> Schema {
    object([optional("from", one_of(words).default(first)), optional("selector", label_selector())])
        .default(json!({"from": first}))
}

fn listeners() -> Schema {
    let routes = object([
        optional("namespaces", namespaces(&["All", "Selector", "Same"], "Same")),
        optional(
            "kinds",
            list(object([optional("group", group().default(GROUP)), required("kind", kind())])).at_most(8),
        ),
    ])
    .default(json!({"namespaces": {"from": "Same"}}));
    let tls = object([
        optional("mode", one_of(&["Terminate", "Passthrough"]).default("Terminate")),
        optional("certificateRefs", list(secret()).at_most(64)),
        optional("options", options()),
    ]);
    let protocol = string().length(1, 255).pattern(
        r"^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9]+$",
    );
    let listener = object([
        required("name", section_name()),
        optional("hostname", host_name()),
        required("port", port()),
        required("protocol", protocol),
        optional("tls", tls),
        optional("allowedRoutes", routes),
    ]);
    list(listener).at_least(1).at_most(64).keyed_by(&["name"])
}

pub(super) fn gateway_spec() -> Schema {
    let address = object([
        optional(
            "type",
            string().length(1, 253).default("IPAddress").pattern(
                r"^Hostname|IPAddress|NamedAddress|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9\/\-._~%!$&'()*+,;=:]+$",
            ),
        ),
        optional("value", string().length(0, 253)),
    ]);
    let label = string().length(0, 63).pattern("^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$");
    let infrastructure = object([
        optional("labels", map(label).at_most_entries(8)),
        optional("annotations", options()),
        optional("parametersRef", object(local_object())),
    ]);
    let client_validation = || {
        object([
            required("caCertificateRefs", list(object_reference()).at_least(1).at_most(16)),
            optional("mode", one_of(&["AllowValidOnly", "AllowInsecureFallback"]).default("AllowValidOnly")),
        ])
    };
    let clients = || object([optional("validation", client_validation())]);
    let per_port = list(object([required("port", port()), required("tls", clients())]));
    let tls = object([
        optional("backend", object([optional("clientCertificateRef", secret())])),
        optional(
            "frontend",
            object([required("default", clients()), optional("perPort", per_port.at_most(64).keyed_by(&["port"]))]),
        ),
    ]);
    object([
        required("gatewayClassName", name()),
        required("listeners", listeners()),
        optional("addresses", list(address).at_most(16)),
        optional("infrastructure", infrastructure),
        optional(
            "allowedListeners",
            object([optional("namespaces", namespaces(&["All", "Selector", "Same", "None"], "None"))]),
        ),
        optional("tls", tls),
        optional("defaultScope", one_of(&["All", "None"])),
    ])
}

pub(super) fn listener_set() -> Schema {
    let parent = object([
        optional("group", group().default(GROUP)),
        optional("kind", kind().default("Gateway")),
        required("name", name()),
        optional("namespace", namespace()),
    ]);
    object([required("parentRef", parent), required("listeners", listeners())])
}
