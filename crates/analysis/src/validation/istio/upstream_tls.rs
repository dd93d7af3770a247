//! How a proxy speaks TLS to a destination.

use mesh::Field;

use super::super::problem::Problems;
use super::says;

/// What a credential in a ConfigMap begins with.
const CONFIG_MAP: &str = "configmap://";

/// Istio's `ClientTLSSettings` of an object in `namespace`.
pub(in super::super) fn check<'w>(tls: Field<'w>, namespace: &str, problems: &mut Problems<'w>) {
    let mode = tls.text("mode");
    let credential = tls.get("credentialName").filter(|_| says(tls, "credentialName"));
    if let (Some(field), Some(reference)) = (credential, tls.text("credentialName").strip_prefix(CONFIG_MAP)) {
        let (place, name) = reference.split_once('/').unwrap_or(("", ""));
        if name.is_empty() || name.starts_with('/') || place != namespace || namespace.is_empty() {
            let message = format!(
                "`credentialName` names a ConfigMap by `{reference}`, and must name one of its own namespace: `{CONFIG_MAP}{namespace}/NAME`"
            );
            problems.error(field, message);
        }
    }
    if tls.flag("insecureSkipVerify") {
        let verified: &[&str] = match mode {
            "SIMPLE" => &["caCertificates", "credentialName", "subjectAltNames"],
            "MUTUAL" => &["caCertificates", "subjectAltNames"],
            _ => &[],
        };
        for name in verified.iter().filter(|name| says(tls, name)) {
            problems.error(tls.get(name).unwrap_or(tls), format!("`{name}` contradicts `insecureSkipVerify: true`"));
        }
    }
    if credential.is_some() && matches!(mode, "SIMPLE" | "MUTUAL") {
        for name in
            ["clientCertificate", "caCertificates", "privateKey", "caCrl"].into_iter().filter(|name| says(tls, name))
        {
            problems.error(
                tls.get(name).unwrap_or(tls),
                format!("`{name}` is part of the credential that `credentialName` names"),
            );
        }
    } else if mode == "MUTUAL" {
        for name in ["clientCertificate", "privateKey"].into_iter().filter(|name| !says(tls, name)) {
            problems.error(tls, format!("the mode MUTUAL needs `{name}` or `credentialName`"));
        }
    }
}
