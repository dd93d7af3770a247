//! Jobs: pods that come to an end.

mod indexes;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::batch::v1::{Job, JobCondition, JobSpec, JobStatus, UncountedTerminatedPods};
use k8s_openapi::api::core::v1::{EnvVar, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt;

use crate::action::{Action, Event, Step, Story, Target};
use crate::pods::{self, nonzero};

/// Annotation and label: which index of the Job a pod works on.
const COMPLETION_INDEX: &str = "batch.kubernetes.io/job-completion-index";
/// How long the first failed pod delays the next; doubled by each further one.
pub(crate) const BACK_OFF: Duration = Duration::from_secs(10);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(600);

/// What a Job is decided by.
pub(crate) struct Observed<'a> {
    pub(crate) job: &'a Job,
    /// The pods it controls.
    pub(crate) pods: &'a [Arc<Pod>],
    /// The first delay after a failed pod, usually [`BACK_OFF`].
    pub(crate) back_off: Duration,
    pub(crate) now: Timestamp,
}

/// Why a Job ended.
enum Verdict {
    Complete,
    Failed { reason: &'static str, message: &'static str },
}

/// The Job's pods, counted.
struct Counts {
    active: Vec<Arc<Pod>>,
    succeeded: i32,
    failed: i32,
    done: BTreeSet<i32>,
    last_failure: Option<Timestamp>,
}

/// One look at a Job.
pub(crate) fn step(observed: &Observed<'_>) -> Step {
    let job = observed.job;
    let mut step = Step::default();
    let Some(spec) = &job.spec else { return step };
    if job.metadata.deletion_timestamp.is_some() {
        return step;
    }
    if let Some(ended) = end(job) {
        expire(observed, spec, ended, &mut step);
        return step;
    }
    let counts = count(job, spec, observed.pods);
    let suspended = spec.suspend == Some(true);
    let started = job.status.as_ref().and_then(|status| status.start_time.clone());
    let started = if suspended { None } else { Some(started.unwrap_or(Time(observed.now))) };
    let verdict = judge(observed, spec, &counts, started.as_ref(), &mut step);
    if let Some(verdict) = &verdict {
        // What still runs goes first; the verdict is final only when nothing does.
        for pod in &counts.active {
            pods::remove(job, pod, &mut step);
        }
        report(observed, spec, &counts, started, Some(verdict), &mut step);
        announce(job, verdict, &mut step);
        return step;
    }
    report(observed, spec, &counts, started, None, &mut step);
    if suspended {
        for pod in &counts.active {
            pods::remove(job, pod, &mut step);
        }
        return step;
    }
    balance(observed, spec, &counts, &mut step);
    step
}

/// The condition that ended the Job.
fn end(job: &Job) -> Option<&JobCondition> {
    let conditions = job.status.as_ref()?.conditions.iter().flatten();
    conditions.into_iter().find(|c| matches!(c.type_.as_str(), "Complete" | "Failed") && c.status == "True")
}

/// Deletes an ended Job once its time is up.
fn expire(observed: &Observed<'_>, spec: &JobSpec, ended: &JobCondition, step: &mut Step) {
    let Some(keep) = spec.ttl_seconds_after_finished else { return };
    let ended = ended.last_transition_time.as_ref().map_or(observed.now, |time| time.0);
    match ended.checked_add(SignedDuration::from_secs(keep.into())) {
        Ok(at) if at > observed.now => step.wake_at(at),
        Ok(_) | Err(_) => step.push(Action::delete(observed.job)),
    }
}

fn is_indexed(spec: &JobSpec) -> bool {
    spec.completion_mode.as_deref() == Some("Indexed")
}

fn index_of(pod: &Pod) -> Option<i32> {
    pod.annotations().get(COMPLETION_INDEX)?.parse().ok()
}

fn count(job: &Job, spec: &JobSpec, all: &[Arc<Pod>]) -> Counts {
    let active: Vec<Arc<Pod>> = all.iter().filter(|pod| pods::is_active(pod)).cloned().collect();
    let succeeded: Vec<_> = all.iter().filter(|pod| pods::phase(pod) == "Succeeded").collect();
    let failed: Vec<_> = all.iter().filter(|pod| pods::phase(pod) == "Failed").collect();
    let status = job.status.as_ref();
    let recorded = status.and_then(|status| status.completed_indexes.as_deref()).unwrap_or_default();
    let mut done = indexes::parse(recorded);
    done.extend(succeeded.iter().filter_map(|pod| index_of(pod)));
    let seen = if is_indexed(spec) { pods::number(done.len()) } else { pods::number(succeeded.len()) };
    // Ended pods may be removed by anyone; what was counted once stays counted.
    Counts {
        active,
        succeeded: seen.max(status.and_then(|status| status.succeeded).unwrap_or(0)),
        failed: pods::number(failed.len()).max(status.and_then(|status| status.failed).unwrap_or(0)),
        done,
        last_failure: failed.iter().filter_map(|pod| finished_at(pod)).max(),
    }
}

/// When the last container of an ended pod ended.
fn finished_at(pod: &Pod) -> Option<Timestamp> {
    let statuses = pod.status.as_ref()?.container_statuses.iter().flatten();
    let ended = statuses.filter_map(|status| status.state.as_ref()?.terminated.as_ref()?.finished_at.as_ref());
    ended.map(|time| time.0).max().or_else(|| pod.creation_timestamp().map(|time| time.0))
}

fn judge(
    observed: &Observed<'_>,
    spec: &JobSpec,
    counts: &Counts,
    started: Option<&Time>,
    step: &mut Step,
) -> Option<Verdict> {
    let restarts: i32 = observed
        .pods
        .iter()
        .filter(|pod| pods::phase(pod) == "Running")
        .flat_map(|pod| pod.status.iter().flat_map(|status| status.container_statuses.iter().flatten()))
        .map(|status| status.restart_count)
        .sum();
    let limit = spec.backoff_limit.unwrap_or(6);
    if counts.failed > limit || (restarts > 0 && restarts >= limit) {
        let message = "Job has reached the specified backoff limit";
        return Some(Verdict::Failed { reason: "BackoffLimitExceeded", message });
    }
    if let (Some(seconds), Some(started)) = (spec.active_deadline_seconds, started) {
        match started.0.checked_add(SignedDuration::from_secs(seconds)) {
            Ok(due) if due > observed.now => step.wake_at(due),
            Ok(_) => {
                let message = "Job was active longer than specified deadline";
                return Some(Verdict::Failed { reason: "DeadlineExceeded", message });
            }
            Err(_) => {}
        }
    }
    let complete = match spec.completions {
        Some(completions) => counts.succeeded >= completions,
        // A work queue: one success ends it when nothing runs any more.
        None => counts.succeeded > 0 && counts.active.is_empty(),
    };
    complete.then_some(Verdict::Complete)
}

fn announce(job: &Job, verdict: &Verdict, step: &mut Step) {
    step.push(match verdict {
        Verdict::Complete => Event::normal(job, "Completed", "Job completed"),
        Verdict::Failed { reason, message } => Event::warning(job, reason, *message),
    });
}

/// Creates or removes pods until as many run as should.
fn balance(observed: &Observed<'_>, spec: &JobSpec, counts: &Counts, step: &mut Step) {
    let job = observed.job;
    let parallelism = spec.parallelism.unwrap_or(1);
    let wanted = match spec.completions {
        Some(completions) => parallelism.min(completions - counts.succeeded),
        None if counts.succeeded > 0 => pods::number(counts.active.len()).min(parallelism),
        None => parallelism,
    };
    let wanted = usize::try_from(wanted).unwrap_or(0);
    if counts.active.len() > wanted {
        let mut surplus = counts.active.clone();
        pods::by_dispensability(&mut surplus);
        let count = surplus.len() - wanted;
        for pod in &surplus[..count] {
            pods::remove(job, pod, step);
        }
        return;
    }
    if let Some(from) = resume_at(observed, counts)
        && from > observed.now
    {
        step.wake_at(from);
        return;
    }
    let missing = wanted - counts.active.len();
    if is_indexed(spec) {
        let busy: BTreeSet<i32> = counts.active.iter().filter_map(|pod| index_of(pod)).collect();
        let free = (0..spec.completions.unwrap_or(0)).filter(|i| !counts.done.contains(i) && !busy.contains(i));
        for index in free.take(missing) {
            create(job, spec, Some(index), step);
        }
    } else {
        (0..missing).for_each(|_| create(job, spec, None, step));
    }
}

/// When the next pod may come after the last failure.
fn resume_at(observed: &Observed<'_>, counts: &Counts) -> Option<Timestamp> {
    let last = counts.last_failure?;
    let doublings = u32::try_from(counts.failed - 1).unwrap_or(0).min(16);
    let delay = (observed.back_off * 2_u32.pow(doublings)).min(LONGEST_BACK_OFF);
    last.checked_add(SignedDuration::try_from(delay).ok()?).ok()
}

fn create(job: &Job, spec: &JobSpec, index: Option<i32>, step: &mut Step) {
    let mut pod = pods::from_template(&spec.template, job);
    let labels = pod.labels_mut();
    for (key, value) in [("job-name", job.name_any()), ("controller-uid", job.uid().unwrap_or_default())] {
        labels.insert(key.to_owned(), value.clone());
        labels.insert(format!("batch.kubernetes.io/{key}"), value);
    }
    if let Some(index) = index {
        labels.insert(COMPLETION_INDEX.to_owned(), index.to_string());
        pod.annotations_mut().insert(COMPLETION_INDEX.to_owned(), index.to_string());
        pod.metadata.generate_name = Some(format!("{}-{index}-", job.name_any()));
        if let Some(spec) = &mut pod.spec {
            spec.hostname = Some(format!("{}-{index}", job.name_any()));
            for container in spec.containers.iter_mut().chain(spec.init_containers.iter_mut().flatten()) {
                container.env.get_or_insert_default().push(EnvVar {
                    name: "JOB_COMPLETION_INDEX".to_owned(),
                    value: Some(index.to_string()),
                    value_from: None,
                });
            }
        }
    }
    step.push(Action::create(&pod, Story::CreatedPod(Target::of(job))));
}

fn report(
    observed: &Observed<'_>,
    spec: &JobSpec,
    counts: &Counts,
    started: Option<Time>,
    verdict: Option<&Verdict>,
    step: &mut Step,
) {
    let job = observed.job;
    let now = Time(observed.now);
    let active = if verdict.is_some() { 0 } else { pods::number(counts.active.len()) };
    let ready = counts.active.iter().filter(|pod| pods::is_ready(pod)).count();
    let before = job.status.as_ref();
    let mut conditions = before.and_then(|status| status.conditions.clone()).unwrap_or_default();
    note_suspension(job, spec, &mut conditions, &now, step);
    let mut add = |kind: &str, reason: &str, message: &str| {
        conditions.push(JobCondition {
            type_: kind.to_owned(),
            status: "True".to_owned(),
            reason: Some(reason.to_owned()),
            message: Some(message.to_owned()),
            last_probe_time: Some(now.clone()),
            last_transition_time: Some(now.clone()),
        });
    };
    match verdict {
        Some(Verdict::Complete) => {
            let message = "Reached expected number of succeeded pods";
            add("SuccessCriteriaMet", "CompletionsReached", message);
            add("Complete", "CompletionsReached", message);
        }
        Some(Verdict::Failed { reason, message }) => {
            add("FailureTarget", reason, message);
            add("Failed", reason, message);
        }
        None => {}
    }
    let status = JobStatus {
        active: nonzero(active),
        ready: Some(if verdict.is_some() { 0 } else { pods::number(ready) }),
        succeeded: nonzero(counts.succeeded),
        failed: nonzero(counts.failed),
        terminating: Some(0),
        completed_indexes: is_indexed(spec).then(|| indexes::print(&counts.done)).filter(|indexes| !indexes.is_empty()),
        start_time: started,
        completion_time: matches!(verdict, Some(Verdict::Complete)).then(|| now.clone()),
        conditions: (!conditions.is_empty()).then_some(conditions),
        uncounted_terminated_pods: Some(UncountedTerminatedPods::default()),
        failed_indexes: before.and_then(|status| status.failed_indexes.clone()),
    };
    step.push(Action::status(job, &job.status, &status));
}

fn note_suspension(job: &Job, spec: &JobSpec, conditions: &mut Vec<JobCondition>, now: &Time, step: &mut Step) {
    let suspended = spec.suspend == Some(true);
    let was = conditions.iter().any(|condition| condition.type_ == "Suspended" && condition.status == "True");
    if suspended == was {
        return;
    }
    let (status, reason, message) =
        if suspended { ("True", "JobSuspended", "Job suspended") } else { ("False", "JobResumed", "Job resumed") };
    conditions.retain(|condition| condition.type_ != "Suspended");
    conditions.push(JobCondition {
        type_: "Suspended".to_owned(),
        status: status.to_owned(),
        reason: Some(reason.to_owned()),
        message: Some(message.to_owned()),
        last_probe_time: Some(now.clone()),
        last_transition_time: Some(now.clone()),
    });
    let reason = if suspended { "Suspended" } else { "Resumed" };
    step.push(Event::normal(job, reason, message));
}
