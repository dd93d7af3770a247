//! A policy takes mutual TLS back for a namespace, a workload or a port.
//!
//! ## Why it matters
//!
//! What is strict around it is permissive or plain here: connections are accepted from anybody, and everything that is sent can
//! be read on the way. Such exceptions are made for a migration and stay.
//!
//! ## What to do
//!
//! Write `STRICT` or remove the policy. If a port must be plain, such as one that is scraped from outside the mesh, restrict
//! who may reach it by a NetworkPolicy.

use manifest::Severity;
use mesh::{Field, Resource, World, kind};

use super::peer::{Mode, mesh_mode, namespace_mode, selects};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0002"),
    name: "MtlsWeakened",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("mtls_weakened.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    let root = world.mesh_config().root_namespace();
    for policy in world.within(kind::PEER_AUTHENTICATION, namespace) {
        let selecting = selects(policy);
        let around = match (selecting, policy.namespace() == root) {
            (true, _) => namespace_mode(world, policy.namespace()),
            (false, false) => mesh_mode(world),
            // What holds for the whole mesh is a rule of its own.
            (false, true) => Mode::Permissive,
        };
        let own = Mode::of(policy.at(&["spec", "mtls"]));
        if selecting || policy.namespace() != root {
            let place = if selecting { "for the workloads that it selects" } else { "for its namespace" };
            report(policy, policy.at(&["spec", "mtls", "mode"]), own, around, place, findings);
        }
        let ports = policy.at(&["spec", "portLevelMtls"]);
        for (port, mtls) in ports.into_iter().flat_map(Field::members) {
            let place = format!("for the port {port}");
            report(policy, mtls.get("mode"), Mode::of(Some(mtls)), own.unwrap_or(around), &place, findings);
        }
    }
}

fn report(
    policy: Resource<'_>,
    field: Option<Field<'_>>,
    mode: Option<Mode>,
    around: Mode,
    place: &str,
    findings: &mut Findings,
) {
    let what = match (mode, around) {
        (Some(Mode::Disable), Mode::Strict | Mode::Permissive) => "disables mutual TLS",
        (Some(Mode::Permissive), Mode::Strict) => "accepts plain text besides mutual TLS",
        (Some(Mode::Permissive), Mode::Permissive | Mode::Disable)
        | (Some(Mode::Disable), Mode::Disable)
        | (Some(Mode::Strict) | None, _) => return,
    };
    let field = field.unwrap_or(policy.root());
    findings
        .at(&RULE, policy, field, format!("the policy {what} {place}"))
        .hint("Write `STRICT`, or remove the exception.");
}
