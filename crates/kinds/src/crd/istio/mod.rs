//! Istio: networking, security, telemetry, extensions. Every field of every kind, as Istio 1.30 knows them.

mod connection_pool;
mod destination_rule;
mod envoy_filter;
mod extensions;
mod networking;
mod policies;
mod route;
mod server;
mod telemetry;
mod traffic_policy;
mod virtual_service;
mod workload;

use super::definition::{Column, Definition, Scope, Spec, Status};
use super::schema::{Field, Schema, boolean, integer, list, map, object, one_of, optional, required, string, texts};

/// Every Istio kind.
pub(super) fn definitions() -> Vec<Definition> {
    networking::definitions().into_iter().chain(policies::definitions()).collect()
}

/// The names of one kind, and what it looks like.
struct Kind {
    kind: &'static str,
    plural: &'static str,
    short_names: &'static [&'static str],
    versions: &'static [&'static str],
    about: &'static str,
    spec: Schema,
    presence: Spec,
    columns: Vec<Column>,
}

fn define(group: &'static str, categories: &'static [&'static str], kind: Kind) -> Definition {
    Definition {
        group,
        kind: kind.kind,
        plural: kind.plural,
        short_names: kind.short_names,
        categories,
        scope: Scope::Namespaced,
        versions: kind.versions,
        about: kind.about,
        spec: kind.spec,
        presence: kind.presence,
        status: Status::Kept,
        columns: kind.columns,
    }
}

/// A list of objects that have these fields.
fn items(fields: impl IntoIterator<Item = Field>) -> Schema {
    list(object(fields))
}

/// protobuf's `uint32`.
fn unsigned() -> Schema {
    integer().minimum(0).maximum(4_294_967_295)
}

/// protobuf's `uint64`.
fn unsigned_long() -> Schema {
    integer().minimum(0)
}

/// protobuf's `int32`.
fn signed() -> Schema {
    integer().format("int32")
}

/// The number of a port that must be one.
fn port_number() -> Schema {
    unsigned().rule("self >= 1 && self <= 65535", "a port is a number from 1 to 65535")
}

/// protobuf's `BoolValue`.
fn maybe() -> Schema {
    boolean().nullable()
}

/// A duration of at least a millisecond.
fn duration() -> Schema {
    string().rule("duration(self) >= duration('1ms')", "must be a duration of at least 1ms")
}

/// `selector.matchLabels`.
fn workload_selector() -> Schema {
    let labels = map(string().length(0, 63).rule("!self.contains('*')", "a label's value has no wildcard"))
        .at_most_entries(4096)
        .rule("self.all(name, name != '' && !name.contains('*'))", "a label has a name, and it has no wildcard");
    object([optional("matchLabels", labels)])
}

/// `workloadSelector.labels`, as the older kinds have it.
fn labels_selector() -> Schema {
    let value = string().length(0, 63).rule("!self.contains('*')", "a label's value has no wildcard");
    object([optional("labels", map(value).at_most_entries(256))])
}

/// The object a policy is for.
fn target() -> Schema {
    object([
        optional(
            "group",
            string().length(0, 253).pattern(r"^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"),
        ),
        required("kind", string().length(1, 63).pattern("^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$")),
        required("name", string().length(1, 253)),
        optional("namespace", string().rule("self == ''", "a policy is for objects of its own namespace")),
    ])
}

/// The objects a policy is for.
fn targets() -> Schema {
    list(target()).at_most(16)
}

/// Which workloads a policy is for: one way of saying it at most.
fn attachment() -> [Field; 3] {
    [optional("selector", workload_selector()), optional("targetRef", target()), optional("targetRefs", targets())]
}

/// The rule that goes with [`attachment`].
fn attached_once(schema: Schema) -> Schema {
    schema.rule(
        "[has(self.selector), has(self.targetRef), has(self.targetRefs)].filter(given, given).size() <= 1",
        "only one of selector, targetRef and targetRefs may be given",
    )
}

/// Where in the traffic of a workload something applies.
fn traffic_mode() -> Schema {
    one_of(&["CLIENT_AND_SERVER", "CLIENT", "SERVER"])
}

/// Texts by name, of which there may be a few hundred.
fn few_texts() -> Schema {
    texts().at_most_entries(256)
}
