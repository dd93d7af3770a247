//! An EnvoyFilter takes a protection away.
//!
//! ## Why it matters
//!
//! Removing or replacing the filters that authenticate and authorize, or the transport that encrypts, undoes what policies
//! declare, and no tool that reads the policies can tell: they look as strict as before.
//!
//! ## What to do
//!
//! Remove the patch, and write what it was for as an AuthorizationPolicy, a RequestAuthentication or a PeerAuthentication.

use manifest::Severity;
use mesh::{Field, Resource, kind};
use serde_json::Value;

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0018"),
    name: "EnvoyFilterSecurity",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("envoy_filter_security.rs"),
    check: Check::Resource(check),
};

/// Words in the names of the filters that protect.
const PROTECTING: [&str; 6] = ["rbac", "jwt_authn", "ext_authz", "istio_authn", "istio.authn", "peer_metadata_authn"];
/// Transports without encryption.
const PLAIN: [&str; 2] = ["envoy.transport_sockets.raw_buffer", "transport_sockets.raw_buffer.v3.RawBuffer"];

fn check(filter: Resource<'_>, findings: &mut Findings) {
    if !filter.is(kind::ENVOY_FILTER) {
        return;
    }
    for patch in filter.list(&["spec", "configPatches"]) {
        let Some(change) = patch.get("patch") else { continue };
        let operation = change.get("operation");
        let takes_away = matches!(operation.and_then(Field::as_str), Some("REMOVE" | "REPLACE"));
        let target = patch.get("match").and_then(|found| find_text(found.value(), &PROTECTING));
        if let (true, Some(name), Some(operation)) = (takes_away, target, operation) {
            findings
                .at(&RULE, filter, operation, format!("the patch takes away `{name}`, which protects workloads"))
                .hint("Remove the patch, and declare a policy instead.");
        }
        if let Some(value) = change.get("value").filter(|value| find_text(value.value(), &PLAIN).is_some()) {
            findings
                .at(&RULE, filter, value, "the patch puts a transport in place that does not encrypt")
                .hint("Remove the patch, and declare a PeerAuthentication or a DestinationRule instead.");
        }
    }
}

/// The first text in a value that has one of the words.
fn find_text<'v>(value: &'v Value, words: &[&str]) -> Option<&'v str> {
    match value {
        Value::String(text) => words.iter().any(|word| text.contains(word)).then_some(text),
        Value::Array(items) => items.iter().find_map(|item| find_text(item, words)),
        Value::Object(members) => members.values().find_map(|member| find_text(member, words)),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}
