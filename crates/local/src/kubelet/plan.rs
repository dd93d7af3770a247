//! A pod's containers at one moment: whose turn has come, and what became of it.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Container, Pod, PodSpec};
use kube::ResourceExt;

use super::behaviour::Behaviour;
use super::references;
use super::script::{Course, Happening, Restarts, Script, Snapshot, State};
use super::{Memory, Observed};
use crate::action::{Event, Severity};
use crate::options::Speed;

/// Which list of the specification a container is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// An init container, which has to end before the next begins.
    Init,
    /// An init container that keeps running: a sidecar.
    Sidecar,
    /// One of the pod's proper containers.
    Main,
}

/// One container.
#[derive(Debug)]
pub(super) struct Part<'a> {
    pub(super) container: &'a Container,
    pub(super) role: Role,
    /// Where it stands; `None` while its turn has not come.
    pub(super) snapshot: Option<Snapshot>,
    /// Why it cannot be created.
    pub(super) unconfigurable: Option<String>,
}

/// All containers of a pod, in the order of their turns.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) parts: Vec<Part<'a>>,
}

impl<'a> Plan<'a> {
    /// Works out where every container stands, noting in `memory` what became known on the way.
    pub(super) fn draw(observed: &Observed<'_>, spec: &'a PodSpec, behaviour: Behaviour, memory: &mut Memory) -> Self {
        let restarts = restarts(spec, behaviour);
        let mut parts = Vec::new();
        // When the next container's turn comes; `None` if that is not known yet.
        let mut turn = memory.mounted;
        for container in spec.init_containers.iter().flatten() {
            let sidecar = container.restart_policy.as_deref() == Some("Always");
            let role = if sidecar { Role::Sidecar } else { Role::Init };
            let course = if sidecar { Course::Runs } else { Course::Ends(observed.speed.work, 0) };
            let restarts = if sidecar { Restarts::Always } else { Restarts::OnFailure };
            let part = begin(observed, container, role, (course, restarts, Behaviour::Normal), turn, memory);
            turn = part.snapshot.as_ref().and_then(|snapshot| match (role, snapshot.state) {
                (Role::Init, State::Ended(run)) => Some(run.finished),
                (Role::Sidecar, State::Running(since)) => Some(since),
                _ => None,
            });
            parts.push(part);
        }
        let course = course(spec, behaviour, observed.speed);
        for container in &spec.containers {
            parts.push(begin(observed, container, Role::Main, (course, restarts, behaviour), turn, memory));
        }
        Self { parts }
    }

    /// The pod's proper containers.
    pub(super) fn main(&self) -> impl Iterator<Item = &Part<'a>> {
        self.parts.iter().filter(|part| part.role == Role::Main)
    }

    /// The init containers, sidecars among them.
    pub(super) fn init(&self) -> impl Iterator<Item = &Part<'a>> {
        self.parts.iter().filter(|part| part.role != Role::Main)
    }
}

/// Lets a container begin if its turn has come and nothing is missing.
fn begin<'a>(
    observed: &Observed<'_>,
    container: &'a Container,
    role: Role,
    (course, restarts, behaviour): (Course, Restarts, Behaviour),
    turn: Option<Timestamp>,
    memory: &mut Memory,
) -> Part<'a> {
    let mut part = Part { container, role, snapshot: None, unconfigurable: None };
    let Some(turn) = turn.filter(|turn| *turn <= observed.now) else { return part };
    let name = &container.name;
    let image = container.image.as_deref().unwrap_or_default();
    if !memory.begun.contains(name) {
        part.unconfigurable = references::unconfigurable(container, observed.lookup);
        if part.unconfigurable.is_some() {
            return part;
        }
        if observed.now > turn {
            memory.configured.insert(name.clone(), observed.now);
        }
        if course == Course::CannotPull || !(observed.has_image)(image) || pulls_always(container) {
            memory.pulling.insert(name.clone());
        }
        memory.begun.insert(name.clone());
    }
    let begin = memory.configured.get(name).copied().unwrap_or(turn);
    let pull = if memory.pulling.contains(name) { observed.speed.pull } else { Duration::ZERO };
    let script = Script {
        pull,
        start: observed.speed.start,
        course,
        ready_after: ready_after(container, behaviour, observed.speed),
        restarts,
        scale: observed.speed.scale,
    };
    part.snapshot = Some(script.at(begin, observed.now));
    part
}

fn pulls_always(container: &Container) -> bool {
    container.image_pull_policy.as_deref() == Some("Always")
}

fn restarts(spec: &PodSpec, behaviour: Behaviour) -> Restarts {
    match (behaviour, spec.restart_policy.as_deref()) {
        (Behaviour::CrashLoop, _) => Restarts::Always,
        (_, Some("Never")) => Restarts::Never,
        (_, Some("OnFailure")) => Restarts::OnFailure,
        (_, _) => Restarts::Always,
    }
}

/// What the pod's proper containers do: those that need not run for ever are taken to be work that ends.
fn course(spec: &PodSpec, behaviour: Behaviour, speed: &Speed) -> Course {
    let ends = matches!(spec.restart_policy.as_deref(), Some("Never" | "OnFailure"));
    match behaviour {
        Behaviour::Fail | Behaviour::CrashLoop => Course::Ends(speed.work, 1),
        Behaviour::ImagePullError => Course::CannotPull,
        Behaviour::ExitAfter(after) => Course::Ends(after, 0),
        Behaviour::Normal | Behaviour::NeverReady | Behaviour::SlowStart(_) if ends => Course::Ends(speed.work, 0),
        Behaviour::Normal | Behaviour::NeverReady | Behaviour::SlowStart(_) => Course::Runs,
    }
}

/// From running to ready: as the probes allow it at the earliest.
fn ready_after(container: &Container, behaviour: Behaviour, speed: &Speed) -> Option<Duration> {
    let delay = |seconds: Option<i32>| Duration::from_secs(u64::try_from(seconds.unwrap_or(0)).unwrap_or(0));
    let readiness = container.readiness_probe.as_ref().map_or(Duration::ZERO, |probe| {
        let further = u32::try_from(probe.success_threshold.unwrap_or(1) - 1).unwrap_or(0);
        let period = Duration::from_secs(u64::try_from(probe.period_seconds.unwrap_or(10)).unwrap_or(10));
        delay(probe.initial_delay_seconds) + period * further
    });
    let startup = container.startup_probe.as_ref().map_or(Duration::ZERO, |probe| delay(probe.initial_delay_seconds));
    let probes = speed.scaled(readiness.max(startup));
    match behaviour {
        Behaviour::NeverReady => None,
        Behaviour::SlowStart(extra) => Some(probes + extra),
        Behaviour::Normal
        | Behaviour::Fail
        | Behaviour::CrashLoop
        | Behaviour::ImagePullError
        | Behaviour::ExitAfter(_) => Some(probes),
    }
}

impl Part<'_> {
    /// When the container next changes by itself.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.snapshot.as_ref()?.next
    }

    /// Whether the image is on the node by now.
    pub(super) fn has_image(&self) -> bool {
        let happened = self.snapshot.iter().flat_map(|snapshot| &snapshot.happened);
        happened.into_iter().any(|(_, happening)| matches!(happening, Happening::Pulled | Happening::Present))
    }

    /// An event about this container.
    pub(super) fn event(&self, pod: &Pod, severity: Severity, reason: &'static str, message: String) -> Event {
        let list = if self.role == Role::Main { "containers" } else { "initContainers" };
        let field = Some(format!("spec.{list}{{{}}}", self.container.name));
        Event { field, severity, ..Event::normal(pod, reason, message) }
    }

    /// What a kubelet tells of `happening`.
    pub(super) fn story(&self, pod: &Pod, happening: Happening) -> Vec<Event> {
        let name = &self.container.name;
        let image = self.container.image.as_deref().unwrap_or_default();
        let normal = |reason, message| self.event(pod, Severity::Normal, reason, message);
        let warning = |reason, message| self.event(pod, Severity::Warning, reason, message);
        match happening {
            Happening::Pulling => vec![normal("Pulling", format!("Pulling image \"{image}\""))],
            Happening::Pulled => vec![normal("Pulled", format!("Successfully pulled image \"{image}\""))],
            Happening::Present => {
                vec![normal("Pulled", format!("Container image \"{image}\" already present on machine"))]
            }
            Happening::Started => vec![
                normal("Created", format!("Created container: {name}")),
                normal("Started", format!("Started container {name}")),
            ],
            Happening::PullFailed => vec![
                warning("Failed", format!("Failed to pull image \"{image}\": {}", pull_error(image))),
                warning("Failed", "Error: ErrImagePull".to_owned()),
            ],
            Happening::PullBackOff => vec![
                normal("BackOff", format!("Back-off pulling image \"{image}\"")),
                warning("Failed", "Error: ImagePullBackOff".to_owned()),
            ],
            Happening::CrashBackOff => {
                let pod_name = format!("{}_{}", pod.name_any(), pod.namespace().unwrap_or_default());
                let uid = pod.uid().unwrap_or_default();
                vec![warning(
                    "BackOff",
                    format!("Back-off restarting failed container {name} in pod {pod_name}({uid})"),
                )]
            }
        }
    }
}

/// The registry's answer a stand-in makes up.
pub(super) fn pull_error(image: &str) -> String {
    format!("rpc error: code = NotFound desc = failed to pull and unpack image \"{image}\": not found")
}
