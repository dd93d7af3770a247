//! An AuthorizationPolicy allows everybody.
//!
//! ## Why it matters
//!
//! A rule without conditions is satisfied by every request, with or without an identity, and makes every other `ALLOW` policy
//! for the same workloads meaningless. `*` as a principal means every workload of the mesh, `0.0.0.0/0` every address.
//!
//! ## What to do
//!
//! Name the service accounts or namespaces that call, with `principals` or `namespaces`, and the paths and methods they need.

use manifest::Severity;
use mesh::{Field, Resource, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0005"),
    name: "AllowAll",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("allow_all.rs"),
    check: Check::Resource(check),
};

fn check(policy: Resource<'_>, findings: &mut Findings) {
    let Some(spec) = policy.spec().filter(|_| policy.is(kind::ISTIO_AUTHORIZATION_POLICY)) else { return };
    if !matches!(spec.text("action"), "" | "ALLOW") {
        return;
    }
    for rule in spec.list("rules") {
        let says = |name: &str| rule.list(name).len() > 0;
        // Paths, methods and claims narrow a rule down whoever calls.
        if says("to") || says("when") {
            continue;
        }
        if !says("from") {
            let message = "the rule has no condition, so that every request is allowed";
            findings.at(&RULE, policy, rule, message).hint("Name who may call, with `from`.");
            continue;
        }
        for source in rule.list("from").filter_map(|from| from.get("source")) {
            if let Some((field, who)) = everybody(source) {
                findings
                    .at(&RULE, policy, field, format!("the rule allows {who}"))
                    .hint("Name the service accounts or the namespaces that call.");
            }
        }
    }
}

/// The value by which a source means everybody, if nothing else of it says less.
fn everybody(source: Field<'_>) -> Option<(Field<'_>, &'static str)> {
    let mut found = None;
    for (name, values) in source.members().filter(|(_, values)| values.items().len() > 0) {
        let open = values.items().find_map(|value| {
            let who = match (name, value.as_str()?) {
                ("principals", "*") => "every workload of the mesh",
                ("namespaces", "*") => "every namespace of the mesh",
                ("ipBlocks" | "remoteIpBlocks", "0.0.0.0/0" | "::/0") => "every address",
                _ => return None,
            };
            Some((value, who))
        });
        found = Some(open?);
    }
    found
}
