//! Gateway and Sidecar: what proxies listen on.

use super::super::schema::{Field, Schema, boolean, object, one_of, optional, required, string, strings, texts};
use super::connection_pool::connection_pool;
use super::route::destination;
use super::{items, labels_selector, maybe, unsigned};

/// Istio's `ServerTLSSettings`.
fn server_tls() -> Schema {
    let version = || one_of(&["TLS_AUTO", "TLSV1_0", "TLSV1_1", "TLSV1_2", "TLSV1_3"]);
    let certificate = || {
        [
            optional("serverCertificate", string()),
            optional("privateKey", string()),
            optional("caCertificates", string()),
        ]
    };
    let settings: [Field; 14] = [
        optional("httpsRedirect", boolean()),
        optional(
            "mode",
            one_of(&["PASSTHROUGH", "SIMPLE", "MUTUAL", "AUTO_PASSTHROUGH", "ISTIO_MUTUAL", "OPTIONAL_MUTUAL"]),
        ),
        optional("caCrl", string()),
        optional("credentialName", string()),
        optional("credentialNames", strings().at_least(1).at_most(2)),
        optional("caCertCredentialName", string()),
        optional("tlsCertificates", items(certificate()).at_least(1).at_most(2)),
        optional("subjectAltNames", strings()),
        optional("verifyCertificateSpki", strings()),
        optional("verifyCertificateHash", strings()),
        optional("minProtocolVersion", version()),
        optional("maxProtocolVersion", version()),
        optional("cipherSuites", strings()),
        optional("ecdhCurves", strings()),
    ];
    let all = settings.into_iter().chain(certificate()).chain([optional("insecureSkipVerify", maybe())]);
    object(all).rule(
        "!has(self.credentialNames) || !(has(self.credentialName) || has(self.tlsCertificates))",
        "credentialNames excludes credentialName and tlsCertificates",
    )
}

pub(super) fn gateway() -> Schema {
    let port = object([
        required("number", unsigned()),
        required("protocol", string()),
        required("name", string()),
        optional("targetPort", unsigned()),
    ]);
    let servers = items([
        required("port", port),
        required("hosts", strings()),
        optional("bind", string()),
        optional("tls", server_tls()),
        optional("defaultEndpoint", string()),
        optional("name", string()),
    ]);
    object([optional("selector", texts()), optional("servers", servers)])
}

pub(super) fn sidecar() -> Schema {
    let port = || {
        object([
            optional("number", unsigned()),
            optional("protocol", string()),
            optional("name", string()),
            optional("targetPort", unsigned()),
        ])
    };
    let capture = || one_of(&["DEFAULT", "IPTABLES", "NONE"]);
    let ingress = items([
        required("port", port()),
        optional("bind", string()),
        optional("captureMode", capture()),
        optional("defaultEndpoint", string()),
        optional("tls", server_tls()),
        optional("connectionPool", connection_pool()),
    ]);
    let egress = items([
        required("hosts", strings()),
        optional("port", port()),
        optional("bind", string()),
        optional("captureMode", capture()),
    ]);
    let outbound =
        object([optional("mode", one_of(&["REGISTRY_ONLY", "ALLOW_ANY"])), optional("egressProxy", destination())]);
    object([
        optional("workloadSelector", labels_selector()),
        optional("ingress", ingress),
        optional("egress", egress),
        optional("inboundConnectionPool", connection_pool()),
        optional("outboundTrafficPolicy", outbound),
    ])
}
