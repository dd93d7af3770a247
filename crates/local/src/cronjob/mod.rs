//! CronJobs: Jobs by the clock.

mod schedule;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::batch::v1::{CronJob, CronJobSpec, CronJobStatus, Job};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use kube::ResourceExt;
use schedule::Schedule;

use crate::action::{Action, Event, Step, Story, Target};
use crate::pods;

/// Annotation on a Job: the time it was meant for.
const SCHEDULED_AT: &str = "batch.kubernetes.io/cronjob-scheduled-timestamp";
/// More missed times than this are reported, as upstream does.
const MANY_MISSED: usize = 100;

/// What a CronJob is decided by.
pub(crate) struct Observed<'a> {
    pub(crate) cron_job: &'a CronJob,
    /// The Jobs it controls.
    pub(crate) jobs: &'a [Arc<Job>],
    pub(crate) now: Timestamp,
}

/// How a Job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Complete,
    Failed,
}

/// One look at a CronJob.
pub(crate) fn step(observed: &Observed<'_>) -> Step {
    let cron_job = observed.cron_job;
    let mut step = Step::default();
    let Some(spec) = &cron_job.spec else { return step };
    let mut status = cron_job.status.clone().unwrap_or_default();
    settle_active(observed, &mut status, &mut step);
    clean_up(observed.jobs, spec, &mut step);
    if cron_job.metadata.deletion_timestamp.is_none() && spec.suspend != Some(true) {
        run(observed, spec, &mut status, &mut step);
    }
    let written = Action::status(cron_job, &cron_job.status, &status);
    step.push(written);
    step
}

fn end_of(job: &Job) -> Option<(End, Option<Timestamp>)> {
    let conditions = job.status.as_ref()?.conditions.iter().flatten();
    conditions.filter(|condition| condition.status == "True").find_map(|condition| {
        let end = match condition.type_.as_str() {
            "Complete" => End::Complete,
            "Failed" => End::Failed,
            _ => return None,
        };
        Some((end, condition.last_transition_time.as_ref().map(|time| time.0)))
    })
}

/// Lists the Jobs that run, and tells of those that have ended since.
fn settle_active(observed: &Observed<'_>, status: &mut CronJobStatus, step: &mut Step) {
    let before = status.active.take().unwrap_or_default();
    for job in observed.jobs {
        let was_active = before.iter().any(|active| active.uid == job.metadata.uid);
        if let Some((end, at)) = end_of(job).filter(|_| was_active) {
            let word = match end {
                End::Complete => "Complete",
                End::Failed => "Failed",
            };
            let message = format!("Saw completed job: {}, condition: {word}", job.name_any());
            step.push(Event::normal(observed.cron_job, "SawCompletedJob", message));
            if end == End::Complete {
                let last = status.last_successful_time.take().map(|time| time.0);
                status.last_successful_time = last.max(at).map(Time);
            }
        }
    }
    let active = observed.jobs.iter().filter(|job| end_of(job).is_none());
    let active: Vec<_> = active.map(|job| Target::of(&**job).reference()).collect();
    status.active = (!active.is_empty()).then_some(active);
}

/// Deletes ended Jobs above the history limits, oldest first.
fn clean_up(jobs: &[Arc<Job>], spec: &CronJobSpec, step: &mut Step) {
    let limits = [
        (End::Complete, spec.successful_jobs_history_limit.unwrap_or(3)),
        (End::Failed, spec.failed_jobs_history_limit.unwrap_or(1)),
    ];
    for (end, limit) in limits {
        let mut ended: Vec<_> = jobs.iter().filter(|job| end_of(job).is_some_and(|(found, _)| found == end)).collect();
        ended.sort_by_key(|job| (job.status.as_ref().and_then(|s| s.start_time.as_ref()).map(|t| t.0), job.name_any()));
        let surplus = ended.len().saturating_sub(usize::try_from(limit).unwrap_or(0));
        step.actions.extend(ended.into_iter().take(surplus).map(|job| Action::delete(&**job)));
    }
}

/// Creates a Job if one is due, and wakes when the next one will be.
fn run(observed: &Observed<'_>, spec: &CronJobSpec, status: &mut CronJobStatus, step: &mut Step) {
    let cron_job = observed.cron_job;
    let schedule = match Schedule::parse(&spec.schedule) {
        Ok(schedule) => schedule,
        Err(error) => {
            let message = format!("unparseable schedule: {:?}: {error}", spec.schedule);
            step.push(Event::warning(cron_job, "UnparseableSchedule", message));
            return;
        }
    };
    let zone = match spec.time_zone.as_deref().map(TimeZone::get) {
        None => TimeZone::UTC,
        Some(Ok(zone)) => zone,
        Some(Err(error)) => {
            let message = format!("invalid timeZone: {:?}: {error}", spec.time_zone.as_deref().unwrap_or_default());
            step.push(Event::warning(cron_job, "UnknownTimeZone", message));
            return;
        }
    };
    let now = observed.now;
    let mut due = None;
    let mut missed = 0;
    let mut next = schedule.next(since(cron_job, spec, status, now), &zone);
    while let Some(time) = next.filter(|time| *time <= now) {
        missed += 1;
        due = Some(time);
        next = schedule.next(time, &zone);
    }
    step.wake_at(next);
    let Some(due) = due else { return };
    if missed > MANY_MISSED {
        let message = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";
        step.push(Event::warning(cron_job, "TooManyMissedTimes", message));
    }
    if let Some(seconds) = spec.starting_deadline_seconds
        && due.checked_add(SignedDuration::from_secs(seconds)).is_ok_and(|last| last < now)
    {
        let message = format!("Missed scheduled time to start a job: {due}");
        step.push(Event::warning(cron_job, "MissSchedule", message));
        return;
    }
    let active: Vec<&Arc<Job>> = observed.jobs.iter().filter(|job| end_of(job).is_none()).collect();
    match spec.concurrency_policy.as_deref() {
        Some("Forbid") if !active.is_empty() => {
            let message = "Not starting job because prior execution is running and concurrency policy is Forbid";
            step.push(Event::normal(cron_job, "JobAlreadyActive", message));
            return;
        }
        Some("Replace") => {
            for job in active {
                step.push(Action::delete(&**job));
                step.push(Event::normal(cron_job, "SuccessfulDelete", format!("Deleted job {}", job.name_any())));
            }
            status.active = None;
        }
        _ => {}
    }
    let job = job_at(cron_job, spec, due, &zone);
    if !observed.jobs.iter().any(|known| known.name_any() == job.name_any()) {
        step.push(Action::create(&job, Story::Silent));
        step.push(Event::normal(cron_job, "SuccessfulCreate", format!("Created job {}", job.name_any())));
    }
    status.last_schedule_time = Some(Time(due));
}

/// From when on times count: the last one, or the CronJob's creation, but nothing older than the starting deadline.
fn since(cron_job: &CronJob, spec: &CronJobSpec, status: &CronJobStatus, now: Timestamp) -> Timestamp {
    let created = cron_job.creation_timestamp().map_or(now, |time| time.0);
    let last = status.last_schedule_time.as_ref().map_or(created, |time| time.0);
    let oldest = spec.starting_deadline_seconds.and_then(|s| now.checked_sub(SignedDuration::from_secs(s)).ok());
    oldest.map_or(last, |oldest| last.max(oldest))
}

fn job_at(cron_job: &CronJob, spec: &CronJobSpec, due: Timestamp, zone: &TimeZone) -> Job {
    let template = &spec.job_template;
    let meta = template.metadata.clone().unwrap_or_default();
    let mut annotations = meta.annotations.unwrap_or_default();
    let local = due.to_zoned(zone.clone());
    let local = jiff::fmt::strtime::format("%Y-%m-%dT%H:%M:%S%:z", &local).unwrap_or_else(|_| due.to_string());
    annotations.insert(SCHEDULED_AT.to_owned(), local.replace("+00:00", "Z"));
    Job {
        metadata: ObjectMeta {
            // Minutes since 1970, as upstream names them.
            name: Some(format!("{}-{}", cron_job.name_any(), due.as_second() / 60)),
            namespace: cron_job.namespace(),
            labels: meta.labels,
            annotations: Some(annotations),
            owner_references: Some(vec![pods::controlled(cron_job)]),
            ..ObjectMeta::default()
        },
        spec: template.spec.clone(),
        status: None,
    }
}
