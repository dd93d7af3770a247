//! A proxy of Linkerd's that is written into a manifest trusts other anchors than the control plane.
//!
//! ## Why it matters
//!
//! The trust anchors were replaced after the manifest was made. The proxy refuses everybody whose certificate leads back to a new
//! anchor: when the issuer is renewed too, the workload can speak to nobody.
//!
//! ## What to do
//!
//! Run `linkerd inject --manual` again, or better let the webhook inject: then a restart is enough.

use manifest::Severity;
use mesh::workload::Workload;
use mesh::{Field, World, kind};

use super::certificates::{TRUST_ANCHORS, trust_anchors};
use crate::certificate::certificates;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("LD0120"),
    name: "ProxyTrustsOthers",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("proxy_trusts_others.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let mut declared = world.of(kind::CONFIG_MAP).filter(|config| config.name() == TRUST_ANCHORS);
    // Of two control planes nobody knows which one a proxy belongs to.
    let (Some(config), None) = (declared.next(), declared.next()) else { return };
    let Some(anchors) = trust_anchors(config) else { return };
    let Some(expected) = &anchors.certificates else { return };
    for workload in world.workloads() {
        let Some(written) = anchors_of_proxy(workload) else { continue };
        let Some(trusted) = certificates(written.as_str().unwrap_or_default().as_bytes()) else { continue };
        let same = trusted.len() == expected.len() && trusted.iter().all(|anchor| expected.contains(anchor));
        if !same {
            findings
                .at(&RULE, workload.resource(), written, "the proxy trusts other anchors than the control plane")
                .hint("Inject again.")
                .see(anchors.field.location(), "the trust anchors are here");
        }
    }
}

/// The trust anchors that are written into the proxy of a workload.
fn anchors_of_proxy(workload: Workload<'_>) -> Option<Field<'_>> {
    let mut containers = workload.containers().chain(workload.init_containers());
    let proxy = containers.find(|container| container.text("name") == "linkerd-proxy")?;
    let mut variables = proxy.list("env");
    variables.find(|variable| variable.text("name") == "LINKERD2_PROXY_IDENTITY_TRUST_ANCHORS")?.get("value")
}
