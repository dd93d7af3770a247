//! A certificate of Linkerd's control plane ends within 60 days.
//!
//! ## Why it matters
//!
//! When it is over, no workload can speak to another one. Replacing a trust anchor takes several steps with a restart of every
//! proxy between, and is better not begun in the last week.
//!
//! ## What to do
//!
//! Renew it now, or let cert-manager do so.

use jiff::SignedDuration;
use manifest::Severity;
use mesh::World;

use super::certificates::all;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("LD0114"),
    name: "CertificateEndsSoon",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("certificate_ends_soon.rs"),
    check: Check::World(check),
};

/// What Linkerd's own check calls soon.
const SOON: SignedDuration = SignedDuration::from_hours(60 * 24);

fn check(world: &World, findings: &mut Findings) {
    let Some(now) = world.options().now else { return };
    for certificates in all(world) {
        let ends = certificates.certificates.iter().flatten().map(|found| found.end);
        let first = ends.filter(|end| *end >= now && end.duration_since(now) <= SOON).min();
        if let Some(end) = first {
            let message = format!("the {} is valid until {end}", certificates.role);
            findings.at(&RULE, certificates.holder, certificates.field, message).hint("Renew the certificate.");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::linkerd::certificates::tests::check;

    #[test]
    fn what_ends_within_sixty_days_is_said() {
        check(&RULE, "250101000000Z", "350101000000Z", None);
        check(&RULE, "250101000000Z", "260731000001Z", None);
        check(&RULE, "250101000000Z", "260731000000Z", Some("the trust anchor is valid until 2026-07-31T00:00:00Z"));
        check(&RULE, "250101000000Z", "260531000000Z", None);
    }
}
