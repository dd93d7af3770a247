//! Server: a port of workloads.

use mesh::Field;

use super::super::problem::Problems;
use super::super::subject::Subject;
use super::super::{hosts, ports};

/// What a server may expect of its clients' protocol.
const PROTOCOLS: [&str; 6] = ["unknown", "HTTP/1", "HTTP/2", "gRPC", "opaque", "TLS"];
/// Who may use a server that no policy speaks of.
const ACCESS: [&str; 6] =
    ["all-authenticated", "all-unauthenticated", "cluster-authenticated", "cluster-unauthenticated", "deny", "audit"];

pub(super) fn check<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    let spec = subject.spec();
    for (name, known) in [("proxyProtocol", PROTOCOLS), ("accessPolicy", ACCESS)] {
        let given = spec.text(name);
        if let Some(field) = spec.get(name).filter(|_| !known.contains(&given)) {
            problems.error(field, format!("`{name}` is `{given}`, which is none of `{}`", known.join("`, `")));
        }
    }
    let Some(port) = spec.get("port") else { return };
    match port.value().as_i64() {
        Some(number) => problems.judge(port, ports::number(number)),
        None => problems.judge(port, port_name(port)),
    }
}

/// The name of a container's port has a letter, and at most fifteen characters.
fn port_name(port: Field<'_>) -> Result<(), String> {
    let name = port.as_str().unwrap_or_default();
    let good = hosts::is_label(name) && name.len() <= 15 && name.bytes().any(|byte| byte.is_ascii_alphabetic());
    if good { Ok(()) } else { Err(format!("`port` is `{name}`, which is neither a number nor the name of a port")) }
}
