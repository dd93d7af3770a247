//! The service of a Canary leads to no port of its target.
//!
//! ## Why it matters
//!
//! Flagger makes the services that clients call. If their port leads nowhere, the first release takes the application away from
//! its users.
//!
//! ## What to do
//!
//! Write `service.port`, and let `service.targetPort` (by default the same number) be the number or the name of a port that a
//! container of the target declares.

use manifest::Severity;
use mesh::World;
use mesh::workload::Workload;

use super::canary::Canary;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("FL0011"),
    name: "CanaryServicePort",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("service_port.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    for canary in Canary::all(world) {
        let service = canary.spec("service");
        let Some(port) = service.and_then(|service| service.get("port")) else {
            let at = service.unwrap_or(canary.resource.root());
            findings
                .at(&RULE, canary.resource, at, "the service of the Canary has no port")
                .hint("Add `service.port`.");
            continue;
        };
        let Some(target) = canary.target_id().and_then(|id| world.by_id(&id)).and_then(Workload::of) else { continue };
        let declared: Vec<_> = target.ports().collect();
        let wanted = service.and_then(|service| service.get("targetPort")).unwrap_or(port);
        let (found, shown) = match (wanted.as_str(), wanted.value().as_u64()) {
            (Some(text), _) if text.parse::<u16>().is_err() => {
                (declared.iter().any(|port| port.name == text), text.to_owned())
            }
            (text, number) => {
                let number = number.or_else(|| text?.parse().ok()).unwrap_or_default();
                // Ports need not be declared; where some are, one that is not is a slip.
                let listed = declared.iter().any(|port| u64::from(port.number) == number);
                (listed || declared.is_empty(), number.to_string())
            }
        };
        if !found {
            let message = format!("`{}` declares no port `{shown}`", target.resource().id());
            let finding = findings.at(&RULE, canary.resource, wanted, message);
            finding.hint("Let `targetPort` be a port that a container declares.");
            if let Some(port) = declared.first() {
                let what = format!("a container declares the port {}", port.number);
                finding.see(port.field.location(), what);
            }
        }
    }
}
