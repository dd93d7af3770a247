//! `spec.service`.

use super::super::schema::{
    Schema, boolean, int_or_string, integer, list, map, number, object, one_of, open, optional, required, string,
    strings, texts,
};

pub(super) fn service() -> Schema {
    let metadata = || object([optional("labels", texts()), optional("annotations", texts())]);
    object([
        required("port", number().about("The port that the services have.")),
        optional("name", string().about("Name of the services; that of the target if absent.")),
        optional("portName", string()),
        optional("appProtocol", string()),
        optional("trafficDistribution", one_of(&["PreferClose", "PreferSameZone", "PreferSameNode"])),
        optional("targetPort", int_or_string()),
        optional("portDiscovery", boolean()),
        optional("headless", boolean()),
        optional("timeout", string()),
        optional("backendTimeout", string()),
        optional("meshName", string()),
        optional("backends", strings()),
        optional("hosts", strings()),
        optional("delegation", boolean()),
        optional("match", matches()),
        optional(
            "rewrite",
            object([optional("uri", string()), optional("authority", string()), optional("type", string())]),
        ),
        optional(
            "retries",
            object([
                optional("attempts", integer().format("int32")),
                optional("perTryTimeout", string()),
                optional("retryOn", string()),
            ]),
        ),
        optional("mirror", mirror()),
        optional("headers", headers()),
        optional("corsPolicy", cors_policy()),
        optional("gateways", strings()),
        optional("gatewayRefs", gateway_references()),
        // Istio's own words: the mesh is who checks them.
        optional("trafficPolicy", open([])),
        optional("apex", metadata()),
        optional("primary", metadata()),
        optional("canary", metadata()),
        optional("unmanagedMetadata", object([optional("annotations", strings()), optional("labels", strings())])),
    ])
}

const WORDS: [&str; 3] = ["exact", "prefix", "regex"];

/// Istio's StringMatch.
fn text_match() -> Schema {
    object(WORDS.map(|word| optional(word, string()))).at_most_one_of(&WORDS)
}

fn matches() -> Schema {
    list(object([
        optional("name", string()),
        optional("uri", text_match()),
        optional("scheme", text_match()),
        optional("method", text_match()),
        optional("authority", text_match()),
        optional("headers", map(text_match())),
        optional("withoutHeaders", map(text_match())),
        optional("queryParams", map(text_match())),
        optional("port", integer()),
        optional("gateways", strings()),
        optional("ignoreUriCase", boolean()),
        optional("sourceLabels", texts()),
        optional("sourceNamespace", string()),
    ]))
}

fn headers() -> Schema {
    let side = || object([optional("add", texts()), optional("set", texts()), optional("remove", strings())]);
    object([optional("request", side()), optional("response", side())])
}

fn cors_policy() -> Schema {
    object([
        optional("allowCredentials", boolean()),
        optional("allowHeaders", strings()),
        optional("allowMethods", strings()),
        optional("allowOrigin", strings()),
        optional("allowOrigins", list(text_match())),
        optional("exposeHeaders", strings()),
        optional("maxAge", string()),
    ])
}

fn port() -> Schema {
    integer().format("int32").minimum(1).maximum(65_535)
}

fn mirror() -> Schema {
    let backend = object([
        optional("group", string().default("").length(0, 253)),
        optional("kind", string().default("Service").length(1, 63)),
        required("name", string().length(1, 253)),
        optional("namespace", string().length(1, 63)),
        optional("port", port()),
    ])
    .rule(
        "(size(self.group) == 0 && self.kind == 'Service') ? has(self.port) : true",
        "Must have port for Service reference",
    );
    list(object([optional("backendRef", backend)]))
}

fn gateway_references() -> Schema {
    list(object([
        optional("group", string().default("gateway.networking.k8s.io").length(0, 253)),
        optional("kind", string().default("Gateway").length(1, 63)),
        required("name", string().length(1, 253)),
        optional("namespace", string().length(1, 63)),
        optional("sectionName", string().length(1, 253)),
        optional("port", port()),
    ]))
    .at_most(32)
}
