//! Names, ports and references, which all kinds have in common.

use super::super::schema::{Field, Schema, integer, list, object, optional, required, string};

/// The group of the kinds of this folder.
pub(super) const GROUP: &str = "gateway.networking.k8s.io";
/// A DNS name in lower case.
const NAME: &str = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";

/// The number of a port.
pub(super) fn port() -> Schema {
    integer().format("int32").minimum(1).maximum(65_535)
}

/// The name of an object.
pub(super) fn name() -> Schema {
    string().length(1, 253)
}

/// The name of a part of an object: a listener, a rule.
pub(super) fn section_name() -> Schema {
    name().pattern(&format!("^{NAME}$"))
}

/// A host without wildcards.
pub(super) fn precise_host_name() -> Schema {
    section_name()
}

/// A host whose first label may be a wildcard.
pub(super) fn host_name() -> Schema {
    name().pattern(&format!(r"^(\*\.)?{NAME}$"))
}

/// An API group; empty for the core group.
pub(super) fn group() -> Schema {
    string().length(0, 253).pattern(&format!("^$|^{NAME}$"))
}

/// A kind.
pub(super) fn kind() -> Schema {
    string().length(1, 63).pattern("^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$")
}

/// A namespace.
pub(super) fn namespace() -> Schema {
    string().length(1, 63).pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
}

/// A duration such as `1m30s`.
pub(super) fn duration() -> Schema {
    string().pattern("^([0-9]{1,5}(h|m|s|ms)){1,4}$")
}

/// An object of the same namespace, whose type must be said.
pub(super) fn local_object() -> [Field; 3] {
    [required("group", group()), required("kind", kind()), required("name", name())]
}

/// An object of any namespace, whose type must be said.
pub(super) fn object_reference() -> Schema {
    object(local_object().into_iter().chain([optional("namespace", namespace())]))
}

/// A Secret, or what stands in for one.
pub(super) fn secret() -> Schema {
    object([
        optional("group", group().default("")),
        optional("kind", kind().default("Secret")),
        required("name", name()),
        optional("namespace", namespace()),
    ])
}

/// A Service, or what stands in for one.
pub(super) fn backend() -> [Field; 5] {
    [
        optional("group", group().default("")),
        optional("kind", kind().default("Service")),
        required("name", name()),
        optional("namespace", namespace()),
        optional("port", port()),
    ]
}

/// A port goes with every Service.
pub(super) fn with_port(schema: Schema) -> Schema {
    schema.rule(
        "(size(self.group) == 0 && self.kind == 'Service') ? has(self.port) : true",
        "Must have port for Service reference",
    )
}

/// The gateways, or services of a mesh, that a route is for.
pub(super) fn parents() -> Schema {
    let parent = object([
        optional("group", group().default(GROUP)),
        optional("kind", kind().default("Gateway")),
        optional("namespace", namespace()),
        required("name", name()),
        optional("sectionName", section_name()),
        optional("port", port()),
    ]);
    list(parent).at_most(32)
}
