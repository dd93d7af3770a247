//! `security.istio.io`, `telemetry.istio.io`, `extensions.istio.io`.

use super::super::definition::{Definition, Spec, age, column};
use super::super::schema::{Schema, boolean, integer, list, map, one_of, open, optional, required, string, strings};
use super::{Kind, define, items, target, workload_selector};

const SECURITY: &[&str] = &["v1", "v1beta1"];

pub(super) fn definitions() -> Vec<Definition> {
    let security = |kind| define("security.istio.io", &["istio-io", "security-istio-io"], kind);
    vec![
        security(Kind {
            kind: "AuthorizationPolicy",
            plural: "authorizationpolicies",
            short_names: &["ap"],
            versions: SECURITY,
            about: "Who may talk to a workload.",
            spec: authorization_policy(),
            presence: Spec::Optional,
            columns: vec![column("Action", ".spec.action"), age()],
        }),
        security(Kind {
            kind: "PeerAuthentication",
            plural: "peerauthentications",
            short_names: &["pa"],
            versions: SECURITY,
            about: "Whether workloads accept plain text, mutual TLS, or both.",
            spec: peer_authentication(),
            presence: Spec::Optional,
            columns: vec![column("Mode", ".spec.mtls.mode"), age()],
        }),
        security(Kind {
            kind: "RequestAuthentication",
            plural: "requestauthentications",
            short_names: &["ra"],
            versions: SECURITY,
            about: "Which JSON Web Tokens a workload accepts.",
            spec: request_authentication(),
            presence: Spec::Optional,
            columns: Vec::new(),
        }),
        define(
            "telemetry.istio.io",
            &["istio-io", "telemetry-istio-io"],
            Kind {
                kind: "Telemetry",
                plural: "telemetries",
                short_names: &["telemetry"],
                versions: &["v1", "v1alpha1"],
                about: "Which traces, metrics and access logs workloads emit.",
                spec: telemetry(),
                presence: Spec::Optional,
                columns: vec![age()],
            },
        ),
        define(
            "extensions.istio.io",
            &["istio-io", "extensions-istio-io"],
            Kind {
                kind: "WasmPlugin",
                plural: "wasmplugins",
                short_names: &[],
                versions: &["v1alpha1"],
                about: "A WebAssembly filter for proxies.",
                spec: wasm_plugin(),
                presence: Spec::Required,
                columns: vec![age()],
            },
        ),
    ]
}

fn authorization_policy() -> Schema {
    let source = open([
        optional("principals", strings()),
        optional("notPrincipals", strings()),
        optional("requestPrincipals", strings()),
        optional("notRequestPrincipals", strings()),
        optional("namespaces", strings()),
        optional("notNamespaces", strings()),
        optional("ipBlocks", strings()),
        optional("notIpBlocks", strings()),
        optional("remoteIpBlocks", strings()),
        optional("notRemoteIpBlocks", strings()),
    ]);
    let operation = open([
        optional("hosts", strings()),
        optional("notHosts", strings()),
        optional("ports", strings()),
        optional("notPorts", strings()),
        optional("methods", strings()),
        optional("notMethods", strings()),
        optional("paths", strings()),
        optional("notPaths", strings()),
    ]);
    let rules = items([
        optional("from", items([optional("source", source)])),
        optional("to", items([optional("operation", operation)])),
        optional(
            "when",
            items([required("key", string()), optional("values", strings()), optional("notValues", strings())]),
        ),
    ]);
    open([
        optional("action", one_of(&["ALLOW", "DENY", "AUDIT", "CUSTOM"])),
        optional("provider", open([optional("name", string())])),
        optional("rules", rules),
        optional("selector", workload_selector()),
        optional("targetRef", target()),
        optional("targetRefs", list(target())),
    ])
}

fn peer_authentication() -> Schema {
    let mutual_tls = || open([optional("mode", one_of(&["UNSET", "DISABLE", "PERMISSIVE", "STRICT"]))]);
    open([
        optional("selector", workload_selector()),
        optional("mtls", mutual_tls()),
        optional("portLevelMtls", map(mutual_tls())),
    ])
}

fn request_authentication() -> Schema {
    let rules = items([
        required("issuer", string()),
        optional("audiences", strings()),
        optional("jwksUri", string()),
        optional("jwks", string()),
        optional("forwardOriginalToken", boolean()),
    ]);
    open([
        optional("selector", workload_selector()),
        optional("jwtRules", rules),
        optional("targetRef", target()),
        optional("targetRefs", list(target())),
    ])
}

fn telemetry() -> Schema {
    let providers = || items([required("name", string())]);
    open([
        optional("selector", workload_selector()),
        optional("targetRef", target()),
        optional("targetRefs", list(target())),
        optional("tracing", items([optional("providers", providers())])),
        optional("metrics", items([optional("providers", providers()), optional("overrides", items([]))])),
        optional("accessLogging", items([optional("providers", providers()), optional("disabled", boolean())])),
    ])
}

fn wasm_plugin() -> Schema {
    open([
        required("url", string().length(1, 2048)),
        optional("selector", workload_selector()),
        optional("targetRef", target()),
        optional("targetRefs", list(target())),
        optional("sha256", string()),
        optional("imagePullPolicy", one_of(&["UNSPECIFIED_POLICY", "IfNotPresent", "Always"])),
        optional("imagePullSecret", string()),
        optional("verificationKey", string()),
        optional("pluginConfig", open([])),
        optional("pluginName", string()),
        optional("phase", one_of(&["UNSPECIFIED_PHASE", "AUTHN", "AUTHZ", "STATS"])),
        optional("priority", integer()),
        optional("failStrategy", one_of(&["FAIL_CLOSE", "FAIL_OPEN", "FAIL_RELOAD"])),
        optional("vmConfig", open([])),
        optional("match", items([])),
        optional("type", one_of(&["UNSPECIFIED_PLUGIN_TYPE", "HTTP", "NETWORK"])),
    ])
}
