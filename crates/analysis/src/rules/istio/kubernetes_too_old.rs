//! The Kubernetes that the objects are for is older than Istio supports.
//!
//! ## Why it matters
//!
//! Istio is not tested with it and may use interfaces that it does not have. `istioctl x precheck` asks a cluster for
//! the same.
//!
//! ## What to do
//!
//! Upgrade Kubernetes first, or install an older Istio.

use manifest::Severity;
use mesh::{Resource, World, kind};

use crate::{Check, Code, Findings, Rule};

/// The least Kubernetes 1.x that Istio 1.31 supports.
const MINIMUM: u32 = 32;

pub(super) const RULE: Rule = Rule {
    code: Code("IST0142"),
    name: "UnsupportedKubernetesVersion",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("kubernetes_too_old.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let target = world.options().kubernetes_minor;
    let is_istiod = |deployment: &Resource<'_>| deployment.label("app") == Some("istiod");
    for istiod in world.of(kind::DEPLOYMENT).filter(is_istiod).filter(|_| target < MINIMUM) {
        let message = format!("Istio needs Kubernetes 1.{MINIMUM} or newer, and the objects are for 1.{target}");
        findings.about(&RULE, istiod, message);
    }
}
