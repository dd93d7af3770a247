//! A certificate of Linkerd's control plane is none, or its time is over or has not begun.
//!
//! ## Why it matters
//!
//! Proxies accept no certificate of an issuer that is not valid: when those they have end, after a day at most, no workload can
//! speak to another one. With a webhook's certificate that is over, no pod is injected or none can be created.
//!
//! ## What to do
//!
//! Renew it. A trust anchor is replaced in steps: first both, then a restart of all proxies, then a new issuer, and only then
//! the old anchor is removed.

use manifest::Severity;
use mesh::World;

use super::certificates::all;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("LD0109"),
    name: "CertificateInvalid",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("certificate_invalid.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    for certificates in all(world) {
        let role = certificates.role;
        let message = match (&certificates.certificates, world.options().now) {
            (None, _) => format!("the {role} cannot be read"),
            (Some(_), None) => continue,
            (Some(found), Some(now)) => {
                let over = found.iter().map(|found| found.end).filter(|end| *end < now).min();
                let to_come = found.iter().map(|found| found.start).filter(|start| *start > now).max();
                match (over, to_come) {
                    (Some(end), _) => format!("the {role} was valid until {end}"),
                    (None, Some(start)) => format!("the {role} is not valid before {start}"),
                    (None, None) => continue,
                }
            }
        };
        findings.at(&RULE, certificates.holder, certificates.field, message).hint("Renew the certificate.");
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::linkerd::certificates::tests::check;

    #[test]
    fn certificates_are_judged_at_the_time_that_is_given() {
        check(&RULE, "250101000000Z", "350101000000Z", None);
        check(&RULE, "250101000000Z", "260601000000Z", None);
        check(&RULE, "250101000000Z", "260531235959Z", Some("the trust anchor was valid until 2026-05-31T23:59:59Z"));
        check(
            &RULE,
            "270101000000Z",
            "350101000000Z",
            Some("the trust anchor is not valid before 2027-01-01T00:00:00Z"),
        );
    }
}
