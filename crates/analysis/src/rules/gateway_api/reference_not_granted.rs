//! An object refers to one of another namespace, which does not grant it.
//!
//! ## Why it matters
//!
//! The reference is refused: requests to such a backend end in 500, and a listener with such a certificate does not start. It
//! takes the other namespace's consent, so that nobody borrows what is not his.
//!
//! ## What to do
//!
//! Declare a ReferenceGrant in the namespace that is referred to.

use manifest::Severity;
use mesh::{Field, KindName, Resource, World, kind};

use super::certificate_missing::certificates;
use super::references::{backends, is_granted, routes, target};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("GW0104"),
    name: "ReferenceNotGranted",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("reference_not_granted.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let known = world.coverage();
    let mut check = |from: Resource<'_>, reference: Field<'_>, default: KindName| {
        let id = target(from, reference, default);
        if id.namespace == from.namespace() || !known.whole(&id.namespace) || is_granted(world, from, &id) {
            return;
        }
        let message = format!("no ReferenceGrant in the namespace `{}` lets it refer to `{id}`", id.namespace);
        let hint = format!(
            "Declare a ReferenceGrant in `{}` from {} of `{}` to {}.",
            id.namespace,
            from.kind(),
            from.namespace(),
            id.kind
        );
        findings.at(&RULE, from, reference.get("namespace").unwrap_or(reference), message).hint(hint);
    };
    for route in routes(world) {
        backends(route).for_each(|backend| check(route, backend, kind::SERVICE));
    }
    for gateway in world.of(kind::GATEWAY) {
        for certificate in certificates(gateway) {
            check(gateway, certificate, kind::SECRET);
        }
    }
}
