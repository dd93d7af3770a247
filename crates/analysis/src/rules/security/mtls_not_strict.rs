//! The mesh accepts plain text.
//!
//! ## Why it matters
//!
//! Without a mesh-wide PeerAuthentication of the mode `STRICT`, every proxy accepts connections that are neither encrypted nor
//! authenticated. Whoever gets into the cluster's network can call every service, and policies that name a source's identity
//! can be passed by without one wherever they only deny.
//!
//! ## What to do
//!
//! Declare a PeerAuthentication named `default` in the root namespace with `mtls.mode: STRICT`, when every workload that calls
//! has a proxy. Until then, make namespaces strict one by one.

use manifest::Severity;
use mesh::World;

use super::peer::{Mode, anchor, mesh_mode, namespace_mode, of_namespace};
use crate::membership::Membership;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0001"),
    name: "MtlsNotStrict",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("mtls_not_strict.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let root = world.mesh_config().root_namespace();
    if mesh_mode(world) == Mode::Strict {
        return;
    }
    const HINT: &str = "Declare a PeerAuthentication `default` with `mtls.mode: STRICT` in the root namespace.";
    if let Some(policy) = of_namespace(world, root) {
        let at = policy.at(&["spec", "mtls", "mode"]).unwrap_or(policy.root());
        let message = "the mesh-wide policy does not require mutual TLS, so that plain text is accepted";
        findings.at(&RULE, policy, at, message).hint(HINT);
        return;
    }
    let Some(anchor) = anchor(world) else { return };
    let mut members = world.workloads().filter(|workload| Membership::of(world, *workload).is_istio()).peekable();
    let all_strict =
        members.peek().is_some() && members.all(|workload| namespace_mode(world, workload.namespace()) == Mode::Strict);
    if !all_strict {
        let message = format!("no PeerAuthentication in the root namespace `{root}` requires mutual TLS in the mesh");
        findings.about(&RULE, anchor, message).hint(HINT);
    }
}
