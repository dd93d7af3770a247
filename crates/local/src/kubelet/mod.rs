//! The stand-in kubelet: nothing runs, but every pod goes through what a kubelet would report.

mod behaviour;
mod memory;
mod plan;
pub(crate) mod references;
pub(crate) mod scheduling;
mod script;
mod status;
#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{Pod, PodSpec};
use kube::ResourceExt;

use self::behaviour::Behaviour;
pub(crate) use self::memory::{Memories, Memory};
use self::plan::{Part, Plan};
use self::references::Lookup;
use crate::STAND_IN_ANNOTATION;
use crate::action::{Action, Event, Step};
use crate::options::Speed;
use crate::pods;

/// The shortest time that has to pass before the same problem is told again.
const REMIND_AFTER: SignedDuration = SignedDuration::from_secs(60);

/// What a pod on the node is decided by.
pub(crate) struct Observed<'a> {
    pub(crate) pod: &'a Pod,
    pub(crate) lookup: &'a dyn Lookup,
    pub(crate) speed: &'a Speed,
    /// Whether the node has this image.
    pub(crate) has_image: &'a dyn Fn(&str) -> bool,
    pub(crate) now: Timestamp,
}

/// One look of the kubelet at a pod that is bound to its node, and at what it remembers of it.
///
/// Also returns the images that are on the node now.
pub(crate) fn step(observed: &Observed<'_>, memory: &mut Memory) -> (Step, Vec<String>) {
    let pod = observed.pod;
    let mut step = Step::default();
    let Some(spec) = &pod.spec else { return (step, Vec::new()) };
    if pod.metadata.deletion_timestamp.is_some() {
        stop(observed, spec, memory, &mut step);
        return (step, Vec::new());
    }
    if pods::has_ended(pod) {
        return (step, Vec::new());
    }
    let behaviour = Behaviour::parse(pod.annotations().get(STAND_IN_ANNOTATION).map(String::as_str));
    let behaviour = behaviour.unwrap_or_else(|error| {
        if memory.remind("InvalidStandIn", observed.now) {
            step.push(Event::warning(pod, "InvalidStandIn", error.to_string()));
        }
        Behaviour::Normal
    });
    if memory.mounted.is_none() {
        match references::unmountable(spec, observed.lookup) {
            Some(cause) => {
                memory.held = true;
                if memory.remind("FailedMount", observed.now) {
                    step.push(Event::warning(pod, "FailedMount", cause));
                }
            }
            None => memory.mounted = Some(observed.now),
        }
    }
    let plan = Plan::draw(observed, spec, behaviour, memory);
    memory.held = memory.mounted.is_none() || plan.parts.iter().any(|part| part.unconfigurable.is_some());
    step.wake_at(plan.parts.iter().filter_map(Part::next).min());
    let told_until = memory.told_until.replace(observed.now);
    tell(pod, &plan, told_until, memory, observed.now, &mut step);
    let status = status::of(observed, spec, &plan, memory);
    let write = Action::status(pod, &pod.status, &status);
    // The story first: who sees a pod ready can already read how it became so.
    step.push(write);
    let pulled = plan.parts.iter().filter(|part| part.has_image());
    (step, pulled.filter_map(|part| part.container.image.clone()).collect())
}

/// Ends a pod that is to go, when its containers have had time to stop.
fn stop(observed: &Observed<'_>, spec: &PodSpec, memory: &mut Memory, step: &mut Step) {
    let pod = observed.pod;
    let running = !pods::has_ended(pod) && pods::phase(pod) == "Running";
    let grace = pod.metadata.deletion_grace_period_seconds.unwrap_or(30);
    let grace = SignedDuration::from_secs(grace);
    let since = *memory.stopping.get_or_insert_with(|| {
        if running {
            for container in &spec.containers {
                let message = format!("Stopping container {}", container.name);
                let event = Event::normal(pod, "Killing", message);
                step.push(Event { field: Some(format!("spec.containers{{{}}}", container.name)), ..event });
            }
        }
        observed.now
    });
    let takes = SignedDuration::try_from(observed.speed.stop).unwrap_or(grace).min(grace);
    let takes = if running { takes } else { SignedDuration::ZERO };
    match since.checked_add(takes) {
        Ok(end) if end > observed.now => step.wake_at(end),
        Ok(_) | Err(_) => {
            step.push(Action::Delete { target: crate::action::Target::of(pod), grace: Some(0) });
        }
    }
}

/// Tells what happened since the last look.
fn tell(
    pod: &Pod,
    plan: &Plan<'_>,
    told_until: Option<Timestamp>,
    memory: &mut Memory,
    now: Timestamp,
    step: &mut Step,
) {
    let mut news: Vec<(Timestamp, Event)> = Vec::new();
    for part in &plan.parts {
        if let Some(cause) = &part.unconfigurable
            && memory.remind(&part.container.name, now)
        {
            news.push((now, part.event(pod, crate::action::Severity::Warning, "Failed", format!("Error: {cause}"))));
        }
        let Some(snapshot) = &part.snapshot else { continue };
        let fresh = snapshot.happened.iter().filter(|(at, _)| told_until.is_none_or(|told| *at > told));
        for (at, happening) in fresh {
            news.extend(part.story(pod, *happening).into_iter().map(|event| (*at, event)));
        }
    }
    news.sort_by_key(|(at, _)| *at);
    step.actions.extend(news.into_iter().map(|(_, event)| Action::Event(event)));
}
