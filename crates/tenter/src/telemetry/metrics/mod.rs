//! Metrics for Prometheus, under the names that dashboards of Flux and of controller-runtime look for, and our own.

mod families;
mod objects;
mod process;
#[cfg(test)]
mod tests;
mod turns;

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime};

use analysis::Finding;
use engine::{Named, Observation, Outcome, Ran, Verdict};
use jiff::Timestamp;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

use self::families::Families;
use self::objects::{Objects, identity};
use self::process::{Process, seconds};
use self::turns::{Turns, controller};

/// The media type of [`Metrics::text`].
pub(crate) const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All metrics of the process.
pub(crate) struct Metrics {
    registry: Registry,
    families: Families,
    objects: Objects,
    turns: Turns,
    began: Timestamp,
}

/// Whether this replica leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leadership<'a> {
    /// It does, by this lease.
    Leads(&'a str),
    /// It waits for this lease.
    Follows(&'a str),
}

impl Metrics {
    pub(crate) fn new() -> Metrics {
        let mut registry = Registry::default();
        let families = Families::register(&mut registry);
        families.build.get_or_create(&vec![("version", env!("CARGO_PKG_VERSION").to_owned())]).set(1);
        families.started.set(seconds(SystemTime::now()));
        let (objects, turns) = (Objects::default(), Turns::default());
        Metrics { registry, families, objects, turns, began: Timestamp::now() }
    }

    /// All of them, in the OpenMetrics text format.
    pub(crate) fn text(&self, leadership: Leadership<'_>) -> String {
        let (lease, leads) = match leadership {
            Leadership::Leads(lease) => (lease, 1),
            Leadership::Follows(lease) => (lease, 0),
        };
        self.families.leader.get_or_create(&vec![("name", lease.to_owned())]).set(leads);
        self.turns.measure(Instant::now(), &self.families);
        if let Some(process) = Process::read() {
            self.families.cpu.inner().store(process.cpu_seconds.to_bits(), Ordering::Relaxed);
            self.families.resident.set(process.resident_bytes);
            self.families.virtual_memory.set(process.virtual_bytes);
            self.families.open_files.set(process.open_files);
            self.families.most_files.set(process.most_files);
        }
        let mut text = String::new();
        if let Err(error) = encode(&mut text, &self.registry) {
            tracing::warn!(%error, "metrics cannot be written");
        }
        text
    }

    fn ran(&self, ran: &Ran<'_>) {
        let families = &self.families;
        let took = ran.took.as_secs_f64();
        let controller = controller(ran.object.kind);
        let result = match ran.outcome {
            Outcome::Succeeded => "success",
            Outcome::Waits { .. } => "requeue_after",
            Outcome::Failed { .. } => {
                families.errors.get_or_create(&controller).inc();
                "error"
            }
        };
        families.reconciles.get_or_create(&vec![controller[0].clone(), ("result", result.to_owned())]).inc();
        families.time.get_or_create(&controller).observe(took);
        if self.objects.has(ran.object) {
            families.reconcile_duration.get_or_create(&identity(ran.object)).observe(took);
        }
        let kind = ("kind", ran.object.kind.to_owned());
        for stage in ran.stages {
            let labels = vec![kind.clone(), ("stage", stage.stage.name().to_owned())];
            families.stages.get_or_create(&labels).observe(stage.took.as_secs_f64());
        }
        for (decision, count) in ran.decisions {
            let (action, reason) = (decision.action.to_owned(), decision.reason.to_owned());
            families.objects.get_or_create(&vec![kind.clone(), ("action", action), ("reason", reason)]).inc_by(*count);
        }
        if let Some(took) = self.commit_to_ready(ran) {
            families.ready.get_or_create(&vec![kind]).observe(took.as_secs_f64());
        }
    }

    /// What is refused is found again by every attempt, so that it counts as one run.
    fn found(&self, object: Named<'_>, findings: &[Finding], verdict: Verdict) {
        let kind = ("kind", object.kind.to_owned());
        match verdict {
            Verdict::Refused => {
                self.families.refused.get_or_create(&vec![kind]).inc();
            }
            Verdict::Reported => findings.iter().for_each(|finding| {
                let (code, severity) = (finding.code.to_string(), finding.severity().to_string());
                let labels = vec![kind.clone(), ("code", code), ("severity", severity)];
                self.families.findings.get_or_create(&labels).inc();
            }),
        }
    }

    /// How long a commit took to be ready, if this run made it so. Of a commit from before this process, the time would
    /// tell how old it was.
    fn commit_to_ready(&self, ran: &Ran<'_>) -> Option<Duration> {
        let subject = ran.subject.as_ref().filter(|_| ran.outcome == Outcome::Succeeded)?;
        let committed = subject.committed.filter(|committed| *committed >= self.began)?;
        let is_new = ran.before != Some(&*subject.revision) && !ran.decisions.is_empty();
        let ready = ran.began.checked_add(ran.took).ok()?;
        is_new.then(|| Duration::try_from(ready.duration_since(committed)).ok()).flatten()
    }
}

impl engine::Observer for Metrics {
    fn observe(&self, observation: &Observation<'_>) {
        match *observation {
            Observation::Seen { object, state } => self.objects.see(object, state, &self.families),
            Observation::Gone { object } => self.objects.forget(object, &self.families),
            Observation::Turn { object, part } => self.turns.comes_to(object, part, Instant::now(), &self.families),
            Observation::Ran(ran) => self.ran(ran),
            Observation::Corrected { owner } => {
                self.families.corrected.get_or_create(&vec![("kind", owner.kind.to_owned())]).inc();
            }
            Observation::Found { object, findings, verdict } => self.found(object, findings, verdict),
            Observation::Ended => self.objects.clear(&self.families),
        }
    }
}

impl cluster::Observer for Metrics {
    fn observe(&self, observation: &cluster::Observation<'_>) {
        let families = &self.families;
        match *observation {
            cluster::Observation::Sent { host, verb, method, status, took } => {
                let code = status.map_or_else(|| "<error>".to_owned(), |status| status.to_string());
                let (method, host) = (("method", method.to_string()), ("host", host.to_owned()));
                families.requests.get_or_create(&vec![("code", code), method.clone(), host.clone()]).inc();
                let verb = ("verb", verb.name().to_owned());
                families.request_duration.get_or_create(&vec![verb.clone(), host]).observe(took.as_secs_f64());
                families.verbs.get_or_create(&vec![verb]).inc();
            }
            cluster::Observation::Reconnects { host: _, from } => {
                let from = match from {
                    cluster::Point::Last => "last",
                    cluster::Point::Start => "start",
                };
                families.reconnects.get_or_create(&vec![("from", from.to_owned())]).inc();
            }
        }
    }
}
