//! `security.istio.io`, `telemetry.istio.io`, `extensions.istio.io`.

use super::super::definition::{Definition, Spec, age, column};
use super::super::schema::{Schema, boolean, list, map, object, one_of, optional, required, string, strings};
use super::extensions::{traffic_extension, wasm_plugin};
use super::telemetry::telemetry;
use super::{Kind, attached_once, attachment, define, duration, items, workload_selector};

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
        define(
            "extensions.istio.io",
            &["istio-io", "extensions-istio-io"],
            Kind {
                kind: "TrafficExtension",
                plural: "trafficextensions",
                short_names: &[],
                versions: &["v1alpha1"],
                about: "A filter for proxies, in WebAssembly or Lua.",
                spec: traffic_extension(),
                presence: Spec::Required,
                columns: vec![age()],
            },
        ),
    ]
}

fn authorization_policy() -> Schema {
    let accounts = || list(string().length(0, 320)).at_most(16);
    let source = object([
        optional("principals", strings()),
        optional("notPrincipals", strings()),
        optional("requestPrincipals", strings()),
        optional("notRequestPrincipals", strings()),
        optional("namespaces", strings()),
        optional("notNamespaces", strings()),
        optional("serviceAccounts", accounts()),
        optional("notServiceAccounts", accounts()),
        optional("trustDomains", strings()),
        optional("notTrustDomains", strings()),
        optional("ipBlocks", strings()),
        optional("notIpBlocks", strings()),
        optional("remoteIpBlocks", strings()),
        optional("notRemoteIpBlocks", strings()),
    ]);
    let operation = object([
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
        optional("from", items([optional("source", source)]).at_most(512)),
        optional("to", items([optional("operation", operation)])),
        optional(
            "when",
            items([required("key", string()), optional("values", strings()), optional("notValues", strings())]),
        ),
    ]);
    let own = [
        optional("action", one_of(&["ALLOW", "DENY", "AUDIT", "CUSTOM"])),
        optional("provider", object([optional("name", string())])),
        optional("rules", rules.at_most(512)),
    ];
    attached_once(object(own.into_iter().chain(attachment())))
}

fn peer_authentication() -> Schema {
    let mutual_tls = || object([optional("mode", one_of(&["UNSET", "DISABLE", "PERMISSIVE", "STRICT"]))]);
    object([
        optional("selector", workload_selector()),
        optional("mtls", mutual_tls()),
        optional("portLevelMtls", map(mutual_tls()).at_least_entries(1)),
    ])
    .rule(
        "!has(self.portLevelMtls) || (has(self.selector) && has(self.selector.matchLabels) && self.selector.matchLabels.size() > 0)",
        "portLevelMtls needs a selector",
    )
}

fn request_authentication() -> Schema {
    let text = || string().at_least_characters(1);
    let address = || string().length(1, 2048);
    let rules = items([
        optional("issuer", text()),
        optional("audiences", list(text())),
        optional("jwksUri", address()),
        optional("jwks_uri", address()),
        optional("jwks", string()),
        optional("fromHeaders", items([required("name", text()), optional("prefix", string())])),
        optional("fromParams", list(text())),
        optional("fromCookies", list(text())),
        optional("outputPayloadToHeader", string()),
        optional("forwardOriginalToken", boolean()),
        optional(
            "outputClaimToHeaders",
            items([required("header", text().pattern("^[-_A-Za-z0-9]+$")), required("claim", text())]),
        ),
        optional("timeout", duration()),
        optional("spaceDelimitedClaims", list(text()).at_most(64)),
        optional("presence", one_of(&["OPTIONAL", "REQUIRED"])),
    ]);
    attached_once(object([optional("jwtRules", rules.at_most(4096))].into_iter().chain(attachment())))
}
