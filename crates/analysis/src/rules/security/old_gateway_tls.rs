//! A gateway speaks versions of TLS that are broken.
//!
//! ## Why it matters
//!
//! TLS 1.0 and 1.1 can be attacked and are forbidden by every standard that audits ask for. A client can be talked down to the
//! oldest version that the gateway accepts.
//!
//! ## What to do
//!
//! Write `minProtocolVersion: TLSV1_2` or remove the field: 1.2 is the default.

use manifest::Severity;
use mesh::{Field, Resource, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0019"),
    name: "OldGatewayTls",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("old_gateway_tls.rs"),
    check: Check::Resource(check),
};

fn check(gateway: Resource<'_>, findings: &mut Findings) {
    if !gateway.is(kind::ISTIO_GATEWAY) {
        return;
    }
    for tls in gateway.list(&["spec", "servers"]).filter_map(|server| server.get("tls")) {
        for name in ["minProtocolVersion", "maxProtocolVersion"] {
            let version = tls.get(name).filter(|version| matches!(version.as_str(), Some("TLSV1_0" | "TLSV1_1")));
            if let Some(version) = version {
                let shown = version.as_str().unwrap_or_default();
                let bound = if name == "minProtocolVersion" { "from" } else { "only up to" };
                findings
                    .at(
                        &RULE,
                        gateway,
                        version,
                        format!("the server speaks TLS {bound} {}", Field::as_str(version).map_or(shown, readable)),
                    )
                    .hint("Write `minProtocolVersion: TLSV1_2`.");
            }
        }
    }
}

fn readable(version: &str) -> &str {
    match version {
        "TLSV1_0" => "1.0",
        _ => "1.1",
    }
}
