//! Clusters of one mesh do not trust the same anchors.
//!
//! ## Why it matters
//!
//! A gateway takes a request of another cluster only if the client's certificate leads back to an anchor that both trust. Without
//! a common anchor, no request between the clusters succeeds.
//!
//! ## What to do
//!
//! Install all clusters with the same trust anchors. Each can have an issuer of its own.

use manifest::Severity;
use mesh::kind;

use super::certificates::{Certificates, TRUST_ANCHORS, trust_anchors};
use crate::{Check, Code, Findings, Fleet, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("LD0121"),
    name: "AnchorsDiffer",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("anchors_differ.rs"),
    check: Check::Fleet(check),
};

fn check(fleet: &Fleet<'_>, findings: &mut Findings) {
    let of_cluster = |(name, world)| {
        let world: &mesh::World = world;
        let mut configs = world.of(kind::CONFIG_MAP).filter(|config| config.name() == TRUST_ANCHORS);
        Some((name, configs.find_map(trust_anchors).filter(|found| found.certificates.is_some())?))
    };
    let clusters: Vec<(&str, Certificates<'_>)> = fleet.clusters().filter_map(of_cluster).collect();
    let Some(((first, anchors), others)) = clusters.split_first() else { return };
    for (name, other) in others {
        let theirs = other.certificates.as_deref().unwrap_or_default();
        if !anchors.certificates.iter().flatten().any(|anchor| theirs.contains(anchor)) {
            findings
                .at(
                    &RULE,
                    other.holder,
                    other.field,
                    format!("the clusters `{first}` and `{name}` trust no common anchor"),
                )
                .hint("Install all clusters with the same trust anchors.")
                .see(anchors.field.location(), format!("the anchors of `{first}` are here"));
        }
    }
}
