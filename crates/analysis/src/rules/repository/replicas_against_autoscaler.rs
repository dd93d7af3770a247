//! A workload declares `replicas` although something else decides how many there are.
//!
//! ## Why it matters
//!
//! Each time Git is applied the number goes back to what is written there, and the HorizontalPodAutoscaler, or Flagger, which
//! keeps the target of a Canary at zero, changes it again: pods are stopped under load, or run where none should.
//!
//! ## What to do
//!
//! Remove `spec.replicas` from the workload. The autoscaler's `minReplicas` is where the lower bound belongs.

use std::collections::HashMap;

use manifest::{ObjectId, Severity};
use mesh::{Field, Resource, World, kind};

use super::autoscalers::target_id;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("RP0009"),
    name: "ReplicasAgainstAutoscaler",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("replicas_against_autoscaler.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let mut scalers: HashMap<ObjectId, Resource<'_>> = HashMap::new();
    for canary in world.of(kind::CANARY) {
        if let Some(target) = canary_target(canary) {
            scalers.insert(target, canary);
        }
    }
    for autoscaler in world.of(kind::HORIZONTAL_POD_AUTOSCALER) {
        if let Some((target, _)) = target_id(autoscaler) {
            scalers.entry(target).or_insert(autoscaler);
        }
    }
    for workload in
        [kind::DEPLOYMENT, kind::STATEFUL_SET, kind::REPLICA_SET].into_iter().flat_map(|kind| world.of(kind))
    {
        let Some(scaler) = scalers.get(workload.id()) else { continue };
        let Some(replicas) = workload.at(&["spec", "replicas"]) else { continue };
        let message = format!("`replicas: {}` is declared, and `{}` changes it", replicas.value(), scaler.id());
        findings
            .at(&RULE, workload, replicas, message)
            .hint("Remove `spec.replicas`.")
            .see(scaler.location(), format!("`{}` decides how many there are", scaler.id()));
    }
}

/// What a Canary has under its control, if that has replicas.
fn canary_target(canary: Resource<'_>) -> Option<ObjectId> {
    let target = canary.at(&["spec", "targetRef"])?;
    let text = |name: &str| target.get(name).and_then(Field::as_str);
    let deployment = text("kind").is_none_or(|kind| kind == "Deployment");
    deployment.then(|| ObjectId {
        group: kind::DEPLOYMENT.group().to_owned(),
        kind: kind::DEPLOYMENT.kind().to_owned(),
        namespace: canary.namespace().to_owned(),
        name: target.text("name").to_owned(),
    })
}
