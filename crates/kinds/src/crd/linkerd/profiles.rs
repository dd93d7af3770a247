//! ServiceProfile and ExternalWorkload.

use super::super::schema::{
    Schema, boolean, int_or_string, integer, list, number, object, open, optional, required, string, strings,
};

pub(super) fn service_profile() -> Schema {
    let several = || list(open([]));
    let request = object([
        optional("pathRegex", string()),
        optional("method", string()),
        optional("all", several()),
        optional("any", several()),
        // A list in the schema, an object in the documentation: whatever is written is kept.
        optional("not", super::super::schema::any()),
    ]);
    let status = object([optional("min", integer().format("int32")), optional("max", integer().format("int32"))]);
    let response = object([
        optional("status", status),
        optional("all", several()),
        optional("any", several()),
        optional("not", open([])),
    ]);
    let class = object([required("condition", response), optional("isFailure", boolean())]);
    let route = object([
        required("name", string()),
        required("condition", request),
        optional("isRetryable", boolean()),
        optional("timeout", string()),
        optional("responseClasses", list(class)),
    ]);
    let budget = object([
        required("retryRatio", number()),
        required("minRetriesPerSecond", integer().format("int32")),
        required("ttl", string()),
    ]);
    object([
        required("routes", list(route)),
        optional("retryBudget", budget),
        optional("dstOverrides", list(object([optional("authority", string()), optional("weight", int_or_string())]))),
        optional("opaquePorts", strings()),
    ])
}

pub(super) fn external_workload() -> Schema {
    let name = || string().length(1, 253);
    let port = object([
        optional("name", string()),
        required("port", integer().minimum(1).maximum(65_535)),
        optional("protocol", string()),
    ]);
    let mesh_tls = || object([required("identity", name()), required("serverName", name())]);
    object([
        optional("meshTLS", mesh_tls()),
        // As the first version spells it.
        optional("meshTls", mesh_tls()),
        optional("ports", list(port)),
        optional("workloadIPs", list(object([optional("ip", string())])).at_most(2)),
    ])
    .exactly_one_of(&[&["meshTLS"], &["meshTls"]])
}
