//! TLS that proxies originate.

use mesh::{Field, Resource};

/// Whether TLS settings of a DestinationRule give the proxy nothing to verify the server's certificate by. The
/// certificates of a `credentialName` count only for the workloads that a selector names.
pub(super) fn accepts_any_server(rule: Resource<'_>, tls: Field<'_>) -> bool {
    let is_originated = ["SIMPLE", "MUTUAL"].contains(&tls.text("mode"));
    let by_secret = !tls.text("credentialName").is_empty() && rule.at(&["spec", "workloadSelector"]).is_some();
    is_originated && tls.text("caCertificates").is_empty() && !by_secret
}
