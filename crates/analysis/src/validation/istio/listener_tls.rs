//! How a gateway or a sidecar terminates TLS.

use std::collections::HashSet;

use mesh::Field;

use super::super::problem::Problems;
use super::{objects, says};

/// The cipher suites that proxies know.
const CIPHERS: [&str; 15] = [
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
    "ECDHE-ECDSA-AES128-SHA",
    "ECDHE-RSA-AES128-SHA",
    "ECDHE-ECDSA-AES256-SHA",
    "ECDHE-RSA-AES256-SHA",
    "AES128-GCM-SHA256",
    "AES256-GCM-SHA384",
    "AES128-SHA",
    "AES256-SHA",
    "DES-CBC3-SHA",
];
/// Where a certificate can come from; the first is two fields.
const SOURCES: [&str; 4] = ["serverCertificate", "credentialName", "credentialNames", "tlsCertificates"];

/// Istio's `ServerTLSSettings`.
pub(super) fn check<'w>(tls: Field<'w>, problems: &mut Problems<'w>) {
    ciphers(tls, problems);
    exclusive_sources(tls, problems);
    let mode = tls.text("mode");
    match mode {
        "ISTIO_MUTUAL" => own_certificates(tls, problems),
        "SIMPLE" | "MUTUAL" | "OPTIONAL_MUTUAL" => terminated(tls, mode, problems),
        _ => {
            let unused = ["caCrl", "privateKey", "caCertificates"].into_iter().chain(SOURCES);
            let mode = if mode.is_empty() { "PASSTHROUGH" } else { mode };
            if let Some(field) = unused.filter(|name| says(tls, name)).find_map(|name| tls.get(name)) {
                problems.warning(field, format!("the mode {mode} terminates no TLS, so certificates are ignored"));
            }
        }
    }
}

fn ciphers<'w>(tls: Field<'w>, problems: &mut Problems<'w>) {
    if let (Some(field), 0) = (tls.get("minProtocolVersion"), tls.list("cipherSuites").len())
        && matches!(tls.text("minProtocolVersion"), "TLSV1_0" | "TLSV1_1")
    {
        problems
            .warning(field, "versions below TLSV1_2 need `cipherSuites`, because the default suites do not fit them");
    }
    let mut known = HashSet::new();
    for field in tls.list("cipherSuites") {
        let name = field.as_str().unwrap_or_default();
        // Operators such as `!` and `-` begin what is more than a name.
        let expression = !name.starts_with(char::is_alphanumeric) || name == "ALL";
        if !expression && !CIPHERS.contains(&name) {
            problems.warning(field, format!("the cipher suite `{name}` is not known, and is ignored"));
        } else if !known.insert(name) {
            problems.warning(field, format!("the cipher suite `{name}` is named twice"));
        }
    }
}

/// One source of certificates at most.
fn exclusive_sources<'w>(tls: Field<'w>, problems: &mut Problems<'w>) {
    // A list of names excludes the others even where they are empty.
    let listed = tls.get("credentialNames").is_some();
    let given = |name: &&str| match *name {
        "serverCertificate" => says(tls, "serverCertificate") && says(tls, "privateKey"),
        name => says(tls, name) || listed && tls.get(name).is_some(),
    };
    let sources: Vec<&str> = SOURCES.into_iter().filter(given).collect();
    if let ([first, .., last], false) = (sources.as_slice(), tls.text("mode") == "ISTIO_MUTUAL") {
        let field = tls.get(last).unwrap_or(tls);
        problems.error(field, format!("certificates come from `{first}` or `{last}`, not from both"));
    }
}

/// Mutual TLS with the mesh's own certificates.
fn own_certificates<'w>(tls: Field<'w>, problems: &mut Problems<'w>) {
    for name in ["privateKey", "caCertificates"].into_iter().chain(SOURCES).filter(|name| says(tls, name)) {
        let field = tls.get(name).unwrap_or(tls);
        problems.error(field, format!("the mode ISTIO_MUTUAL uses the mesh's certificates, and takes no `{name}`"));
    }
}

/// TLS with certificates that are given.
fn terminated<'w>(tls: Field<'w>, mode: &str, problems: &mut Problems<'w>) {
    if says(tls, "credentialName") || says(tls, "credentialNames") {
        return;
    }
    if mode != "SIMPLE" && !says(tls, "caCertificates") {
        problems
            .error(tls, format!("the mode {mode} needs `caCertificates` or `credentialName`, to verify clients by"));
    }
    let mut certificates: Vec<Field<'w>> = objects(tls, "tlsCertificates").collect();
    if certificates.is_empty() {
        certificates.push(tls);
    }
    for certificate in certificates {
        for name in ["serverCertificate", "privateKey"].into_iter().filter(|name| !says(certificate, name)) {
            problems.error(certificate, format!("the mode {mode} needs `{name}` or `credentialName`"));
        }
    }
    if let (Some(field), "SIMPLE") = (tls.get("caCrl").filter(|_| says(tls, "caCrl")), mode) {
        problems.error(field, "`caCrl` revokes certificates of clients, and the mode SIMPLE asks for none");
    }
}
