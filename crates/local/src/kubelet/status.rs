//! A pod's status as a kubelet would report it.

use k8s_openapi::api::core::v1::{
    ContainerState, ContainerStateRunning, ContainerStateTerminated, ContainerStateWaiting, ContainerStatus, HostIP,
    Pod, PodCondition, PodIP, PodSpec, PodStatus, ResourceRequirements,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt;

use super::plan::{Part, Plan, Role, pull_error};
use super::script::{Run, State};
use super::{Memory, Observed};
use crate::node::NODE_ADDRESS;
use crate::pods;

/// The status of the observed pod, whose containers stand as in `plan`.
pub(super) fn of(observed: &Observed<'_>, spec: &PodSpec, plan: &Plan<'_>, memory: &Memory) -> PodStatus {
    let pod = observed.pod;
    let mut status = pod.status.clone().unwrap_or_default();
    let initialized = plan.init().all(is_done);
    status.init_container_statuses = statuses(pod, plan.init(), initialized);
    status.container_statuses = statuses(pod, plan.main(), initialized);
    let phase = phase(spec, plan);
    status.phase = Some(phase.to_owned());
    status.start_time = Some(Time(memory.admitted));
    status.host_ip = Some(NODE_ADDRESS.to_owned());
    status.host_ips = Some(vec![HostIP { ip: NODE_ADDRESS.to_owned() }]);
    status.qos_class.get_or_insert_with(|| qos_class(spec).to_owned());
    if memory.mounted.is_some() {
        let on_host = spec.host_network == Some(true);
        let ip = if on_host { NODE_ADDRESS.to_owned() } else { memory.address.to_string() };
        status.pod_ips = Some(vec![PodIP { ip: ip.clone() }]);
        status.pod_ip = Some(ip);
    }
    set_conditions(observed, spec, plan, memory, phase, &mut status);
    status
}

fn is_ready(part: &Part<'_>) -> bool {
    part.snapshot.as_ref().is_some_and(|snapshot| snapshot.ready)
}

/// Whether an init container has done its part: ended well, or, as a sidecar, started.
fn is_done(part: &Part<'_>) -> bool {
    let Some(snapshot) = &part.snapshot else { return false };
    match snapshot.state {
        State::Ended(run) => run.exit_code == 0,
        State::Running(_) | State::Restarting(_) | State::CrashLoop(_) => part.role == Role::Sidecar,
        State::Creating | State::PullFailed | State::PullBackOff(_) => false,
    }
}

fn statuses<'a, 'b: 'a>(
    pod: &Pod,
    parts: impl Iterator<Item = &'a Part<'b>>,
    initialized: bool,
) -> Option<Vec<ContainerStatus>> {
    let statuses: Vec<_> = parts.map(|part| container_status(pod, part, initialized)).collect();
    (!statuses.is_empty()).then_some(statuses)
}

fn container_status(pod: &Pod, part: &Part<'_>, initialized: bool) -> ContainerStatus {
    let image = part.container.image.clone().unwrap_or_default();
    let snapshot = part.snapshot.as_ref();
    let id = |restarts: i32| format!("tenter://{}/{}/{restarts}", pod.uid().unwrap_or_default(), part.container.name);
    let restarts = snapshot.map_or(0, |snapshot| snapshot.restarts);
    let running = snapshot.is_some_and(|snapshot| matches!(snapshot.state, State::Running(_)));
    let has_run = running
        || snapshot.is_some_and(|snapshot| {
            matches!(snapshot.state, State::Ended(_) | State::Restarting(_) | State::CrashLoop(_))
        });
    let ended_init = part.role == Role::Init && is_done(part);
    ContainerStatus {
        name: part.container.name.clone(),
        image_id: if has_run { format!("tenter://{image}") } else { String::new() },
        image,
        container_id: has_run.then(|| id(restarts)),
        ready: is_ready(part) || ended_init,
        started: Some(running),
        restart_count: restarts,
        state: Some(state(pod, part, initialized, &id(restarts))),
        last_state: Some(snapshot.and_then(|snapshot| snapshot.last).map_or_else(ContainerState::default, |run| {
            ContainerState { terminated: Some(terminated(run, id((restarts - 1).max(0)))), ..ContainerState::default() }
        })),
        ..ContainerStatus::default()
    }
}

fn state(pod: &Pod, part: &Part<'_>, initialized: bool, id: &str) -> ContainerState {
    let image = part.container.image.as_deref().unwrap_or_default();
    let waiting = |reason: &str, message: Option<String>| ContainerState {
        waiting: Some(ContainerStateWaiting { reason: Some(reason.to_owned()), message }),
        ..ContainerState::default()
    };
    if let Some(cause) = &part.unconfigurable {
        return waiting("CreateContainerConfigError", Some(cause.clone()));
    }
    let Some(snapshot) = &part.snapshot else {
        let has_init = pod.spec.as_ref().is_some_and(|spec| spec.init_containers.is_some());
        let initializing = has_init && !initialized;
        return waiting(if initializing { "PodInitializing" } else { "ContainerCreating" }, None);
    };
    match snapshot.state {
        State::Creating => waiting("ContainerCreating", None),
        State::PullFailed => waiting("ErrImagePull", Some(pull_error(image))),
        State::PullBackOff(_) => waiting(
            "ImagePullBackOff",
            Some(format!("Back-off pulling image \"{image}\": ErrImagePull: {}", pull_error(image))),
        ),
        State::Running(since) => ContainerState {
            running: Some(ContainerStateRunning { started_at: Some(Time(since)) }),
            ..ContainerState::default()
        },
        State::CrashLoop(wait) => {
            let name = format!("{}_{}", pod.name_any(), pod.namespace().unwrap_or_default());
            let message = format!(
                "back-off {} restarting failed container={} pod={name}({})",
                go_duration(wait.as_secs()),
                part.container.name,
                pod.uid().unwrap_or_default()
            );
            waiting("CrashLoopBackOff", Some(message))
        }
        State::Restarting(run) | State::Ended(run) => {
            ContainerState { terminated: Some(terminated(run, id.to_owned())), ..ContainerState::default() }
        }
    }
}

fn terminated(run: Run, id: String) -> ContainerStateTerminated {
    ContainerStateTerminated {
        exit_code: run.exit_code,
        reason: Some(if run.exit_code == 0 { "Completed" } else { "Error" }.to_owned()),
        started_at: Some(Time(run.started)),
        finished_at: Some(Time(run.finished)),
        container_id: Some(id),
        ..ContainerStateTerminated::default()
    }
}

/// Whole seconds as Go prints a duration: `10s`, `2m40s`.
fn go_duration(seconds: u64) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds}s"),
        (minutes, seconds) => format!("{minutes}m{seconds}s"),
    }
}

fn phase(spec: &PodSpec, plan: &Plan<'_>) -> &'static str {
    let ended = |part: &Part<'_>| match part.snapshot.as_ref().map(|snapshot| snapshot.state) {
        Some(State::Ended(run)) => Some(run.exit_code),
        _ => None,
    };
    let init_failed = plan.init().filter_map(ended).any(|code| code != 0);
    if init_failed && spec.restart_policy.as_deref() == Some("Never") {
        return "Failed";
    }
    let codes: Vec<Option<i32>> = plan.main().map(ended).collect();
    if !codes.is_empty() && codes.iter().all(Option::is_some) {
        let failed = codes.iter().flatten().any(|code| *code != 0);
        return if failed { "Failed" } else { "Succeeded" };
    }
    let waiting = |part: &Part<'_>| match part.snapshot.as_ref().map(|snapshot| snapshot.state) {
        None | Some(State::Creating | State::PullFailed | State::PullBackOff(_)) => true,
        Some(State::Running(_) | State::Restarting(_) | State::CrashLoop(_) | State::Ended(_)) => false,
    };
    if plan.main().any(waiting) { "Pending" } else { "Running" }
}

fn set_conditions(
    observed: &Observed<'_>,
    spec: &PodSpec,
    plan: &Plan<'_>,
    memory: &Memory,
    phase: &str,
    status: &mut PodStatus,
) {
    let names = |parts: &[&Part<'_>]| {
        format!("[{}]", parts.iter().map(|part| part.container.name.as_str()).collect::<Vec<_>>().join(" "))
    };
    let ended = match phase {
        "Succeeded" => Some("PodCompleted"),
        "Failed" => Some("PodFailed"),
        _ => None,
    };
    let pending_init: Vec<_> = plan.init().filter(|part| !is_done(part)).collect();
    let initialized = match pending_init.as_slice() {
        [] => Ok(ended.filter(|_| phase == "Succeeded")),
        _ => Err(("ContainersNotInitialized", format!("containers with incomplete status: {}", names(&pending_init)))),
    };
    let unready: Vec<_> = plan.main().filter(|part| !is_ready(part)).collect();
    let containers = match (ended, unready.as_slice()) {
        (Some(reason), _) => Err((reason, String::new())),
        (None, []) => Ok(None),
        (None, unready) => Err(("ContainersNotReady", format!("containers with unready status: {}", names(unready)))),
    };
    let gates = spec.readiness_gates.iter().flatten();
    let unmet: Vec<_> = gates
        .filter(|gate| pods::condition(observed.pod, &gate.condition_type).is_none_or(|found| found.status != "True"))
        .map(|gate| {
            format!(
                "corresponding condition of pod readiness gate \"{}\" does not exist or is not \"True\".",
                gate.condition_type
            )
        })
        .collect();
    let ready = match (&containers, unmet.as_slice()) {
        (Err(error), _) => Err(error.clone()),
        (Ok(_), []) => Ok(None),
        (Ok(_), unmet) => Err(("ReadinessGatesNotReady", unmet.join(", "))),
    };
    let sandbox = if memory.mounted.is_some() && ended.is_none() { Ok(None) } else { Err(("", String::new())) };
    for (kind, verdict) in [
        ("PodReadyToStartContainers", sandbox),
        ("Initialized", initialized),
        ("Ready", ready),
        ("ContainersReady", containers),
        ("PodScheduled", Ok(None)),
    ] {
        set(status.conditions.get_or_insert_default(), kind, verdict, Time(observed.now));
    }
}

/// Sets a condition to true, or to false for a reason; the transition time moves with the status only.
fn set(conditions: &mut Vec<PodCondition>, kind: &str, verdict: Result<Option<&str>, (&str, String)>, now: Time) {
    let present = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let (status, reason, message) = match verdict {
        Ok(reason) => ("True", reason.map(str::to_owned), None),
        Err((reason, message)) => ("False", present(reason), present(&message)),
    };
    let position = conditions.iter().position(|condition| condition.type_ == kind);
    let position = position.unwrap_or_else(|| {
        conditions.push(PodCondition { type_: kind.to_owned(), ..PodCondition::default() });
        conditions.len() - 1
    });
    let condition = &mut conditions[position];
    if condition.status != status {
        condition.status = status.to_owned();
        condition.last_transition_time = Some(now);
    }
    condition.reason = reason;
    condition.message = message;
}

/// The class of service by requests and limits.
fn qos_class(spec: &PodSpec) -> &'static str {
    let resources =
        || spec.containers.iter().chain(spec.init_containers.iter().flatten()).map(|c| c.resources.as_ref());
    let any = |resources: Option<&ResourceRequirements>| {
        resources.is_some_and(|r| r.limits.iter().chain(&r.requests).any(|quantities| !quantities.is_empty()))
    };
    if !resources().any(any) {
        return "BestEffort";
    }
    let guaranteed = |resources: Option<&ResourceRequirements>| {
        let Some(limits) = resources.and_then(|resources| resources.limits.as_ref()) else { return false };
        let requests = resources.and_then(|resources| resources.requests.as_ref());
        ["cpu", "memory"].iter().all(|name| {
            let limit = limits.get(*name);
            limit.is_some()
                && requests.and_then(|requests| requests.get(*name)).is_none_or(|request| Some(request) == limit)
        })
    };
    if resources().all(guaranteed) { "Guaranteed" } else { "Burstable" }
}
