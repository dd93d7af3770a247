//! ReferenceGrant and BackendTLSPolicy.

use super::super::schema::{Schema, list, object, one_of, optional, required, string};
use super::gateways::options;
use super::references::{group, host_name, kind, local_object, name, namespace, precise_host_name, section_name};

pub(super) fn reference_grant() -> Schema {
    let from = object([required("group", group()), required("kind", kind()), required("namespace", namespace())]);
    let to = object([required("group", group()), required("kind", kind()), optional("name", name())]);
    object([required("from", list(from).at_least(1).at_most(16)), required("to", list(to).at_least(1).at_most(16))])
}

pub(super) fn backend_tls_policy() -> Schema {
    let target = object(local_object().into_iter().chain([optional("sectionName", section_name())]));
    let alternative = object([
        required("type", one_of(&["Hostname", "URI"])),
        optional("hostname", host_name()),
        optional("uri", string().length(1, 253).pattern(r"^(([^:/?#]+):)(//([^/?#]*))([^?#]*)(\?([^#]*))?(#(.*))?")),
    ]);
    let known = string().length(1, 253).pattern(
        r"^(System|([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]))$",
    );
    let validation = object([
        required("hostname", precise_host_name()),
        optional("caCertificateRefs", list(object(local_object())).at_most(8)),
        optional("wellKnownCACertificates", known),
        optional("subjectAltNames", list(alternative).at_most(5)),
    ]);
    object([
        required("targetRefs", list(target).at_least(1).at_most(16)),
        required("validation", validation),
        optional("options", options()),
    ])
}
