//! ServiceEntry, WorkloadEntry and WorkloadGroup: what no registry knows.

use super::super::schema::{Field, Schema, list, map, object, one_of, optional, required, string, strings};
use super::{few_texts, items, labels_selector, port_number, signed, unsigned};

fn entry_fields() -> [Field; 7] {
    let ports = map(port_number()).at_most_entries(128).rule(
        "self.all(name, name.size() < 63 && name.matches('^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$'))",
        "the name of a port is a DNS label",
    );
    let address = string()
        .length(0, 256)
        .rule(
            "!self.startsWith('unix://') || self.matches('^unix://[/@]')",
            "a socket has an absolute path, or starts with @",
        )
        .rule("!self.startsWith('unix://') || !self.endsWith('/')", "a socket is no folder");
    [
        optional("address", address),
        optional("ports", ports),
        optional("labels", few_texts()),
        optional("network", string().length(0, 2048)),
        optional("locality", string().length(0, 2048)),
        optional("weight", unsigned()),
        optional("serviceAccount", string().length(0, 253)),
    ]
}

/// No ports of a socket.
fn socket_without_ports(schema: Schema) -> Schema {
    schema
        .rule("!has(self.ports) || !has(self.address) || !self.address.startsWith('unix://')", "a socket has no ports")
}

fn entry() -> Schema {
    socket_without_ports(object(entry_fields()))
        .rule("has(self.address) || has(self.network)", "an address or a network must be given")
}

pub(super) fn workload_entry() -> Schema {
    entry()
}

pub(super) fn workload_group() -> Schema {
    let http = object([
        optional("path", string()),
        required("port", port_number()),
        optional("host", string()),
        optional("scheme", string().rule("self in ['', 'HTTP', 'HTTPS']", "must be HTTP or HTTPS")),
        optional(
            "httpHeaders",
            items([optional("name", string().pattern("^[-_A-Za-z0-9]+$")), optional("value", string())]),
        ),
    ]);
    let seconds = || signed().minimum(0);
    let probe = object([
        optional("initialDelaySeconds", seconds()),
        optional("timeoutSeconds", seconds()),
        optional("periodSeconds", seconds()),
        optional("successThreshold", seconds()),
        optional("failureThreshold", seconds()),
        optional("httpGet", http),
        optional("tcpSocket", object([optional("host", string()), required("port", port_number())])),
        optional("exec", object([required("command", list(string().at_least_characters(1)))])),
        optional("grpc", object([optional("port", port_number()), optional("service", string())])),
    ])
    .at_most_one_of(&["httpGet", "tcpSocket", "exec", "grpc"]);
    object([
        required("template", socket_without_ports(object(entry_fields()))),
        optional("metadata", object([optional("annotations", few_texts()), optional("labels", few_texts())])),
        optional("probe", probe),
    ])
}

pub(super) fn service_entry() -> Schema {
    let ports = items([
        required("number", port_number()),
        optional("protocol", string().length(0, 256)),
        required("name", string().length(0, 256)),
        optional("targetPort", port_number()),
    ]);
    let host = string().rule("self != '*'", "a service has no host `*`");
    object([
        required("hosts", list(host).at_least(1).at_most(256)),
        optional("addresses", list(string().length(0, 64)).at_most(256)),
        optional("ports", ports.at_most(256).keyed_by(&["name"])),
        optional("location", one_of(&["MESH_EXTERNAL", "MESH_INTERNAL"])),
        optional("resolution", one_of(&["NONE", "STATIC", "DNS", "DNS_ROUND_ROBIN", "DYNAMIC_DNS"])),
        optional("endpoints", list(entry()).at_most(4096)),
        optional("workloadSelector", labels_selector()),
        optional("exportTo", strings()),
        optional("subjectAltNames", strings()),
    ])
    .rule("!has(self.workloadSelector) || !has(self.endpoints)", "workloadSelector and endpoints exclude each other")
    .rule(
        "!has(self.endpoints) || (has(self.resolution) && self.resolution != 'NONE')",
        "without resolution there are no endpoints",
    )
    .rule(
        "!has(self.resolution) || self.resolution != 'DNS_ROUND_ROBIN' || !has(self.endpoints) || self.endpoints.size() <= 1",
        "DNS_ROUND_ROBIN has one endpoint at most",
    )
    .rule(
        "!has(self.resolution) || self.resolution in ['NONE', 'STATIC'] || !has(self.addresses) \
         || self.addresses.all(address, !address.contains('/'))",
        "only the resolutions NONE and STATIC know ranges of addresses",
    )
}
