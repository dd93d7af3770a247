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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use manifest::{Manifest, Origin};
    use mesh::WorldOptions;
    use serde_json::json;

    use super::*;

    /// Whether something is found for a Kubernetes 1.x.
    fn is_found(kubernetes_minor: u32) -> bool {
        let metadata = json!({ "name": "istiod", "namespace": "istio-system", "labels": { "app": "istiod" } });
        let value = json!({ "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata });
        let istiod = Arc::new(Manifest::new(value, Origin::default()).expect("a manifest"));
        let world = World::new([istiod], WorldOptions { kubernetes_minor, ..WorldOptions::default() });
        let mut findings = Findings::new();
        check(&world, &mut findings);
        !findings.into_vec().is_empty()
    }

    #[test]
    fn what_is_older_than_the_minimum_is_found() {
        assert!(is_found(MINIMUM - 1));
        assert!(!is_found(MINIMUM));
    }
}
