//! The progress deadline of a Canary ends before its pods can be ready.
//!
//! ## Why it matters
//!
//! Flagger rolls back when new pods are not available by `progressDeadlineSeconds`. If the probes and `minReadySeconds` alone
//! take as long, no release can ever succeed.
//!
//! ## What to do
//!
//! Write a deadline of several times what a start takes, or shorten the delays of the probes.

use manifest::Severity;
use mesh::workload::Workload;
use mesh::{Field, World};

use super::canary::Canary;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("FL0010"),
    name: "ProgressDeadline",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("progress_deadline.rs"),
    check: Check::World(check),
};

/// What Flagger takes when nothing is written, in seconds.
const DEFAULT_SECONDS: i64 = 600;

fn check(world: &World, findings: &mut Findings) {
    for canary in Canary::all(world) {
        let Some(target) = canary.target_id().and_then(|id| world.by_id(&id)) else { continue };
        let Some(workload) = Workload::of(target) else { continue };
        let spec = target.spec();
        let seconds = |name: &str| spec.and_then(|spec| spec.integer(name)).unwrap_or_default().max(0);
        let pods = workload.containers().map(seconds_until_ready).max().unwrap_or_default();
        let least = pods.saturating_add(seconds("minReadySeconds"));
        let deadline = canary.spec("progressDeadlineSeconds");
        let given = canary.resource.spec().and_then(|spec| spec.integer("progressDeadlineSeconds"));
        let given = given.unwrap_or(DEFAULT_SECONDS);
        if given <= least {
            let message =
                format!("the deadline of {given} s ends before pods are available, which takes at least {least} s");
            findings
                .at(&RULE, canary.resource, deadline.unwrap_or(canary.resource.root()), message)
                .hint("Write a `progressDeadlineSeconds` of several times that.")
                .see(target.location(), format!("probes and `minReadySeconds` of `{}` take {least} s", target.id()));
        }
    }
}

/// How long a container that starts at once takes at least until it counts as ready.
fn seconds_until_ready(container: Field<'_>) -> i64 {
    let number = |probe: Field<'_>, name: &str, default: i64| probe.integer(name).unwrap_or(default).max(0);
    let startup = container.get("startupProbe").map(|probe| number(probe, "initialDelaySeconds", 0));
    let ready = container.get("readinessProbe").map(|probe| {
        let again = number(probe, "successThreshold", 1).saturating_sub(1);
        number(probe, "initialDelaySeconds", 0).saturating_add(again.saturating_mul(number(probe, "periodSeconds", 10)))
    });
    // The readiness probe waits for the startup probe, but its delay counts from the start of the container.
    startup.unwrap_or_default().max(ready.unwrap_or_default())
}
